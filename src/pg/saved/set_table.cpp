#include "pg/saved/set_table.hpp"

#include "pg/saved/name_scope.hpp"
#include "pg/saved/saved_role.hpp"

extern "C" {
#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/sequence.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

Datum objectset_from_int8_array(PG_FUNCTION_ARGS);
Datum objectset_from_int4_array(PG_FUNCTION_ARGS);
Datum objectset_from_int2_array(PG_FUNCTION_ARGS);
Datum objectset_from_jsonb(PG_FUNCTION_ARGS);
Datum objectset_in(PG_FUNCTION_ARGS);
Datum jsonb_in(PG_FUNCTION_ARGS);
Datum objectset_saved_changed(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

// ---- What a set table is ----------------------------------------------------------------------------------

struct ColumnOfSets {
  const char* name;
  Oid type;  // InvalidOid: objectset
  bool is_always_there = false;
};

constexpr ColumnOfSets columns_of_sets[] = {{"id", INT8OID, true},
                                            {"name", TEXTOID, true},
                                            {"query", TEXTOID},
                                            {"parameters", TEXTARRAYOID},
                                            {"expression", TEXTOID},
                                            {"base", InvalidOid, true},
                                            {"added", InvalidOid, true},
                                            {"removed", InvalidOid, true},
                                            {"deleted", InvalidOid, true},
                                            {"count", INT8OID},
                                            {"created", TIMESTAMPTZOID},
                                            {"modified", TIMESTAMPTZOID},
                                            {"refreshed", TIMESTAMPTZOID},
                                            {"saved_by", REGROLEOID},
                                            {"settings", TEXTARRAYOID},
                                            {"seal", BYTEAOID},
                                            {"seen", XID8ARRAYOID},
                                            {"seen_mark", BYTEAOID},
                                            {"refresh_took", INTERVALOID},
                                            {"refresh_way", TEXTOID},
                                            {"refresh_failures", INT4OID},
                                            {"last_error", TEXTOID}};

const FormData_pg_attribute* find_column(TupleDesc row, const char* name) {
  for (int i = 0; i < row->natts; ++i) {
    const FormData_pg_attribute* const column = TupleDescAttr(row, i);
    if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0) return column;
  }
  return nullptr;
}

// A set table that lost its mark with its target still has these.
bool has_parts(Relation relation, Oid set_type) {
  for (const char* const part : {"base", "added", "removed", "deleted"}) {
    const Oid relid = RelationGetRelid(relation);
    if (get_atttype(relid, get_attnum(relid, part)) != set_type) return false;
  }
  return true;
}

// Statements find a set by its name as the column compares it, and what is composed of what is found by bytes. Those agree
// but where a collation takes different texts for the same.
bool compares_otherwise(const FormData_pg_attribute& name) {
  return OidIsValid(name.attcollation) && !get_collation_isdeterministic(name.attcollation);
}

void check_kind(Relation relation, Oid set_type, Access access) {
  const char* const name = RelationGetRelationName(relation);
  const char kind = relation->rd_rel->relkind;
  const bool is_table = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
  if (!is_table || !(has_target_mark(relation) || has_parts(relation, set_type))) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a set table", name),
                    errhint("objectset_create_table makes set tables.")));
  }
  const char* problem = set_table_problem(relation, set_type);
  // What is changed or sealed is a row by its id.
  if (problem == nullptr && access == Access::write) problem = write_problem(relation);
  if (problem != nullptr) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("set table \"%s\" cannot be used: %s", name, problem)));
  }
}

}  // namespace

