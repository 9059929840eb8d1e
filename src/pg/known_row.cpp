#include "pg/known_row.hpp"

#include "pg/expected_value.hpp"

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
}

namespace objectset::pg {
namespace {

// ---- The one table ------------------------------------------------------------------------------------------

// The number of the only table that columns are of; 0 where there are several, or what is no table.
int only_table(const PlannerInfo* root, const List* columns) {
  int number = 0;
  ListCell* cell;
  foreach (cell, columns) {
    const auto* var = lfirst_node(Var, cell);
    const auto varno = static_cast<int>(var->varno);
    if (var->varlevelsup != 0 || var->varattno <= 0 || (number != 0 && varno != number)) return 0;
    number = varno;
  }
  const bool is_table = number > 0 && number < root->simple_rel_array_size &&
                        planner_rt_fetch(number, root)->rtekind == RTE_RELATION;
  return is_table ? number : 0;
}

// ---- The key ------------------------------------------------------------------------------------------------

// What a condition says of a column of an index: that it equals this. The function is the server's own.
struct Equality {
  Oid function;
  Oid right_type;  // as it takes it
  Datum value;
};

bool is_column(Node* node, int table, AttrNumber column) {
  while (node != nullptr && IsA(node, RelabelType)) {
    node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  }
  if (node == nullptr || !IsA(node, Var)) return false;
  const auto* var = reinterpret_cast<const Var*>(node);
  return static_cast<int>(var->varno) == table && var->varattno == column && var->varlevelsup == 0;
}

bool find_equality(PlannerInfo* root, const OpExpr* test, int table, const IndexOptInfo* index,
                   int key, Equality* equality) {
  if (list_length(test->args) != 2 || test->opno >= first_made_oid) return false;
  auto* const left = static_cast<Node*>(linitial(test->args));
  auto* const right = static_cast<Node*>(lsecond(test->args));
  const auto column = static_cast<AttrNumber>(index->indexkeys[key]);
  const bool is_turned = is_column(right, table, column);
  if (!is_turned && !is_column(left, table, column)) return false;
  const Oid operation = is_turned ? get_commutator(test->opno) : test->opno;
  const Oid collation = index->indexcollations[key];
  if (get_op_opfamily_strategy(operation, index->opfamily[key]) != BTEqualStrategyNumber ||
      (OidIsValid(collation) && collation != test->inputcollid)) {
    return false;
  }
  const Const* const value = expected_value(root, is_turned ? left : right);
  if (value == nullptr || value->constisnull) return false;
  Oid left_type = InvalidOid;
  Oid right_type = InvalidOid;
  op_input_types(operation, &left_type, &right_type);
  *equality = {get_opcode(operation), right_type, value->constvalue};
  return true;
}

bool find_equality(PlannerInfo* root, const RelOptInfo* table, const IndexOptInfo* index, int key,
                   Equality* equality) {
  ListCell* cell;
  foreach (cell, table->baserestrictinfo) {
    Expr* const clause = lfirst_node(RestrictInfo, cell)->clause;
    if (IsA(clause, OpExpr) &&
        find_equality(root, reinterpret_cast<OpExpr*>(clause), static_cast<int>(table->relid),
                      index, key, equality)) {
      return true;
    }
  }
  return false;
}

// An index that lets one row through, and what it asks for.
struct Lookup {
  const IndexOptInfo* index;
  Equality keys[INDEX_MAX_KEYS];
};

bool find_lookup(PlannerInfo* root, const RelOptInfo* table, Lookup* lookup) {
  ListCell* cell;
  foreach (cell, table->indexlist) {
    const auto* index = lfirst_node(IndexOptInfo, cell);
    if (!index->unique || !index->immediate || index->hypothetical || index->indpred != NIL ||
        index->relam != BTREE_AM_OID) {
      continue;
    }
    int known = 0;
    while (known < index->nkeycolumns && index->indexkeys[known] > 0 &&
           index->opfamily[known] < first_made_oid &&
           find_equality(root, table, index, known, &lookup->keys[known])) {
      ++known;
    }
    if (known < index->nkeycolumns) continue;
    lookup->index = index;
    return true;
  }
  return false;
}

// ---- The row ----------------------------------------------------------------------------------------------

struct Row {
  HeapTuple tuple;  // or nullptr: not there
  TupleDesc shape;
};

bool may_read_keys(const PlannerInfo* root, RangeTblEntry* entry, const Lookup& lookup) {
  for (int i = 0; i < lookup.index->nkeycolumns; ++i) {
    if (!may_read(root, entry, static_cast<AttrNumber>(lookup.index->indexkeys[i]))) return false;
  }
  return true;
}

// As the execution will see it. What it has in TOAST stays there: as long as there is a snapshot, nothing that was seen
// is removed.
Row read_row(Oid table, const Lookup& lookup) {
  ScanKeyData keys[INDEX_MAX_KEYS];
  for (int i = 0; i < lookup.index->nkeycolumns; ++i) {
    const Equality& key = lookup.keys[i];
    ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(lookup.index->indexkeys[i]),
                           BTEqualStrategyNumber, key.right_type, lookup.index->indexcollations[i],
                           key.function, key.value);
  }
  Row row = {};
  Relation const relation = table_open(table, NoLock);
  PushActiveSnapshot(GetTransactionSnapshot());
  SysScanDesc const scan = systable_beginscan(relation, lookup.index->indexoid, true,
                                              GetActiveSnapshot(), lookup.index->nkeycolumns, keys);
  HeapTuple const found = systable_getnext(scan);
  if (HeapTupleIsValid(found)) {
    row = {heap_copytuple(found), CreateTupleDescCopy(RelationGetDescr(relation))};
  }
  systable_endscan(scan);
  PopActiveSnapshot();
  table_close(relation, NoLock);
  return row;
}

// Rows of one heap, with no children: a key is unique in each table alone.
bool is_readable(Oid relid) {
  Relation const relation = table_open(relid, NoLock);
  const bool is_heap = relation->rd_rel->relkind == RELKIND_RELATION &&
                       relation->rd_rel->relam == HEAP_TABLE_AM_OID &&
                       !relation->rd_rel->relhassubclass;
  table_close(relation, NoLock);
  return is_heap;
}

Row look_up(PlannerInfo* root, int number) {
  RelOptInfo* const table = root->simple_rel_array[number];
  if (table == nullptr || table->baserestrictinfo == NIL) return {};
  RangeTblEntry* const entry = planner_rt_fetch(number, root);
  Lookup lookup = {};
  // Through a view that looks as somebody else, the user may see some of the rows only.
  if (reader_of(root->parse, entry) != GetUserId()) return {};
  if (entry->tablesample != nullptr || !is_readable(entry->relid) ||
      !find_lookup(root, table, &lookup) || !may_read_keys(root, entry, lookup)) {
    return {};
  }
  return read_row(entry->relid, lookup);
}

// Once for a planning.
const Row& known_row(PlannerInfo* root, int number) {
  void** const note = note_of_table(root, number, TableNote::known_row);
  if (*note == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
    auto* row = static_cast<Row*>(palloc0(sizeof(Row)));
    *row = look_up(root, number);
    *note = row;
    MemoryContextSwitchTo(outer);
  }
  return *static_cast<const Row*>(*note);
}

// ---- In an expression --------------------------------------------------------------------------------------

Node* replace_columns(Node* node, void* context) {
  if (node == nullptr) return nullptr;
  if (!IsA(node, Var)) return expression_tree_mutator(node, as_mutator(replace_columns), context);
  const auto* row = static_cast<const Row*>(context);
  const auto* var = reinterpret_cast<const Var*>(node);
  bool is_null = false;
  const Datum value = heap_getattr(row->tuple, var->varattno, row->shape, &is_null);
  const Form_pg_attribute column = TupleDescAttr(row->shape, var->varattno - 1);
  // makeConst() would fetch all of what is stored apart, for each estimate anew.
  auto* known = makeNode(Const);
  known->consttype = var->vartype;
  known->consttypmod = var->vartypmod;
  known->constcollid = var->varcollid;
  known->constlen = column->attlen;
  known->constvalue = value;
  known->constisnull = is_null;
  known->constbyval = column->attbyval;
  known->location = -1;
  return reinterpret_cast<Node*>(known);
}

bool may_read_all(const PlannerInfo* root, int number, const List* columns) {
  RangeTblEntry* const entry = planner_rt_fetch(number, root);
  ListCell* cell;
  foreach (cell, columns) {
    if (!may_read(root, entry, lfirst_node(Var, cell)->varattno)) return false;
  }
  return true;
}

}  // namespace

List* columns_in(Node* expression) {
  return pull_var_clause(
      expression, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS);
}

bool may_read(const PlannerInfo* root, RangeTblEntry* table, AttrNumber column) {
  if (table->securityQuals != NIL) return false;
  const Oid reader = reader_of(root->parse, table);
  if (!OidIsValid(reader)) return false;
  if (pg_class_aclcheck(table->relid, reader, ACL_SELECT) == ACLCHECK_OK) return true;
  return column != InvalidAttrNumber &&
         pg_attribute_aclcheck(table->relid, column, reader, ACL_SELECT) == ACLCHECK_OK;
}

Node* with_known_row(PlannerInfo* root, Node* expression) {
  if (root == nullptr || root->glob == nullptr || root->simple_rel_array == nullptr ||
      contain_agg_clause(expression) || contain_subplans(expression)) {
    return nullptr;
  }
  const List* const columns = columns_in(expression);
  const int number = only_table(root, columns);
  if (number == 0 || !may_read_all(root, number, columns)) return nullptr;
  const Row& row = known_row(root, number);
  if (row.tuple == nullptr) return nullptr;
  return replace_columns(expression, const_cast<Row*>(&row));
}

}  // namespace objectset::pg
