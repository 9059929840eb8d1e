// Sets composed of other sets of their table: evaluation and definition.
#include "pg/saved/saved_expression.hpp"

#include "pg/saved/name_scope.hpp"
#include "pg/saved/set_graph.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "storage/lock.h"
#include "utils/timestamp.h"
}

#include <algorithm>
#include <cstring>

namespace objectset::pg {
namespace {

// ---- Sets by their names ----------------------------------------------------------------------------------

constexpr char columns_of_members[] = "i.id, i.base, i.added, i.removed, i.deleted";

// Who looks sets up by their names, and among which.
struct Lookup {
  Reader reader;  // without a role: whoever acts
  Among among;
  volatile bool* is_running;  // whether code of others may be at work: policies
};

// The sets that the names stand for, looked up in one statement and so in one snapshot.
Span<SetView> find_sets(const SetTable& table, Access access, const Source& source,
                        const Lookup& lookup = {}) {
  const Expression& expression = *source.expression;
  auto* const sets = static_cast<SetView*>(palloc(sizeof(SetView) * expression.names()));
  const char* const statement = named_rows(columns_of_members, "{0}");
  const char* const scope = lookup.among.scope;
  const Parameter names = {TEXTARRAYOID, names_array(expression)};
  const Parameter id = parameter(lookup.among.id);
  if (lookup.is_running != nullptr) *lookup.is_running = true;
  const uint64 rows =
      OidIsValid(lookup.reader.role)
          ? run_for(lookup.reader, table.relid, table, access, statement, {scope}, {names, id})
          : run(table, access, statement, {scope}, {names, id});
  if (lookup.is_running != nullptr) *lookup.is_running = false;
  for (uint64 row = 0; row < rows; ++row) {
    bool is_null = false;
    const auto i = static_cast<std::size_t>(int64_column(row, 1)) - 1;
    if (row > 0 && int64_column(row - 1, 1) == int64_column(row, 1)) {
      raise_ambiguous(table, name_of(expression, i));
    }
    column(row, 2, &is_null);
    if (is_null) {
      const int character = character_at(source, expression.position(i));
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                      errmsg("object set \"%s\" does not exist in \"%s\"", name_of(expression, i),
                             get_rel_name(table.relid)),
                      *scope == '\0' ? 0 : errhint("A set is composed of sets of its own scope."),
                      internalerrposition(character), internalerrquery(source.text)));
    }
    sets[i] = members_of_parts(parts_in(row, 3));
  }
  return {sets, expression.names()};
}

// Whoever saved an expression and does not see the whole set table reads it with policies of its owner's, whose code runs as the
// reader. That is for those alone who could act as the reader anyway.
void check_may_look_as(const SetTable& table, const Reader& reader) {
  const Oid saver = reader.role;
  const bool is_harmless =
      saver == table.owner || superuser_arg(table.owner) || OidIsValid(reader.owner);
  if (is_harmless || can_act_as(table.user, saver)) return;
  const char* const name = GetUserNameFromId(saver, true);
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("the expression is evaluated as role \"%s\", which you cannot act as",
                         name == nullptr ? "" : name),
                  errhint("Let that role refresh the set, or one that could act as it.")));
}

// As whoever saved the expression of a set, under the settings of the save.
Span<SetView> find_sets_of_saver(const SetTable& table, const Claim& claim, const Source& source,
                                 volatile bool* is_running) {
  const Stay stay = enter(claim.saver, claim.query.settings);
  SetTable entered = table;
  entered.path = nullptr;
  const Among among = {condition_of_scope(table), claim.id};
  const Reader reader = {claim.saver, owner_to_read_as(table.relid, claim.saver)};
  check_may_look_as(table, reader);
  const Span<SetView> sets = find_sets(entered, Access::read, source, {reader, among, is_running});
  leave(stay);
  return sets;
}

// ---- Definition -------------------------------------------------------------------------------------------
//
// Two sessions that each define one half of a cycle would not see each other. So who defines a set holds a lock on its name
// until the end of the transaction, and shares one on each name that the definition rests on. Names share locks, so that a
// definition never takes more than these. Who holds nothing yet waits for them, in one order; who may hold a row is
// refused instead, with 40001: nobody waits in a circle.

constexpr uint32 name_locks = 256;

struct NameLocks {
  LOCKMODE wanted[name_locks];
  LOCKMODE held[name_locks];
};

uint32 lock_of(const char* name) {
  return hash_bytes(reinterpret_cast<const unsigned char*>(name),
                    static_cast<int>(std::strlen(name))) %
         name_locks;
}

