// A change of a bitmap that is made beside it: all that takes memory, or can be cut off, is done before the bitmap is
// touched, so that a change that fails has changed nothing.
//
// The one idea: an operation with another bitmap makes anew only containers, of up to 65,536 ids each, whose keys the
// other bitmap has, and puts them in the first one's arrays when all are made. A container of bits that remains one is not
// even copied: its bits are changed where they are, then.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// A new bitmap: a <operation> b.
roaring_bitmap_t* combine_bitmaps(Operation operation, const roaring_bitmap_t* a,
                                  const roaring_bitmap_t* b);

/// A change of bits where they are, by a container of the other bitmap. It takes no memory.
struct BitsChange {
  Operation operation;
  roaring::internal::container_t* bits;
  const roaring::internal::container_t* other;
  std::uint8_t other_type;
  std::int32_t cardinality;  // afterwards
};

/// A change that is ready to be made. Plain data, which owns nothing: what was prepared and is not made is left behind, to
/// be taken back with the memory (Rollback in memory.hpp).
struct BitmapChange {
  roaring_bitmap_t* target;
  roaring_bitmap_t* fresh;     // the containers that come in
  roaring_bitmap_t* replaced;  // shows those of the target that go
  roaring_bitmap_t* grown;     // empty, with room for all; nullptr where the target has that
  std::uint64_t cardinality;   // how many ids the target will have
};

/// Prepares target = target <operation> other, where the target has so many ids now. What is done to bits where they are
/// is added to `bits`: `other` has to stay until that is made.
BitmapChange prepare_change(Operation operation, roaring_bitmap_t* target,
                            std::uint64_t cardinality, const roaring_bitmap_t* other,
                            Buffer<BitsChange>& bits);

void make_change(const BitsChange& change) noexcept;
/// Where there are changes of bits, too, they come first.
void make_change(const BitmapChange& change) noexcept;

/// Adds an id that is not there, or removes one that is. Where that needs memory it is prepared beside the bitmap, too.
void change_one(bool add, roaring_bitmap_t* target, std::uint32_t low);

}  // namespace objectset
