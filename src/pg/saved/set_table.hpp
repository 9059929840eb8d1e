// Set tables: the one way to them, for every function.
//
// A table is opened by its OID and checked once and in full: what it is, its columns and their types, its target and the
// key there. From then on its statements are written with placeholders: {t} is the table, as one inserts into it, {r} its
// rows, as one reads and changes them, {s} the extension's schema, {0}, {1}, ... are further words, which the caller has
// quoted. Nothing in a statement is looked up by the search path, and every type in it is exact: the path in effect while
// it runs is the caller's, and whatever triggers or defaults of the user's do, they do as the caller.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/tuplestore.h"
}

#include "core/saved/saved_set.hpp"
#include "pg/saved/saved_role.hpp"
#include "pg/saved/statement.hpp"

namespace objectset::pg {

/// The table whose rows the sets hold, and the column with their ids.
struct Target {
  Oid relid;
  AttrNumber key;
  Oid key_type;  // bigint, integer or smallint, whatever domain is over it
  const char* key_type_name;
  const char* name;      // quoted and qualified
  const char* key_name;  // quoted
};

/// What a function does to a set table: to its rows, or to what it is. Who notes what became of a row does not look at the
/// target: TRUNCATE may have locked that, and wait for the row.
enum class Access { read, write, define, note };

/// A set table while a function is at it; in the memory context of its SPI connection.
struct SetTable {
  Oid relid;
  Oid owner;
  Oid set_type;             // objectset
  Oid schema;               // of the extension
  const char* name;         // quoted and qualified
  const char* rows;         // the same; children do not count
  const char* schema_name;  // quoted
  Target target;
  const char*
      follow_path;  // the search path under which changes of the target are followed, or nullptr
  Datum kept_settings;   // text[]: custom settings that queries are saved with; 0: none
  bool has_trigger;      // the one that seals queries
  Oid user;              // who called, and
  int security_context;  // as what
  Stay stay;             // where the function acts as the owner; else of no nesting
  const char* path;      // the caller's search path, where it is another until then; or nullptr
  // How statements over it are analysed: Analysis.
  Oid analyst;
  bool is_unforced;
  Oid other;  // what they may name beside the table and its target
};

/// The same table, for what is done to all rows as their owner, as foreign keys do.
inline SetTable unforced(SetTable table) {
  table.is_unforced = true;
  return table;
}
/// The same table, for statements that name another, too.
inline SetTable beside(SetTable table, Oid other) {
  table.other = other;
  return table;
}

/// Zone A: opens a table and connects to SPI. Raises 42809 where it is no set table, 55000 where its key is not what it
/// was made with, 22004 for NULL. Until it is closed, whoever may read the whole table reads it as its owner, with
/// act_safely_as(), and a superuser writes to another's as its owner.
SetTable open_set_table(Oid relid, Oid function, Access access);
SetTable open_set_table(FunctionCallInfo fcinfo, int n, Access access);
void close_set_table(const SetTable& table);

/// Zone A: does what is done for one set of many, and gives back what it needed of memory, however many there are. What
/// it leaves behind is elsewhere.
template <class Work>
void do_for_one_set(Work&& work) {
  SPI_connect();
  work();
  SPI_finish();
}

/// A column of another table, as a constraint that is always true names it: ROW('patient'::regclass, 'id'::text, 1,
/// '16384'::oid, '7300000000000000000'::bigint, true) IS NOT NULL: the table, name and number of the column, the table's OID,
/// the server's identifier, and whether it was unique.
///
/// The first follows renames, and goes into dumps by name. The number means the column as long as the OID is that of the
/// table, on this server: in this database. After a restore it is another, and columns may have other numbers; then the
/// name counts. By the OID alone that cannot be told: a new server counts from the same number on.
struct TargetMark {
  Oid target;
  const char* key;
  AttrNumber number;
  Oid numbered;
  uint64 server;
  bool is_unique;
};
bool read_mark(Relation relation, const char* constraint, TargetMark* mark);
/// The column that it means; 0 where that is gone.
AttrNumber marked_column(const TargetMark& mark);
/// Such a condition.
const char* mark_of(Oid target, AttrNumber key);

/// What there is to be said against the key of a set table, with its target; nullptr where all is well.
const char* find_target(Relation set_table, Target* target);
/// The type objectset in the extension's schema.
Oid set_type_of(Oid schema);
/// The constant in a constraint of this name that is always true: NULL::... IS NOT NULL; its type, or InvalidOid.
Node* constraint_mark(Relation relation, const char* name);
/// The value of a mark that is a constant of this type and not NULL; false where there is none. Whoever owns the table writes
/// its constraints.
bool constant_mark(Relation relation, const char* name, Oid type, Datum* value);
/// What there is to be said against a relation as a target, whatever its key; nullptr where all is well.
const char* target_problem(Oid target);
/// The same as an error: 0A000.
void check_kind_of_target(Oid target);
/// What there is to be said against a column as the key of a target; nullptr where all is well.
const char* key_problem(Oid target, AttrNumber key, bool must_be_unique);
/// `at_once`: with each statement, not only at the end of a transaction.
bool is_unique_key(Oid target, AttrNumber key, bool at_once = false);
/// The table that a trigger names in its condition, 'patient_set'::regclass IS NOT NULL, or InvalidOid. There, unlike in
/// its arguments, the server keeps track of it: it follows renames, is dumped by name, and is dropped last.
Oid table_in_condition(const char* condition);
/// The same for a mark.
Oid regclass_in(Node* mark);
/// What keeps a table with the mark of a set table from being used as one: its columns, their types and whether they may be
/// NULL, its rules; nullptr where nothing does.
const char* set_table_problem(Relation relation, Oid set_type);
/// What keeps a set table from being changed: ids, by which sets are changed, and known to be whose they are, that are not
/// unique; foreign keys that may write queries. nullptr where nothing does.
const char* write_problem(Relation relation);
/// A foreign key on this column of those that say what a saved query is and whose, or nullptr where there is none: the server
/// changes such a column as the table's owner, whoever changed the table that the key refers to.
const char* column_with_foreign_key(Relation relation);
/// Whether this is a set table, whatever its state.
bool has_target_mark(Relation relation);
/// Zone A: calls `see` with each table that has rows of its own among a table, its partitions and its children; open.
template <class See>
void for_each_stored_table(Oid relid, See&& see) {
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relid, AccessShareLock, nullptr)) {
    Relation const relation = relation_open(lfirst_oid(cell), NoLock);
    if (relation->rd_rel->relkind == RELKIND_RELATION) see(relation);
    relation_close(relation, NoLock);
  }
}
/// A foreign table among the partitions and children of a table, or InvalidOid.
Oid foreign_part_of(Oid relid);
/// The GIN index on the part `base` of all sets; InvalidOid where there is none.
///
/// Of the parts only that one is worth an index: it is large, and stays as it is when the small ones change, which then
/// leaves the index alone (HOT). Those are read from the rows, where they mostly stand.
Oid index_of_base(const SetTable& table);

