#include "core/saved/net_change.hpp"

namespace objectset {
namespace {

// Moves ids in: what had gone the other way is back where it was, the rest has gone this way.
void move(const SetView& ids, Set* back, Set* forth) {
  if (is_empty(ids)) return;
  Set returned = combine(Operation::intersect, ids, *back);
  if (is_empty(returned)) {
    forth->apply(Operation::unite, ids);
    forth->keep();
    return;
  }
  returned.keep();
  const Set others = combine(Operation::minus, ids, returned);
  forth->apply(Operation::unite, others);
  forth->keep();
  back->apply(Operation::minus, returned);
  back->keep();
}

}  // namespace

void NetChange::then(const SetView& entered, const SetView& departed) {
  move(entered, &departed_, &entered_);
  move(departed, &entered_, &departed_);
}

Set NetChange::undone_from(const SetView& after) const& {
  const Set rest = combine(Operation::minus, after, entered_);
  Set result = combine(Operation::unite, rest, departed_);
  result.keep();
  return result;
}

}  // namespace objectset
