// The places of rows that an index found, gathered to be fetched in the order that they stand in the table: each page
// is then visited once, as a bitmap scan does.
//
// The one idea: places are numbers of 48 bits, and an array of numbers is sorted by its digits in the time of a few copies.
// A set would be smaller, but every page of a table would be a container of its own in it.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "storage/itemptr.h"
}

#include "core/base/memory.hpp"

namespace objectset::pg {

/// Plain data. What it holds is in a context of its own.
struct Places {
  MemoryContext context;  // nullptr: never begun
  Buffer<Id>* numbers;
  Size room;   // for so many of them,
  Size most;   // which grows no further than to these while there are no more
  Size given;  // once they are sorted
};

/// What memory a place takes while places are sorted.
inline constexpr uint64 bytes_per_place = 2 * sizeof(Id);

/// Zone A. Begins with none, in a context below `parent`; what was gathered before is forgotten. No more memory is taken
/// than `most` places need, until there are more.
void begin_places(Places* places, Size most, MemoryContext parent);
void add_place(Places* places, ItemPointer place);
/// All are there: they may be asked for.
void sort_places(Places* places);
/// The next one in the order of the table, each once; false at the end.
bool next_place(Places* places, ItemPointer place);

}  // namespace objectset::pg