/// Zone D: 42501; 55000, with what there is to be said against it, and what to do; 42704; 21000.
[[noreturn]] void raise_denied(Oid relid);
[[noreturn]] void raise_unusable(const SetTable& table, const Target& target, const char* problem);
[[noreturn]] void raise_unknown_set(const SetTable& table, const char* name);
[[noreturn]] void raise_ambiguous(const SetTable& table, const char* name);

// ---- Sets by name -------------------------------------------------------------------------------------------

/// Which set is meant: that of a name; or, for what goes through all sets, that with an id, whatever others of its name are
/// there in other scopes.
struct SetRef {
  SetRef(const char* of) : name(of), id(0), is_by_id(false) {}  // NOLINT: a name alone is one
  SetRef(const char* of, int64 that) : name(of), id(that), is_by_id(true) {}
  const char* name;
  int64 id;
  bool is_by_id;
};

/// A set whose row is locked.
struct LockedSet {
  int64 id;
  const char* name;
  SavedSet parts;
  SetKind kind;
  Size base_bytes;
  int64 count;
  bool is_indexed;  // its base
};

/// What core is told of a set that is to change; `is_partial`: of base only a part is there.
inline Revised revised(const LockedSet& set, bool is_partial = false) {
  return {set.parts, set.kind, set.base_bytes, is_partial, set.is_indexed};
}

/// Zone A: runs SELECT of these columns of the row of a set; `more`: the value of $2; `word`: {0}. Raises 21000, and 42704
/// for none.
bool try_find_set(const SetTable& table, Access access, const char* columns, const SetRef& set,
                  const Parameter& more = {}, const char* lock = "", const char* word = "");
void find_set(const SetTable& table, Access access, const char* columns, const char* name,
              const Parameter& more = {});

/// The members of a set as a parameter, whose value the planner sees.
Parameter members_parameter(const SetTable& table, const char* name);

/// Zone A: locks the row of a set; false where there is none. `more`: columns that are read with it, as 8 and on, with {0}
/// for a word.
constexpr int first_more = 8;
bool try_lock_set(const SetTable& table, const SetRef& wanted, LockedSet* set,
                  const char* more = "", const char* word = "");
LockedSet lock_set(const SetTable& table, const SetRef& wanted);

/// Zone A: changes the row of a locked set, or makes one. The count that it has then. An error where a trigger or policy
/// keeps the row from being written.
/// `more`: columns that it gives after the count.
int64 update_set(const SetTable& table, const LockedSet& set, const Values& values,
                 const char* more = "");
/// What an INSERT says that has an id of its own, behind its columns: the table's identity may be GENERATED ALWAYS.
constexpr const char* giving_id = " OVERRIDING SYSTEM VALUE";
/// False where `may_conflict` and another row was in the way.
bool insert_set(const SetTable& table, const char* name, Values values, bool may_conflict,
                int64* count, const char* more = "");
