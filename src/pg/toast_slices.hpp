// Questions about large stored sets, answered from slices of their TOAST values: a few pages are read, not all.
#pragma once

#include "pg/datum.hpp"

#include "core/stored/partial_overlap.hpp"
#include "core/stored/partial_query.hpp"

namespace objectset::pg {

struct SliceAnswer {
  bool known;   // if not, the whole set must be asked
  bool found;   // as Probe::found()
  int64 value;  // as Probe::answer()
};

/// So many ids are read from slices at the most.
inline constexpr Size max_page = 1024;

/// A value to be asked about: questions in turn share what was read for them. Plain data. Zones A to D.
///
/// Answers are known only of a value that is stored apart and that the session has not opened already
/// (session_cache.hpp): of those the whole set is the quicker to ask.
class Slices {
 public:
  explicit Slices(Datum datum);
  /// Whether anything may be known.
  bool can_be_asked() const { return value_ != nullptr; }

  SliceAnswer ask(Question question, int64 argument);
  /// The ids from a position on (0 is the smallest), or from an id on, as many as `room`. The number of them is the
  /// answer.
  SliceAnswer read_page(uint64 position, Id* ids, Size room);
  SliceAnswer read_page_from(Id first, Id* ids, Size room);
  /// The last ids up to one, that one included; ascending, too.
  SliceAnswer read_page_to(Id last, Id* ids, Size room);

 private:
  SliceAnswer run();

  struct varlena* value_;  // nullptr where nothing is to be known
  Probe probe_;
};

/// Zone A: these bytes of a value that is stored apart.
struct varlena* read_slice(struct varlena* value, const Parts::Part& part);

inline SliceAnswer ask_slices(Datum datum, Question question, int64 argument) {
  return Slices(datum).ask(question, argument);
}

/// Zones A to D: the same of a value that is at hand, in the bytes where they stand.
SliceAnswer ask_in_place(Datum datum, Question question, int64 argument);

/// The set that is so much larger than the other of two, stored apart and not opened by the session, that the other may
/// tell which little of it is to be read: 0 or 1; -1 where there is none.
int much_larger(Datum a, Datum b);

/// Zones A to D: reads what `large`, as much_larger() found it, may share with a set that stays in the current memory
/// context. False where the whole is to be read: it takes no more, or has been asked about so often that it is better
/// kept (session_cache.hpp).
bool read_excerpt(Datum large, Excerpt& excerpt);

/// Zones A to D: up to `limit` ids after the `offset` smallest, as a set; read from slices where that can be.
Datum slice_of(Datum datum, uint64 offset, uint64 limit);

}  // namespace objectset::pg
