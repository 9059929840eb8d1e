#include "pg/saved/query_scope.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

// ---- Expressions that give the same as long as rows stay the same -----------------------------------------------

struct Expressions {
  Oid extension;
  const char* problem;
};

bool is_ours(Oid class_id, Oid object, Oid extension) {
  return OidIsValid(extension) && getExtensionOfObject(class_id, object) == extension;
}

// What others define may change without a row being changed.
bool is_known_type(Oid type, Oid extension) {
  if (!OidIsValid(type)) return true;
  if (type < first_made_oid) return type != RECORDOID && type != RECORDARRAYOID;
  const Oid element = get_element_type(type);
  if (OidIsValid(element)) return is_known_type(element, extension);
  switch (get_typtype(type)) {
    case TYPTYPE_ENUM:
      return true;
    case TYPTYPE_DOMAIN:
      return is_known_type(getBaseType(type), extension);
    default:
      return is_ours(TypeRelationId, type, extension);
  }
}

const char* function_problem(Oid function, Oid extension) {
  const char* const name = get_func_name(function);
  if (function >= first_made_oid && !is_ours(ProcedureRelationId, function, extension)) {
    return psprintf("function %s is not one of the server's own", name);
  }
  if (func_volatile(function) != PROVOLATILE_IMMUTABLE) {
    return psprintf("%s can give something else at another time", name);
  }
  return nullptr;
}

bool is_bad_function(Oid function, void* context) {
  auto* const found = static_cast<Expressions*>(context);
  found->problem = function_problem(function, found->extension);
  return found->problem != nullptr;
}

// Those whose result does not depend on the order of rows, which is nowhere said.
bool is_orderless(const Aggref* call, Oid extension) {
  if (is_ours(ProcedureRelationId, call->aggfnoid, extension)) return true;
  constexpr const char* any_type[] = {"count",   "min",   "max",     "bool_and",
                                      "bool_or", "every", "bit_and", "bit_or"};
  const char* const name = get_func_name(call->aggfnoid);
  for (const char* const one : any_type) {
    if (strcmp(name, one) == 0) return true;
  }
  if (strcmp(name, "sum") != 0 && strcmp(name, "avg") != 0) return false;
  const Oid type =
      list_length(call->aggargtypes) == 1 ? linitial_oid(call->aggargtypes) : InvalidOid;
  return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

const char* node_problem(Node* node, Oid extension) {
  switch (nodeTag(node)) {
    case T_Var:
      if (reinterpret_cast<Var*>(node)->varattno > 0) break;
      return "it looks at whole rows, or at columns of the system";
    case T_Param:
      if (reinterpret_cast<Param*>(node)->paramkind != PARAM_EXTERN &&
          reinterpret_cast<Param*>(node)->paramkind != PARAM_SUBLINK) {
        return "it has parameters of an unknown kind";
      }
      break;
    case T_Aggref:
      if (is_orderless(reinterpret_cast<Aggref*>(node), extension)) break;
      return psprintf("%s may depend on the order of rows",
                      get_func_name(reinterpret_cast<Aggref*>(node)->aggfnoid));
    case T_SQLValueFunction:
      return "it asks for the time, the role or the like";
    case T_NextValueExpr:
    case T_CurrentOfExpr:
    case T_SetToDefault:
    case T_CoerceToDomain:
    case T_CoerceToDomainValue:
    case T_XmlExpr:
    case T_WindowFunc:
    case T_GroupingFunc:
      return "it has an expression of a kind that is not looked into";
    case T_SortGroupClause: {
      const auto* const clause = reinterpret_cast<SortGroupClause*>(node);
      if (clause->eqop < first_made_oid && clause->sortop < first_made_oid) break;
      return "it sorts or groups by operators that are not the server's own";
    }
    default:
      break;
  }
  return nullptr;
}

bool has_problem(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* const found = static_cast<Expressions*>(context);
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(has_problem), context,
                             QTW_EXAMINE_SORTGROUP | QTW_IGNORE_JOINALIASES);
  }
  found->problem = node_problem(node, found->extension);
  if (found->problem != nullptr) return true;
  if (check_functions_in_node(node, is_bad_function, context)) return true;
  const bool has_type = IsA(node, Var) || IsA(node, Const) || IsA(node, Param) ||
                        IsA(node, FuncExpr) || IsA(node, MinMaxExpr) || IsA(node, RowExpr);
  if (has_type && !is_known_type(exprType(node), found->extension)) {
    found->problem =
        psprintf("type %s is not one of the server's own", format_type_be(exprType(node)));
    return true;
  }
  return expression_tree_walker(node, as_walker(has_problem), context);
}

