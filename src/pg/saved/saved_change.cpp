// Changes of saved sets by name. What a change makes of a set is core's (core/saved/saved_set.hpp); here its row is locked
// before it is read, and the parts that changed are written back, once.
#include "pg/saved/saved_prune.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/relation.h"
#include "utils/rel.h"
}

#include <algorithm>
#include <iterator>

namespace objectset::pg {
namespace {

using Operation2 = Revision (*)(const Revised&, const SetView&);

enum class Answer { entered, departed, count_before, count_after, forgotten };

int64 answer_of(Answer answer, const LockedSet& set, const Outcome& outcome, int64 count_after) {
  switch (answer) {
    case Answer::entered:
      return static_cast<int64>(outcome.entered);
    case Answer::departed:
      return static_cast<int64>(outcome.departed);
    case Answer::count_before:
      return set.count;
    case Answer::count_after:
      return count_after;
    default:
      return static_cast<int64>(outcome.forgotten);
  }
}

int64 change_set(const SetTable& table, const LockedSet& set, const SetView& ids,
                 Operation2 operation, Answer answer) {
  Outcome outcome = {};
  guarded([&] { write_revision(operation(revised(set), ids), &outcome); });
  Values values;
  put_outcome(table, outcome, &values);
  return answer_of(answer, set, outcome, update_set(table, set, values));
}

// Ids as an argument, and a change by them.
Datum change_by_ids(FunctionCallInfo fcinfo, int ids, Operation2 operation, Answer answer) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const Datum given = ids_argument(fcinfo, ids, table.set_type);
  const LockedSet set = lock_set(table, name);
  const int64 result = change_set(table, set, pinned_view(set_argument(given)), operation, answer);
  close_set_table(table);
  PG_RETURN_INT64(result);
}

Revision purge_all(const Revised& revised, const SetView&) { return purge(revised); }

Datum change_without_ids(FunctionCallInfo fcinfo, Operation2 operation, Answer answer) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const int64 result = change_set(table, lock_set(table, name), {}, operation, answer);
  close_set_table(table);
  PG_RETURN_INT64(result);
}

Operation2 operation_of(const char* name) {
  struct Named {
    const char* name;
    Operation2 operation;
  };
  constexpr Named all[] = {{"|", add}, {"&", retain}, {"-", remove}, {"#", toggle}, {"^", toggle}};
  for (const Named& one : all) {
    if (strcmp(one.name, name) == 0) return one.operation;
  }
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("\"%s\" is not an operator on object sets", name),
                  errhint("The operators are |, &, #, ^ and -.")));
  pg_unreachable();
}

// Another set, as it is when it is read; nobody waits for two sets in a circle.
struct OtherSet {
  const char* name;
  Oid relid;
  Oid target;
  AttrNumber key;
  Datum members;
};

// In the memory context that is current.
OtherSet read_other(FunctionCallInfo fcinfo, int n) {
  MemoryContext const outer = CurrentMemoryContext;
  const char* const name = name_argument(fcinfo, n + 1);
  const SetTable table = open_set_table(fcinfo, n, Access::read);
  find_set(table, Access::write, "base, added, removed, deleted", name);
  const SetView members = members_of_parts(parts_in(0, 1));
  MemoryContext const inner = MemoryContextSwitchTo(outer);
  const OtherSet other = {name, table.relid, table.target.relid, table.target.key,
                          flat_datum(members)};
  MemoryContextSwitchTo(inner);
  close_set_table(table);
  return other;
}

[[noreturn]] void raise_other_target(const SetTable& ours, const char* name,
                                     const OtherSet& other) {
  ereport(
      ERROR,
      (errcode(ERRCODE_DATATYPE_MISMATCH),
       errmsg("object sets of \"%s\" cannot be combined with object sets of \"%s\"",
              get_rel_name(ours.target.relid), get_rel_name(other.target)),
       errdetail(
           "\"%s\" in \"%s\" holds \"%s\" of \"%s\", \"%s\" in \"%s\" holds \"%s\" of \"%s\".",
           name, get_rel_name(ours.relid), get_attname(ours.target.relid, ours.target.key, false),
           get_rel_name(ours.target.relid), other.name, get_rel_name(other.relid),
           get_attname(other.target, other.key, false), get_rel_name(other.target))));
  pg_unreachable();
}

// ---- Copies -----------------------------------------------------------------------------------------------

// How a set is copied: with what it is found by, or as a plain one, which has its members alone.
struct CopyOf {
  bool is_plain;
  bool is_sealed_here;
  bool is_frozen;
};

bool is_of_query(const char* name) {
  constexpr const char* all[] = {"query",        "parameters",  "expression",      "settings",
                                 "saved_by",     "seal",        "refreshed",       "last_error",
                                 "refresh_took", "refresh_way", "refresh_failures"};
  return std::any_of(std::begin(all), std::end(all),
                     [&](const char* one) { return strcmp(name, one) == 0; });
}

