// The change log of a set table: an ordinary table beside it that has the ids whose rows changed, in the tables that are
// tracked, one entry for each statement.
//
// The one idea: entries are only ever added, and what a set has seen of them is told by a snapshot. The row of a set has the
// snapshot that it was last refreshed in; new to it is what its next refresh sees and that snapshot did not. So a writer
// waits for nobody, and what commits late is not lost.
//
// Who may say what is tracked: the log is of the set table's owner, and names, in constraints, the set table and each column
// that is tracked; the triggers on those tables name the log, and are made by whoever may make triggers there. What only
// one side says counts for nothing. That name is all of a trigger's condition, since the server reads it at each statement.
//
// The marks of a tracked table: everything that tells that no change of it went by unnoticed, or that one did. They are
// hashed, and a set remembers the hash with the snapshot.
#pragma once

#include "pg/saved/set_table.hpp"

namespace objectset::pg {

/// A log, in the memory context that was current when it was found.
struct ChangeLog {
  Oid relid;
  Oid set_table;
  Oid set_type;
  Oid owner;
  const char* name;  // quoted and qualified
  TargetMark* tracked;
  int count;
};
constexpr int most_tracked = 32;

/// Zone A: the log of a set table; false where there is none that is whole and of the set table's owner.
bool find_change_log(const SetTable& table, ChangeLog* log);
/// Zone A: raises 55000 where there is one that is not whole.
void check_change_log(const SetTable& table);
/// Zone A: 55000 where there is one of another owner that triggers write to: it was given away, or the set table was. An
/// ERROR or a WARNING: anybody can make one.
void report_stray_log(const SetTable& table, int level);
/// Zone A: the set table that a table says it is the log of; InvalidOid where it says nothing.
Oid set_table_of(Relation log);
/// Zone A: what keeps entries from being written to a log as they are, whosever it is; nullptr where nothing does.
const char* change_log_problem(Relation relation, Oid set_type);
/// Zone A: the columns of a table by which the log has its changes: those that it names, and those that the tables that it
/// is a partition or a child of have. `columns` has room for most_tracked.
int tracked_columns(const ChangeLog& log, Oid relid, AttrNumber* columns);
/// Zone A: the same of a log that is open.
void read_tracked(Relation log, ChangeLog* result);

/// Zone A: until the end of the transaction, nobody else drops entries that a snapshot taken from now on needs.
void hold_change_log(const ChangeLog& log);

/// Zone A: adds an entry, without a word of SQL: whoever changes a table runs no code of the log's owner. 55000 where the
/// log has another shape by now.
void append_entry(Oid log, Oid set_type, Oid source, struct varlena* changed, bool is_everything);

/// What is new.
struct Changes {
  SetView ids;
  bool is_everything;
};
/// Zone A: what the active snapshot sees and another one, as seen_now() gives it, does not.
Changes read_changes(const SetTable& table, const ChangeLog& log, Datum seen);
/// Zone A: runs a statement that gives, for each of many others in their order, how many ids that is; NULL for everything,
/// and for NULL. `seen`: text[]. Those that are the same are counted once.
uint64 count_changes(const SetTable& table, const ChangeLog& log, Datum seen);
/// Zone A: the active snapshot as xid8[], of which what this transaction does is no part: it may do more.
Datum seen_now();

/// What was refreshed just now.
enum class RefreshOf { one_set, all_sets };
/// Zone A: drops what all sets have seen, and puts one entry in place of many that some have not. Where that would have to
/// wait for somebody, or takes more than the refresh of one set should, it is left for the next time.
void trim_change_log(const SetTable& table, const ChangeLog& log, RefreshOf which);

/// Zone A: these ids are in no entry; who has not seen an entry that had one will look at everything.
void erase_from_change_log(const SetTable& table, Datum ids);

/// What is known of the triggers of a table and of its partitions and children.
struct TrackingState {
  const char* problem;  // what is missing, in words, or nullptr
  bool is_settled;      // nothing of it is newer than the active snapshot, or of this transaction
  uint64 hash;
};
/// Zone A.
TrackingState tracking_state(const SetTable& table, const ChangeLog& log, Oid relid);

/// Zone A: the same of the log.
TrackingState log_state(const ChangeLog& log);

/// The kinds of triggers that notice changes.
enum class Noticing {
  insert,
  update,
  remove,
  truncate,
  row,
  early,  // before an UPDATE of a partitioned table, so that this library sees what the statement is
};
constexpr Noticing all_kinds[] = {Noticing::insert,   Noticing::update, Noticing::remove,
                                  Noticing::truncate, Noticing::row,    Noticing::early};
struct NoticingTrigger {
  Oid oid;
  const char* name;
  Noticing kind;
  char enabled;
  bool is_clone;
  TransactionId maker;  // of this version of it; a frozen one's too
  bool is_frozen;
};
/// Zone A: those of a table that write to this log.
List* noticing_triggers(Oid relid, Oid function, Oid log);
/// One that names a log, of whatever shape.
struct NamingTrigger {
  Oid oid;
  Oid relid;
  bool is_clone;
};
/// Zone A: those of this function, on whatever tables: the log need not name these any more, and partitions that were detached keep
/// theirs.
List* triggers_naming(Oid log, Oid function);
/// The trigger function of an extension's schema.
Oid noticing_function(Oid schema);

/// 64 bits of a hash of some bytes and another hash.
uint64 mixed_hash(uint64 hash, const void* bytes, Size size);

}  // namespace objectset::pg
