// Who entered a saved set, who left it, when and by whom.
//
// The one idea: a trigger of the set table notes what became of the members of each row, whoever wrote it and by whatever
// means. The trigger says in its condition which table the history is, and the history says by a constraint of which set
// table it is one; both follow renames and go into dumps. What is noted is written as the history's owner: nobody can
// leave a line out or put one in, and no code of that owner runs as anybody else.
#include "pg/saved/saved_history.hpp"

#include "pg/saved/saved_role.hpp"
#include "pg/saved/set_table.hpp"

extern "C" {
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

Datum objectset_saved_noted(PG_FUNCTION_ARGS);
}

namespace objectset::pg {
namespace {

bool has_column(Oid relid, const char* name, Oid type) {
  const AttrNumber number = get_attnum(relid, name);
  return number > 0 && get_atttype(relid, number) == type;
}

// Whether what a trigger names is a history of this set table, and still is.
bool is_history(Oid history, Oid set_table, Oid set_type) {
  Relation const relation =
      OidIsValid(history) ? try_relation_open(history, AccessShareLock) : nullptr;
  const bool is_one = relation != nullptr &&
                      regclass_in(constraint_mark(relation, "objectset_history")) == set_table &&
                      (relation->rd_rel->relkind == RELKIND_RELATION ||
                       relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
                      !relation->rd_rel->relhasrules;
  if (relation != nullptr) relation_close(relation, NoLock);
  return is_one && has_column(history, "id", INT8OID) && has_column(history, "set_id", INT8OID) &&
         has_column(history, "name", TEXTOID) && has_column(history, "at", TIMESTAMPTZOID) &&
         has_column(history, "by", NAMEOID) && has_column(history, "entered_ids", set_type) &&
         has_column(history, "departed_ids", set_type) && has_column(history, "whole", BOOLOID) &&
         has_column(history, "dropped", BOOLOID);
}

// Raises 55000 where it is none.
void check_history(Oid history, Oid set_table, Oid set_type) {
  if (is_history(history, set_table, set_type)) return;
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("the history of \"%s\" is lost", get_rel_name(set_table)),
           errdetail("The table that its trigger names is not there, not of its shape, or not a "
                     "history of this set table."),
           errhint("Drop the trigger; objectset_create_history begins another history.")));
}

// What a trigger of a set table names as its history.
Oid named_history(Relation set_table) {
  Oid history = InvalidOid;
  const TriggerDesc* const triggers = set_table->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers && !OidIsValid(history); ++i) {
    const Trigger& trigger = triggers->triggers[i];
    if (!OidIsValid(trigger.tgfoid) || trigger.tgqual == nullptr) continue;
    FmgrInfo called;
    fmgr_info(trigger.tgfoid, &called);
    if (called.fn_addr == objectset_saved_noted && TRIGGER_FOR_ROW(trigger.tgtype)) {
      history = table_in_condition(trigger.tgqual);
    }
  }
  return history;
}

}  // namespace

const char* history_problem(Relation set_table, Oid set_type) {
  const Oid history = named_history(set_table);
  const bool is_lost =
      OidIsValid(history) && !is_history(history, RelationGetRelid(set_table), set_type);
  return is_lost ? "its history is lost" : nullptr;
}

Oid history_of(const SetTable& table) {
  Relation const relation = table_open(table.relid, AccessShareLock);
  const Oid history = named_history(relation);
  table_close(relation, NoLock);
  if (OidIsValid(history)) check_history(history, table.relid, table.set_type);
  return history;
}

Oid history_that_is_there(const SetTable& table) {
  const Oid history = history_of(table);
  if (OidIsValid(history)) return history;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("\"%s\" has no history", get_rel_name(table.relid)),
                  errhint("objectset_create_history begins one.")));
  pg_unreachable();
}