const char* expression_problem(Query* query, Oid extension) {
  Expressions found = {extension, nullptr};
  if (has_problem(reinterpret_cast<Node*>(query), &found)) return found.problem;
  // What the server knows of that we do not.
  if (contain_mutable_functions(reinterpret_cast<Node*>(query))) {
    return "it has an expression that can give something else at another time";
  }
  return nullptr;
}

// ---- Columns that are equal to the id -----------------------------------------------------------------------------

// A query with those around it.
struct Level {
  Query* query;
  const Level* outer;
  int depth;
};

// A column of something in FROM, of a query at some depth.
struct ColumnAt {
  int depth;
  Index table;
  AttrNumber number;
};

bool same(const ColumnAt& a, const ColumnAt& b) {
  return a.depth == b.depth && a.table == b.table && a.number == b.number;
}

// Columns that equal the id in every row that matters, and such as are NULL where they do not: those of the optional sides
// of joins. Handed on by value: what a subquery adds is its own.
struct Equals {
  static constexpr int most = 64;
  int count = 0;
  ColumnAt columns[most];
  bool may_be_null[most];

  int find(const ColumnAt& column) const {
    for (int i = 0; i < count; ++i) {
      if (same(columns[i], column)) return i;
    }
    return -1;
  }
  // What is compared for equality with one of these equals the id where the comparison holds.
  bool has(const ColumnAt& column) const { return find(column) >= 0; }
  bool has_never_null(const ColumnAt& column) const {
    const int found = find(column);
    return found >= 0 && !may_be_null[found];
  }
  // Whether that is news.
  bool add(const ColumnAt& column, bool nullable = false) {
    const int found = find(column);
    if (found >= 0) {
      const bool is_news = may_be_null[found] && !nullable;
      may_be_null[found] = may_be_null[found] && nullable;
      return is_news;
    }
    if (count == most) return false;
    columns[count] = column;
    may_be_null[count++] = nullable;
    return true;
  }
};

// What the queries above a depth know; deeper ones of the same depth are others.
Equals known_above(const Equals& equals, int depth) {
  Equals result;
  for (int i = 0; i < equals.count; ++i) {
    if (equals.columns[i].depth < depth) result.add(equals.columns[i], equals.may_be_null[i]);
  }
  return result;
}

bool is_integer(Oid type) { return is_id_type(getBaseType(type)); }

// Casts between integer types give the same number, or an error. An oid is another number than a negative integer.
Node* without_casts(Node* node) {
  for (;;) {
    if (node != nullptr && IsA(node, RelabelType)) {
      if (!is_integer(reinterpret_cast<RelabelType*>(node)->resulttype)) return node;
      node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
      continue;
    }
    if (node == nullptr || !IsA(node, FuncExpr)) return node;
    const auto* const call = reinterpret_cast<FuncExpr*>(node);
    switch (call->funcid) {
      case F_INT4_INT2:
      case F_INT8_INT2:
      case F_INT8_INT4:
      case F_INT4_INT8:
      case F_INT2_INT8:
      case F_INT2_INT4:
        node = static_cast<Node*>(linitial(call->args));
        break;
      default:
        return node;
    }
  }
}