// What a column of a copy is: as in the original unless it is the copy's own; nullptr where it gets its default.
const char* copied_column(const SetTable& table, const FormData_pg_attribute* column,
                          const CopyOf& copy) {
  const char* const name = NameStr(column->attname);
  if (column->attisdropped || column->attgenerated != '\0') return nullptr;
  if (copy.is_frozen && is_of_query(name)) return nullptr;
  if (strcmp(name, "id") == 0) return copy.is_sealed_here ? "$5" : nullptr;
  if (strcmp(name, "created") == 0) return nullptr;
  if (strcmp(name, "seen") == 0 || strcmp(name, "seen_mark") == 0) return nullptr;
  if (strcmp(name, "modified") == 0) return nullptr;
  if (strcmp(name, "name") == 0) return "$2";
  if (strcmp(name, "saved_by") == 0) return "$3";
  if (strcmp(name, "seal") == 0) return "$4";
  if (!copy.is_plain) return quote_identifier(name);
  // Edits are folded: a copy has what the original has, however that is stored.
  if (strcmp(name, "base") == 0) {
    return psprintf("%s.objectset_members_of(base, added, removed, deleted)", table.schema_name);
  }
  const bool is_edit =
      strcmp(name, "added") == 0 || strcmp(name, "removed") == 0 || strcmp(name, "deleted") == 0;
  return is_edit ? nullptr : quote_identifier(name);
}

struct CopiedColumns {
  const char* names;
  const char* values;
};

CopiedColumns copied_columns(const SetTable& table, const CopyOf& copy) {
  StringInfoData names;
  StringInfoData values;
  initStringInfo(&names);
  initStringInfo(&values);
  Relation const relation = relation_open(table.relid, NoLock);
  TupleDesc const row = RelationGetDescr(relation);
  for (int i = 0; i < row->natts; ++i) {
    const FormData_pg_attribute* const column = TupleDescAttr(row, i);
    const char* const value = copied_column(table, column, copy);
    if (value == nullptr) continue;
    const char* const separator = names.len == 0 ? "" : ", ";
    appendStringInfo(&names, "%s%s", separator, quote_identifier(NameStr(column->attname)));
    appendStringInfo(&values, "%s%s", separator, value);
  }
  relation_close(relation, NoLock);
  return {names.data, values.data};
}

// ---- Ids that change --------------------------------------------------------------------------------------

struct Ids {
  Datum* values;
  int count;
};

// An array, an id, or either as text.
Ids ids_in_order(FunctionCallInfo fcinfo, int n, const char* what) {
  Datum array = given_argument(fcinfo, n, what);
  const Oid type = get_fn_expr_argtype(fcinfo->flinfo, n);
  const char* const given = type == TEXTOID ? TextDatumGetCString(array) : nullptr;
  if (type == INT8OID || (given != nullptr && strchr(given, '{') == nullptr)) {
    Ids one = {static_cast<Datum*>(palloc(sizeof(Datum))), 1};
    one.values[0] = type == INT8OID ? array : DirectFunctionCall1(int8in, CStringGetDatum(given));
    return one;
  }
  if (given != nullptr) {
    Oid input = InvalidOid;
    Oid element = InvalidOid;
    getTypeInputInfo(INT8ARRAYOID, &input, &element);
    array = OidInputFunctionCall(input, const_cast<char*>(given), element, -1);
  }
  Ids ids = {};
  bool* nulls = nullptr;
  deconstruct_array(DatumGetArrayTypeP(array), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
                    TYPALIGN_DOUBLE, &ids.values, &nulls, &ids.count);
  for (int i = 0; i < ids.count; ++i) {
    if (nulls[i]) raise_null("an id");
  }
  return ids;
}

Span<IdChange> id_changes(FunctionCallInfo fcinfo) {
  const Ids from = ids_in_order(fcinfo, 1, "the old ids");
  const Ids to = ids_in_order(fcinfo, 2, "the new ids");
  if (from.count != to.count) {
    ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                    errmsg("number of old ids (%d) and new ids (%d) must be the same", from.count,
                           to.count)));
  }
  auto* const changes =
      static_cast<IdChange*>(palloc(sizeof(IdChange) * (static_cast<Size>(from.count) + 1)));
  for (int i = 0; i < from.count; ++i) {
    changes[i] = {DatumGetInt64(from.values[i]), DatumGetInt64(to.values[i])};
  }
  return {changes, static_cast<Size>(from.count)};
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_add) {
  return change_by_ids(fcinfo, 2, objectset::add, Answer::entered);
}
OBJECTSET_FUNCTION(objectset_saved_remove) {
  return change_by_ids(fcinfo, 2, objectset::remove, Answer::departed);
}
OBJECTSET_FUNCTION(objectset_saved_forget) {
  return change_by_ids(fcinfo, 2, forget, Answer::departed);
}
OBJECTSET_FUNCTION(objectset_saved_replace) {
  return change_by_ids(fcinfo, 2, replace, Answer::count_after);
}
OBJECTSET_FUNCTION(objectset_saved_clear) {
  return change_without_ids(fcinfo, replace, Answer::count_before);
}
OBJECTSET_FUNCTION(objectset_saved_purge) {
  return change_without_ids(fcinfo, purge_all, Answer::forgotten);
}

