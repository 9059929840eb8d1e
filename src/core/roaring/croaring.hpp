// CRoaring, opened privately: the functions used here, in one table filled from a copy of the shared library
// that nobody else in the process sees.
//
// Why not link it: a server loads modules with global symbol scope, and another module may export its own
// `roaring_*` functions (pg_roaringbitmap does) or share the library and install memory hooks in it. In a link
// namespace of its own (dlmopen) the library can neither be answered for nor be hooked by anyone, in either
// load order. Its memory comes from memory.hpp.
#pragma once

#include <roaring/roaring.h>

namespace objectset {

static_assert(
    ROARING_VERSION_MAJOR >= 4,
    "objectset needs CRoaring 4 or later: run `make setup`, or install libroaring-dev from a "
    "newer Debian suite");

#define OBJECTSET_CROARING_FUNCTIONS(X) \
  X(bitmap_add_many)                    \
  X(bitmap_add_offset)                  \
  X(bitmap_add_range_closed)            \
  X(bitmap_and)                         \
  X(bitmap_and_cardinality)             \
  X(bitmap_and_inplace)                 \
  X(bitmap_andnot)                      \
  X(bitmap_andnot_inplace)              \
  X(bitmap_contains)                    \
  X(bitmap_contains_bulk)               \
  X(bitmap_copy)                        \
  X(bitmap_create_with_capacity)        \
  X(bitmap_equals)                      \
  X(bitmap_free)                        \
  X(bitmap_get_cardinality)             \
  X(bitmap_internal_validate)           \
  X(bitmap_intersect)                   \
  X(bitmap_is_subset)                   \
  X(bitmap_lazy_or_inplace)             \
  X(bitmap_lazy_xor_inplace)            \
  X(bitmap_maximum)                     \
  X(bitmap_minimum)                     \
  X(bitmap_or)                          \
  X(bitmap_or_inplace)                  \
  X(bitmap_portable_deserialize_frozen) \
  X(bitmap_portable_deserialize_safe)   \
  X(bitmap_portable_deserialize_size)   \
  X(bitmap_portable_serialize)          \
  X(bitmap_portable_size_in_bytes)      \
  X(bitmap_rank)                        \
  X(bitmap_remove_many)                 \
  X(bitmap_remove_range_closed)         \
  X(bitmap_repair_after_lazy)           \
  X(bitmap_run_optimize)                \
  X(bitmap_select)                      \
  X(bitmap_xor)                         \
  X(bitmap_xor_inplace)                 \
  X(init_memory_hook)                   \
  X(iterator_init)                      \
  X(iterator_init_last)                 \
  X(uint32_iterator_advance)            \
  X(uint32_iterator_move_equalorlarger) \
  X(uint32_iterator_previous)           \
  X(uint32_iterator_read)

/// Named as CRoaring names them, without the `roaring_` before.
struct CRoaring {
#define OBJECTSET_DECLARE(name) decltype(&::roaring_##name) name;
  OBJECTSET_CROARING_FUNCTIONS(OBJECTSET_DECLARE)
#undef OBJECTSET_DECLARE
};

/// Filled by open_croaring(), which must have succeeded before anything else in core is called.
extern CRoaring croaring;

/// Opens the library once in a process; later calls do nothing. Returns nullptr, or the reason it cannot be
/// used (static storage).
const char* open_croaring() noexcept;

}  // namespace objectset