void want_locks(const char* defined, const Names& names, NameLocks* locks) {
  for (uint32 i = 0; i < names.count; ++i) {
    LOCKMODE& wanted = locks->wanted[lock_of(names.names[i])];
    wanted = std::max<LOCKMODE>(wanted, ShareLock);
  }
  locks->wanted[lock_of(defined)] = ExclusiveLock;
}

[[noreturn]] void raise_concurrent(const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
           errmsg("could not define object set \"%s\" because of concurrent definitions", name),
           errhint("Try again.")));
  pg_unreachable();
}

bool take_locks(const SetTable& table, const char* name, bool may_wait, NameLocks* locks) {
  bool took = false;
  for (uint32 i = 0; i < name_locks; ++i) {
    if (locks->wanted[i] <= locks->held[i]) continue;
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, table.relid,
                       static_cast<uint16>(i + 1));
    if (LockAcquire(&tag, locks->wanted[i], false, !may_wait) == LOCKACQUIRE_NOT_AVAIL) {
      raise_concurrent(name);
    }
    locks->held[i] = locks->wanted[i];
    took = true;
  }
  return took;
}

// What everybody has committed, whatever this transaction's snapshot says.
Members read_latest(const SetTable& table, const Names& names, const Member& defined,
                    const Among& among) {
  PushActiveSnapshot(GetLatestSnapshot());
  const Members members = read_reached(table, Access::read, names, &defined, among);
  PopActiveSnapshot();
  return members;
}

// Of the names that a definition rests on, in whatever scope: more than it needs, and always the same.
void lock_names(const SetTable& table, Member defined) {
  NameLocks locks = {};
  bool may_wait = !TransactionIdIsValid(GetTopTransactionIdIfAny());
  Names names = names_in({&defined, 1});
  CommandCounterIncrement();
  do {
    names = names_in(read_latest(table, names, defined, {}));
    want_locks(defined.name, names, &locks);
    if (!take_locks(table, defined.name, may_wait, &locks)) break;
    may_wait = false;  // those of a second round would come in another order
  } while (true);
}

void check_for_cycle(const SetTable& table, Member defined, const Among& among) {
  const Names own = names_in({&defined, 1});
  const char* const way =
      find_cycle(graph_of(read_latest(table, own, defined, among)), defined.name);
  if (way == nullptr) return;
  // In a transaction that does not see the other half, it is not the definition that is wrong.
  if (IsolationUsesXactSnapshot() &&
      find_cycle(graph_of(read_reached(table, Access::write, own, &defined, among)),
                 defined.name) == nullptr) {
    raise_concurrent(defined.name);
  }
  ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                  errmsg("object set \"%s\" would be composed of itself", defined.name),
                  errdetail("%s.", way)));
}

Values defined_values(const SetTable& table, const LockedSet& set, const Set& found,
                      TimestampTz started) {
  Outcome outcome = {};
  guarded([&] {
    write_revision(set.kind == SetKind::plain ? assign(set.parts, found)
                                              : refresh(set.parts, found, set.parts.deleted),
                   &outcome);
  });
  Values values;
  put_outcome(table, outcome, &values);
  values.put("seen", nullable(XID8ARRAYOID, 0));
  values.put("seen_mark", nullable(BYTEAOID, 0));
  put_run(started, "full", &values);
  return values;
}

// The set of a name, locked. Where scopes are kept apart one that is not there is made: its scope is known once it is.
bool lock_defined(const SetTable& table, const Member& defined, bool may_be_made, LockedSet* set,
                  bool* is_made) {
  *is_made = false;
  if (try_lock_set(table, defined.name, set)) return true;
  if (!may_be_made) return false;
  Values values;
  values.put("expression", parameter(defined.source.text));
  int64 count = 0;
  if (!insert_set(table, defined.name, values, true, &count, ", id")) {
    if (try_lock_set(table, defined.name, set)) return true;  // somebody else has just made it
    insert_set(table, defined.name, values, false, &count, ", id");
  }
  if (!try_lock_set(table, {defined.name, int64_there(0, 2)}, set)) {
    raise_vetoed(table, defined.name);
  }
  *is_made = true;
  return true;
}

// Locks on names keep others from defining sets: they are for who could.
void check_may_define(const SetTable& table) {
  if (!has_any_right(table.relid, table.user, ACL_INSERT | ACL_UPDATE)) raise_denied(table.relid);
}

