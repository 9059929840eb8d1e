// What statistics tell of a column of ids, in the terms of id_selectivity.hpp and scan_cost.hpp.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/selfuncs.h"
}

#include "core/planning/id_selectivity.hpp"

namespace objectset::pg {

/// An integer of one of them.
inline Id id_of(Oid type, Datum datum) {
  switch (type) {
    case INT2OID:
      return DatumGetInt16(datum);
    case INT4OID:
      return DatumGetInt32(datum);
    default:
      return DatumGetInt64(datum);
  }
}

/// The null fraction and the number of possible ids: enough where the set is not known.
ColumnStatistics summary_of(PlannerInfo* root, VariableStatData* variable);

/// All that is known of a column of ids, to whom the function is that may see it.
ColumnStatistics statistics_of(PlannerInfo* root, VariableStatData* variable, Oid function);

/// Of the parts that are asked for (ATTSTATSSLOT_...), those that the slot of this kind has: get_attstatsslot() raises an
/// error where one lacks it. -1 where there is no such slot.
int parts_of_slot(HeapTuple statistics, int kind, int flags);

/// Of a slot of the column's statistics the values as ids, and the numbers, as far as they are asked for and there, in the
/// current context. False where there is none of this kind, or its values are no numbers. The server's own reader makes a
/// Datum of each value first.
bool statistics_slot(const VariableStatData& variable, int kind, Span<Id>* ids,
                     Span<float>* numbers);

/// As core's get_restriction_variable(), which calls stable functions in its own way: of a test of a column (of a table or
/// otherwise) against something else, the column, to be released, and the other side, its value where that is expected.
bool restriction_variable(PlannerInfo* root, const List* arguments, int var_relid,
                          VariableStatData* variable, Node** other, bool* variable_is_left);

/// What core's estimate for any operator makes of the two sides of such a test.
double without_set_statistics(PlannerInfo* root, Oid operator_id, Oid collation,
                              const List* arguments, int var_relid, Node* other,
                              bool variable_is_left, double default_fraction);

/// What a function that estimates a join is asked: both sides, looked up, which are to be released.
struct JoinQuestion {
  PlannerInfo* root;
  Oid function;  // of the operator
  List* arguments;
  VariableStatData left;
  VariableStatData right;
  const RelOptInfo*
      inner;  // of a semijoin or an antijoin the side of which any row does, or nullptr
};
void read_join_question(FunctionCallInfo fcinfo, JoinQuestion* question);
inline void release(JoinQuestion* question) {
  ReleaseVariableStats(question->left);
  ReleaseVariableStats(question->right);
}

/// How a column's ids are spread over its rows, of which there are `rows`.
struct IdSpread {
  double rows_per_id = 1;    // at least 1
  double rows_per_unit = 1;  // rows over the numbers from the smallest id to the largest
  Id least = INT64_MIN;      // what is known of the ids that there are; more may have come since
  Id greatest = INT64_MAX;
  double correlation = 0;  // of the order of ids and the order of rows: 0 to 1
};
IdSpread spread_of(PlannerInfo* root, Node* operand, double rows);

}  // namespace objectset::pg
