// Sets as the algebra gets them, for random programs: in all the shapes that one may have.
#pragma once

#include <optional>

#include "core/roaring/roaring_stream.hpp"
#include "support.hpp"

namespace objectset::test {

/// A set as it is, or viewed in its stored bytes.
class Operand {
 public:
  Operand(const SetView& set, bool is_stored) : set_(set) {
    if (is_stored) stored_.emplace(set_);
  }
  SetView view() const { return stored_ ? stored_->view() : set_; }

 private:
  SetView set_;
  std::optional<Stored> stored_;
};

/// The set of ascending ids in which every range is a bitmap, as long as there are few.
inline Set set_of_bitmaps(const Span<Id>& ids) {
  Set set;
  unsigned ranges = 0;
  for (Span<Id> left = ids; !left.empty();) {
    const Span<Id> here = ids_of_range(left, high_of(left.front()));
    if (++ranges <= 5) {
      set.append_dense(high_of(here.front()), make_bitmap(here));
    } else {
      set.append_sparse(here);
    }
    left = Span<Id>(here.end(), left.end());
  }
  return set;
}

}  // namespace objectset::test
