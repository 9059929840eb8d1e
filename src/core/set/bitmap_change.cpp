#include "core/set/bitmap_change.hpp"

#include <roaring/containers/containers.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/bytes.hpp"

namespace objectset {
namespace {

using Containers = roaring_array_t;
using Array = roaring::internal::array_container_t;
using Bits = roaring::internal::bitset_container_t;
using Runs = roaring::internal::run_container_t;

constexpr std::int32_t max_containers = 65536;
constexpr std::int32_t max_array = roaring::internal::DEFAULT_MAX_SIZE;

Containers& containers_of(roaring_bitmap_t* bitmap) noexcept { return bitmap->high_low_container; }

const Containers& containers_of(const roaring_bitmap_t* bitmap) noexcept {
  return bitmap->high_low_container;
}

roaring_bitmap_t* new_bitmap(std::int32_t capacity) {
  return croaring.bitmap_create_with_capacity(static_cast<std::uint32_t>(capacity));
}

// The first position from `from` on whose key is not below `key`. Mostly it is the next one.
std::int32_t find_key(const Containers& in, std::int32_t from, std::uint16_t key) noexcept {
  if (from >= in.size || in.keys[from] >= key) return from;
  return static_cast<std::int32_t>(std::lower_bound(in.keys + from, in.keys + in.size, key) -
                                   in.keys);
}

bool has_key(const Containers& in, std::int32_t at, std::uint16_t key) noexcept {
  return at < in.size && in.keys[at] == key;
}

void copy_entry(const Containers& from, std::int32_t i, Containers& to, std::int32_t j) noexcept {
  to.keys[j] = from.keys[i];
  to.containers[j] = from.containers[i];
  to.typecodes[j] = from.typecodes[i];
}

void append_entry(const Containers& from, std::int32_t i, Containers& to) noexcept {
  copy_entry(from, i, to, to.size++);
}

// Frees a bitmap whose containers are somebody else's.
void free_arrays(roaring_bitmap_t* bitmap) noexcept {
  containers_of(bitmap).size = 0;
  croaring.bitmap_free(bitmap);
}

std::int32_t count_common(const Containers& a, const Containers& b) noexcept {
  std::int32_t count = 0;
  std::int32_t at = 0;
  for (std::int32_t i = 0; i < b.size; ++i) {
    at = find_key(a, at, b.keys[i]);
    count += has_key(a, at, b.keys[i]) ? 1 : 0;
  }
  return count;
}

// A bitmap with room for so many containers more than `target` has, and for others to come; nullptr where that has it.
roaring_bitmap_t* make_room(const roaring_bitmap_t* target, std::int32_t more) {
  const Containers& now = containers_of(target);
  const std::int32_t needed = now.size + more;
  if (needed <= now.allocation_size) return nullptr;
  return new_bitmap(std::min(needed + needed / 4 + 4, max_containers));
}

void move_to_grown(Containers& target, roaring_bitmap_t* grown) noexcept {
  Containers& to = containers_of(grown);
  const auto size = static_cast<std::size_t>(target.size);
  if (size != 0) {
    std::memcpy(to.containers, target.containers, size * sizeof *to.containers);
    std::memcpy(to.keys, target.keys, size * sizeof *to.keys);
    std::memcpy(to.typecodes, target.typecodes, size * sizeof *to.typecodes);
  }
  to.size = target.size;
  std::swap(target, to);
  free_arrays(grown);
}

// Takes out what is replaced by nothing.
void drop_entries(Containers& target, const Containers& replaced,
                  const Containers& fresh) noexcept {
  if (replaced.size == 0) return;
  std::int32_t to = find_key(target, 0, replaced.keys[0]);
  std::int32_t in_replaced = 0;
  std::int32_t in_fresh = 0;
  for (std::int32_t i = to; i < target.size; ++i) {
    const std::uint16_t key = target.keys[i];
    if (has_key(replaced, in_replaced, key)) {
      ++in_replaced;
      in_fresh = find_key(fresh, in_fresh, key);
      if (!has_key(fresh, in_fresh, key)) continue;
    }
    copy_entry(target, i, target, to++);
  }
  target.size = to;
}

// Puts each container in at its key, which the target has.
void put_in_place(Containers& target, const Containers& fresh) noexcept {
  std::int32_t at = 0;
  for (std::int32_t i = 0; i < fresh.size; ++i) {
    at = find_key(target, at, fresh.keys[i]);
    copy_entry(fresh, i, target, at);
  }
}

// The same where `more` of the keys are new; from behind, to the lowest of those that come in.
void put_in_between(Containers& target, const Containers& fresh, std::int32_t more) noexcept {
  std::int32_t from = target.size - 1;
  std::int32_t i = fresh.size - 1;
  target.size += more;
  for (std::int32_t to = target.size - 1; i >= 0; --to) {
    if (from >= 0 && target.keys[from] > fresh.keys[i]) {
      copy_entry(target, from--, target, to);
      continue;
    }
    if (from >= 0 && target.keys[from] == fresh.keys[i]) --from;
    copy_entry(fresh, i--, target, to);
  }
}

// ---- Bits where they are ------------------------------------------------------------------------------------

std::uint64_t count_after(Operation operation, std::uint64_t a, std::uint64_t b,
                          std::uint64_t both) noexcept {
  switch (operation) {
    case Operation::unite:
      return a + b - both;
    case Operation::intersect:
      return both;
    case Operation::minus:
      return a - both;
    case Operation::symdiff:
      break;
  }
  return a + b - 2 * both;
}

template <class T>
T load_container(const roaring::internal::container_t* from) noexcept {
  return load<T>(reinterpret_cast<const char*>(from));
}

// Calls use(i, mask) for the bits of a container, which may stand at any address, in the words of a container of bits.
template <class Use>
void for_each_word(const roaring::internal::container_t* container, std::uint8_t type,
                   Use&& use) noexcept {
  if (type == ARRAY_CONTAINER_TYPE) {
    const Array array = load_container<Array>(container);
    const auto* ids = reinterpret_cast<const char*>(array.array);
    for (std::int32_t i = 0; i < array.cardinality; ++i) {
      const auto id = load<std::uint16_t>(ids + i * 2);
      use(id / 64u, std::uint64_t{1} << id % 64);
    }
    return;
  }
  const Runs runs = load_container<Runs>(container);
  for (std::int32_t i = 0; i < runs.n_runs; ++i) {
    const auto run = load<roaring::internal::rle16_t>(reinterpret_cast<const char*>(runs.runs + i));
    const std::uint32_t first = run.value;
    const std::uint32_t last = std::min<std::uint32_t>(first + run.length, UINT16_MAX);
    std::uint64_t mask = ~std::uint64_t{0} << first % 64;
    for (std::uint32_t word = first / 64; word < last / 64; ++word) {
      use(word, mask);
      mask = ~std::uint64_t{0};
    }
    use(last / 64, mask & ~std::uint64_t{0} >> (63 - last % 64));
  }
}

// How many ids a container of bits shares with another container, and how many that has.
struct Shared {
  std::uint64_t both;
  std::uint64_t other;
};

Shared count_shared(roaring::internal::container_t* bits, roaring::internal::container_t* other,
                    std::uint8_t other_type) noexcept {
  if (other_type == ARRAY_CONTAINER_TYPE) {
    const std::uint64_t* const words = static_cast<const Bits*>(bits)->words;
    Shared shared = {};
    for_each_word(other, other_type, [&](std::size_t i, std::uint64_t mask) {
      shared.both += (words[i] & mask) != 0 ? 1 : 0;
      ++shared.other;
    });
    return shared;
  }
  std::uint8_t bits_type = BITSET_CONTAINER_TYPE;
  std::uint16_t key = 0;
  const roaring_bitmap_t a = {{1, 1, &bits, &key, &bits_type, 0}};
  const roaring_bitmap_t b = {{1, 1, &other, &key, &other_type, 0}};
  return {croaring.bitmap_and_cardinality(&a, &b), croaring.bitmap_get_cardinality(&b)};
}

// Whether the container at i of the target is one of bits and will be one, neither of few ids nor of all; where it is,
// how its bits are to be changed.
bool prepare_bits(Operation operation, const Containers& target, std::int32_t i,
                  const Containers& other, std::int32_t j, BitsChange& change) {
  const std::uint8_t other_type = other.typecodes[j];
  if (target.typecodes[i] != BITSET_CONTAINER_TYPE) return false;
  if (operation == Operation::intersect && other_type != BITSET_CONTAINER_TYPE) return false;
  check_interrupts();
  const auto now =
      static_cast<std::uint64_t>(static_cast<const Bits*>(target.containers[i])->cardinality);
  const Shared shared = count_shared(target.containers[i], other.containers[j], other_type);
  const std::uint64_t count = count_after(operation, now, shared.other, shared.both);
  if (count <= static_cast<std::uint64_t>(max_array) || count > UINT16_MAX) return false;
  change = {operation, target.containers[i], other.containers[j], other_type,
            static_cast<std::int32_t>(count)};
  return true;
}

// Changes bits by those of another container: combine(word, mask).
template <class Combine>
void change_words(const BitsChange& change, Combine&& combine) noexcept {
  std::uint64_t* const words = static_cast<Bits*>(change.bits)->words;
  if (change.other_type != BITSET_CONTAINER_TYPE) {
    for_each_word(change.other, change.other_type,
                  [&](std::size_t i, std::uint64_t mask) { words[i] = combine(words[i], mask); });
    return;
  }
  // Eight at once: then compilers need not ask whether the two overlap.
  const auto* masks = reinterpret_cast<const char*>(load_container<Bits>(change.other).words);
  for (std::size_t i = 0; i < roaring::internal::BITSET_CONTAINER_SIZE_IN_WORDS; i += 8) {
    std::uint64_t mask[8];
    std::memcpy(mask, masks + i * 8, sizeof mask);
    for (std::size_t j = 0; j < 8; ++j) words[i + j] = combine(words[i + j], mask[j]);
  }
}

// ---- Containers made anew ------------------------------------------------------------------------------------

// What of two bitmaps is combined anew, as bitmaps that show their containers.
struct Shown {
  roaring_bitmap_t* target;
  roaring_bitmap_t* other;
};

// All of the target, and what of the other bitmap it has keys of; without changes of bits.
Shown show_for_intersect(const Containers& target, const Containers& other,
                         Buffer<BitsChange>& bits) {
  const Shown shown = {new_bitmap(target.size), new_bitmap(std::min(target.size, other.size))};
  std::int32_t j = 0;
  for (std::int32_t i = 0; i < target.size; ++i) {
    j = find_key(other, j, target.keys[i]);
    const bool in_both = has_key(other, j, target.keys[i]);
    BitsChange change;
    if (in_both && prepare_bits(Operation::intersect, target, i, other, j, change)) {
      bits.push_back(change);
      continue;
    }
    append_entry(target, i, containers_of(shown.target));
    if (in_both) append_entry(other, j, containers_of(shown.other));
  }
  return shown;
}

// All of the other bitmap, and what of the target it has keys of; without changes of bits. Where keys of its own mean
// nothing they are left out.
Shown show_for(Operation operation, const Containers& target, const Containers& other,
               Buffer<BitsChange>& bits) {
  if (operation == Operation::intersect) return show_for_intersect(target, other, bits);
  const Shown shown = {new_bitmap(std::min(target.size, other.size)), new_bitmap(other.size)};
  std::int32_t i = 0;
  for (std::int32_t j = 0; j < other.size; ++j) {
    i = find_key(target, i, other.keys[j]);
    const bool in_both = has_key(target, i, other.keys[j]);
    BitsChange change;
    if (in_both && prepare_bits(operation, target, i, other, j, change)) {
      bits.push_back(change);
      continue;
    }
    if (in_both) append_entry(target, i, containers_of(shown.target));
    if (in_both || operation != Operation::minus)
      append_entry(other, j, containers_of(shown.other));
  }
  return shown;
}

std::uint64_t ids_changed(const Buffer<BitsChange>& bits, std::size_t from) noexcept {
  std::uint64_t more = 0;  // modulo 2^64: it may be less
  for (std::size_t i = from; i < bits.size(); ++i) {
    more += static_cast<std::uint64_t>(bits[i].cardinality);
    more -= static_cast<std::uint64_t>(static_cast<const Bits*>(bits[i].bits)->cardinality);
  }
  return more;
}

// ---- One id -------------------------------------------------------------------------------------------------

// Whether a change of one id takes a run more: to add it stands alone, to remove it has neighbours on both sides.
bool takes_a_run(bool add, const roaring_bitmap_t* bitmap, std::uint32_t low) noexcept {
  const auto in_block = static_cast<std::uint16_t>(low);
  const bool before = in_block != 0 && croaring.bitmap_contains(bitmap, low - 1);
  const bool behind = in_block != UINT16_MAX && croaring.bitmap_contains(bitmap, low + 1);
  return add ? !before && !behind : before && behind;
}

// Whether CRoaring changes one id in the container at a position without memory of its own; read from what its
// container_add() and container_remove() do with each kind.
bool can_change_in_place(bool add, const roaring_bitmap_t* bitmap, std::int32_t at,
                         std::uint32_t low) noexcept {
  const Containers& in = containers_of(bitmap);
  switch (in.typecodes[at]) {
    case BITSET_CONTAINER_TYPE:
      return add || static_cast<const Bits*>(in.containers[at])->cardinality > max_array + 1;
    case ARRAY_CONTAINER_TYPE: {
      const auto& array = *static_cast<const Array*>(in.containers[at]);
      return !add || (array.cardinality < array.capacity && array.cardinality < max_array);
    }
    case RUN_CONTAINER_TYPE: {
      const auto& run = *static_cast<const Runs*>(in.containers[at]);
      return run.n_runs < run.capacity || !takes_a_run(add, bitmap, low);
    }
    default:
      return false;
  }
}

void apply_one(bool add, roaring_bitmap_t* bitmap, std::uint32_t low) {
  if (add) {
    croaring.bitmap_add_many(bitmap, 1, &low);
  } else {
    croaring.bitmap_remove_many(bitmap, 1, &low);
  }
}

}  // namespace

roaring_bitmap_t* combine_bitmaps(Operation operation, const roaring_bitmap_t* a,
                                  const roaring_bitmap_t* b) {
  switch (operation) {
    case Operation::unite:
      return croaring.bitmap_or(a, b);
    case Operation::intersect:
      return croaring.bitmap_and(a, b);
    case Operation::minus:
      return croaring.bitmap_andnot(a, b);
    case Operation::symdiff:
      break;
  }
  return croaring.bitmap_xor(a, b);
}

BitmapChange prepare_change(Operation operation, roaring_bitmap_t* target,
                            std::uint64_t cardinality, const roaring_bitmap_t* other,
                            Buffer<BitsChange>& bits) {
  const std::size_t bits_before = bits.size();
  const Shown shown = show_for(operation, containers_of(target), containers_of(other), bits);
  roaring_bitmap_t* const fresh = combine_bitmaps(operation, shown.target, shown.other);
  free_arrays(shown.other);
  const std::int32_t more =
      containers_of(fresh).size - count_common(containers_of(shown.target), containers_of(fresh));
  return {target, fresh, shown.target, make_room(target, more),
          cardinality + ids_changed(bits, bits_before) -
              croaring.bitmap_get_cardinality(shown.target) +
              croaring.bitmap_get_cardinality(fresh)};
}

void make_change(const BitsChange& change) noexcept {
  using Word = std::uint64_t;
  switch (change.operation) {
    case Operation::unite:
      change_words(change, [](Word word, Word mask) { return word | mask; });
      break;
    case Operation::intersect:
      change_words(change, [](Word word, Word mask) { return word & mask; });
      break;
    case Operation::minus:
      change_words(change, [](Word word, Word mask) { return word & ~mask; });
      break;
    case Operation::symdiff:
      change_words(change, [](Word word, Word mask) { return word ^ mask; });
      break;
  }
  static_cast<Bits*>(change.bits)->cardinality = change.cardinality;
}

void make_change(const BitmapChange& change) noexcept {
  Containers& target = containers_of(change.target);
  const Containers& fresh = containers_of(change.fresh);
  const Containers& replaced = containers_of(change.replaced);
  if (change.grown != nullptr) move_to_grown(target, change.grown);
  const std::int32_t common = count_common(replaced, fresh);
  if (common < replaced.size) drop_entries(target, replaced, fresh);
  if (common == fresh.size) {
    put_in_place(target, fresh);
  } else {
    put_in_between(target, fresh, fresh.size - common);
  }
  free_arrays(change.fresh);
  croaring.bitmap_free(change.replaced);  // with the containers, which only it shows now
}

void change_one(bool add, roaring_bitmap_t* target, std::uint32_t low) {
  const Containers& now = containers_of(target);
  const auto key = static_cast<std::uint16_t>(low >> 16);
  const std::int32_t at = find_key(now, 0, key);
  const bool is_there = has_key(now, at, key);
  if (is_there && can_change_in_place(add, target, at, low)) return apply_one(add, target, low);

  Rollback undo;
  roaring_bitmap_t* const replaced = new_bitmap(1);
  if (is_there) append_entry(now, at, containers_of(replaced));
  roaring_bitmap_t* const fresh = croaring.bitmap_copy(replaced);
  apply_one(add, fresh, low);
  const BitmapChange change = {target, fresh, replaced, make_room(target, is_there ? 0 : 1), 0};
  undo.commit();
  make_change(change);
}

}  // namespace objectset