const char* set_table_problem(Relation relation, Oid set_type) {
  // Ids are unique within a table only, and a row that moves to another partition comes there as if whoever moves it had
  // written it. By its id and by who wrote it a set is told apart.
  if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) return "it is partitioned";
  if (relation->rd_rel->relispartition) return "it is a partition of another table";
  if (relation->rd_rel->relhasrules && relation->rd_rules != nullptr) {
    return "it has rules, where triggers would do";
  }
  for (const ColumnOfSets& wanted : columns_of_sets) {
    const Oid type = OidIsValid(wanted.type) ? wanted.type : set_type;
    const FormData_pg_attribute* const column =
        find_column(RelationGetDescr(relation), wanted.name);
    const bool is_name = strcmp(wanted.name, "name") == 0;
    if (column == nullptr ||
        (column->atttypid != type && !(is_name && column->atttypid == VARCHAROID))) {
      return psprintf("it has no column \"%s\" of type %s", wanted.name, format_type_be(type));
    }
    // Since PostgreSQL 18 there may be NULLs all the same: readers look for themselves.
    if (wanted.is_always_there && !column->attnotnull) {
      return psprintf("its column \"%s\" may be NULL", wanted.name);
    }
    if (is_name && compares_otherwise(*column)) {
      return "its column \"name\" has a nondeterministic collation";
    }
  }
  return nullptr;
}

const char* write_problem(Relation relation) {
  const FormData_pg_attribute* const id = find_column(RelationGetDescr(relation), "id");
  if (!is_unique_key(RelationGetRelid(relation), id->attnum, true)) {
    return "its column \"id\" is not unique";
  }
  const char* const column = column_with_foreign_key(relation);
  if (column == nullptr) return nullptr;
  return psprintf("its column \"%s\" has a foreign key", column);
}

const char* column_with_foreign_key(Relation relation) {
  ListCell* cell = nullptr;
  foreach (cell, RelationGetFKeyList(relation)) {
    const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
    for (int i = 0; i < key->nkeys; ++i) {
      const NameData& name = TupleDescAttr(RelationGetDescr(relation), key->conkey[i] - 1)->attname;
      for (const char* const sealed : sealed_columns) {
        if (strcmp(NameStr(name), sealed) == 0) return sealed;
      }
      if (strcmp(NameStr(name), "seal") == 0) return "seal";
    }
  }
  return nullptr;
}

Oid set_type_of(Oid schema) {
  return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("objectset"),
                         ObjectIdGetDatum(schema));
}

namespace {

// Whether a condition is of the kind that holds for every row: NULL::... IS NOT NULL. What it names is its argument.
bool is_always_true(const Node* condition) {
  return condition != nullptr && IsA(condition, NullTest) &&
         reinterpret_cast<const NullTest*>(condition)->nulltesttype == IS_NOT_NULL;
}

// A node's text, read. Every call for a set table meets the same few texts, and to copy a node takes a tenth of the time
// that reading it does. What a text means depends on nothing else.
struct KeptNode {
  MemoryContext context;  // of what follows; nullptr: unused
  const char* text;
  const Node* node;
};
constexpr int most_nodes = 16;
// A longer one, with many settings, say, is read each time.
constexpr Size longest_kept_text = 16384;
KeptNode kept_nodes[most_nodes];
int next_node;

void keep_node(const char* text, const Node* node) {
  MemoryContext const context =
      AllocSetContextCreate(CurrentMemoryContext, "mark of a set table", ALLOCSET_SMALL_SIZES);
  MemoryContext const outer = MemoryContextSwitchTo(context);
  const KeptNode kept = {context, pstrdup(text), static_cast<Node*>(copyObjectImpl(node))};
  MemoryContextSwitchTo(outer);
  MemoryContextSetParent(context, TopMemoryContext);
  KeptNode& place = kept_nodes[next_node];
  next_node = (next_node + 1) % most_nodes;
  if (place.context != nullptr) MemoryContextDelete(place.context);
  place = kept;
}

Node* node_of(const char* text) {
  for (const KeptNode& kept : kept_nodes) {
    if (kept.context == nullptr || strcmp(kept.text, text) != 0) continue;
    return static_cast<Node*>(copyObjectImpl(kept.node));
  }
  auto* const node = static_cast<Node*>(stringToNode(text));
  if (strlen(text) <= longest_kept_text) keep_node(text, node);
  return node;
}

}  // namespace

Node* constraint_mark(Relation relation, const char* name) {
  const TupleConstr* const constraints = RelationGetDescr(relation)->constr;
  for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
    if (strcmp(constraints->check[i].ccname, name) != 0) continue;
    Node* const test = node_of(constraints->check[i].ccbin);
    return is_always_true(test) ? reinterpret_cast<Node*>(reinterpret_cast<NullTest*>(test)->arg)
                                : nullptr;
  }
  return nullptr;
}

