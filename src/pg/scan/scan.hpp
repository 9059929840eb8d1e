// The scan of a table by a set of its rows' ids: `id <@ set`, or NOT, where the set is known when the scan starts.
//
// The one idea: how rows are best reached (scan_cost.hpp) depends on the set, and the set is mostly not known to the
// planner: it is the parameter of a prepared statement, comes from a subquery, or from the row of another table. So
// the planner is given a scan that decides when it starts, with the set in hand, and starts anew with each set.
//
//   clause.cpp        recognizes the condition
//   formula.cpp       makes one of several, under AND, OR, NOT, ANY and ALL
//   rewrite.cpp       finds it where a subquery says it
//   implied.cpp       finds it where a join carries it to another table
//   once.cpp          has sets that are the same for all rows computed once
//   generic.cpp       keeps plans for any set from being taken for the better ones
//   foreign.cpp       sends it to tables on other servers
//   union.cpp         scans for any of several conditions on different columns
//   walk.cpp          says what walking an index of another column takes
//   paths.cpp         offers scans to the planner, with what they will cost, and makes plans of them
//   groups.cpp        says how many groups such rows have
//   partition.cpp     tells which ids a partition can have, so that others are not scanned
//   execute.cpp       runs them: opens the set, decides, reads tables
//   index_access.cpp  walks the set and asks the index
//   tid_set.cpp       gathers rows' places, for the execution
//   explain.cpp       says what they do
//
// And beside it the scan of a set itself, where one stands in FROM: unnest.hpp.
#pragma once

#include "pg/asked_set.hpp"
#include "pg/id_bounds.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "commands/explain.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "port/atomics.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
}

#include "pg/scan/tid_set.hpp"