[[noreturn]] void raise_vetoed(const SetTable& table, const char* name);
/// The id for a row that is about to be inserted, or an error where the table has no identity to draw it from.
int64 next_id(const SetTable& table);
/// What a row says of what its set is found by and whose that is.
struct Claim {
  int64 id;
  SavedQuery query;
  Oid saver;
  Datum seal;
};
/// Zone A: that of the row with this id, as it stands now, copied; nothing where there is none.
Claim see_claim(const SetTable& table, int64 id);
/// Zone A: raises 42501 where nothing proves it, 42704 where its role is gone.
void check_seal(const SetTable& table, const char* name, const Claim& claim);
/// "query" or "expression".
const char* kind_of(const SavedQuery& query);

/// Zone B: what a change comes to as values of columns.
struct Outcome {
  struct varlena* parts[4];  // base, added, removed, deleted; nullptr: as it is
  uint64 entered;
  uint64 departed;
  uint64 forgotten;
  uint64 rekeyed;
};
void write_revision(const Revision& revision, Outcome* outcome);
/// Zone A: the same among the values of a row. `modified` moves with the members.
void put_outcome(const SetTable& table, const Outcome& outcome, Values* values);

/// Zone A: right after a statement that wrote a row's query and gave count, id and seal: where nothing sealed it, or its trigger
/// for another table (table_at_work()), seals it for this one.
void correct_seal(const SetTable& table, const char* name, Oid saver, const SavedQuery& query);

/// Zone A: what a set is found by, sealed as this role's, and that nothing is known against it. `set`: nullptr for a new one,
/// which gets its id here where no trigger seals it; an expression's is sealed once the row's scope is known.
void put_source(const SetTable& table, Oid saver, const SavedQuery& query, const LockedSet* set,
                Values* values);
/// That it is found by nothing.
void put_no_source(Values* values);
/// Zone A: that its query or expression has been run, since then and in that way; `way` is nullptr where it has none.
void put_run(TimestampTz started, const char* way, Values* values);

/// Zone A: makes or changes the set of a name, once: `compute(set, is_there)` gives the values for what is found. A set that
/// somebody else makes in the meantime is found the second time. `more` as for update_set().
template <class Compute>
int64 put_set(const SetTable& table, const char* name, Compute&& compute, const char* more = "") {
  int64 count = 0;
  for (bool may_conflict : {true, false}) {
    LockedSet set = {};
    if (try_lock_set(table, name, &set)) return update_set(table, set, compute(set, true), more);
    if (insert_set(table, name, compute(set, false), may_conflict, &count, more)) break;
  }
  return count;
}

/// Zone A: the same for a set that is found by a query or an expression, which is sealed as this role's.
template <class Compute>
int64 put_derived_set(const SetTable& table, const char* name, Oid saver, const SavedQuery& query,
                      Compute&& compute) {
  const auto values_of = [&](const LockedSet& set, bool is_there) {
    Values values = compute(set);
    put_source(table, saver, query, is_there ? &set : nullptr, &values);
    return values;
  };
  const int64 count = put_set(table, name, values_of, ", id, seal");
  correct_seal(table, name, saver, query);
  return count;
}

// ---- Arguments and results ------------------------------------------------------------------------------------

/// Zone D: 22004.
[[noreturn]] void raise_null(const char* what);
/// Zone A: an argument that must not be NULL: 22004.
inline Datum given_argument(FunctionCallInfo fcinfo, int n, const char* what) {
  if (PG_ARGISNULL(n)) raise_null(what);
  return PG_GETARG_DATUM(n);
}
/// Zone A: the argument's text, or 22004.
const char* text_argument(FunctionCallInfo fcinfo, int n, const char* what);
inline const char* name_argument(FunctionCallInfo fcinfo, int n) {
  return text_argument(fcinfo, n, "the name of an object set");
}
/// Zone A: a set that is given as a set, as an array, or as text: an id or a literal. 22004 for NULL.
Datum ids_argument(FunctionCallInfo fcinfo, int n, Oid set_type);
/// Zone A: how many rows are wanted at most; NULL: all. 2201W where that is negative.
Size row_limit(FunctionCallInfo fcinfo, int n);
/// The same as a parameter of LIMIT.
Parameter limit_argument(FunctionCallInfo fcinfo, int n);
/// Whether text begins as a set's literal does; no query does.
bool is_set_literal(const char* text);

/// Zone A: the row type of a function's result.
TupleDesc row_of_result(FunctionCallInfo fcinfo);

/// Rows as a function's result, all at once.
struct Rows {
  Tuplestorestate* store;
  TupleDesc shape;
};
Rows begin_rows(FunctionCallInfo fcinfo);
/// All that run() returned, which must be of that shape.
void put_rows(const Rows& rows, uint64 count);
inline void put_row(const Rows& rows, Datum* values, bool* nulls) {
  tuplestore_putvalues(rows.store, rows.shape, values, nulls);
}

/// Raises 42501 where row-level security hides rows of a table from a role, or from who acts now.
void check_sees_all(Oid relid, Oid role = InvalidOid);
/// The same of the current user, for one's statements over the table.
void check_sees_all(const SetTable& table, Oid relid);

/// The owner of a relation; InvalidOid where there is none.
Oid owner_of(Oid relid);

/// "schema"."name" of a relation; an error where there is none.
const char* qualified_name(Oid relid);

/// A set's stored form, in the current context.
Datum flat_datum(const SetView& set);

}  // namespace objectset::pg