namespace {

// The parts of a row; none where there is no row.
SavedSet parts_of_row(HeapTuple row, TupleDesc shape) {
  SavedSet parts = {};
  SetView* const views[] = {&parts.base, &parts.added, &parts.removed, &parts.deleted};
  constexpr const char* columns[] = {"base", "added", "removed", "deleted"};
  for (int i = 0; row != nullptr && i < 4; ++i) {
    bool is_null = false;
    const Datum value = heap_getattr(row, SPI_fnumber(shape, columns[i]), shape, &is_null);
    if (!is_null) *views[i] = pinned_view(set_argument(value));
  }
  return parts;
}

bool same_base(HeapTuple a, HeapTuple b, TupleDesc shape) {
  if (a == nullptr || b == nullptr) return false;
  bool is_null[2] = {};
  const int number = SPI_fnumber(shape, "base");
  const Datum x = heap_getattr(a, number, shape, &is_null[0]);
  const Datum y = heap_getattr(b, number, shape, &is_null[1]);
  if (is_null[0] || is_null[1]) return false;
  const Size size = VARSIZE_ANY(DatumGetPointer(x));
  return size == VARSIZE_ANY(DatumGetPointer(y)) &&
         memcmp(DatumGetPointer(x), DatumGetPointer(y), size) == 0;
}

// The rows of a table need not be what its constraints say.
int64 id_of_row(HeapTuple row, TupleDesc shape) {
  bool is_null = false;
  const Datum id = heap_getattr(row, SPI_fnumber(shape, "id"), shape, &is_null);
  if (is_null) {
    ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                    errmsg("column \"id\" of a saved object set is NULL")));
  }
  return DatumGetInt64(id);
}

struct Line {
  int64 set_id;
  const char* name;
  struct varlena* entered;
  struct varlena* departed;
  bool is_drop;
};

// False where nobody entered or left and the set stays. One that goes has a line, even without
// members: the past of the next set with that id begins behind it.
bool make_line(HeapTuple before, HeapTuple after, TupleDesc shape, Line* line) {
  const SavedSet old = parts_of_row(before, shape);
  const SavedSet now = parts_of_row(after, shape);
  const bool is_same = same_base(before, after, shape);
  bool moved = false;
  line->is_drop = after == nullptr;
  guarded([&] {
    const MembersDifference difference = objectset::difference(old, now, is_same);
    moved = !is_empty(difference.entered) || !is_empty(difference.departed);
    if (!moved && !line->is_drop) return;
    line->entered = write_set(difference.entered);
    line->departed = write_set(difference.departed);
  });
  if (!moved && !line->is_drop) return false;
  HeapTuple const row = after != nullptr ? after : before;
  line->set_id = id_of_row(row, shape);
  line->name = SPI_getvalue(row, shape, SPI_fnumber(shape, "name"));
  return true;
}

void note_line(const SetTable& table, Oid history, const Line& line) {
  const char* const by = GetUserNameFromId(responsible_role(table.relid), false);
  const Stay stay = act_safely_as(owner_of(history));
  run(unforced(beside(table, history)), Access::write,
      "INSERT INTO {0} (set_id, name, at, by, entered_ids, departed_ids, dropped) "
      "VALUES ($1, $2, pg_catalog.clock_timestamp(), $3::pg_catalog.name, $4, $5, $6)",
      {qualified_name(history)},
      {parameter(line.set_id),
       parameter(line.name),
       parameter(by),
       {table.set_type, PointerGetDatum(line.entered)},
       {table.set_type, PointerGetDatum(line.departed)},
       {BOOLOID, BoolGetDatum(line.is_drop)}});
  leave(stay);
}

void note_change(const SetTable& table, Oid history, HeapTuple before, HeapTuple after,
                 TupleDesc shape) {
  Line line = {};
  if (!make_line(before, after, shape, &line)) return;
  check_history(history, table.relid, table.set_type);
  note_line(table, history, line);
}

