#include "literal.hpp"

#include <charconv>

#include "error.hpp"
#include "set_builder.hpp"

namespace objectset {
namespace {

constexpr std::size_t max_id_length = 20;  // -9223372036854775808

class Parser {
 public:
  Parser(const char* text, std::size_t size) noexcept
      : begin_(text), at_(text), end_(text + size) {}

  Set parse() {
    skip_blanks();
    if (!take('{')) fail_expected("\"{\"");
    skip_blanks();
    if (!take('}')) {
      do {
        parse_item();
      } while (take(','));
      if (!take('}')) fail_expected("\",\" or \"}\"");
    }
    skip_blanks();
    if (at_ != end_) fail_expected("the end");
    return std::move(builder_.finish());
  }

 private:
  void parse_item() {
    if (++items_ % 4096 == 0) check_interrupts();
    const Id first = parse_id();
    if (end_ - at_ < 2 || at_[0] != '.' || at_[1] != '.') {
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

  void skip_blanks() noexcept {
    while (at_ != end_ && (*at_ == ' ' || (*at_ >= '\t' && *at_ <= '\r'))) ++at_;
  }

  bool take(char wanted) noexcept {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void fail_expected(const char* what) const {
    fail_with(ErrorCode::invalid_text, "malformed object set literal",
              "A set is written {1,2,5} or, with ranges, {1..1000,2000}.",
              "Expected %s at character %zu.", what, static_cast<std::size_t>(at_ - begin_) + 1);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t items_ = 0;
  SetBuilder builder_;
};

}  // namespace

Set parse_literal(const char* text, std::size_t size) { return Parser(text, size).parse(); }

void append_literal(const SetView& set, Buffer<char>& out) {
  out.push_back('{');
  Cursor cursor(set);
  Id ids[256];
  bool first = true;
  while (const std::size_t count = cursor.next(ids, 256)) {
    check_interrupts();
    for (std::size_t i = 0; i < count; ++i) {
      if (!first) out.push_back(',');
      first = false;
      char* const to = out.extend(max_id_length);
      const auto written = std::to_chars(to, to + max_id_length, ids[i]).ptr - to;
      out.resize(out.size() - max_id_length + static_cast<std::size_t>(written));
    }
  }
  out.push_back('}');
}

}  // namespace objectset
