// Planner support of `s.members`: members(row) is computed of the row's columns base, added, removed and deleted, so that no row is
// put together for it, with all that it has in TOAST, and what plans with sets sees the set.
//
// The one idea: this changes which columns a query reads, so it is done to the whole query before any of it is planned, by a
// hook. What shows only during planning is left to the function's own support: the bodies of SQL functions, and the
// statement whose planning loads this library. There the columns can only be named of a query that has not listed yet what
// it reads of its tables; otherwise the call stays, and takes the row.
#include "pg/saved/saved_members.hpp"

extern "C" {
#include "access/sysattr.h"
#include "catalog/pg_proc.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/syscache.h"
}

extern "C" Datum objectset_members_of_row(PG_FUNCTION_ARGS);

namespace objectset::pg {
namespace {

planner_hook_type next_planner = nullptr;

// ---- The call -------------------------------------------------------------------------------------------

bool is_whole_row(const Node* node) {
  return node != nullptr && IsA(node, Var) &&
         reinterpret_cast<const Var*>(node)->varattno == InvalidAttrNumber;
}

// Whether a call is one of members(row). Only functions of rows that give a type which is not the server's are looked at.
bool is_members_call(const FuncExpr* call) {
  if (call->funcid < first_made_oid || call->funcresulttype < first_made_oid ||
      list_length(call->args) != 1 ||
      !type_is_rowtype(exprType(static_cast<Node*>(linitial(call->args))))) {
    return false;
  }
  FmgrInfo called;
  fmgr_info(call->funcid, &called);
  return called.fn_addr == objectset_members_of_row;
}

// objectset_members_of of the same schema; InvalidOid where there is none.
Oid function_of_parts(const FuncExpr* call) {
  Oid types[member_parts];
  for (Oid& type : types) type = call->funcresulttype;
  return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("objectset_members_of"),
                         PointerGetDatum(buildoidvector(types, member_parts)),
                         ObjectIdGetDatum(get_func_namespace(call->funcid)));
}

// ---- Which columns --------------------------------------------------------------------------------------

enum class RowKind { of_set, other, unknown };

// Columns by their numbers.
struct Parts {
  AttrNumber numbers[member_parts];
};

// Of a row type that is a table's, a view's or has a name of its own.
RowKind find_in_type(Oid row_type, Oid set_type, Parts* parts) {
  const Oid relation = get_typ_typrelid(getBaseType(row_type));
  if (!OidIsValid(relation)) return RowKind::unknown;
  for (int i = 0; i < member_parts; ++i) {
    const AttrNumber number = get_attnum(relation, member_columns[i]);
    if (number <= 0 || get_atttype(relation, number) != set_type) return RowKind::other;
    parts->numbers[i] = number;
  }
  return RowKind::of_set;
}

// Of columns with names, the first one that fits.
RowKind find_in_columns(const List* names, const List* columns, Oid set_type, Parts* parts) {
  *parts = {};
  for (int i = 0; i < member_parts; ++i) {
    ListCell* name;
    ListCell* column;
    forboth (name, names, column, columns) {
      if (parts->numbers[i] == InvalidAttrNumber &&
          strcmp(strVal(lfirst(name)), member_columns[i]) == 0 &&
          exprType(static_cast<Node*>(lfirst(column))) == set_type) {
        parts->numbers[i] = static_cast<AttrNumber>(foreach_current_index(name) + 1);
      }
    }
    if (parts->numbers[i] == InvalidAttrNumber) return RowKind::other;
  }
  return RowKind::of_set;
}

// Of what stands in FROM under that number: a subquery, a join, a function of several columns, ...
RowKind find_in_entry(const Query* query, int number, Oid set_type, Parts* parts) {
  List* names = NIL;
  List* columns = NIL;
  columns_of_entry(rt_fetch(number, query->rtable), number, &names, &columns);
  return find_in_columns(names, columns, set_type, parts);
}

// Whether the query groups by the whole row: then that alone is what there is of it above.
bool groups_by_row(const Query* query, int number) {
  ListCell* cell;
  foreach (cell, query->groupClause) {
    auto* group = lfirst_node(SortGroupClause, cell);
    const Node* const by = get_sortgroupclause_expr(group, query->targetList);
    if (!is_whole_row(by)) continue;
    const auto* row = reinterpret_cast<const Var*>(by);
    if (row->varno == number && row->varlevelsup == 0) return true;
  }
  return false;
}

RowKind find_parts(const Query* query, const Var* row, Oid set_type, Parts* parts) {
  const auto number = static_cast<int>(row->varno);
  if (groups_by_row(query, number)) return RowKind::unknown;
  return row->vartype != RECORDOID ? find_in_type(row->vartype, set_type, parts)
                                   : find_in_entry(query, number, set_type, parts);
}

List* columns_of(const Var* row, const Parts& parts, Oid set_type) {
  List* columns = NIL;
  for (const AttrNumber number : parts.numbers) {
    auto* column = static_cast<Var*>(copyObjectImpl(row));
    column->varattno = number;
    column->vartype = set_type;
    column->vartypmod = -1;
    column->varcollid = InvalidOid;
    if (column->varnosyn > 0) column->varattnosyn = number;
    columns = lappend(columns, column);
  }
  return columns;
}

// Of a row that is written out, as those of subqueries are when they become part of the query around them. What is volatile
// in it has to be computed.
RowKind find_in_row(RowExpr* row, Oid set_type, List** columns) {
  if (contain_volatile_functions(reinterpret_cast<Node*>(row))) return RowKind::unknown;
  Parts parts = {};
  const RowKind kind = row->row_typeid == RECORDOID
                           ? find_in_columns(row->colnames, row->args, set_type, &parts)
                           : find_in_type(row->row_typeid, set_type, &parts);
  if (kind != RowKind::of_set) return kind;
  *columns = NIL;
  for (const AttrNumber number : parts.numbers) {
    if (number > list_length(row->args)) return RowKind::unknown;
    *columns = lappend(*columns, list_nth(row->args, number - 1));
  }
  return RowKind::of_set;
}

// ---- Rights ---------------------------------------------------------------------------------------------

struct RowReference {
  int number;  // of the entry in the query's range table
  int levels;  // that the query is above
};

bool refers_to(const Node* node, const RowReference& row) {
  const auto* var = reinterpret_cast<const Var*>(node);
  return is_whole_row(node) && static_cast<int>(var->varno) == row.number &&
         static_cast<int>(var->varlevelsup) == row.levels;
}

// Whether the row is read for anything but its members.
bool reads_row(Node* node, void* context) {
  if (node == nullptr) return false;
  const auto* row = static_cast<const RowReference*>(context);
  if (refers_to(node, *row)) return true;
  if (IsA(node, FuncExpr)) {
    const auto* call = reinterpret_cast<const FuncExpr*>(node);
    if (is_members_call(call) && refers_to(static_cast<Node*>(linitial(call->args)), *row))
      return false;
  }
  if (IsA(node, Query)) {
    RowReference above = {row->number, row->levels + 1};
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(reads_row), &above, 0);
  }
  return expression_tree_walker(node, as_walker(reads_row), context);
}