namespace objectset::pg {

/// objectset.enable_scan
extern bool enable_scan_setting;

/// Hooks the planner, and registers the scan. Called once, as the module is loaded.
void install_scan();
void install_once();
void install_generic();
void install_groups();
void install_union();
void install_rewrite();
void install_unnest();

// ---- The condition --------------------------------------------------------------------------------------

/// `operand <@ set` or `set @> operand`, by operator or function.
struct SetClause {
  Expr* operand;     // an integer
  Oid operand_type;  // int2, int4 or int8
  Expr* set;
  Oid function;  // that tests it
};

/// Zone A.
bool match_set_clause(Node* clause, SetClause* found);

/// `operand = ANY (array)` that stands for a test against a small set of this type, which is known: scans take it for one.
void mark_small_set(ScalarArrayOpExpr* test, Oid set_type);
/// The type of the set that it stands for, or InvalidOid.
Oid marked_set_type(const ScalarArrayOpExpr* test);

/// What is true of a row where its operand is in the set; or, negative, where it is not.
struct SetFormula {
  SetClause clause;
  bool is_negative;
};

/// Zone A: tests of one operand under AND, OR, NOT, ANY and ALL, as one; a single test as well.
bool match_set_formula(Node* clause, SetFormula* found);

/// Zone A: what is true where both are; false where their operands differ.
bool both_formulas(const SetFormula& a, const SetFormula& b, SetFormula* found);

bool have_same_operand(const SetClause& a, const SetClause& b);

/// `id <@ set`; nullptr where the operator is not where the type is.
Expr* make_set_test(Expr* id, Expr* set);

/// `operand <= bound` or whatever the strategy of btree is; the bound is a bigint.
Expr* make_id_comparison(Expr* operand, Oid type, int strategy, Expr* bound);

/// The extension's function of this name over a set. InvalidOid where it is not where the type is.
Oid function_of_set(const char* name, Oid set_type);
/// The schema that a type is in.
Oid namespace_of(Oid type);

/// Zone A: conditions on the table's rows by sets that follow from those on rows of other tables, as RestrictInfos: rows that
/// do not satisfy them find no partner. They are no conditions of the query.
List* implied_conditions(PlannerInfo* root, RelOptInfo* table);

/// How many different values the table's conditions by known sets leave to an expression of its columns; negative where
/// there is none. An estimate.
double expected_ids(PlannerInfo* root, RelOptInfo* table, Expr* expression);

/// What is said of a partitioned table, or of another parent at the top, said of one of its children.
Node* adjust_for_child(PlannerInfo* root, Node* node, RelOptInfo* child);

/// The best scan of a table by one condition alone, for where its rows stand: with what the index takes for its cost; nullptr
/// where it is none by a set, or no index has its operand. It is not offered to the planner.
Path* path_to_places(PlannerInfo* root, RelOptInfo* table, RestrictInfo* info);

/// What the cheapest scan of a table by a set costs, as the planner is set up and as the scan will see it.
struct ScanCosts {
  Cost planned;  // 0: there is none
  Cost running;
  double found;  // rows of the set, over those that the server expects
  // Of a set that is an array to the server, and may be worth a scan beside the server's own; or nullptr.
  Path* spare;
};

inline void keep_least(const ScanCosts& costs, ScanCosts* least) {
  if (least->planned <= 0 || costs.planned < least->planned) *least = costs;
}

/// Offers scans for conditions that are an OR of others, of different columns; whether there are any. `others` are known to be
/// none of those.
bool offer_unions(PlannerInfo* root, RelOptInfo* table, const List* others, ScanCosts* least);

/// Offers scans of a foreign table by sets of rows that are here.
void offer_foreign_scans(PlannerInfo* root, RelOptInfo* table, Oid relid);

/// Whether correct_walks() has anything to do, and asks what a scan costs as it will run.
bool has_walks_to_correct(PlannerInfo* root, const RelOptInfo* table);

/// Makes paths of a table with a condition by a set that give rows in an index's order, for a LIMIT to take the first of,
/// say what those cost beside the scan by the set; and offers the spare one where that is worth it.
void correct_walks(PlannerInfo* root, RelOptInfo* table, const ScanCosts& by_set);

/// Zone A: the set of a call of unnest(objectset), or nullptr.
Expr* unnested(const Node* node);

/// Offers scans of a set in FROM, where the entry is a call of unnest() alone.
void offer_unnest(PlannerInfo* root, RelOptInfo* rows, RangeTblEntry* entry);

// ---- Partitions -----------------------------------------------------------------------------------------

/// Whether the table is a partition by what the operand is made of.
bool is_partitioned_by(const PlannerInfo* root, const RelOptInfo* table, Expr* operand);

/// How many such tables are read one after another where rows are wanted in this order, and this one is read as far as all
/// of them together would be: 1 where they are merged, or it is no partition.
double partitions_in_turn(PlannerInfo* root, const RelOptInfo* table, List* order);

/// Which ids rows of a table can have, as far as it is a partition.
struct PartitionIds {
  AttrNumber column;  // that has those of a range alone; or InvalidAttrNumber:
  IdBounds range;
  List* constraint;  // what is true of all rows; NIL of another table
};
PartitionIds ids_of_partition(PlannerInfo* root, const RelOptInfo* table, Oid table_id);

/// The bounds of an operand in rows of the partition.
IdBounds bounds_in(const PartitionIds& partition, Expr* operand);

/// Whether no row of the partition can satisfy the condition, in any execution of the plan: the set is a constant.
bool is_refuted(const PartitionIds& partition, const SetClause& clause);

/// What lets the executor leave out partitions of a partitioned table when it starts: that the operand lies between the
/// least and the greatest id of the set. Conditions that are evaluated for no row.
List* make_pruning_conditions(PlannerInfo* root, const SetClause& clause);

// ---- The plan -------------------------------------------------------------------------------------------

/// A custom path to rows of a table, or of what else stands in FROM; its rows and costs are the caller's to say.
CustomPath* make_custom_path(RelOptInfo* table, ParamPathInfo* parameters,
                             const CustomPathMethods* methods);

/// How a scan may go about it.
struct ScanOptions {
  bool is_ordered;     // in the order of the ids: by the index alone, and
  bool is_descending;  // from the largest on
  bool is_covered;     // the index has all columns that are asked for
};

/// What a plan says beside its expressions: plain data that custom_private carries, in a node first, which Citus looks at.
struct ScanPlan {
  Oid index;  // or InvalidOid
  Oid operand_type;
  Oid key_type;          // the index's
  bool is_key_reversed;  // the index is descending
  bool is_negative;      // wanted are rows whose ids are not in the set
  ScanOptions options;
  IdBounds bounds;  // of the ids that rows of the table can have
  TableFacts facts;
  List* columns;  // of the index, that its further conditions are on, ascending from 0
};

List* scan_plan_to_list(const ScanPlan& plan);
ScanPlan scan_plan_from_list(const List* list);

/// The expressions of a plan, in custom_exprs: the last ones are the index's further conditions, each with the column on
/// its left.
enum ScanExpression { operand_expression, set_expression, first_index_test };

extern const CustomScanMethods scan_methods;
extern const CustomExecMethods execute_methods;

/// The costs as the planner is set up; and those of a table that is in memory, which is what a scan that has started
/// goes by, unless the table is larger than the system's memory is said to be (effective_cache_size).
CostUnits planner_units(Oid tablespace);
CostUnits running_units(Oid tablespace, double pages);

// ---- The running scan -----------------------------------------------------------------------------------

/// The state that a plan runs by, zeroed: a struct of which a CustomScanState is the first member.
template <class Scan>
Scan* make_scan_state(const CustomExecMethods* methods) {
  auto* scan = static_cast<Scan*>(palloc0(sizeof(Scan)));
  scan->node.ss.ps.type = T_CustomScanState;
  scan->node.methods = methods;
  return scan;
}

/// What the processes of a parallel scan share, in shared memory; the table's own part follows.
struct SharedScan {
  int access;
  uint64 bridge;
  IdBounds bounds;
  uint64 share;  // ids that a process takes at once: of the set; of a negative scan, of all
  pg_atomic_uint64 next;  // the first that nobody has taken; of a negative scan, the first share
};

/// A condition on a column of the index beside that on the set: `column < value` and its like.
struct IndexTest {
  int column;  // of the index, from 0
  Oid comparison;
  int strategy;  // of a test of the id itself, and the type of what it compares with
  Oid right_type;
  ExprState* expression;
  Datum value;  // for this execution
  bool is_null;
};

struct SetScan {
  CustomScanState node;  // first member
  ScanPlan plan;
  ExprState* operand;
  ExprState* set;
  AttrNumber operand_column;  // where the operand is a column, or InvalidAttrNumber