[[noreturn]] void raise_made_meanwhile(const char* name) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("object set \"%s\" was made by others while it was waited for", name),
                  errhint("Look where it is, then try again.")));
  pg_unreachable();
}

// A set that is there is locked before anything is looked up: it stays in its scope.
int64 define_set(const SetTable& table, const Member& defined) {
  check_may_define(table);
  const Datum seen = scope_of_set(table, defined.name);
  lock_names(table, defined);
  const char* const scope = condition_of_scope(table);
  LockedSet there = {};
  bool is_made = false;
  const bool is_there = lock_defined(table, defined, *scope != '\0', &there, &is_made);
  // Nor is one that others made meanwhile where it would have been made.
  if (has_scope(table) && is_there && !is_made &&
      !is_same_scope(seen, scope_of_set(table, {defined.name, there.id}))) {
    if (seen == 0) raise_made_meanwhile(defined.name);
    raise_moved(defined.name);
  }
  Among among;
  if (is_there) among = {scope, there.id};
  check_for_cycle(table, defined, among);
  const TimestampTz started = GetCurrentTimestamp();
  const Span<SetView> sets = find_sets(table, Access::write, defined.source, {{}, among, nullptr});
  Set* found = nullptr;
  guarded(
      [&] { found = new (allocate(sizeof(Set))) Set(defined.source.expression->evaluate(sets)); });
  const Oid saver = saving_role(table.owner);
  const SavedQuery source = {0, 0, settings_to_save(table.kept_settings),
                             CStringGetTextDatum(defined.source.text), 0};
  if (!is_there) {
    return put_derived_set(table, defined.name, saver, source, [&](const LockedSet& set) {
      return defined_values(table, set, *found, started);
    });
  }
  Values values = defined_values(table, there, *found, started);
  put_source(table, saver, source, &there, &values);
  const int64 count = update_set(table, there, values, ", id, seal");
  correct_seal(table, defined.name, saver, source);
  return count;
}

SetRefs room_for_refs(Size count) {
  return {static_cast<SetRef*>(palloc_extended(sizeof(SetRef) * (count + 1), MCXT_ALLOC_HUGE)), 0};
}

}  // namespace

SetRefs copy_refs(const SetRefs& refs, MemoryContext context) {
  MemoryContext const outer = MemoryContextSwitchTo(context);
  SetRefs copy = room_for_refs(refs.count);
  for (uint32 i = 0; i < refs.count; ++i) {
    copy.sets[copy.count++] = {pstrdup(refs.sets[i].name), refs.sets[i].id};
  }
  MemoryContextSwitchTo(outer);
  return copy;
}

Datum evaluate_expression(const SetTable& table, const Claim& claim, volatile bool* is_running) {
  const Source source = read_expression(TextDatumGetCString(claim.query.expression));
  const Span<SetView> sets = find_sets_of_saver(table, claim, source, is_running);
  struct varlena* flat = nullptr;
  guarded([&] {
    const Set result = source.expression->evaluate(sets);
    flat = write_set(result);
  });
  return PointerGetDatum(flat);
}

SetRefs sets_to_refresh(const SetTable& table) {
  const Graph graph = graph_of(read_members(table, Access::write, Which::derived));
  const DependencyOrder& order = order_of(graph);
  SetRefs refs = room_for_refs(graph.count);
  for (const uint32 node : order.nodes) {
    refs.sets[refs.count++] = {graph.nodes[node].name, graph.nodes[node].id};
  }
  return refs;
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_expression_names) {
  const Source source = read_expression(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  PG_RETURN_DATUM(names_array(*source.expression));
}

OBJECTSET_FUNCTION(objectset_saved_evaluate) {
  MemoryContext const outer = CurrentMemoryContext;
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Source source = read_expression(text_to_cstring(PG_GETARG_TEXT_PP(1)));
  const Span<SetView> sets = find_sets(table, Access::read, source);
  MemoryContextSwitchTo(outer);
  const Datum result =
      return_set(true, [&](auto&& give) { give(source.expression->evaluate(sets)); });
  close_set_table(table);
  PG_RETURN_DATUM(result);
}

OBJECTSET_FUNCTION(objectset_saved_define) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const Member defined = {name, read_expression(text_argument(fcinfo, 2, "the expression")), 0, 0};
  const int64 count = define_set(table, defined);
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_refresh_order) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Graph graph = graph_of(read_members(table, Access::read, Which::all));
  for (const uint32 node : order_of(graph).nodes) {
    Datum value = CStringGetTextDatum(graph.nodes[node].name);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