// Whoever asks for members alone needs no rights to the row's other columns. The parser has noted that the row is read; where
// nothing else reads it, those columns are what is read.
void narrow_rights(const Query* query, const Var* row, const Parts& parts, List* appended) {
  RangeTblEntry* const entry = rt_fetch(row->varno, query->rtable);
  Bitmapset** const selected = columns_to_select(query, entry, get_typ_typrelid(row->vartype));
  constexpr int whole = InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber;
  if (selected == nullptr || !bms_is_member(whole, *selected)) return;
  RowReference here = {static_cast<int>(row->varno), 0};
  if (query_tree_walker(const_cast<Query*>(query), as_walker(reads_row), &here, 0) ||
      reads_row(reinterpret_cast<Node*>(appended), &here)) {
    return;
  }
  Bitmapset* narrowed = bms_del_member(bms_copy(*selected), whole);
  for (const AttrNumber number : parts.numbers) {
    narrowed = bms_add_member(narrowed, number - FirstLowInvalidHeapAttributeNumber);
  }
  *selected = narrowed;
}

// ---- A whole query, before it is planned ----------------------------------------------------------------

// A query that is being walked, below those around it.
struct Level {
  const Query* query;
  const Level* around;
  List** changed;  // of RowOfQuery, of all levels
};