// Each set that is there already, as it is: before that nothing is known of it. In a snapshot that sees what was committed
// before the trigger kept everybody out.
void note_all_there(const SetTable& table, const char* history) {
  check_sees_all(table, table.relid);
  run_in_latest(table,
                "INSERT INTO {0} (set_id, name, entered_ids, whole) "
                "SELECT id, name::pg_catalog.text, {s}.objectset_members_of(base, added, removed, "
                "deleted), true FROM {r} ORDER BY id",
                {history});
}

bool same_id(HeapTuple a, HeapTuple b, TupleDesc shape) {
  return id_of_row(a, shape) == id_of_row(b, shape);
}

// Before TRUNCATE, by whoever may do that: all rows are about to go.
void note_all_gone(const SetTable& table, Oid history) {
  const Stay stay = act_safely_as(table.owner);
  const uint64 count = run(unforced(table), Access::write,
                           "SELECT id, name::pg_catalog.text, base, added, removed, deleted "
                           "FROM {r} ORDER BY id",
                           {}, {});
  leave(stay);
  const SPITupleTable* const rows = SPI_tuptable;
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    note_change(table, history, rows->vals[row], nullptr, rows->tupdesc);
  }
}

// What psql's \d+ and other clients say of its columns.
constexpr const char* column_comments[][2] = {
    {"id", "number of the line, in the order of the changes"},
    {"set_id", "id of the set, which may be gone"},
    {"name", "what the set was called then"},
    {"at", "when its members changed"},
    {"by", "the role that changed them"},
    {"entered_ids", "ids that became members"},
    {"departed_ids", "ids that were members until then"},
    {"whole", "whether this is no change, but entered_ids are all members that the set had then"},
    {"dropped", "whether the set was dropped"},
};

}  // namespace

Oid create_history(Oid set_table, Oid function) {
  const SetTable table = open_set_table(set_table, function, Access::define);
  // What a superuser makes for another's set table is theirs, and what is read of that is read as them.
  const bool acts = saving_role(table.owner) != table.user;
  const Stay stay = acts ? act_as(table.owner) : Stay{};
  if (OidIsValid(history_of(table))) {
    ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                    errmsg("\"%s\" has a history already", get_rel_name(table.relid))));
  }
  const Oid schema = get_rel_namespace(table.relid);
  const char* const name =
      ChooseRelationName(get_rel_name(table.relid), nullptr, "history", schema, false);
  const char* const qualified = quote_qualified_identifier(get_namespace_name(schema), name);
  const char* const marked = quote_literal_cstr(table.name);
  run_utility(table,
              "CREATE TABLE {0} ("
              "id bigint GENERATED BY DEFAULT AS IDENTITY, "
              "set_id pg_catalog.int8 NOT NULL, name pg_catalog.text NOT NULL, "
              "at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), "
              "by pg_catalog.name NOT NULL DEFAULT current_user, "
              "entered_ids {s}.objectset NOT NULL DEFAULT '{}', "
              "departed_ids {s}.objectset NOT NULL DEFAULT '{}', "
              "whole pg_catalog.bool NOT NULL DEFAULT false, "
              "dropped pg_catalog.bool NOT NULL DEFAULT false, "
              "PRIMARY KEY (set_id, id), "
              "CONSTRAINT objectset_history CHECK ({1}::pg_catalog.regclass IS NOT NULL))",
              {qualified, marked});
  run_utility(table, "CREATE INDEX ON {0} (set_id, at)", {qualified});
  for (const auto& [column, comment] : column_comments) {
    run_utility(table, "COMMENT ON COLUMN {0}.{1} IS {2}",
                {qualified, column, quote_literal_cstr(comment)});
  }
  // Triggers are fired by name: this one before those that users write, which may drop the set.
  run_utility(
      table,
      "CREATE TRIGGER _objectset_history AFTER INSERT OR UPDATE OR DELETE ON {t} FOR EACH ROW "
      "WHEN ({0}::pg_catalog.regclass IS NOT NULL) EXECUTE FUNCTION {s}._objectset_noted()",
      {quote_literal_cstr(qualified)});
  run_utility(table,
              "CREATE OR REPLACE TRIGGER _objectset_history_truncate BEFORE TRUNCATE ON {t} "
              "FOR EACH STATEMENT WHEN ({0}::pg_catalog.regclass IS NOT NULL) "
              "EXECUTE FUNCTION {s}._objectset_noted()",
              {quote_literal_cstr(qualified)});
  const Oid made = get_relname_relid(name, schema);
  const SetTable both = beside(table, made);
  note_all_there(acts ? unforced(both) : both, qualified);
  if (acts) leave(stay);
  close_set_table(table);
  return made;
}

