// Sets in what EXPLAIN prints: a few words in place of thousands of ids.
//
// The one idea: a plan's literals are printed by the output function of their type, wherever they stand in it. So that
// function is brief while EXPLAIN prints a plan, and never while a query is planned or run: an EXPLAIN that executes its
// query changes nothing of what that does.
#pragma once

#include "pg/prelude.hpp"

#include "core/set/set_view.hpp"

namespace objectset::pg {

/// Hooks EXPLAIN and the executor. Called once, as the module is loaded.
void install_explain();

/// Whether EXPLAIN is printing a plan now.
bool is_plan_printed() noexcept;

/// Sets of no more ids are printed whole.
inline constexpr std::uint64_t few_ids = 10;

/// objectset (100000 ids, 1..2000000)
char* describe(const SetView& set);

}  // namespace objectset::pg
