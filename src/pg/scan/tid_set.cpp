#include "pg/scan/tid_set.hpp"

#include <new>

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
  guarded(places->context, [&] {
    for (Size i = 0; i < places->count; ++i) places->builder->add(places->batch[i]);
  });
  places->gathered += places->count;
  places->count = 0;
}

}  // namespace

void begin_places(Places* places, MemoryContext parent) {
  if (places->context == nullptr) {
    places->context = AllocSetContextCreate(parent, "places of rows", ALLOCSET_DEFAULT_SIZES);
  } else {
    MemoryContextReset(places->context);
  }
  places->builder = new (MemoryContextAlloc(places->context, sizeof(SetBuilder))) SetBuilder();
  places->batch = static_cast<Id*>(MemoryContextAlloc(places->context, sizeof(Id) * batch_size));
  places->cursor = nullptr;
  places->count = 0;
  places->given = 0;
  places->gathered = 0;
}

void add_place(Places* places, ItemPointer place) {
  places->batch[places->count++] = number_of(place);
  if (places->count == batch_size) empty_batch(places);
}

void sort_places(Places* places) {
  empty_batch(places);
  guarded(places->context, [&] {
    void* const place = allocate(sizeof(Cursor));
    places->cursor = new (place) Cursor(places->builder->finish());
  });
}

bool next_place(Places* places, ItemPointer place) {
  if (places->given == places->count) {
    places->count = places->cursor->next(places->batch, batch_size);
    places->given = 0;
    if (places->count == 0) return false;
  }
  set_place(place, places->batch[places->given++]);
  return true;
}

}  // namespace objectset::pg
