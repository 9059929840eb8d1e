// How many groups there are of rows that a set has picked:
//
//   SELECT patient_id, count(*) FROM visit WHERE patient_id <@ set GROUP BY patient_id
//
// The one idea: the server takes the rows of a condition to be any rows of the table, so that a hundredth of the rows has
// nearly all groups. Rows picked by what they are grouped by have no more groups than the set has ids. That is known to
// nobody but us, so it is told to the paths that are there already: what comes after them goes by it.
#include "pg/scan/scan.hpp"

extern "C" {
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

create_upper_paths_hook_type next_hook = nullptr;

// The ids that a column of a table can have; negative where it is no such column, or they are not known.
double ids_of(PlannerInfo* root, Node* expression) {
  expression = reinterpret_cast<Node*>(without_relabels(reinterpret_cast<Expr*>(expression)));
  if (!IsA(expression, Var)) return -1;
  const auto* var = reinterpret_cast<const Var*>(expression);
  const int number = static_cast<int>(var->varno);
  if (var->varlevelsup != 0 || number <= 0 || number >= root->simple_rel_array_size) return -1;
  RelOptInfo* const table = root->simple_rel_array[number];
  if (table == nullptr || table->reloptkind != RELOPT_BASEREL) return -1;
  return expected_ids(root, table, reinterpret_cast<Expr*>(expression));
}

// No more groups than this by all of these expressions; negative where that is not known.
double most_groups(PlannerInfo* root, const RelOptInfo* input, List* expressions) {
  ListCell* cell;
  foreach (cell, expressions) {
    const double ids = ids_of(root, static_cast<Node*>(lfirst(cell)));
    if (ids < 0) continue;
    List* const others = list_delete_ptr(list_copy(expressions), lfirst(cell));
    if (others == NIL) return ids;
    return ids *
           estimate_num_groups(root, others, input->cheapest_total_path->rows, nullptr, nullptr);
  }
  return -1;
}

void limit_rows(const List* paths, double rows) {
  ListCell* cell;
  foreach (cell, paths) {
    auto* path = static_cast<Path*>(lfirst(cell));
    path->rows = std::min(path->rows, clamp_row_est(rows));
  }
}

void limit_groups(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output,
                  void* extra) {
  if (next_hook != nullptr) next_hook(root, stage, input, output, extra);
  // Of a UNION there is no input.
  if (!enable_scan_setting || input == nullptr || input->cheapest_total_path == nullptr) return;
  const Query* const query = root->parse;
  if (query->groupingSets != NIL) return;
  List* clauses = NIL;
  if (stage == UPPERREL_GROUP_AGG) clauses = query->groupClause;
  if (stage == UPPERREL_DISTINCT) clauses = query->distinctClause;
  // Of rows of groups, distinct ones are what they were.
  if (clauses == NIL || (stage == UPPERREL_DISTINCT && query->groupClause != NIL)) return;
  List* const expressions = get_sortgrouplist_exprs(clauses, root->processed_tlist);
  const double groups = most_groups(root, input, expressions);
  if (groups >= 0) limit_rows(output->pathlist, groups);
}

}  // namespace

void install_groups() {
  next_hook = create_upper_paths_hook;
  create_upper_paths_hook = limit_groups;
}

}  // namespace objectset::pg