namespace {

bool constant_in(Node* mark, Oid type, Datum* value) {
  if (mark == nullptr || !IsA(mark, Const)) return false;
  const auto* const constant = reinterpret_cast<Const*>(mark);
  if (constant->consttype != type || constant->constisnull) return false;
  *value = constant->constvalue;
  return true;
}

}  // namespace

bool constant_mark(Relation relation, const char* name, Oid type, Datum* value) {
  return constant_in(constraint_mark(relation, name), type, value);
}

Oid regclass_in(Node* mark) {
  Datum value = 0;
  return constant_in(mark, REGCLASSOID, &value) ? DatumGetObjectId(value) : InvalidOid;
}

Oid table_in_condition(const char* condition) {
  if (condition == nullptr) return InvalidOid;
  Node* const test = node_of(condition);
  return is_always_true(test)
             ? regclass_in(reinterpret_cast<Node*>(reinterpret_cast<NullTest*>(test)->arg))
             : InvalidOid;
}

bool read_mark(Relation relation, const char* constraint, TargetMark* mark) {
  Node* const node = constraint_mark(relation, constraint);
  if (node == nullptr || !IsA(node, RowExpr)) return false;
  constexpr Oid types[] = {REGCLASSOID, TEXTOID, INT4OID, OIDOID, INT8OID, BOOLOID};
  const List* const fields = reinterpret_cast<RowExpr*>(node)->args;
  if (list_length(fields) != lengthof(types)) return false;
  Datum values[lengthof(types)];
  for (int i = 0; i < list_length(fields); ++i) {
    if (!constant_in(static_cast<Node*>(list_nth(fields, i)), types[i], &values[i])) return false;
  }
  *mark = {DatumGetObjectId(values[0]),
           TextDatumGetCString(values[1]),
           static_cast<AttrNumber>(DatumGetInt32(values[2])),
           DatumGetObjectId(values[3]),
           static_cast<uint64>(DatumGetInt64(values[4])),
           DatumGetBool(values[5])};
  return true;
}

AttrNumber marked_column(const TargetMark& mark) {
  const bool is_of_here = mark.numbered == mark.target && mark.server == GetSystemIdentifier();
  const AttrNumber number = is_of_here ? mark.number : get_attnum(mark.target, mark.key);
  const bool is_there = number > 0 && get_attname(mark.target, number, true) != nullptr &&
                        OidIsValid(get_atttype(mark.target, number));
  return is_there ? number : InvalidAttrNumber;
}

const char* mark_of(Oid target, AttrNumber key) {
  return psprintf(
      "ROW(%s::pg_catalog.regclass, %s::pg_catalog.text, %d, '%u'::pg_catalog.oid, "
      "'" INT64_FORMAT "'::pg_catalog.int8, %s) IS NOT NULL",
      quote_literal_cstr(qualified_name(target)),
      quote_literal_cstr(get_attname(target, key, false)), key, target,
      static_cast<int64>(GetSystemIdentifier()), is_unique_key(target, key) ? "true" : "false");
}

bool has_target_mark(Relation relation) {
  TargetMark mark = {};
  return read_mark(relation, "objectset_target", &mark);
}

bool is_unique_key(Oid target, AttrNumber key, bool at_once) {
  Relation const relation = relation_open(target, NoLock);
  List* const indexes = RelationGetIndexList(relation);
  bool is_unique = false;
  ListCell* cell = nullptr;
  foreach (cell, indexes) {
    HeapTuple const tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    const auto* const index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    is_unique = is_unique || (index->indisunique && index->indisvalid && index->indnkeyatts == 1 &&
                              index->indkey.values[0] == key && (index->indimmediate || !at_once) &&
                              heap_attisnull(tuple, Anum_pg_index_indpred, nullptr));
    ReleaseSysCache(tuple);
  }
  relation_close(relation, NoLock);
  return is_unique;
}

namespace {

bool is_virtual_column(Oid relid, AttrNumber number) {
  HeapTuple const tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(number));
  if (!HeapTupleIsValid(tuple)) return false;
  const char generated = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attgenerated;
  ReleaseSysCache(tuple);
  return generated == ATTRIBUTE_GENERATED_VIRTUAL;
}