Life life_of_set(const SetTable& table, Oid history, int64 set_id, Access access) {
  run_for(table.user, history, table, access,
          "SELECT coalesce(pg_catalog.max(id), $2) FROM {0} "
          "WHERE set_id OPERATOR(pg_catalog.=) $1 AND dropped",
          {qualified_name(history)}, {parameter(set_id), parameter(before_all)});
  return {set_id, DatumGetInt64(column_of_type(0, 1, INT8OID)), no_end};
}

namespace {

Parameter array_in_column(int n) {
  return nullable(INT8ARRAYOID, column_of_type(0, n, INT8ARRAYOID));
}

Lives lives_in_columns() { return {array_in_column(1), array_in_column(2), array_in_column(3)}; }

// Of all sets that had one of the ids that go with a name, those that had the name themselves.
Lives sets_once_called(const SetTable& table, Oid history, const char* name, Access access) {
  run_for(table.user, history, table, access,
          "SELECT pg_catalog.array_agg(n.set_id), pg_catalog.array_agg(n.behind), "
          "pg_catalog.array_agg(n.last) FROM (SELECT e.set_id, e.last, "
          "coalesce(pg_catalog.lag(e.last) OVER (PARTITION BY e.set_id ORDER BY e.last), $2) "
          "AS behind FROM (SELECT set_id, id AS last FROM {0} WHERE dropped "
          "AND set_id OPERATOR(pg_catalog.=) ANY "
          "(SELECT set_id FROM {0} WHERE name OPERATOR(pg_catalog.=) $1) "
          "UNION ALL SELECT DISTINCT set_id, $3 FROM {0} WHERE name OPERATOR(pg_catalog.=) $1) "
          "AS e) AS n WHERE EXISTS (SELECT FROM {0} AS l "
          "WHERE l.set_id OPERATOR(pg_catalog.=) n.set_id AND l.id OPERATOR(pg_catalog.>) n.behind "
          "AND l.id OPERATOR(pg_catalog.<=) n.last AND l.name OPERATOR(pg_catalog.=) $1)",
          {qualified_name(history)}, {parameter(name), parameter(before_all), parameter(no_end)});
  return lives_in_columns();
}

}  // namespace

// Only the owner sees for certain which rows there are.
Lives dropped_sets(const SetTable& table, Oid history, const char* name, Access access) {
  const Lives called = sets_once_called(table, history, name, access);
  const Stay stay = act_safely_as(table.owner);
  run(unforced(beside(table, InvalidOid)), access,
      "SELECT pg_catalog.array_agg(n.set_id), pg_catalog.array_agg(n.behind), "
      "pg_catalog.array_agg(n.last) FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), "
      "pg_catalog.unnest($3)) AS n (set_id, behind, last) "
      "WHERE n.last OPERATOR(pg_catalog.<) $4 OR NOT EXISTS "
      "(SELECT FROM {r} AS s WHERE s.id OPERATOR(pg_catalog.=) n.set_id)",
      {}, {called.set_ids, called.behind, called.last, parameter(no_end)});
  leave(stay);
  return lives_in_columns();
}

