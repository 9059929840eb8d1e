// Statements over a set table, with placeholders (set_table.hpp has them), and the rows that they return.
//
// Their plans are kept for the session, a bounded number of them. An error in one is told without its text, which is ours.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "executor/spi.h"
}

#include <initializer_list>

#include "core/saved/saved_set.hpp"

namespace objectset::pg {

struct SetTable;
enum class Access;

struct Parameter {
  Oid type;
  Datum value;
  bool is_null = false;
};
inline Parameter parameter(const char* text) {
  return {TEXTOID, text == nullptr ? 0 : CStringGetTextDatum(text), text == nullptr};
}
inline Parameter nullable(Oid type, Datum value) { return {type, value, value == 0}; }
inline Parameter parameter(int64 number) { return {INT8OID, Int64GetDatum(number)}; }
/// A bigint[].
Datum id_array(const int64* ids, Size count);

/// Columns of a row, by name, and what they shall be.
struct Values {
  static constexpr int most = 24;
  int count = 0;
  const char* columns[most];
  Parameter values[most];
  void put(const char* column, const Parameter& value) {
    columns[count] = column;
    values[count++] = value;
  }
};

/// The text of a statement, with its placeholders replaced in one pass: what is put in is not looked at again.
const char* expand(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words);

/// Zone A: runs a statement, whose plan the session keeps, and gives how many rows it returned or touched.
uint64 run(const SetTable& table, Access access, const char* statement,
           std::initializer_list<const char*> words, std::initializer_list<Parameter> parameters);
/// The same for a text without placeholders, and as many parameters.
uint64 run_kept(const SetTable& table, const char* sql, Access access, const Parameter* parameters,
                int count);
/// The same without parameters, in a snapshot that sees what has been committed by now.
void run_in_latest(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words);
/// For whom a relation is read, and as whom: that role, or the owner.
struct Reader {
  Oid role;
  Oid owner;  // as owner_to_read_as() has it
};
/// The same for one that reads another relation, for a role and as this or that.
uint64 run_for(const Reader& reader, Oid relation, const SetTable& table, Access access,
               const char* statement, std::initializer_list<const char*> words,
               std::initializer_list<Parameter> parameters);
/// As the relation's owner where that makes no difference to what is read.
uint64 run_for(Oid role, Oid relation, const SetTable& table, Access access, const char* statement,
               std::initializer_list<const char*> words,
               std::initializer_list<Parameter> parameters);
/// The same for whoever writes to the set table, the current user. Where a superuser acts as that, and it owns the relation,
/// policies that it is forced under there do not count.
uint64 run_for_writer(Oid relation, const SetTable& table, const char* statement,
                      std::initializer_list<const char*> words,
                      std::initializer_list<Parameter> parameters);
/// Raises 42501 where row-level security hides rows from what that reads.
void check_writer_sees_all(Oid relation, const SetTable& table);
/// The same for one that makes or changes an object; no plan.
void run_utility(const SetTable& table, const char* statement,
                 std::initializer_list<const char*> words);

/// Drops a constraint of the table, if it is there.
void drop_constraint(const SetTable& table, const char* name);

/// Column n, from 1, of a row of what run() returned.
Datum column(uint64 row, int n, bool* is_null);
/// The same, as a C string in the current context; nullptr for NULL.
const char* text_column(uint64 row, int n);
/// The same of a bigint; 0 for NULL.
int64 int64_column(uint64 row, int n);
/// The same where it cannot be NULL: 23502. A table's constraint need not hold for all of its rows.
int64 int64_there(uint64 row, int n);
const char* text_there(uint64 row, int n);

/// What follows looks at the column's type, 42804, too. It was known when the table was opened; but a query, a policy or a
/// trigger that has run since may have altered the table.
///
/// Column n; 0 for NULL.
Datum column_of_type(uint64 row, int n, Oid type);
/// A set's stored form in column n; 0 for NULL.
Datum stored_set_in(uint64 row, int n);
/// The same where it cannot be NULL: 23502.
Datum set_there(uint64 row, int n);
/// A set in column n, empty for NULL; as long as the SPI connection.
SetView set_in(uint64 row, int n);
/// The parts of a saved set in column n and the next three, of which none is NULL (23502), and its members.
SavedSet parts_in(uint64 row, int n);
SetView members_of_parts(const SavedSet& set);

}  // namespace objectset::pg
