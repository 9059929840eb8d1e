#include "pg/scan/tid_set.hpp"

#include <algorithm>
#include <new>

#include "core/set/set_builder.hpp"

namespace objectset::pg {
namespace {

Id number_of(ItemPointer place) {
  return static_cast<Id>(ItemPointerGetBlockNumberNoCheck(place)) << 16 |
         ItemPointerGetOffsetNumberNoCheck(place);
}

void set_place(ItemPointer place, Id number) {
  ItemPointerSet(place, static_cast<BlockNumber>(number >> 16),
                 static_cast<OffsetNumber>(number & 0xffff));
}

// Twice as many, but no more than there are to be, until those are there.
void make_room(Places* places) {
  constexpr Size least = 512;
  const Size wanted = std::max(least, 2 * places->room);
  const Size room = places->room < places->most ? std::min(wanted, places->most) : wanted;
  guarded(places->context, [&] { places->numbers->reserve(room); });
  places->room = room;
}

}  // namespace

void begin_places(Places* places, Size most, MemoryContext parent) {
  if (places->context == nullptr) {
    places->context = AllocSetContextCreate(parent, "places of rows", ALLOCSET_DEFAULT_SIZES);
  } else {
    MemoryContextReset(places->context);
  }
  places->numbers = new (MemoryContextAlloc(places->context, sizeof(Buffer<Id>))) Buffer<Id>();
  places->room = 0;
  places->most = most;
  places->given = 0;
}

void add_place(Places* places, ItemPointer place) {
  if (places->numbers->size() == places->room) make_room(places);
  places->numbers->push_back(number_of(place));
}

void sort_places(Places* places) {
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