struct RowOfQuery {
  const Query* query;
  const Var* row;
  Parts parts;
};

const Query* query_of(const Level* level, Index levels) {
  for (; level != nullptr && levels > 0; --levels) level = level->around;
  return level == nullptr ? nullptr : level->query;
}

// In place: whoever refers to the call sees the other one.
void replace_call(FuncExpr* call, const Level* level) {
  auto* argument = static_cast<Node*>(linitial(call->args));
  const Oid set_type = call->funcresulttype;
  const Oid function = function_of_parts(call);
  if (!OidIsValid(function)) return;
  RowKind kind = RowKind::unknown;
  List* columns = NIL;
  if (IsA(argument, RowExpr)) {
    kind = find_in_row(reinterpret_cast<RowExpr*>(argument), set_type, &columns);
  } else if (is_whole_row(argument)) {
    const auto* row = reinterpret_cast<const Var*>(argument);
    const Query* const query = query_of(level, row->varlevelsup);
    Parts parts = {};
    kind = query == nullptr ? RowKind::unknown : find_parts(query, row, set_type, &parts);
    if (kind == RowKind::of_set) {
      columns = columns_of(row, parts, set_type);
      auto* changed = static_cast<RowOfQuery*>(palloc(sizeof(RowOfQuery)));
      *changed = {query, row, parts};
      *level->changed = lappend(*level->changed, changed);
    }
  }
  if (kind == RowKind::other) raise_no_set_row(exprType(argument));
  if (kind != RowKind::of_set) return;
  call->funcid = function;
  call->args = columns;
  call->funcformat = COERCE_EXPLICIT_CALL;
}

bool replace_calls(Node* node, void* context) {
  if (node == nullptr) return false;
  const auto* level = static_cast<const Level*>(context);
  if (IsA(node, Query)) {
    auto* query = reinterpret_cast<Query*>(node);
    Level below = {query, level->query == nullptr ? nullptr : level, level->changed};
    return query_tree_walker(query, as_walker(replace_calls), &below, 0);
  }
  if (IsA(node, FuncExpr)) {
    auto* call = reinterpret_cast<FuncExpr*>(node);
    if (is_members_call(call)) replace_call(call, level);
  }
  return expression_tree_walker(node, as_walker(replace_calls), context);
}

template <class... More>
PlannedStmt* plan_replaced(Query* query, const char* text, int options, ParamListInfo parameters,
                           More... more) {
  List* changed = NIL;
  Level nothing_around = {nullptr, nullptr, &changed};
  replace_calls(reinterpret_cast<Node*>(query), &nothing_around);
  ListCell* cell;
  foreach (cell, changed) {
    const auto* one = static_cast<const RowOfQuery*>(lfirst(cell));
    narrow_rights(one->query, one->row, one->parts, NIL);
  }
  return plan_by(next_planner, query, text, options, parameters, more...);
}

// ---- One call, during planning --------------------------------------------------------------------------

