// A set that stays the same from row to row, detoasted and opened once: for tests of membership in a scan.
//
// The one idea: a call site keeps the last few sets it saw, each under a key that only that very value has: a
// TOAST pointer (its value never changes in place; the key is good for one state of the database), the place of a
// constant in the query, or all of its bytes. Nothing less will do: another value may come to stand at an address, and
// whoever chooses sets can choose two of one size and checksum.
#pragma once

#include "pg/datum.hpp"

namespace objectset::pg {

/// Whether argument n is a value that is stored apart and that this call site did not see just before. To prepare it
/// is worth its cost only if it comes again.
bool is_first_use(FunctionCallInfo fcinfo, int n);

/// Whether argument n is at hand, and so long that to know it again would take longer than to look into it anew.
bool is_better_asked_in_place(FunctionCallInfo fcinfo, int n);

/// Whether an id is in the set that argument n shows, which is prepared and kept for the next call from the same site.
/// Zone A: may raise.
bool is_in_prepared(FunctionCallInfo fcinfo, int n, Id id);

}  // namespace objectset::pg