  MemoryContext set_context;  // of what is in use of one set
  bool is_prepared;
  bool is_null;
  SetView view;
  AccessPlan access;
  AskedSet asked;
  IdBounds within;  // of the ids that rows can have which the scan is to give
  IndexTest* tests;
  int test_count;

  bool is_looked_up;  // the index is open, and these are counted:
  double pages;
  TupleTableSlot* table_slot;
  struct TableScanDescData* table_scan;

  Relation index;
  bool has_ends;
  IdBounds ends;       // of the ids that the index has
  IdBounds bounds;     // of the ids that are looked for in it
  int* index_columns;  // covered: the table's column of each of the index's, or 0
  IndexScanDesc probes;
  IndexScanDesc blocks;
  IndexScanDesc ranges;
  IndexScanDesc current;
  struct ScanKeyData* probe_keys;  // of one id or several; and of the index's further columns
  struct ScanKeyData*
      range_keys;  // of all from one id to another; and of the index's further columns
  int further_keys;
  ArrayType* probe_ids;
  ::Buffer visibility;

  Cursor* cursor;
  uint64 position;  // of the next id that the cursor gives, among all of the set
  uint64 left;      // ids that it is to give
  Id* ids;          // a batch of them, in the order of the scan
  int capacity;
  int count;
  int begin;  // of the piece that is read now
  int end;
  uint64 misses;
  bool is_done;

  // Of a negative scan: the ids that the index is read for now, all of its own, or a share of them; after how many misses it
  // is searched for the next that may be wanted.
  IdBounds stretch;
  bool has_stretch;
  uint64 patience;

  IndexFetchTableData* fetch;
  Places places;
  bool has_places;  // that are not given yet
  uint64 round;     // places that are gathered at once

  SharedScan* shared;
};

/// Whether any row of the table can have an id of the set; or, negative, another one.
bool may_have_rows(const SetScan* scan);

/// The slot that covered rows are given in: values, which know where their row stands.
const TupleTableSlotOps* covered_slot();
TupleTableSlot* store_covered(SetScan* scan, TupleTableSlot* slot, const ItemPointerData& place);

/// Zone A: the row in the table's slot, as the scan is to give it.
TupleTableSlot* give_row(SetScan* scan);

void open_index(SetScan* scan, EState* estate);
void close_index(SetScan* scan);

/// Zone A: what the index is asked for is for this execution's values, and ids.
void begin_lookups(SetScan* scan);
/// Zone A: looks where the index begins and ends: ids beyond need not be looked for.
void find_ends(SetScan* scan);
/// Zone A: has the ids of a negative scan lie between the ends of the index, which are known, and says how many of them are a share.
uint64 share_ends(SetScan* scan, uint64 shares);
/// Zone A: lets a serializable transaction see to it that there are no rows beyond.
void lock_ends(SetScan* scan);

/// Zone A: the next row by the index, as entries come, or in the order of the table; nullptr at the end.
TupleTableSlot* next_by_index(SetScan* scan);
TupleTableSlot* next_sorted(SetScan* scan);

/// Zone A: adds the places that the index has for rows of the set, whatever else is asked of them, `left` of them at most. False
/// where there are more, or reading the table takes less.
bool gather_places(SetScan* scan, Places* places, double* left);
/// Zone A: the same of a scan that has its set, and looks it up.
bool add_entries(SetScan* scan, Places* places, double* left);

/// Zone A: the row at the next of the places, in the order of the table, that the snapshot sees; nullptr at the end. Begins to
/// fetch where nothing has been fetched yet.
TupleTableSlot* next_in_place(ScanState* scan, Places* places, IndexFetchTableData** fetch,
                              TupleTableSlot* slot);

/// The first batch of ids is small, since few rows may be wanted.
inline constexpr int first_batch = 64;

void explain_scan(CustomScanState* node, List* ancestors, ExplainState* es);

/// What an expression of a scan says, in EXPLAIN's words; a set that is known in a few.
char* describe_expression(CustomScanState* node, Node* expression, List* ancestors,
                          ExplainState* es);
char* describe_set(CustomScanState* node, Node* set, List* ancestors, ExplainState* es);

}  // namespace objectset::pg