OBJECTSET_FUNCTION(objectset_saved_apply) {
  const Operation2 operation = operation_of(text_argument(fcinfo, 2, "the operator"));
  return change_by_ids(fcinfo, 3, operation, Answer::count_after);
}

OBJECTSET_FUNCTION(objectset_saved_apply_saved) {
  const Operation2 operation = operation_of(text_argument(fcinfo, 2, "the operator"));
  const char* const name = name_argument(fcinfo, 1);
  // For the caller, who may be a superuser that is to write as the owner of the first.
  const OtherSet other = read_other(fcinfo, 3);
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  if (table.target.relid != other.target || table.target.key != other.key) {
    raise_other_target(table, name, other);
  }
  const LockedSet set = lock_set(table, name);
  const bool is_same = table.relid == other.relid && strcmp(name, other.name) == 0;
  const SetView ids =
      is_same ? members_of_parts(set.parts) : pinned_view(set_argument(other.members));
  const int64 result = change_set(table, set, ids, operation, Answer::count_after);
  close_set_table(table);
  PG_RETURN_INT64(result);
}

OBJECTSET_FUNCTION(objectset_saved_drop) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const LockedSet set = lock_set(table, name_argument(fcinfo, 1));
  if (run(table, Access::write, "DELETE FROM {r} WHERE id OPERATOR(pg_catalog.=) $1", {},
          {parameter(set.id)}) == 0) {
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
                    errmsg("object set \"%s\" of \"%s\" was not dropped", set.name,
                           get_rel_name(table.relid)),
                    errhint("A trigger or a policy of the table keeps its row.")));
  }
  close_set_table(table);
  PG_RETURN_INT64(set.count);
}

OBJECTSET_FUNCTION(objectset_saved_rename) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const LockedSet set = lock_set(table, name_argument(fcinfo, 1));
  Values values;
  values.put("name", parameter(text_argument(fcinfo, 2, "the new name")));
  const int64 count = update_set(table, set, values);
  close_set_table(table);
  PG_RETURN_INT64(count);
}

namespace {

// A copy is of whoever has saved the query or expression, if that could be whoever copies it: another one may have come into the
// row since they looked at it, and is not to become theirs.
Oid saver_of_copy(const SetTable& table, const char* name, const Claim& claim) {
  if (!is_any(claim.query)) return saving_role(table.owner);
  check_seal(table, name, claim);
  if (can_act_as(table.user, claim.saver)) return claim.saver;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("the %s of object set \"%s\" is of role \"%s\", which you cannot act as",
                         kind_of(claim.query), name, GetUserNameFromId(claim.saver, false)),
                  errhint("Save it yourself, or copy the members alone, with objectset_freeze.")));
  pg_unreachable();
}

int64 copy_set(FunctionCallInfo fcinfo, bool is_frozen) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const LockedSet set = lock_set(table, name);
  const char* const new_name = text_argument(fcinfo, 2, "the new name");
  const Claim claim = is_frozen ? Claim{} : see_claim(table, set.id);
  const SavedQuery& query = claim.query;
  const Oid saver = saver_of_copy(table, name, claim);
  // The trigger asks whether the role that writes could act as the saver: a superuser writes as the owner.
  const bool is_sealed_here =
      is_any(query) && !(table.has_trigger && can_act_as(saving_role(table.owner), saver));
  const int64 id = is_sealed_here ? next_id(table) : 0;
  const Parameter seal = {BYTEAOID, is_sealed_here ? seal_of(table.relid, id, saver, query) : 0,
                          !is_sealed_here};
  const CopiedColumns columns =
      copied_columns(table, {is_frozen || set.kind == SetKind::plain, is_sealed_here, is_frozen});
  if (run(table, Access::write,
          // With a name of its own for the new row: what Citus sends to its nodes needs that.
          "INSERT INTO {t} AS made ({0}){2} SELECT {1} FROM {r} WHERE id OPERATOR(pg_catalog.=) $1 "
          "RETURNING made.count, made.id, made.seal",
          {columns.names, columns.values, is_sealed_here ? giving_id : ""},
          {parameter(set.id),
           parameter(new_name),
           {REGROLEOID, ObjectIdGetDatum(saver)},
           seal,
           parameter(id)}) == 0) {
    raise_vetoed(table, new_name);
  }
  const int64 count = int64_column(0, 1);
  if (is_any(query)) correct_seal(table, new_name, saver, query);
  close_set_table(table);
  return count;
}

}  // namespace

OBJECTSET_FUNCTION(objectset_saved_copy) { PG_RETURN_INT64(copy_set(fcinfo, false)); }
OBJECTSET_FUNCTION(objectset_saved_freeze) { PG_RETURN_INT64(copy_set(fcinfo, true)); }

// Ids of merged records become one, in all sets of the table or in one of them.
OBJECTSET_FUNCTION(objectset_saved_rekey) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const Span<IdChange> changes = id_changes(fcinfo);
  const int64 members = rekey_sets(table, changes, true);
  close_set_table(table);
  PG_RETURN_INT64(members);
}