// What rows can be read from: no index, sequence or type.
bool has_rows(char kind) {
  return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
         kind == RELKIND_FOREIGN_TABLE || kind == RELKIND_MATVIEW;
}

}  // namespace

const char* target_problem(Oid target) {
  const char kind = get_rel_relkind(target);
  if (kind == RELKIND_VIEW) return psprintf("\"%s\" is a view", get_rel_name(target));
  return has_rows(kind) ? nullptr : psprintf("\"%s\" is not a table", get_rel_name(target));
}

void check_kind_of_target(Oid target) {
  const char* const problem = target_problem(target);
  if (problem == nullptr) return;
  ereport(ERROR,
          (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", problem),
           get_rel_relkind(target) == RELKIND_VIEW
               ? errhint("Name the table that its ids are of. Queries of sets may read views.")
               : errhint("Sets are of the ids of a table, a materialized view or a foreign "
                         "table.")));
}

const char* key_problem(Oid target, AttrNumber key, bool must_be_unique) {
  if (const char* const problem = target_problem(target)) return problem;
  const Oid type = get_atttype(target, key);
  const Oid base = getBaseType(type);
  const char* const name = get_attname(target, key, false);
  if (!is_id_type(base)) {
    return psprintf("key \"%s\" of \"%s\" is of type %s, not of an integer type", name,
                    get_rel_name(target), format_type_be(type));
  }
  if (is_virtual_column(target, key)) {
    return psprintf("key \"%s\" of \"%s\" is a virtual generated column", name,
                    get_rel_name(target));
  }
  if (must_be_unique && !is_unique_key(target, key)) {
    return psprintf("key \"%s\" of \"%s\" is not unique any more", name, get_rel_name(target));
  }
  return nullptr;
}

Oid foreign_part_of(Oid relid) {
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, AccessShareLock, nullptr)) {
    if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE) return lfirst_oid(cell);
  }
  return InvalidOid;
}

namespace {

bool is_gin(Oid index) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid method = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam;
  ReleaseSysCache(tuple);
  return method == GIN_AM_OID;
}

}  // namespace

Oid index_of_base(const SetTable& table) {
  const AttrNumber base = get_attnum(table.relid, "base");
  Relation const relation = relation_open(table.relid, NoLock);
  List* const indexes = RelationGetIndexList(relation);
  relation_close(relation, NoLock);
  ListCell* cell = nullptr;
  foreach (cell, indexes) {
    HeapTuple const tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    const auto* const index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const bool is_one = index->indisvalid && index->indkey.values[0] == base &&
                        heap_attisnull(tuple, Anum_pg_index_indpred, nullptr) &&
                        is_gin(lfirst_oid(cell));
    ReleaseSysCache(tuple);
    if (is_one) return lfirst_oid(cell);
  }
  return InvalidOid;
}

const char* find_target(Relation set_table, Target* target) {
  TargetMark mark = {};
  if (!read_mark(set_table, "objectset_target", &mark)) {
    return "it does not say any more what it was made for";
  }
  LockRelationOid(mark.target, AccessShareLock);
  if (get_rel_name(mark.target) == nullptr) return "the target of the set table is gone";
  const AttrNumber key = marked_column(mark);
  target->relid = mark.target;
  target->name = qualified_name(mark.target);
  if (key == InvalidAttrNumber) {
    return psprintf("the key \"%s\" of \"%s\" is gone", mark.key, get_rel_name(mark.target));
  }
  target->key = key;
  target->key_name = quote_identifier(get_attname(mark.target, key, false));
  target->key_type = getBaseType(get_atttype(mark.target, key));
  target->key_type_name = format_type_extended(target->key_type, -1, FORMAT_TYPE_FORCE_QUALIFY);
  return key_problem(mark.target, key, mark.is_unique);
}

