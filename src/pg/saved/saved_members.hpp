// The members of a row of a set table, as queries ask for them: `s.members`, which is members(s).
#pragma once

#include "pg/prelude.hpp"

namespace objectset::pg {

/// The columns that members are computed of, in the order of objectset_members_of's arguments.
inline constexpr int member_parts = 4;
inline constexpr const char* member_columns[member_parts] = {"base", "added", "removed", "deleted"};

/// Zone D: a row of this type has no members.
[[noreturn]] void raise_no_set_row(Oid row_type);

/// Hooks the planner. Called once, as the module is loaded.
void install_members();

}  // namespace objectset::pg
