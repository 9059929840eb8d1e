// The places of rows that an index found, gathered to be fetched in the order that they stand in the table: each page
// is then visited once, as a bitmap scan does.
//
// The one idea: places are numbers, and numbers are what sets are good at: they are gathered as a set is built.
#pragma once

#include "pg/datum.hpp"

extern "C" {
#include "storage/itemptr.h"
}

#include "core/set/set_builder.hpp"

namespace objectset::pg {

/// Plain data. What it holds is in a context of its own.
struct Places {
  MemoryContext context;  // nullptr: never begun
  SetBuilder* builder;
  Cursor* cursor;
  Id* batch;   // places on their way into the builder, or out of the set
  Size count;  // in the batch
  Size given;
  uint64 gathered;
};

/// Zone A. Begins with none, in a context below `parent`; what was gathered before is forgotten.
void begin_places(Places* places, MemoryContext parent);
void add_place(Places* places, ItemPointer place);
/// All are there: they may be asked for.
void sort_places(Places* places);
/// The next one in the order of the table; false at the end.
bool next_place(Places* places, ItemPointer place);

}  // namespace objectset::pg
