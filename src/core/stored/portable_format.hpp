// Sets in the published Roaring formats (https://github.com/RoaringBitmap/RoaringFormatSpec), as ClickHouse,
// Spark, Java, Go and Python read and write them: the 64-bit portable form, ids as unsigned two's complement
// (so ids from 0 come before negative ones), and the 32-bit portable form for ids from 0 to 2^32 - 1.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

inline constexpr std::size_t portable64_overhead = 8;        // the number of ranges
inline constexpr std::size_t portable64_range_overhead = 4;  // the upper half before each stream

/// The bytes that sorted ids take in 64-bit portable form, beyond portable64_overhead.
std::size_t portable64_size_of_sparse(Span<Id> ids);

/// Appends the 64-bit portable form. The set must be one that is stored (StoredSet), so that equal sets give
/// equal bytes.
void write_portable64(const SetView& stored, Buffer<char>& out);
/// Appends the 32-bit portable form, of a set likewise; raises out_of_range for other ids.
void write_portable32(const SetView& stored, Buffer<char>& out);

/// Reads bytes from outside; raises invalid_binary for anything but one whole bitmap, every container of which
/// is sound.
Set read_portable64_untrusted(const char* bytes, std::size_t size);
Set read_portable32_untrusted(const char* bytes, std::size_t size);

}  // namespace objectset
