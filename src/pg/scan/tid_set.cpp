#include "pg/scan/tid_set.hpp"

#include <algorithm>
#include <new>

#include "core/set/set_builder.hpp"

namespace objectset::pg {
namespace {

constexpr Size batch_size = 4096;

Id number_of(ItemPointer place) {
  return static_cast<Id>(ItemPointerGetBlockNumberNoCheck(place)) << 16 |
         ItemPointerGetOffsetNumberNoCheck(place);
}

void set_place(ItemPointer place, Id number) {
  ItemPointerSet(place, static_cast<BlockNumber>(number >> 16),
                 static_cast<OffsetNumber>(number & 0xffff));
}

void empty_batch(Places* places) {
  const Size needed = places->numbers->size() + places->count;
  guarded(places->context, [&] {
    if (needed > places->room) {
      places->room = std::max(needed, std::min(2 * needed, places->most));
      places->numbers->reserve(places->room);
    }
    places->numbers->append(places->batch, places->count);
  });
  places->count = 0;
}

}  // namespace

void begin_places(Places* places, Size most, MemoryContext parent) {
  if (places->context == nullptr) {
    places->context = AllocSetContextCreate(parent, "places of rows", ALLOCSET_DEFAULT_SIZES);
  } else {
    MemoryContextReset(places->context);
  }
  places->numbers = new (MemoryContextAlloc(places->context, sizeof(Buffer<Id>))) Buffer<Id>();
  places->batch = static_cast<Id*>(MemoryContextAlloc(places->context, sizeof(Id) * batch_size));
  places->count = 0;
  places->given = 0;
  places->room = 0;
  places->most = most;
}

void add_place(Places* places, ItemPointer place) {
  places->batch[places->count++] = number_of(place);
  if (places->count == batch_size) empty_batch(places);
}

void sort_places(Places* places) {
  empty_batch(places);
  guarded(places->context, [&] { sort_ids(*places->numbers); });
}

bool next_place(Places* places, ItemPointer place) {
  const Buffer<Id>& numbers = *places->numbers;
  if (places->given == numbers.size()) return false;
  const Id number = numbers[places->given];
  // Several indexes may have found a row.
  while (places->given < numbers.size() && numbers[places->given] == number) ++places->given;
  set_place(place, number);
  return true;
}

}  // namespace objectset::pg
