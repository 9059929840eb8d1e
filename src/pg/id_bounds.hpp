// What comparisons say of an id: between which numbers it lies where they are true.
#pragma once

#include "pg/column_statistics.hpp"

#include "core/planning/scan_cost.hpp"

namespace objectset::pg {

/// Ids that are in both.
inline IdBounds both_bounds(const IdBounds& a, const IdBounds& b) {
  const IdBounds both = {a.first > b.first ? a.first : b.first, a.last < b.last ? a.last : b.last};
  return both.first > both.last ? IdBounds{0, -1} : both;
}

/// How many ids there can be; 0 of none.
inline double span_of(const IdBounds& bounds) {
  const double span = static_cast<double>(bounds.last) - static_cast<double>(bounds.first) + 1;
  return span > 0 ? span : 0;
}

/// Ids that compare so with one, by a strategy of btree.
IdBounds compared_with(int strategy, Id id);

/// Ids that an expression has in rows that satisfy all conditions, as far as constants in them tell.
IdBounds bounds_by(const List* conditions, Expr* operand);

/// What an expression of a domain, or of another type of the same form, is made of.
Expr* without_relabels(Expr* expression);

}  // namespace objectset::pg
