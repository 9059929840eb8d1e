#include "pg/saved/temporary_objects.hpp"

#include "pg/record_fields.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "storage/sinval.h"
#include "utils/array.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

[[noreturn]] void raise_temporary(const char* name) {
  ereport(
      ERROR,
      (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
       errmsg("query of an object set must not use the temporary object \"%s\"", name),
       errhint("It is of this session alone. If another one was meant: that may be gone, or the "
               "role that the query runs as may have no right to use its schema.")));
  pg_unreachable();
}

Oid namespace_of_type(Oid type) {
  HeapTuple const row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(row)) return InvalidOid;
  const Oid schema = reinterpret_cast<Form_pg_type>(GETSTRUCT(row))->typnamespace;
  ReleaseSysCache(row);
  return schema;
}

void check_relation(Oid relation) {
  if (isAnyTempNamespace(get_rel_namespace(relation))) raise_temporary(get_rel_name(relation));
}

void check_type(Oid type) {
  if (type < first_made_oid) return;
  if (isAnyTempNamespace(namespace_of_type(type))) raise_temporary(format_type_be(type));
}

void check_function(Oid function) {
  if (function < first_made_oid) return;
  if (isAnyTempNamespace(get_func_namespace(function))) raise_temporary(get_func_name(function));
}

// ---- Names ----------------------------------------------------------------------------------------------------

bool is_temporary_schema(const char* name) {
  return strcmp(name, "pg_temp") == 0 || strncmp(name, "pg_temp_", 8) == 0 ||
         strncmp(name, "pg_toast_temp_", 14) == 0;
}

// By its schema; functions, operators and collations without one are not looked for among temporary ones.
void check_qualifier(List* name) {
  const int count = list_length(name);
  if (count < 2) return;
  if (is_temporary_schema(strVal(list_nth(name, count - 2)))) {
    raise_temporary(NameListToString(name));
  }
}

void check_relation_name(const RangeVar* name) {
  if (name->schemaname != nullptr) {
    if (!is_temporary_schema(name->schemaname)) return;
    raise_temporary(psprintf("%s.%s", name->schemaname, name->relname));
  }
  const Oid relation = RangeVarGetRelid(name, AccessShareLock, true);
  if (OidIsValid(relation)) check_relation(relation);
}

void check_type_name(const TypeName* type) {
  if (type->names == NIL) return;
  check_qualifier(type->names);
  if (list_length(type->names) == 1) {
    check_type(TypenameGetTypid(strVal(linitial(type->names))));
  }
}

// What WITH gives names to where something is looked at: these are no tables.
struct InSight {
  List* names;  // of char*
};

bool is_in_sight(const InSight* in_sight, const RangeVar* name) {
  if (name->schemaname != nullptr) return false;
  ListCell* cell = nullptr;
  foreach (cell, in_sight->names) {
    if (strcmp(static_cast<const char*>(lfirst(cell)), name->relname) == 0) return true;
  }
  return false;
}

bool look_at_name(Node* node, void* context);

void add_name(InSight* in_sight, const CommonTableExpr* named) {
  in_sight->names = lappend(in_sight->names, named->ctename);
}

// Each query of a WITH sees those before it; all of them, where it is recursive.
void look_at_select(const SelectStmt* select, const InSight* outer) {
  InSight inner = {list_copy(outer->names)};
  const bool has_with = select->withClause != nullptr;
  const bool is_recursive = has_with && select->withClause->recursive;
  List* const with = has_with ? select->withClause->ctes : NIL;
  ListCell* cell = nullptr;
  if (is_recursive) {
    foreach (cell, with) add_name(&inner, lfirst_node(CommonTableExpr, cell));
  }
  foreach (cell, with) {
    look_at_name(static_cast<Node*>(lfirst(cell)), &inner);
    if (!is_recursive) add_name(&inner, lfirst_node(CommonTableExpr, cell));
  }
  SelectStmt rest = *select;
  rest.withClause = nullptr;
  raw_expression_tree_walker(reinterpret_cast<Node*>(&rest), as_walker(look_at_name), &inner);
}

// Of what the server's walker passes by.
void look_beside(Node* node, void* context) {
  switch (nodeTag(node)) {
    case T_FuncCall:
      return check_qualifier(reinterpret_cast<FuncCall*>(node)->funcname);
    case T_A_Expr:
      return check_qualifier(reinterpret_cast<A_Expr*>(node)->name);
    case T_SubLink:
      return check_qualifier(reinterpret_cast<SubLink*>(node)->operName);
    case T_SortBy:
      return check_qualifier(reinterpret_cast<SortBy*>(node)->useOp);
    case T_CollateClause:
      return check_qualifier(reinterpret_cast<CollateClause*>(node)->collname);
    case T_RangeTableSample:
      return check_qualifier(reinterpret_cast<RangeTableSample*>(node)->method);
    case T_RangeTableFuncCol:
      look_at_name(reinterpret_cast<Node*>(reinterpret_cast<RangeTableFuncCol*>(node)->typeName),
                   context);
      return;
    case T_CommonTableExpr: {
      const CTECycleClause* const cycle = reinterpret_cast<CommonTableExpr*>(node)->cycle_clause;
      if (cycle == nullptr) return;
      look_at_name(cycle->cycle_mark_value, context);
      look_at_name(cycle->cycle_mark_default, context);
      return;
    }
    case T_TypeName:
      return check_type_name(reinterpret_cast<TypeName*>(node));
    default:
      return;
  }
}