// The column that an expression is, behind the names that joins give it.
bool find_column(const Level* level, Node* node, ColumnAt* column) {
  node = without_casts(node);
  if (node == nullptr || !IsA(node, Var)) return false;
  const auto* const var = reinterpret_cast<Var*>(node);
  for (Index up = var->varlevelsup; up > 0 && level != nullptr; --up) level = level->outer;
  if (level == nullptr || var->varattno <= 0 || !is_integer(var->vartype)) return false;
  const auto number = static_cast<Index>(var->varno);
  if (number < 1 || number > static_cast<Index>(list_length(level->query->rtable))) return false;
  const RangeTblEntry* const entry = rt_fetch(number, level->query->rtable);
  const List* const named = named_expressions(entry);
  if (named != NIL) {
    if (var->varattno > list_length(named)) return false;
    return find_column(level, static_cast<Node*>(list_nth(named, var->varattno - 1)), column);
  }
  if (entry->rtekind == RTE_JOIN) return false;
  *column = {level->depth, number, var->varattno};
  return true;
}

bool is_equality(Oid operator_id) {
  switch (get_opcode(operator_id)) {
    case F_INT2EQ:
    case F_INT4EQ:
    case F_INT8EQ:
    case F_INT24EQ:
    case F_INT42EQ:
    case F_INT28EQ:
    case F_INT82EQ:
    case F_INT48EQ:
    case F_INT84EQ:
      return true;
    default:
      return false;
  }
}

// The conditions that all have to hold.
List* append_conditions(List* conditions, Node* node) {
  if (node == nullptr) return conditions;
  if (IsA(node, List)) {
    ListCell* cell = nullptr;
    foreach (cell, reinterpret_cast<List*>(node)) {
      conditions = append_conditions(conditions, static_cast<Node*>(lfirst(cell)));
    }
    return conditions;
  }
  if (is_andclause(node)) {
    return append_conditions(conditions,
                             reinterpret_cast<Node*>(reinterpret_cast<BoolExpr*>(node)->args));
  }
  return lappend(conditions, node);
}

// What follows from equalities among the conditions.
void add_equal(const Level* level, const List* conditions, Equals* equals) {
  bool is_more = true;
  while (is_more) {
    is_more = false;
    ListCell* cell = nullptr;
    foreach (cell, conditions) {
      const auto* const test = static_cast<OpExpr*>(lfirst(cell));
      if (!IsA(test, OpExpr) || list_length(test->args) != 2 || !is_equality(test->opno)) continue;
      ColumnAt a = {};
      ColumnAt b = {};
      if (!find_column(level, static_cast<Node*>(linitial(test->args)), &a) ||
          !find_column(level, static_cast<Node*>(lsecond(test->args)), &b)) {
        continue;
      }
      if (equals->has(a)) is_more |= equals->add(b);
      if (equals->has(b)) is_more |= equals->add(a);
    }
  }
}

// ---- Queries ------------------------------------------------------------------------------------------------------

struct Look {
  TrackedTables tables;
  QueryScope scope;
};

void look_at_query(Look* look, const Level* level, Equals equals, const List* outputs);

void refuse(Look* look, const char* problem) {
  if (look->scope.problem == nullptr) look->scope.problem = problem;
}

bool is_local_so_far(const Look* look) { return look->scope.problem == nullptr; }

void look_at_conditions(Look* look, const Level* level, Node* node, const Equals& equals,
                        bool only_truth_counts);

// A table's name as the query has it.
const char* name_of(const RangeTblEntry* entry) { return get_rel_name(entry->relid); }

bool has_computed_columns(Oid relid) {
  Relation const relation = relation_open(relid, NoLock);
  TupleDesc const shape = RelationGetDescr(relation);
  bool has_some = false;
  for (int i = 0; i < shape->natts; ++i) {
    has_some |= TupleDescAttr(shape, i)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
  }
  relation_close(relation, NoLock);
  return has_some;
}

// One restriction for a table in a query, however often the query is looked at.
void restrict_table(Look* look, Node** conditions, Index table, AttrNumber column) {
  ListCell* cell = nullptr;
  foreach (cell, look->scope.restrictions) {
    const auto* const made = static_cast<Restriction*>(lfirst(cell));
    if (made->conditions != conditions || made->table != table) continue;
    if (made->column != column) refuse(look, "a WITH query is joined by different columns");
    return;
  }
  auto* const made = static_cast<Restriction*>(palloc(sizeof(Restriction)));
  *made = {conditions, table, column};
  look->scope.restrictions = lappend(look->scope.restrictions, made);
}

