// A set that stays the same from row to row, detoasted and opened once: for tests of membership in a scan.
//
// The one idea: a call site keeps the last few sets it saw, each under a key that only that very value has: a
// TOAST pointer (its value never changes in place; the key is good for one state of the database), or the
// address, size and checksum of bytes in memory.
#pragma once

#include "pg/datum.hpp"

namespace objectset::pg {

/// Whether argument n is a value that is stored apart and that this call site did not see just before. To prepare it
/// is worth its cost only if it comes again.
bool is_first_use(FunctionCallInfo fcinfo, int n);

/// The set that argument n shows, prepared. It stays as it is at least until the next call from the same site.
/// Zone A: may raise. Nothing to release.
const SetView& prepared_set(FunctionCallInfo fcinfo, int n);

}  // namespace objectset::pg
