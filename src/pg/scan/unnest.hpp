// The scan of a set in FROM: `FROM unnest(set) AS id`, and objectset_elements() without a number of rows.
//
// The one idea: the server's own scan of a function stores all rows before it gives the first. A set is in order already,
// knows how many ids it has between any two, and can be entered anywhere: so its ids come straight out of it, in order or
// against it, from the first that conditions on the id let through, and no further than somebody asks.
//
//   unnest_paths.cpp    offers such scans to the planner
//   unnest_execute.cpp  runs them
#pragma once

#include "pg/scan/scan.hpp"

namespace objectset::pg {

/// The expressions of a plan, in custom_exprs: the call, then conditions, comparisons with the id on their left. The ids are
/// the first column of the rows, and where somebody asks for whole rows these are the second.
enum UnnestExpression { unnest_call, first_unnest_bound };

/// custom_private of a plan: whether it begins with the greatest id, a Const. Nodes, since Citus looks at the first one in
/// every plan, to see whether that is its own.
enum UnnestPrivate { unnest_is_descending };

extern const CustomScanMethods unnest_methods;

inline bool is_null_constant(const Node* node) {
  return IsA(node, Const) && reinterpret_cast<const Const*>(node)->constisnull;
}

}  // namespace objectset::pg