void look_at_relation(Look* look, const Level* level, Index number, const RangeTblEntry* entry,
                      const Equals& equals, Node** conditions) {
  if (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE) {
    return refuse(look, psprintf("\"%s\" is not a table", name_of(entry)));
  }
  if (entry->tablesample != nullptr) return refuse(look, "it takes a sample of a table");
  if (has_computed_columns(entry->relid)) {
    return refuse(look, psprintf("\"%s\" has virtual generated columns", name_of(entry)));
  }
  auto* const columns = static_cast<AttrNumber*>(
      palloc(sizeof(AttrNumber) * static_cast<Size>(look->tables.most_columns)));
  const char* problem = nullptr;
  const int count = look->tables.columns_of(look->tables.context, entry->relid, columns, &problem);
  if (problem != nullptr) return refuse(look, problem);
  look->scope.relations = list_append_unique_oid(look->scope.relations, entry->relid);
  for (int i = 0; i < count; ++i) {
    if (!equals.has_never_null({level->depth, number, columns[i]})) continue;
    return restrict_table(look, conditions, number, columns[i]);
  }
  refuse(look, psprintf("rows of \"%s\" are not bound to the id by its column \"%s\"",
                        name_of(entry), get_attname(entry->relid, columns[0], false)));
}

// The columns of a subquery that are equal to the id.
List* outputs_of(const Level* level, Index number, const Equals& equals) {
  List* outputs = NIL;
  for (int i = 0; i < equals.count; ++i) {
    const ColumnAt& column = equals.columns[i];
    if (column.depth == level->depth && column.table == number && !equals.may_be_null[i]) {
      outputs = lappend_int(outputs, column.number);
    }
  }
  return outputs;
}

void look_at_named(Look* look, const Level* level, Index number, const RangeTblEntry* entry,
                   const Equals& equals) {
  const Level* owner = level;
  for (Index up = entry->ctelevelsup; up > 0 && owner != nullptr; --up) owner = owner->outer;
  ListCell* cell = nullptr;
  foreach (cell, owner == nullptr ? NIL : owner->query->cteList) {
    auto* const named = static_cast<CommonTableExpr*>(lfirst(cell));
    if (strcmp(named->ctename, entry->ctename) != 0) continue;
    if (named->cterecursive || !IsA(named->ctequery, Query)) break;
    const Level inner = {reinterpret_cast<Query*>(named->ctequery), owner, owner->depth + 1};
    return look_at_query(look, &inner, known_above(equals, owner->depth),
                         outputs_of(level, number, equals));
  }
  refuse(look, "it has a recursive WITH query");
}

// Something in FROM. `conditions`: where a condition on it may be added.
void look_at_entry(Look* look, const Level* level, Index number, const Equals& equals,
                   Node** conditions) {
  RangeTblEntry* const entry = rt_fetch(number, level->query->rtable);
  if (entry->securityQuals != NIL) return refuse(look, "row security decides what it sees");
  switch (entry->rtekind) {
    case RTE_RELATION:
      return look_at_relation(look, level, number, entry, equals, conditions);
    case RTE_SUBQUERY: {
      const Level inner = {entry->subquery, level, level->depth + 1};
      return look_at_query(look, &inner, equals, outputs_of(level, number, equals));
    }
    case RTE_CTE:
      return look_at_named(look, level, number, entry, equals);
    case RTE_VALUES:
      return look_at_conditions(look, level, reinterpret_cast<Node*>(entry->values_lists), equals,
                                false);
    case RTE_FUNCTION: {
      ListCell* cell = nullptr;
      foreach (cell, entry->functions) {
        look_at_conditions(look, level, static_cast<RangeTblFunction*>(lfirst(cell))->funcexpr,
                           equals, false);
      }
      return;
    }
    case RTE_RESULT:
      return;
    default:
      return refuse(look, "it reads something that is not a table");
  }
}

// A part of FROM whose rows are joined so that the conditions hold for all of them, with what may be missing beside
// them.
struct Joined {
  List* numbers;     // of entries
  List* conditions;  // that hold
  List* optional;    // of Optional
};
struct Optional {
  JoinExpr* join;
  Node* side;
};

