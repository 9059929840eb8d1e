// Set tables as C++ meets them: statements over them, and the sets in their rows.
//
// A statement is written with placeholders, since neither the set table nor the schema of the extension is known
// before: {t} is the set table, {s} the schema with its dot, {0}, {1}, ... are further words, which the caller has quoted.
// Nothing in it is looked up by the search path, so operators are written OPERATOR({s}.&) too.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "executor/spi.h"
#include "utils/tuplestore.h"
}

#include <initializer_list>

namespace objectset::pg {

/// A set table, by its name; in the memory context that was current.
struct SetTable {
  Oid relid;
  Oid set_type;        // objectset
  const char* name;    // quoted and qualified
  const char* schema;  // of the extension, quoted
};

/// Zone A: the table, of which `function` is to know the extension's schema. Raises 42809 where it is no set table.
SetTable set_table(Oid relid, Oid function);
inline SetTable set_table_argument(FunctionCallInfo fcinfo, int n) {
  return set_table(PG_GETARG_OID(n), fcinfo->flinfo->fn_oid);
}

/// Zone D: says that the table has no set of that name.
[[noreturn]] void raise_unknown_set(const SetTable& table, const char* name);

struct Parameter {
  Oid type;
  Datum value;
  bool is_null = false;
};
inline Parameter parameter(const char* name) { return {TEXTOID, CStringGetTextDatum(name)}; }
inline Parameter parameter(int64 number) { return {INT8OID, Int64GetDatum(number)}; }

/// What a function may do with its statements: a stable one reads what its caller sees.
enum class Access { read, write };

/// Zone A, between SPI_connect and SPI_finish: runs a statement, and gives how many rows it returned or touched.
uint64 run(const SetTable& table, Access access, const char* statement,
           std::initializer_list<const char*> words, std::initializer_list<Parameter> parameters);

/// The same in two steps, for a statement that is run many times; the plan is good until SPI_finish.
SPIPlanPtr prepare(const SetTable& table, const char* statement,
                   std::initializer_list<const char*> words, std::initializer_list<Oid> types);
uint64 run(SPIPlanPtr plan, Access access, std::initializer_list<Parameter> parameters);

/// Column n, from 1, of a row of what run() returned.
Datum column(uint64 row, int n, bool* is_null);
/// The same, as a C string in the current context; nullptr for NULL.
const char* text_column(uint64 row, int n);
/// A set in column n, empty for NULL; as long as the SPI connection.
SetView set_in(uint64 row, int n);
/// The members of the set whose base, added and removed are column n and the next two; likewise.
SetView members_in(uint64 row, int n);

/// The members of one set, by name, or 42704.
SetView members_by_name(const SetTable& table, const char* name);

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

/// The target of a set table, and the key by which its rows are known there.
struct Target {
  Oid relid;
  const char* name;  // quoted and qualified
  const char* key;   // quoted
};
Target target_of(const SetTable& table);

/// "schema"."name" of a relation.
const char* qualified_name(Oid relid);

/// The owner of a relation; InvalidOid where there is none.
Oid owner_of(Oid relid);

/// A set's stored form, in the current context.
Datum flat_datum(const SetView& set);

}  // namespace objectset::pg