namespace {

// The trigger, enabled, for each row and without conditions.
bool has_seal_trigger(Relation relation) {
  const TriggerDesc* const triggers = relation->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    const Trigger& trigger = triggers->triggers[i];
    if (!OidIsValid(trigger.tgfoid) || trigger.tgnattr != 0 || trigger.tgqual != nullptr ||
        !TRIGGER_FOR_ROW(trigger.tgtype) || !TRIGGER_FOR_BEFORE(trigger.tgtype) ||
        !TRIGGER_FOR_INSERT(trigger.tgtype) || !TRIGGER_FOR_UPDATE(trigger.tgtype) ||
        (trigger.tgenabled != TRIGGER_FIRES_ON_ORIGIN &&
         trigger.tgenabled != TRIGGER_FIRES_ALWAYS)) {
      continue;
    }
    FmgrInfo called;
    fmgr_info(trigger.tgfoid, &called);
    if (called.fn_addr == objectset_saved_changed) return true;
  }
  return false;
}

}  // namespace

void raise_unusable(const SetTable& table, const Target& target, const char* problem) {
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("set table \"%s\" cannot be used: %s", get_rel_name(table.relid), problem),
           OidIsValid(target.relid) ? errhint("objectset_set_key says which column has the ids.")
                                    : errhint("objectset_set_target says what it is for.")));
  pg_unreachable();
}

SetTable open_set_table(Oid relid, Oid function, Access access) {
  SPI_connect();
  SetTable table = {};
  LockRelationOid(relid, AccessShareLock);
  if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid))) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", relid)));
  }
  table.relid = relid;
  table.schema = get_func_namespace(function);
  table.schema_name = quote_identifier(get_namespace_name(table.schema));
  table.set_type = set_type_of(table.schema);
  table.name = qualified_name(relid);
  Relation const relation = relation_open(relid, NoLock);
  check_kind(relation, table.set_type, access);
  table.owner = relation->rd_rel->relowner;
  table.rows = psprintf("ONLY %s", table.name);
  const char* const problem =
      access == Access::note ? nullptr : find_target(relation, &table.target);
  if (problem != nullptr) raise_unusable(table, table.target, problem);
  Datum path = 0;
  if (constant_mark(relation, "objectset_follow", TEXTOID, &path)) {
    table.follow_path = TextDatumGetCString(path);
  }
  constant_mark(relation, "objectset_settings", TEXTARRAYOID, &table.kept_settings);
  table.has_trigger = has_seal_trigger(relation);
  relation_close(relation, NoLock);
  GetUserIdAndSecContext(&table.user, &table.security_context);
  const Oid role = responsible_role(relid);
  if (access == Access::read && OidIsValid(owner_to_read_as(relid, table.user))) {
    table.path = pstrdup(GetConfigOption("search_path", false, false));
    table.stay = act_safely_as(table.owner);
    table.analyst = table.user;
  } else if (access == Access::write && saving_role(table.owner) != table.user) {
    table.stay = act_as(table.owner);
    table.analyst = table.user;
  }
  begin_responsibility(table.stay.nesting > 0 ? table.user : role, relid);
  return table;
}

SetTable open_set_table(FunctionCallInfo fcinfo, int n, Access access) {
  const Oid relid = DatumGetObjectId(given_argument(fcinfo, n, "the set table"));
  return open_set_table(relid, fcinfo->flinfo->fn_oid, access);
}

void close_set_table(const SetTable& table) {
  SPI_finish();
  end_responsibility();
  if (table.stay.nesting > 0) leave(table.stay);
}

void raise_denied(Oid relid) {
  aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(relid)),
                 get_rel_name(relid));
  pg_unreachable();
}

void raise_unknown_set(const SetTable& table, const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_UNDEFINED_OBJECT),
           errmsg("object set \"%s\" does not exist in \"%s\"", name, get_rel_name(table.relid))));
  pg_unreachable();
}

void raise_ambiguous(const SetTable& table, const char* name) {
  ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                  errmsg("object set \"%s\" is there more than once in \"%s\"", name,
                         get_rel_name(table.relid)),
                  errhint("Names are unique within a scope; a row security policy says which.")));
  pg_unreachable();
}

// ---- Sets by name -------------------------------------------------------------------------------------------

bool try_find_set(const SetTable& table, Access access, const char* columns, const SetRef& set,
                  const Parameter& more, const char* lock, const char* word) {
  const Parameter parameters[] = {set.is_by_id ? parameter(set.id) : parameter(set.name), more};
  const char* const sql = psprintf("SELECT %s FROM {r} WHERE %s OPERATOR(pg_catalog.=) $1%s",
                                   columns, set.is_by_id ? "id" : "name::pg_catalog.text", lock);
  const uint64 count = run_kept(table, expand(table, sql, {word}), access, parameters,
                                OidIsValid(more.type) ? 2 : 1);
  if (count > 1) raise_ambiguous(table, set.name);
  return count == 1;
}

