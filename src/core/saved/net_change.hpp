// What many changes of a set come to, one after the other: who entered and who left between the first and the last.
//
// So a set as it was is found in one pass over the changes since, without making the sets in between; or over those before,
// whichever are fewer.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

class NetChange {
 public:
  /// One more, after those so far. Copies what it needs of both.
  void then(const SetView& entered, const SetView& departed);
  SetView entered() const& noexcept { return entered_; }
  SetView departed() const& noexcept { return departed_; }

  /// What a set was before these changes. Stands alone.
  Set undone_from(const SetView& after) const&;

 private:
  Set entered_;
  Set departed_;
};

}  // namespace objectset