void take_apart(Look* look, Node* node, Joined* joined) {
  if (node == nullptr) return;
  if (IsA(node, RangeTblRef)) {
    joined->numbers = lappend_int(joined->numbers, reinterpret_cast<RangeTblRef*>(node)->rtindex);
    return;
  }
  if (IsA(node, FromExpr)) {
    auto* const from = reinterpret_cast<FromExpr*>(node);
    joined->conditions = append_conditions(joined->conditions, from->quals);
    ListCell* cell = nullptr;
    foreach (cell, from->fromlist) take_apart(look, static_cast<Node*>(lfirst(cell)), joined);
    return;
  }
  if (!IsA(node, JoinExpr)) return refuse(look, "it has a join of an unknown kind");
  auto* const join = reinterpret_cast<JoinExpr*>(node);
  if (join->jointype == JOIN_INNER) {
    joined->conditions = append_conditions(joined->conditions, join->quals);
    take_apart(look, join->larg, joined);
    take_apart(look, join->rarg, joined);
    return;
  }
  if (join->jointype != JOIN_LEFT && join->jointype != JOIN_RIGHT) {
    return refuse(look, "it has a full join");
  }
  const bool is_left = join->jointype == JOIN_LEFT;
  take_apart(look, is_left ? join->larg : join->rarg, joined);
  auto* const optional = static_cast<Optional*>(palloc(sizeof(Optional)));
  *optional = {join, is_left ? join->rarg : join->larg};
  joined->optional = lappend(joined->optional, optional);
}

// What is equal to the id in what is found here is added to `equals`. `more`: conditions that hold besides, those of the ON
// whose optional side this is.
void look_at_joined(Look* look, const Level* level, Node* node, Node* more, Node** conditions,
                    Equals* equals) {
  Joined joined = {};
  take_apart(look, node, &joined);
  joined.conditions = append_conditions(joined.conditions, more);
  add_equal(level, joined.conditions, equals);
  ListCell* cell = nullptr;
  foreach (cell, joined.numbers) {
    look_at_entry(look, level, static_cast<Index>(lfirst_int(cell)), *equals, conditions);
  }
  // Beside a row of some id there is a row of the optional side or there is none: by its ON, and by rows of that id.
  foreach (cell, joined.optional) {
    auto* const optional = static_cast<Optional*>(lfirst(cell));
    Equals there = *equals;
    look_at_joined(look, level, optional->side, optional->join->quals, &optional->join->quals,
                   &there);
    for (int i = 0; i < there.count; ++i) equals->add(there.columns[i], true);
  }
  foreach (cell, joined.conditions) {
    look_at_conditions(look, level, static_cast<Node*>(lfirst(cell)), *equals, true);
  }
}

const TargetEntry* output_entry(const Query* query, int output) {
  ListCell* cell = nullptr;
  foreach (cell, query->targetList) {
    const auto* const entry = static_cast<TargetEntry*>(lfirst(cell));
    if (entry->resno == output && !entry->resjunk) return entry;
  }
  return nullptr;
}

bool is_grouped(const Query* query) {
  return query->groupClause != NIL || query->hasAggs || query->havingQual != nullptr;
}

// Whether rows of a group have this column in common.
bool is_group_column(const Level* level, const ColumnAt& column) {
  ListCell* cell = nullptr;
  foreach (cell, level->query->groupClause) {
    const TargetEntry* const entry = get_sortgroupclause_tle(
        static_cast<SortGroupClause*>(lfirst(cell)), level->query->targetList);
    ColumnAt grouped = {};
    if (find_column(level, reinterpret_cast<Node*>(entry->expr), &grouped) &&
        same(grouped, column)) {
      return true;
    }
  }
  return false;
}

// Rows that come out with the id there have it in that column, before they are grouped too.
void add_outputs(const Level* level, const List* outputs, Equals* equals) {
  ListCell* cell = nullptr;
  foreach (cell, outputs) {
    const TargetEntry* const entry = output_entry(level->query, lfirst_int(cell));
    ColumnAt column = {};
    if (entry == nullptr || !find_column(level, reinterpret_cast<Node*>(entry->expr), &column) ||
        column.depth != level->depth) {
      continue;
    }
    if (!is_grouped(level->query) || is_group_column(level, column)) equals->add(column);
  }
}

