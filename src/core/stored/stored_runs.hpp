// The runs of consecutive ids of a set in stored form: read from its streams, which tell most of them without a look
// at each id.
#pragma once

#include <algorithm>

#include "core/roaring/roaring_stream.hpp"
#include "core/set/set_view.hpp"

namespace objectset {

/// Calls visit(first, last), both included, for each run of consecutive ids, in ascending order and as long as they
/// can be. `stored` is the view of a StoredSet. `visit` returns false to stop; it may be asked on until the end of a
/// block of 65,536 ids.
template <class Visit>
void for_each_run(const SetView& stored, Visit&& visit) {
  constexpr std::size_t ids_per_check = 1 << 16;
  bool is_open = false;  // a run that may go on
  Id first = 0;
  Id last = 0;
  const auto add = [&](Id next_first, Id next_last) {
    if (is_open && next_first == last + 1) {  // a run that ends at the largest id is the last one
      last = next_last;
      return true;
    }
    const bool go_on = !is_open || visit(first, last);
    is_open = true;
    first = next_first;
    last = next_last;
    return go_on;
  };
  bool go_on = true;
  zip(
      stored, SetView(),
      [&](Span<Id> ids, Span<Id>) {
        for (std::size_t i = 0; i < ids.size() && go_on; ++i) {
          if (i % ids_per_check == 0) check_interrupts();
          go_on = add(ids[i], ids[i]);
        }
        return go_on;
      },
      [&](std::int32_t high, const DenseRange* range, Span<Id>, const DenseRange*, Span<Id>) {
        Container container;
        for (StreamWalker walker(range->stream, range->stream_size);
             go_on && walker.next(container);) {
          check_interrupts();
          const Id base = make_id(high, std::uint32_t{container.key} << 16);
          for_each_run_in(container, [&](std::uint32_t low_first, std::uint32_t low_last) {
            go_on = add(base + low_first, base + low_last) && go_on;
          });
        }
        return go_on;
      });
  if (is_open && go_on) visit(first, last);
}

/// How many runs there are; where they are more than `enough`, some number above that.
inline std::uint64_t count_runs(const SetView& stored, std::uint64_t enough) {
  std::uint64_t count = 0;
  for_each_run(stored, [&](Id, Id) { return ++count <= enough; });
  return count;
}

}  // namespace objectset
