// Questions about large stored sets, answered from slices of their TOAST values: a few pages are read, not all.
#pragma once

#include "datum.hpp"

#include "core/probe.hpp"

namespace objectset::pg {

struct SliceAnswer {
  bool known;   // if not, the whole set must be asked
  bool found;   // as Probe::found()
  int64 value;  // as Probe::answer()
};

/// Zones A to D. Known only of a value that is stored apart and that the session has not opened already
/// (session_cache.hpp): of those the whole set is the quicker to ask.
SliceAnswer ask_slices(Datum datum, Question question, int64 argument);

/// So many ids are read from slices at the most.
inline constexpr Size max_page = 1024;

/// Zones A to D, and known as above: the ids from a position on (0 is the smallest), as many as `room`. The number of
/// them is the answer.
SliceAnswer read_page(Datum datum, uint64 position, Id* ids, Size room);

/// Zones A to D: up to `limit` ids after the `offset` smallest, as a set; read from slices where that can be.
Datum slice_of(Datum datum, uint64 offset, uint64 limit);

}  // namespace objectset::pg