bool look_at_name(Node* node, void* context) {
  if (node == nullptr) return false;
  const auto* const in_sight = static_cast<const InSight*>(context);
  switch (nodeTag(node)) {
    case T_SelectStmt:
      look_at_select(reinterpret_cast<SelectStmt*>(node), in_sight);
      return false;
    case T_RangeVar: {
      const auto* const name = reinterpret_cast<RangeVar*>(node);
      if (!is_in_sight(in_sight, name)) check_relation_name(name);
      return false;
    }
    case T_LockingClause:  // names what FROM has
      return false;
    default:
      look_beside(node, context);
      return raw_expression_tree_walker(node, as_walker(look_at_name), context);
  }
}

// ---- What they came to mean -----------------------------------------------------------------------------------

void check_oid(Oid type, Datum value) {
  switch (type) {
    case REGCLASSOID:
      return check_relation(DatumGetObjectId(value));
    case REGTYPEOID:
      return check_type(DatumGetObjectId(value));
    case REGPROCOID:
    case REGPROCEDUREOID:
      return check_function(DatumGetObjectId(value));
    default:
      return;
  }
}

void check_value(Oid type, Datum value);

void check_elements(Oid element, Datum value) {
  int16 size = 0;
  bool by_value = false;
  char alignment = 0;
  get_typlenbyvalalign(element, &size, &by_value, &alignment);
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(value), element, size, by_value, alignment, &elements,
                    &nulls, &count);
  for (int i = 0; i < count; ++i) {
    if (!nulls[i]) check_value(element, elements[i]);
  }
}

// Whether values of a type can be OIDs of objects, or hold such, as far as is known of the type alone.
bool may_hold_objects(Oid type) {
  return type >= first_made_oid || type == RECORDOID || type == REGCLASSOID || type == REGTYPEOID ||
         type == REGPROCOID || type == REGPROCEDUREOID;
}

void check_value(Oid type, Datum value) {
  check_stack_depth();
  const Oid base = getBaseType(type);
  const Oid element = get_element_type(base);
  if (OidIsValid(element)) {
    if (may_hold_objects(element)) check_elements(element, value);
  } else if (type_is_rowtype(base)) {
    for_each_field(value, [](const FormData_pg_attribute* column, Datum field, bool is_null) {
      if (!is_null) check_value(column->atttypid, field);
    });
  } else {
    check_oid(base, value);
  }
}

void check_constant(const Const* constant) {
  check_type(constant->consttype);
  if (!constant->constisnull) check_value(constant->consttype, constant->constvalue);
}

void check_types(const List* types) {
  ListCell* cell = nullptr;
  foreach (cell, types) check_type(lfirst_oid(cell));
}

void check_node(Node* node) {
  switch (nodeTag(node)) {
    case T_RangeTblEntry: {
      const auto* const entry = reinterpret_cast<RangeTblEntry*>(node);
      if (entry->rtekind == RTE_RELATION) check_relation(entry->relid);
      return;
    }
    case T_RangeTblFunction:
      return check_types(reinterpret_cast<RangeTblFunction*>(node)->funccoltypes);
    case T_TableFunc:
      return check_types(reinterpret_cast<TableFunc*>(node)->coltypes);
    case T_Const:
      return check_constant(reinterpret_cast<Const*>(node));
    case T_Var:
    case T_Param:
    case T_FuncExpr:
    case T_Aggref:
    case T_RelabelType:
    case T_CoerceViaIO:
    case T_ArrayCoerceExpr:
    case T_ConvertRowtypeExpr:
    case T_CoerceToDomain:
    case T_ArrayExpr:
    case T_RowExpr:
      return check_type(exprType(node));
    default:
      return;
  }
}

bool is_temporary_function(Oid function, void*) {
  check_function(function);
  return false;
}

bool look_at_node(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Query)) {
    return query_tree_walker(reinterpret_cast<Query*>(node), as_walker(look_at_node), context,
                             QTW_EXAMINE_RTES_BEFORE);
  }
  check_node(node);
  // The walker of the query goes on below an entry of FROM.
  if (IsA(node, RangeTblEntry)) return false;
  check_functions_in_node(node, is_temporary_function, context);
  return expression_tree_walker(node, as_walker(look_at_node), context);
}

}  // namespace

// A table that is locked may have been waited for, and types cannot be locked: what was found before is looked for again.
void refuse_temporary_names(Node* parsed) {
  uint64 before = 0;
  do {
    CHECK_FOR_INTERRUPTS();
    before = SharedInvalidMessageCounter;
    InSight nothing = {NIL};
    look_at_name(parsed, &nothing);
  } while (SharedInvalidMessageCounter != before);
}

void refuse_temporary_objects(Query* query) {
  look_at_node(reinterpret_cast<Node*>(query), nullptr);
}

void refuse_temporary_value(Oid type, Datum value) { check_value(type, value); }

}  // namespace objectset::pg
