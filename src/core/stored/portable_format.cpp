#include "core/stored/portable_format.hpp"

#include <cstdio>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/roaring/roaring_stream.hpp"

namespace objectset {
namespace {

[[noreturn]] void fail_binary(const char* what) {
  fail_with(ErrorCode::invalid_binary, "invalid binary form of an object set", nullptr, "%s", what);
}

// Calls use(high, ids) for each range among sorted ids.
template <class Use>
void for_each_range(Span<Id> ids, Use&& use) {
  while (!ids.empty()) {
    check_interrupts();
    const Span<Id> here = front_range(ids);
    use(high_of(ids.front()), here);
    ids = Span<Id>(here.end(), ids.end());
  }
}

// Appends the canonical stream of sorted ids of one range.
void append_stream(Span<Id> ids, Buffer<char>& out) {
  roaring_bitmap_t* bitmap = make_bitmap(ids);
  croaring.bitmap_run_optimize(bitmap);  // canonical at once: from arrays, no ties
  char* to = out.extend(croaring.bitmap_portable_size_in_bytes(bitmap));
  croaring.bitmap_portable_serialize(bitmap, to);
  croaring.bitmap_free(bitmap);
}

// What CRoaring reads past: where the containers are said to be, and how many ids the runs are said to have.
bool headers_are_sound(const char* bytes, std::size_t size, const char*& reason) noexcept {
  StreamWalker walker(bytes, size);
  Container container;
  while (walker.next(container)) {
    if (container.kind != ContainerKind::run) continue;
    std::uint64_t ids = 0;
    for_each_run_in(container,
                    [&](std::uint32_t first, std::uint32_t last) { ids += last - first + 1; });
    if (ids == container.cardinality) continue;
    reason = "cardinality of runs is incorrect";
    return false;
  }
  reason = "offset of a container is incorrect";
  return walker.ok();
}

// The bitmap at the front of the bytes, and how long it is.
roaring_bitmap_t* read_stream_untrusted(const char* bytes, std::size_t size, std::size_t& used) {
  used = croaring.bitmap_portable_deserialize_size(bytes, size);
  if (used == 0) fail_binary("A bitmap is cut short or has no valid header.");
  roaring_bitmap_t* bitmap = croaring.bitmap_portable_deserialize_safe(bytes, used);
  if (bitmap == nullptr) fail_binary("A bitmap cannot be read.");
  const char* reason = nullptr;
  if (croaring.bitmap_internal_validate(bitmap, &reason) &&
      headers_are_sound(bytes, used, reason)) {
    return bitmap;
  }
  croaring.bitmap_free(bitmap);
  fail_with(ErrorCode::invalid_binary, "invalid binary form of an object set", nullptr,
            "A bitmap is not sound: %s.", reason == nullptr ? "no reason given" : reason);
}

bool begins_as_portable32(const char* bytes, std::size_t size) noexcept {
  if (size < 8) return false;
  const auto cookie = load<std::uint32_t>(bytes);
  return cookie == cookie_without_runs || (cookie & 0xffff) == cookie_with_runs;
}

bool begins_as_portable64(const char* bytes, std::size_t size) noexcept {
  if (size < portable64_overhead || load<std::uint32_t>(bytes + 4) != 0) return false;
  constexpr std::size_t first_stream = portable64_overhead + portable64_range_overhead;
  if (load<std::uint64_t>(bytes) == 0) return size == portable64_overhead;
  return size > first_stream && begins_as_portable32(bytes + first_stream, size - first_stream);
}

// Whoever has bytes of the other form is told what reads them.
template <class Read>
Set read_or_hint(Read&& read, bool begins_as_other, const char* hint) {
  try {
    return read();
  } catch (Error& error) {
    if (begins_as_other && error.code == ErrorCode::invalid_binary) {
      std::snprintf(error.hint, sizeof error.hint, "%s", hint);
    }
    throw;
  }
}

Set read_portable64(const char* bytes, std::size_t size) {
  if (size < portable64_overhead) fail_binary("It is shorter than its header.");
  const auto ranges = load<std::uint64_t>(bytes);
  const char* at = bytes + portable64_overhead;
  const char* const end = bytes + size;
  Set from_zero;
  Set negative;
  std::int64_t previous = -1;
  for (std::uint64_t i = 0; i < ranges; ++i) {
    check_interrupts();
    if (static_cast<std::size_t>(end - at) < portable64_range_overhead) {
      fail_binary("It is cut short.");
    }
    const auto high = load<std::uint32_t>(at);
    at += portable64_range_overhead;
    if (high <= previous) fail_binary("Its ranges are not in ascending order.");
    previous = high;
    std::size_t used;
    roaring_bitmap_t* bitmap = read_stream_untrusted(at, static_cast<std::size_t>(end - at), used);
    at += used;
    const auto signed_high = static_cast<std::int32_t>(high);
    (signed_high < 0 ? negative : from_zero).append_dense(signed_high, bitmap);
  }
  if (at != end) fail_binary("Bytes are left over after its end.");
  negative.apply(Operation::unite, from_zero);
  negative.adopt(from_zero);
  return negative;
}

Set read_portable32(const char* bytes, std::size_t size) {
  std::size_t used;
  roaring_bitmap_t* bitmap = read_stream_untrusted(bytes, size, used);
  Set result;
  result.append_dense(0, bitmap);
  if (used != size) fail_binary("Bytes are left over after its end.");
  return result;
}

}  // namespace

std::size_t portable64_size_of_sparse(Span<Id> ids) {
  std::size_t size = 0;
  for_each_range(ids, [&](std::int32_t, Span<Id> here) {
    size += portable64_range_overhead + canonical_stream_size(here.data(), here.size());
  });
  return size;
}

void write_portable64(const SetView& stored, Buffer<char>& out) {
  const std::size_t begin = out.size();
  std::size_t size = portable64_overhead + portable64_size_of_sparse(stored.sparse);
  for (const DenseRange& range : stored.dense) {
    size += portable64_range_overhead + range.stream_size;
  }
  out.reserve(begin + size);
  out.extend(portable64_overhead);
  std::uint64_t ranges = 0;
  const auto write_head = [&](std::int32_t high) {
    ++ranges;
    out.append(reinterpret_cast<const char*>(&high), sizeof high);
  };
  const auto write_part = [&](const SetView& part) {
    zip(
        part, SetView(),
        [&](Span<Id> ids, Span<Id>) {
          for_each_range(ids, [&](std::int32_t high, Span<Id> here) {
            write_head(high);
            append_stream(here, out);
          });
          return true;
        },
        [&](std::int32_t high, const DenseRange* range, Span<Id>, const DenseRange*, Span<Id>) {
          check_interrupts();
          write_head(high);
          copy_bytes(out.extend(range->stream_size), range->stream, range->stream_size);
          return true;
        });
  };
  // Unsigned order: ids from 0 first, then the negative ones.
  const Set from_zero = between(stored, 0, INT64_MAX);
  write_part(from_zero);
  const Set negative = between(stored, INT64_MIN, -1);
  write_part(negative);
  store(out.data() + begin, ranges);
}

void write_portable32(const SetView& stored, Buffer<char>& out) {
  if (is_empty(stored)) {
    append_stream(Span<Id>(), out);
    return;
  }
  if (minimum(stored) < 0 || maximum(stored) > Id{UINT32_MAX}) {
    fail_with(ErrorCode::out_of_range, "object set does not fit the 32-bit form",
              "Use the 64-bit form.", "It has ids outside 0 to 4294967295.");
  }
  if (stored.dense.empty()) {
    append_stream(stored.sparse, out);
  } else {
    const DenseRange& range = stored.dense.front();
    copy_bytes(out.extend(range.stream_size), range.stream, range.stream_size);
  }
}

Set read_portable64_untrusted(const char* bytes, std::size_t size) {
  return read_or_hint([&] { return read_portable64(bytes, size); },
                      begins_as_portable32(bytes, size),
                      "It begins as the 32-bit form does, which objectset_from_roaring32 reads.");
}

Set read_portable32_untrusted(const char* bytes, std::size_t size) {
  return read_or_hint([&] { return read_portable32(bytes, size); },
                      begins_as_portable64(bytes, size),
                      "It begins as the 64-bit form does, which objectset_from_roaring64 reads.");
}

}  // namespace objectset