void look_at_operation(Look* look, const Level* level, Node* node, const Equals& equals,
                       const List* outputs) {
  if (node == nullptr) return;
  if (IsA(node, RangeTblRef)) {
    const RangeTblEntry* const entry =
        rt_fetch(reinterpret_cast<RangeTblRef*>(node)->rtindex, level->query->rtable);
    if (entry->rtekind != RTE_SUBQUERY) return refuse(look, "it has a UNION of an unknown kind");
    const Level arm = {entry->subquery, level, level->depth + 1};
    return look_at_query(look, &arm, equals, outputs);
  }
  if (!IsA(node, SetOperationStmt)) return refuse(look, "it has a UNION of an unknown kind");
  auto* const operation = reinterpret_cast<SetOperationStmt*>(node);
  ListCell* cell = nullptr;
  foreach (cell, operation->colTypes) {
    if (!is_known_type(lfirst_oid(cell), look->tables.extension)) {
      return refuse(look, "it compares values of types that are not the server's own");
    }
  }
  look_at_operation(look, level, operation->larg, equals, outputs);
  look_at_operation(look, level, operation->rarg, equals, outputs);
}

const char* kind_problem(const Query* query) {
  if (query->commandType != CMD_SELECT || query->hasModifyingCTE || query->rowMarks != NIL) {
    return "it changes or locks rows";
  }
  if (query->limitCount != nullptr || query->limitOffset != nullptr)
    return "it has a LIMIT or OFFSET";
  if (query->hasDistinctOn) return "it has DISTINCT ON";
  if (query->hasWindowFuncs || query->windowClause != NIL) return "it has window functions";
  if (query->groupingSets != NIL) return "it has grouping sets";
  if (query->hasTargetSRFs) return "it has functions that return several rows in its SELECT list";
  if (query->hasRecursive) return "it has a recursive WITH query";
  if (query->hasRowSecurity) return "row security decides what it sees";
  return nullptr;
}

// Whether what a query gives for an id, in those of its columns that are equal to it, or, for one that is looked at for each
// row, all that it gives, is decided by rows of that id.
void look_at_query(Look* look, const Level* level, Equals equals, const List* outputs) {
  check_stack_depth();
  Query* const query = level->query;
  equals = known_above(equals, level->depth);
  if (const char* const problem = kind_problem(query)) return refuse(look, problem);
  if (!is_local_so_far(look)) return;
  if (query->setOperations != nullptr) {
    return look_at_operation(look, level, query->setOperations, equals, outputs);
  }
  add_outputs(level, outputs, &equals);
  look_at_joined(look, level, reinterpret_cast<Node*>(query->jointree), nullptr,
                 &query->jointree->quals, &equals);
  look_at_conditions(look, level, reinterpret_cast<Node*>(query->targetList), equals, false);
  look_at_conditions(look, level, query->havingQual, equals, true);
}

// ---- Subqueries in conditions -------------------------------------------------------------------------------------

// Whether a column of a subquery is never NULL: one that is not, of a table that is not optional there.
bool is_never_null(const Level* level, int output) {
  const Query* const query = level->query;
  if (query->setOperations != nullptr || query->groupClause != NIL) return false;
  const TargetEntry* const entry = output_entry(query, output);
  ColumnAt column = {};
  if (entry == nullptr || !find_column(level, reinterpret_cast<Node*>(entry->expr), &column) ||
      column.depth != level->depth) {
    return false;
  }
  Look ignored = {};
  Joined joined = {};
  take_apart(&ignored, reinterpret_cast<Node*>(query->jointree), &joined);
  const RangeTblEntry* const table = rt_fetch(column.table, query->rtable);
  if (!list_member_int(joined.numbers, static_cast<int>(column.table)) ||
      table->rtekind != RTE_RELATION) {
    return false;
  }
  Relation const relation = relation_open(table->relid, NoLock);
  const bool is_one = is_without_nulls(relation, column.number);
  relation_close(relation, NoLock);
  return is_one;
}