// The query that the row is of, if neither it nor one in between has listed yet what it reads: a subquery in FROM is planned
// after that has been done for the one that it stands in. None where one of them groups by the row.
//
// While a subquery is made part of the query around it that one is missing between the two: the query found may be one too
// far out. What it is asked for then holds all the same: the missing one has listed nothing, and all that becomes part of
// it is below its groups.
const PlannerInfo* open_query(const PlannerInfo* root, const Var* row) {
  Index levels = row->varlevelsup;
  for (; root != nullptr; root = root->parent_root, --levels) {
    if (root->simple_rel_array != nullptr ||
        groups_by_row(root->parse, static_cast<int>(row->varno))) {
      return nullptr;
    }
    if (levels == 0) return root;
  }
  return nullptr;
}

// Whether the query has a table or a view of that row type there.
bool has_row(const Query* query, const Var* row) {
  if (static_cast<int>(row->varno) > list_length(query->rtable)) return false;
  const RangeTblEntry* const entry = rt_fetch(row->varno, query->rtable);
  return row->varlevelsup == 0 || entry->relid == get_typ_typrelid(row->vartype);
}

Node* make_call(const FuncExpr* call, Oid function, List* columns) {
  return reinterpret_cast<Node*>(makeFuncExpr(function, call->funcresulttype, columns, InvalidOid,
                                              InvalidOid, COERCE_EXPLICIT_CALL));
}

Node* simplify_whole_row(const PlannerInfo* root, const FuncExpr* call, const Var* row,
                         Oid function) {
  const PlannerInfo* const open = open_query(root, row);
  const bool is_expression_alone = root == nullptr && row->varlevelsup == 0;
  const Query* const query = open == nullptr || !has_row(open->parse, row) ? nullptr : open->parse;
  Parts parts = {};
  RowKind kind = RowKind::unknown;
  if (row->vartype != RECORDOID) {
    kind = find_in_type(row->vartype, call->funcresulttype, &parts);
  } else if (query != nullptr && row->varlevelsup == 0) {
    kind = find_in_entry(query, static_cast<int>(row->varno), call->funcresulttype, &parts);
  }
  if (kind == RowKind::other) raise_no_set_row(row->vartype);
  if (kind != RowKind::of_set || (open == nullptr && !is_expression_alone)) return nullptr;
  if (query != nullptr) narrow_rights(query, row, parts, open->append_rel_list);
  return make_call(call, function, columns_of(row, parts, call->funcresulttype));
}

Node* simplify_call(const PlannerInfo* root, const FuncExpr* call) {
  if (list_length(call->args) != 1) return nullptr;
  auto* argument = static_cast<Node*>(linitial(call->args));
  const Oid function = function_of_parts(call);
  if (!OidIsValid(function)) return nullptr;
  if (is_whole_row(argument)) {
    return simplify_whole_row(root, call, reinterpret_cast<const Var*>(argument), function);
  }
  RowKind kind = RowKind::unknown;
  List* columns = NIL;
  if (IsA(argument, RowExpr)) {
    kind = find_in_row(reinterpret_cast<RowExpr*>(argument), call->funcresulttype, &columns);
  } else {
    Parts parts = {};
    if (find_in_type(exprType(argument), call->funcresulttype, &parts) == RowKind::other) {
      kind = RowKind::other;
    }
  }
  if (kind == RowKind::other) raise_no_set_row(exprType(argument));
  return kind == RowKind::of_set ? make_call(call, function, columns) : nullptr;
}

}  // namespace

void raise_no_set_row(Oid row_type) {
  ereport(ERROR,
          (errcode(ERRCODE_WRONG_OBJECT_TYPE),
           errmsg("type %s is not the row type of a set table", format_type_be(row_type)),
           errhint("A row has members if it has the columns base, added, removed and deleted of "
                   "type objectset; objectset_create_table makes such tables.")));
}

void install_members() {
  next_planner = planner_hook;
  planner_hook = plan_replaced;
}

}  // namespace objectset::pg

using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_members_support) {
  auto* node = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  if (!IsA(node, SupportRequestSimplify)) PG_RETURN_DATUM(0);
  const auto* request = reinterpret_cast<SupportRequestSimplify*>(node);
  PG_RETURN_POINTER(simplify_call(request->root, request->fcall));
}
