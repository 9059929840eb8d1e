// The least id and the distances from each id to the next, in a code of bits that sorts as the numbers do: how many bits
// a number has, then those bits without the first one. So the ids of usual keys take half of the 64 bits or less, and
// what they leave tells sets of one least id apart. The end of a set is no bits at all.
#include "core/set/sort_prefix.hpp"

namespace objectset {
namespace {

constexpr unsigned length_bits = 6;
constexpr unsigned longest =
    (1u << length_bits) - 1;  // numbers of so many bits or more are written in full

// Bits from the highest down; what has no room any more is dropped.
class Bits {
 public:
  void append(std::uint64_t value, unsigned count) noexcept {
    if (room_ == 0 || count == 0) return;
    bits_ |= count <= room_ ? value << (room_ - count) : value >> (count - room_);
    room_ -= count <= room_ ? count : room_;
  }

  // A number from 1 on.
  void append_number(std::uint64_t number) noexcept {
    const auto length = static_cast<unsigned>(64 - __builtin_clzll(number));
    if (length < longest) {
      append(length, length_bits);
      append(number & ~(std::uint64_t{1} << (length - 1)), length - 1);
    } else {
      append(longest, length_bits);
      append(number, 64);
    }
  }

  // Turns all that was written so far round, so that greater comes first; the bits behind it are still to be written.
  void reverse() noexcept { bits_ = room_ == 64 ? 0 : ~bits_ >> room_ << room_; }

  std::uint64_t bits() const noexcept { return bits_; }

 private:
  std::uint64_t bits_ = 0;
  unsigned room_ = 64;
};

}  // namespace

std::uint64_t sort_prefix(Span<Id> ids) noexcept {
  Bits bits;
  if (ids.empty()) return bits.bits();
  const auto first = static_cast<std::uint64_t>(ids.front());
  const bool is_negative = ids.front() < 0;
  bits.append(1, 1);
  bits.append_number(is_negative ? 0 - first : first + 1);
  if (is_negative) bits.reverse();
  for (std::size_t i = 1; i < ids.size(); ++i) {
    bits.append_number(static_cast<std::uint64_t>(ids[i]) - static_cast<std::uint64_t>(ids[i - 1]));
  }
  return bits.bits();
}

}  // namespace objectset