void find_set(const SetTable& table, Access access, const char* columns, const char* name,
              const Parameter& more) {
  if (!try_find_set(table, access, columns, name, more)) raise_unknown_set(table, name);
}

Parameter members_parameter(const SetTable& table, const char* name) {
  find_set(table, Access::read, "base, added, removed, deleted", name);
  return {table.set_type, flat_datum(members_of_parts(parts_in(0, 1)))};
}

bool try_lock_set(const SetTable& table, const SetRef& wanted, LockedSet* set, const char* more,
                  const char* word) {
  const char* const columns = psprintf(
      "id, base, added, removed, deleted, query IS NOT NULL OR expression IS NOT NULL, count%s",
      more);
  if (!try_find_set(table, Access::write, columns, wanted, {}, " FOR NO KEY UPDATE", word)) {
    return false;
  }
  set->id = int64_there(0, 1);
  set->name = wanted.name;
  set->parts = parts_in(0, 2);
  bool is_null = false;
  set->kind = DatumGetBool(column(0, 6, &is_null)) ? SetKind::derived : SetKind::plain;
  set->base_bytes = toast_raw_datum_size(set_there(0, 2));
  set->count = int64_column(0, 7);
  set->is_indexed = OidIsValid(index_of_base(table));
  return true;
}

LockedSet lock_set(const SetTable& table, const SetRef& wanted) {
  LockedSet set = {};
  if (!try_lock_set(table, wanted, &set)) raise_unknown_set(table, wanted.name);
  return set;
}

void raise_vetoed(const SetTable& table, const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
           errmsg("object set \"%s\" of \"%s\" was not written", name, get_rel_name(table.relid)),
           errhint("A trigger or a policy of the table keeps its row as it is.")));
  pg_unreachable();
}

int64 next_id(const SetTable& table) {
  Relation const relation = relation_open(table.relid, NoLock);
  const Oid sequence = identity_sequence(relation, get_attnum(table.relid, "id"));
  relation_close(relation, NoLock);
  if (!OidIsValid(sequence)) {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("column \"id\" of \"%s\" is no identity column", get_rel_name(table.relid))));
  }
  return nextval_internal(sequence, false);
}

int64 update_set(const SetTable& table, const LockedSet& set, const Values& values,
                 const char* more) {
  if (values.count == 0) return set.count;
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, "UPDATE %s SET ", table.rows);
  for (int i = 0; i < values.count; ++i) {
    appendStringInfo(&sql, "%s%s = $%d", i == 0 ? "" : ", ", values.columns[i], i + 1);
  }
  appendStringInfo(&sql, " WHERE id OPERATOR(pg_catalog.=) $%d RETURNING count%s", values.count + 1,
                   more);
  Parameter parameters[Values::most + 1];
  std::copy(values.values, values.values + values.count, parameters);
  parameters[values.count] = parameter(set.id);
  if (run_kept(table, sql.data, Access::write, parameters, values.count + 1) == 0) {
    raise_vetoed(table, set.name);
  }
  return int64_column(0, 1);
}

bool insert_set(const SetTable& table, const char* name, Values values, bool may_conflict,
                int64* count, const char* more) {
  values.put("name", parameter(name));
  const bool has_id = std::any_of(values.columns, values.columns + values.count,
                                  [](const char* column) { return strcmp(column, "id") == 0; });
  StringInfoData columns;
  StringInfoData places;
  initStringInfo(&columns);
  initStringInfo(&places);
  for (int i = 0; i < values.count; ++i) {
    appendStringInfo(&columns, "%s%s", i == 0 ? "" : ", ", values.columns[i]);
    appendStringInfo(&places, "%s$%d", i == 0 ? "" : ", ", i + 1);
  }
  const char* const sql = psprintf("INSERT INTO %s (%s)%s VALUES (%s)%s RETURNING count%s",
                                   table.name, columns.data, has_id ? giving_id : "", places.data,
                                   may_conflict ? " ON CONFLICT DO NOTHING" : "", more);
  if (run_kept(table, sql, Access::write, values.values, values.count) == 0) {
    if (may_conflict) return false;
    raise_vetoed(table, name);
  }
  *count = int64_column(0, 1);
  return true;
}

