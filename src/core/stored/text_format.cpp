#include "core/stored/text_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/set/set_builder.hpp"

namespace objectset {
namespace {

constexpr std::size_t max_id_length = 20;  // -9223372036854775808
constexpr int max_plain_digits = 18;       // fewer than the largest id has

// Up to eight digits and the number that they are.
struct Digits {
  int count;
  Id number;
};

// All digits at the front of eight characters, at once. Source: Lemire, "Quickly parsing eight digits", 2018.
Digits front_digits(const char* text) noexcept {
  constexpr std::uint64_t bytes = 0x0101010101010101;
  std::uint64_t word = load<std::uint64_t>(text) ^ bytes * '0';
  const std::uint64_t others = (word | (word + bytes * (0x80 - 10))) & bytes * 0x80;
  const int count = others == 0 ? 8 : __builtin_ctzll(others) / 8;
  if (count == 0) return {0, 0};
  word <<= 64 - 8 * count;  // in front, zeros
  word = word * (1 + (10 << 8)) >> 8;
  word = (word & 0x00ff00ff00ff00ff) * (1 + (100 << 16)) >> 16;
  word = (word & 0x0000ffff0000ffff) * (1 + (std::uint64_t{10000} << 32)) >> 32;
  return {count, static_cast<Id>(word)};
}

class Parser {
 public:
  Parser(const char* text, std::size_t size) noexcept
      : begin_(text), at_(text), end_(text + size) {}

  Set parse() {
    skip_blanks();
    if (take('[')) {
      close_ = ']';
    } else if (!take('{')) {
      fail_no_brace();
    }
    skip_blanks();
    if (!take(close_)) {
      do {
        parse_item();
      } while (take(','));
      if (!take(close_)) fail_expected(is_json() ? "\",\" or \"]\"" : "\",\" or \"}\"");
    }
    skip_blanks();
    if (at_ != end_) fail_expected("the end");
    return std::move(builder_.finish());
  }

 private:
  void parse_item() {
    if (++items_ % 4096 == 0) check_interrupts();
    if (add_plain_id()) return;
    skip_blanks();
    const bool quoted = take('"');
    parse_ids();
    if (!quoted) return;
    if (!take('"')) fail_expected("a closing quote");
    skip_blanks();
  }

  // An id or a range, with the blanks around it.
  void parse_ids() {
    const Id first = parse_id();
    if (is_json() || end_ - at_ < 2 || at_[0] != '.' || at_[1] != '.') {
      builder_.add(first);
      return;
    }
    at_ += 2;
    const char* const bound = at_;
    const Id last = parse_id();
    if (first > last) {
      at_ = bound;
      fail_expected("an upper bound not below the lower one");
    }
    builder_.add_range(first, last);
  }

  // Digits that the end of the item follows at once, not too many for an id: nearly every item. False, and nothing
  // read, where it is anything else.
  bool add_plain_id() {
    const char* at = at_;
    Id id = 0;
    if (end_ - at >= 8) {
      const Digits digits = front_digits(at);
      at += digits.count;
      id = digits.number;
    }
    for (; at != end_ && *at >= '0' && *at <= '9'; ++at) {
      if (at - at_ == max_plain_digits) return false;
      id = id * 10 + (*at - '0');
    }
    if (at == at_ || at == end_ || (*at != ',' && *at != close_)) return false;
    at_ = at;
    builder_.add(id);
    return true;
  }

  // An id with the blanks around it.
  Id parse_id() {
    skip_blanks();
    const char* const start = at_;
    if (at_ != end_ && *at_ == '+' && end_ - at_ > 1 && at_[1] != '-') ++at_;
    Id id = 0;
    const auto [stop, error] = std::from_chars(at_, end_, id);
    if (error == std::errc::result_out_of_range) {
      const auto length = stop - start;
      fail(ErrorCode::out_of_range, "value \"%.*s%s\" is out of range for type bigint",
           static_cast<int>(length > 40 ? 40 : length), start, length > 40 ? "..." : "");
    }
    if (error != std::errc()) {
      at_ = start;
      fail_expected("an id");
    }
    at_ = stop;
    skip_blanks();
    return id;
  }

  bool is_json() const noexcept { return close_ == ']'; }

  void skip_blanks() noexcept {
    while (at_ != end_ && (*at_ == ' ' || (*at_ >= '\t' && *at_ <= '\r'))) ++at_;
  }

