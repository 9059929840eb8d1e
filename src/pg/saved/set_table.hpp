// Set tables, as functions in C reach them: through SQL, with plans that a session keeps.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "executor/spi.h"
}

namespace objectset::pg {

/// Raises 42809 unless this is a set table (42P01 if there is no such table).
void check_set_table(Oid table);

/// The name of a table or function, qualified and quoted.
const char* qualified_table(Oid table);
const char* qualified_sibling(Oid function, const char* name);

/// 42704, for a name that no set of the table has.
[[noreturn]] void raise_unknown_set(Oid table, const char* name);

/// What a statement is for. With a table it is the key that its plan is kept under.
enum class Statement : int {
  lock,
  members,
  note,
  write
};  // write: and so many more, one for each mask

/// The kept plan of a statement, made if need be. To be called between SPI_connect() and SPI_finish().
SPIPlanPtr kept_plan(Oid table, int statement, const char* sql, int arguments, const Oid* types);

}  // namespace objectset::pg