void write_revision(const Revision& revision, Outcome* outcome) {
  const Revision::Part* const parts[] = {&revision.base, &revision.added, &revision.removed,
                                         &revision.deleted};
  for (int i = 0; i < 4; ++i) {
    outcome->parts[i] = parts[i]->is_changed ? write_set(parts[i]->set) : nullptr;
  }
  outcome->entered = cardinality(revision.entered);
  outcome->departed = cardinality(revision.departed);
  outcome->forgotten = revision.forgotten;
  outcome->rekeyed = revision.rekeyed;
}

void put_outcome(const SetTable& table, const Outcome& outcome, Values* values) {
  constexpr const char* columns[] = {"base", "added", "removed", "deleted"};
  for (int i = 0; i < 4; ++i) {
    if (outcome.parts[i] != nullptr) {
      values->put(columns[i], {table.set_type, PointerGetDatum(outcome.parts[i])});
    }
  }
  if (outcome.entered + outcome.departed > 0) {
    values->put("modified", {TIMESTAMPTZOID, TimestampTzGetDatum(GetCurrentTimestamp())});
  }
}

namespace {

void put_query(const SavedQuery& query, Values* values) {
  values->put("query", nullable(TEXTOID, query.text));
  values->put("parameters", nullable(TEXTARRAYOID, query.parameters));
  values->put("settings", nullable(TEXTARRAYOID, query.settings));
  values->put("expression", nullable(TEXTOID, query.expression));
  values->put("last_error", parameter(nullptr));
}

}  // namespace

void put_source(const SetTable& table, Oid saver, const SavedQuery& query, const LockedSet* set,
                Values* values) {
  put_query(query, values);
  values->put("saved_by", {REGROLEOID, ObjectIdGetDatum(saver)});
  const bool is_new = set == nullptr;
  if (is_new && (table.has_trigger || (query.expression != 0 && has_scope(table)))) return;
  const int64 id = is_new ? next_id(table) : set->id;
  if (is_new) values->put("id", parameter(id));
  const SavedQuery saved = is_new ? query : in_its_scope(table, id, query);
  values->put("seal", {BYTEAOID, seal_of(table.relid, id, saver, saved)});
}

void put_no_source(Values* values) {
  put_query({}, values);
  values->put("seal", nullable(BYTEAOID, 0));
}

void put_run(TimestampTz started, const char* way, Values* values) {
  const bool is_none = way == nullptr;
  auto* const took = static_cast<Interval*>(palloc0(sizeof(Interval)));
  if (!is_none) took->time = GetCurrentTimestamp() - started;
  values->put("refreshed", {TIMESTAMPTZOID, TimestampTzGetDatum(started), is_none});
  values->put("refresh_took", {INTERVALOID, IntervalPGetDatum(took), is_none});
  values->put("refresh_way", parameter(way));
  values->put("refresh_failures", {INT4OID, Int32GetDatum(0)});
}

// ---- Arguments and results ------------------------------------------------------------------------------------

void raise_null(const char* what) {
  ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", what)));
  pg_unreachable();
}

const char* text_argument(FunctionCallInfo fcinfo, int n, const char* what) {
  return TextDatumGetCString(given_argument(fcinfo, n, what));
}

namespace {

const char* without_blanks(const char* text) {
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) ++text;
  return text;
}

Datum set_of_text(const char* text) {
  const char* const trimmed = without_blanks(text);
  if (*trimmed == '[') {
    return DirectFunctionCall1(objectset_from_jsonb,
                               DirectFunctionCall1(jsonb_in, CStringGetDatum(trimmed)));
  }
  if (is_set_literal(text)) return DirectFunctionCall1(objectset_in, CStringGetDatum(trimmed));
  // One id: what is wrong with it is said in the words of ids.
  const int64 id = DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(trimmed)));
  return DirectFunctionCall1(objectset_from_int8_array, id_array(&id, 1));
}

}  // namespace