void erase_from_history(const SetTable& table, Oid history, Datum ids) {
  check_sees_all(table, history);
  run(beside(table, history), Access::write,
      "UPDATE {0} SET entered_ids = entered_ids OPERATOR({s}.-) $1, "
      "departed_ids = departed_ids OPERATOR({s}.-) $1 "
      "WHERE entered_ids OPERATOR({s}.&&) $1 OR departed_ids OPERATOR({s}.&&) $1",
      {qualified_name(history)}, {{table.set_type, ids}});
}

namespace {

Lives alone(const Life& life) {
  const auto one = [](int64 number) { return Parameter{INT8ARRAYOID, id_array(&number, 1)}; };
  return {one(life.set_id), one(life.behind), one(life.last)};
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_noted) {
  auto* const trigger =
      CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
  const bool is_truncate = trigger != nullptr && TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);
  if (trigger == nullptr || TRIGGER_FIRED_AFTER(trigger->tg_event) == is_truncate ||
      TRIGGER_FIRED_FOR_ROW(trigger->tg_event) == is_truncate) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("the trigger of a history must be fired after changes of rows, or "
                           "before TRUNCATE")));
  }
  const Oid relid = RelationGetRelid(trigger->tg_relation);
  TupleDesc const shape = RelationGetDescr(trigger->tg_relation);
  const bool is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
  const bool is_delete = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
  // Checks the columns, too.
  const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::note);
  HeapTuple const before = is_update || is_delete ? trigger->tg_trigtuple : nullptr;
  HeapTuple const after = is_update   ? trigger->tg_newtuple
                          : is_delete ? nullptr
                                      : trigger->tg_trigtuple;
  const Oid history = table_in_condition(trigger->tg_trigger->tgqual);
  if (is_truncate) {
    check_history(history, relid, table.set_type);
    note_all_gone(table, history);
  } else if (is_update && !same_id(before, after, shape)) {
    // The lines of a set are found by its id.
    note_change(table, history, before, nullptr, shape);
    note_change(table, history, nullptr, after, shape);
  } else {
    note_change(table, history, before, after, shape);
  }
  close_set_table(table);
  PG_RETURN_DATUM(0);
}

OBJECTSET_FUNCTION(objectset_saved_create_history) {
  const Oid relid = DatumGetObjectId(given_argument(fcinfo, 0, "the set table"));
  PG_RETURN_OID(create_history(relid, fcinfo->flinfo->fn_oid));
}

// Of a set that is there by its id, whatever it was called; of those that were dropped by any name.
OBJECTSET_FUNCTION(objectset_saved_history) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::define);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const Oid history = history_that_is_there(table);
  const uint64 sets =
      run_for(table.user, table.relid, table, Access::read,
              "SELECT id FROM {r} WHERE name::pg_catalog.text OPERATOR(pg_catalog.=) $1", {},
              {parameter(name)});
  if (sets > 1) raise_ambiguous(table, name);
  const Lives lives = sets > 0 ? alone(life_of_set(table, history, int64_there(0, 1), Access::read))
                               : dropped_sets(table, history, name, Access::read);
  const uint64 count = run_for(
      table.user, history, table, Access::read,
      "SELECT l.at, l.by, {s}.cardinality(l.entered_ids), {s}.cardinality(l.departed_ids), "
      "l.entered_ids, l.departed_ids FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), "
      "pg_catalog.unnest($3)) AS n (set_id, behind, last) JOIN {0} AS l "
      "ON l.set_id OPERATOR(pg_catalog.=) n.set_id AND l.id OPERATOR(pg_catalog.>) n.behind "
      "AND l.id OPERATOR(pg_catalog.<=) n.last WHERE NOT l.whole AND NOT (l.dropped "
      "AND {s}.objectset_is_empty(l.entered_ids) AND {s}.objectset_is_empty(l.departed_ids)) "
      "ORDER BY l.id",
      {qualified_name(history)}, {lives.set_ids, lives.behind, lives.last});
  if (sets == 0 && count == 0) raise_unknown_set(table, name);
  put_rows(rows, count);
  close_set_table(table);
  PG_RETURN_NULL();
}
