// The text form: what is read is what a second reader, written for this, makes of it, or an error of the same kind; and
// what is printed is read as the same set.
#include <optional>

#include "core/stored/text_format.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

// A literal by its grammar, without a thought of speed.
class Reference {
 public:
  explicit Reference(const std::string& text) : text_(text) {}

  /// The ids, or the code of the first error.
  std::optional<ErrorCode> read(std::vector<Runs::Run>& runs) {
    skip_blanks();
    const bool is_json = take('[');
    if (!is_json && !take('{')) return ErrorCode::invalid_text;
    const char close = is_json ? ']' : '}';
    skip_blanks();
    if (!take(close)) {
      do {
        if (const auto error = read_item(is_json, runs)) return error;
      } while (take(','));
      if (!take(close)) return ErrorCode::invalid_text;
    }
    skip_blanks();
    return at_ == text_.size() ? std::nullopt : std::optional(ErrorCode::invalid_text);
  }

 private:
  std::optional<ErrorCode> read_item(bool is_json, std::vector<Runs::Run>& runs) {
    skip_blanks();
    const bool is_quoted = take('"');
    Runs::Run run = {};
    if (const auto error = read_id(run.first)) return error;
    run.last = run.first;
    if (!is_json && text_.compare(at_, 2, "..") == 0) {
      at_ += 2;
      if (const auto error = read_id(run.last)) return error;
      if (run.first > run.last) return ErrorCode::invalid_text;
    }
    runs.push_back(run);
    if (is_quoted && !take('"')) return ErrorCode::invalid_text;
    if (is_quoted) skip_blanks();
    return std::nullopt;
  }

  std::optional<ErrorCode> read_id(Id& id) {
    skip_blanks();
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    __extension__ __int128 value = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      // One digit more than the longest id has is kept: the least id has a number of its own.
      if (value <= UINT64_MAX) value = value * 10 + (text_[at_] - '0');
    }
    if (at_ == begin) return ErrorCode::invalid_text;
    if (is_negative) value = -value;
    if (value < INT64_MIN || value > INT64_MAX) return ErrorCode::out_of_range;
    id = static_cast<Id>(value);
    skip_blanks();
    return std::nullopt;
  }

  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::strchr(" \t\n\v\f\r", text_[at_]) != nullptr &&
           text_[at_] != '\0') {
      ++at_;
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

std::string printed(const SetView& set, void (*append)(const SetView&, Buffer<char>&)) {
  Buffer<char> out;
  append(set, out);
  EXPECT_EQ(out.size(), list_length(set));
  return {out.data(), out.size()};
}

void check_printed(const SetView& set) {
  const std::string bytes = stored_bytes(set);
  for (const std::string& text : {printed(set, append_literal), printed(set, append_json)}) {
    const Set again = parse_literal(text.data(), text.size());
    EXPECT_EQ(stored_bytes(again), bytes);
  }
}

void check(const std::string& text) {
  std::vector<Runs::Run> expected;
  const auto error = Reference(text).read(expected);
  try {
    const Set set = parse_literal(text.data(), text.size());
    EXPECT_FALSE(error.has_value());
    expect_same(set, Runs(expected));
    if (cardinality(set) <= 20000) check_printed(set);
  } catch (const Error& raised) {
    if (raised.code == ErrorCode::too_large) return;
    EXPECT_TRUE(error.has_value());
    EXPECT_EQ(raised.code, error.value_or(ErrorCode::internal));
    EXPECT_NE(raised.message[0], '\0');
  }
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  // A range may have more ids than can be: what is larger than that is refused, and costs little.
  return run([&] { check(Reader(data, size).rest()); }, std::size_t{256} << 10);
}