void check_sees_all(Oid relid, Oid role) {
  if (check_enable_rls(relid, role, true) != RLS_ENABLED) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("row-level security hides rows of \"%s\"", get_rel_name(relid)),
                  errhint("Do this as a role that sees all of them.")));
}

void check_sees_all(const SetTable& table, Oid relid) {
  if (!table.is_unforced) check_sees_all(relid, table.analyst);
}

Size row_limit(FunctionCallInfo fcinfo, int n) {
  if (PG_ARGISNULL(n)) return SIZE_MAX;
  const int64 limit = PG_GETARG_INT64(n);
  if (limit < 0) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE), errmsg("k must not be negative")));
  }
  return static_cast<Size>(limit);
}

Parameter limit_argument(FunctionCallInfo fcinfo, int n) {
  const Size limit = row_limit(fcinfo, n);
  if (limit == SIZE_MAX) return {INT8OID, 0, true};
  return parameter(static_cast<int64>(limit));
}

bool is_set_literal(const char* text) {
  const char* const trimmed = without_blanks(text);
  return *trimmed == '{' || *trimmed == '[' || is_coded_literal(trimmed);
}

Datum ids_argument(FunctionCallInfo fcinfo, int n, Oid set_type) {
  if (PG_ARGISNULL(n)) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the ids must not be null"),
                    errhint("An aggregate over no rows is NULL: write coalesce(..., '{}').")));
  }
  Oid type = get_fn_expr_argtype(fcinfo->flinfo, n);
  if (OidIsValid(type)) type = getBaseType(type);
  // Arrays of domains are arrays.
  const Oid element = OidIsValid(type) ? get_element_type(type) : InvalidOid;
  if (OidIsValid(element)) type = get_array_type(getBaseType(element));
  const Datum value = PG_GETARG_DATUM(n);
  if (type == set_type) return value;
  switch (type) {
    case INT8ARRAYOID:
      return DirectFunctionCall1(objectset_from_int8_array, value);
    case INT4ARRAYOID:
      return DirectFunctionCall1(objectset_from_int4_array, value);
    case INT2ARRAYOID:
      return DirectFunctionCall1(objectset_from_int2_array, value);
    case TEXTOID:
    case VARCHAROID:
      return set_of_text(TextDatumGetCString(value));
    default:
      ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                      errmsg("ids cannot be given as %s",
                             OidIsValid(type) ? format_type_be(type) : "this type"),
                      errhint("Give a set, an array of an integer type, or ids.")));
      pg_unreachable();
  }
}

TupleDesc row_of_result(FunctionCallInfo fcinfo) {
  TupleDesc row = nullptr;
  get_call_result_type(fcinfo, nullptr, &row);
  return BlessTupleDesc(row);
}

Rows begin_rows(FunctionCallInfo fcinfo) {
  auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (result == nullptr || !IsA(result, ReturnSetInfo) ||
      (result->allowedModes & SFRM_Materialize) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-valued function called in context that cannot accept a set")));
  }
  MemoryContext const outer = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  const Rows rows = {
      tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem),
      CreateTupleDescCopy(result->expectedDesc)};
  MemoryContextSwitchTo(outer);
  result->returnMode = SFRM_Materialize;
  result->setResult = rows.store;
  result->setDesc = rows.shape;
  return rows;
}

void put_rows(const Rows& rows, uint64 count) {
  const TupleDesc given = SPI_tuptable->tupdesc;
  bool fits = given->natts == rows.shape->natts;
  for (int i = 0; fits && i < given->natts; ++i) {
    fits = TupleDescAttr(given, i)->atttypid == TupleDescAttr(rows.shape, i)->atttypid;
  }
  if (!fits) elog(ERROR, "rows of a set table are not of the shape of the result");
  for (uint64 row = 0; row < count; ++row) tuplestore_puttuple(rows.store, SPI_tuptable->vals[row]);
}

Oid owner_of(Oid relid) {
  HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

const char* qualified_name(Oid relid) {
  const char* const name = get_rel_name(relid);
  if (name == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", relid)));
  }
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

Datum flat_datum(const SetView& set) {
  struct varlena* flat = nullptr;
  guarded([&] { flat = write_set(set); });
  return PointerGetDatum(flat);
}

}  // namespace objectset::pg