// Which columns of the subquery of an IN are compared for equality with the id. Something that is NULL is in no set, but not
// in an empty one either: that is false, and the other is NULL.
List* compared_outputs(const Level* level, const SubLink* link, const Equals& equals,
                       bool only_truth_counts) {
  List* outputs = NIL;
  ListCell* cell = nullptr;
  foreach (cell, append_conditions(NIL, link->testexpr)) {
    const auto* const test = static_cast<OpExpr*>(lfirst(cell));
    if (!IsA(test, OpExpr) || list_length(test->args) != 2 || !is_equality(test->opno)) continue;
    auto* const given = without_casts(static_cast<Node*>(lsecond(test->args)));
    ColumnAt column = {};
    if (!IsA(given, Param) || reinterpret_cast<Param*>(given)->paramkind != PARAM_SUBLINK ||
        !find_column(level, static_cast<Node*>(linitial(test->args)), &column) ||
        !(only_truth_counts ? equals.has(column) : equals.has_never_null(column))) {
      continue;
    }
    outputs = lappend_int(outputs, reinterpret_cast<Param*>(given)->paramid);
  }
  return outputs;
}

// An IN is NULL rather than false where the subquery has NULLs, for whatever id. Where only truth counts that is the same.
List* without_nullable(const Level* inner, const List* outputs) {
  List* result = NIL;
  ListCell* cell = nullptr;
  foreach (cell, outputs) {
    if (is_never_null(inner, lfirst_int(cell))) result = lappend_int(result, lfirst_int(cell));
  }
  return result;
}

void look_at_sublink(Look* look, const Level* level, SubLink* link, const Equals& equals,
                     bool only_truth_counts) {
  if (!IsA(link->subselect, Query)) return refuse(look, "it has a subquery of an unknown kind");
  const Level inner = {reinterpret_cast<Query*>(link->subselect), level, level->depth + 1};
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
    case EXPR_SUBLINK:
    case ALL_SUBLINK:
      break;
    case ANY_SUBLINK: {
      List* outputs = compared_outputs(level, link, equals, only_truth_counts);
      if (!only_truth_counts) outputs = without_nullable(&inner, outputs);
      look_at_query(look, &inner, equals, outputs);
      return;
    }
    default:
      return refuse(look, "it has a subquery of a kind that is not looked into");
  }
  look_at_query(look, &inner, equals, NIL);
}

struct ConditionLook {
  Look* look;
  const Level* level;
  const Equals* equals;
};

bool find_sublinks(Node* node, void* context) {
  if (node == nullptr) return false;
  auto* const at = static_cast<ConditionLook*>(context);
  if (!IsA(node, SubLink)) return expression_tree_walker(node, as_walker(find_sublinks), context);
  auto* const link = reinterpret_cast<SubLink*>(node);
  look_at_sublink(at->look, at->level, link, *at->equals, false);
  return find_sublinks(link->testexpr, context);
}

// The subqueries of an expression. `only_truth_counts`: whether it is false or NULL makes no difference.
void look_at_conditions(Look* look, const Level* level, Node* node, const Equals& equals,
                        bool only_truth_counts) {
  if (node == nullptr) return;
  ConditionLook at = {look, level, &equals};
  if (only_truth_counts && (is_andclause(node) || is_orclause(node))) {
    ListCell* cell = nullptr;
    foreach (cell, reinterpret_cast<BoolExpr*>(node)->args) {
      look_at_conditions(look, level, static_cast<Node*>(lfirst(cell)), equals, true);
    }
    return;
  }
  if (only_truth_counts && IsA(node, SubLink)) {
    auto* const link = reinterpret_cast<SubLink*>(node);
    look_at_sublink(look, level, link, equals, true);
    find_sublinks(link->testexpr, &at);
    return;
  }
  find_sublinks(node, &at);
}

}  // namespace

QueryScope scope_of_query(Query* query, Query* above, const TrackedTables& tables) {
  Look look = {tables, {}};
  look.scope.problem = expression_problem(query, tables.extension);
  if (look.scope.problem != nullptr) return look.scope;
  const Level top = {above, nullptr, 0};
  const Level level = {query, &top, 1};
  look_at_query(&look, &level, Equals(), list_make1_int(1));
  return look.scope;
}

}  // namespace objectset::pg