  bool take(char wanted) noexcept {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void fail_expected(const char* what) const {
    fail_expected(what, "A set is written {1,2,5} or, with ranges, {1..1000,2000}.");
  }
  [[noreturn]] void fail_expected(const char* what, const char* hint) const {
    fail_with(ErrorCode::invalid_text, "malformed object set literal", hint,
              "Expected %s at character %zu.", what, static_cast<std::size_t>(at_ - begin_) + 1);
  }

  // A parameter or literal of no type beside a set is taken for a set, too, and may have been meant as an id.
  [[noreturn]] void fail_no_brace() {
    const char* const start = at_;
    if (at_ != end_ && (*at_ == '-' || *at_ == '+')) ++at_;
    const char* const digits = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    const bool has_digits = at_ != digits;
    skip_blanks();
    const bool is_id = has_digits && at_ == end_;
    at_ = start;
    if (!is_id) fail_expected("\"{\"");
    fail_expected("\"{\"", "A set is written {1,2,5}. An id must be given its type: $1::bigint.");
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  char close_ = '}';
  std::size_t items_ = 0;
  SetBuilder builder_;
};

}  // namespace

Set parse_literal(const char* text, std::size_t size) { return Parser(text, size).parse(); }

namespace {

// Two digits each for 0 to 99, the first one in the lower byte.
constexpr auto two_digits = [] {
  std::array<std::uint16_t, 100> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint16_t>('0' + i / 10 + ('0' + i % 10) * 256);
  }
  return table;
}();

// Writes the ids at the front that have all but their last four digits in common, with a comma after each.
char* print_front(const Id*& from, const Id* end, char* to) noexcept {
  constexpr std::uint64_t group = 10000;
  const bool negative = *from < 0;
  const auto size_of = [negative](Id id) {
    const auto bits = static_cast<std::uint64_t>(id);
    return negative ? 0 - bits : bits;
  };
  const std::uint64_t front = size_of(*from) / group;
  if (front == 0) {
    to = std::to_chars(to, to + max_id_length, *from++).ptr;
    *to = ',';
    return to + 1;
  }
  char digits[16] = {'-'};
  const char* const digits_end =
      std::to_chars(digits + (negative ? 1 : 0), digits + sizeof digits, front).ptr;
  const std::size_t length = static_cast<std::size_t>(digits_end - digits);
  for (; from != end; ++from) {
    const std::uint64_t rest = size_of(*from) - front * group;
    if (rest >= group || (*from < 0) != negative) break;
    std::memcpy(to, digits, sizeof digits);
    to = store(to + length, two_digits[rest / 100]);
    to = store(to, two_digits[rest % 100]);
    *to++ = ',';
  }
  return to;
}

constexpr std::size_t batch = 256;
constexpr std::size_t max_item_length = max_id_length + 1;

void append_list(const SetView& set, char open, char close, Buffer<char>& out) {
  out.push_back(open);
  Cursor cursor(set);
  Id ids[batch];
  while (const std::size_t count = cursor.next(ids, batch)) {
    check_interrupts();
    const std::size_t length = out.size();
    char* const begin = out.extend(count * max_item_length);
    char* at = begin;
    for (const Id* id = ids; id != ids + count;) at = print_front(id, ids + count, at);
    out.resize(length + static_cast<std::size_t>(at - begin));
  }
  // The last comma gives way.
  if (out.back() == ',') {
    out.back() = close;
  } else {
    out.push_back(close);
  }
}

}  // namespace

std::uint64_t list_length(const SetView& set) noexcept {
  const std::uint64_t ids = cardinality(set);
  if (ids == 0) return 2;
  // A bracket, and what follows each id; signs; a digit of each id, and one more for each power of ten it reaches.
  std::uint64_t length = 1 + ids + count_between(set, INT64_MIN, -1) + ids;
  for (Id power = 10;; power *= 10) {
    length += ids - count_between(set, 1 - power, power - 1);
    if (power > INT64_MAX / 10) return length;
  }
}

void append_literal(const SetView& set, Buffer<char>& out) { append_list(set, '{', '}', out); }

void append_json(const SetView& set, Buffer<char>& out) {
  const std::uint64_t slack = std::min<std::uint64_t>(batch, cardinality(set)) * max_item_length;
  out.reserve(out.size() + list_length(set) + slack);
  append_list(set, '[', ']', out);
}

}  // namespace objectset
