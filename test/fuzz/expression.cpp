// Set expressions: what is read is what a second reader, which recurses, makes of it; and what it gives is what it gives
// for sets of 64 bits.
#include "core/saved/set_expression.hpp"

#include <map>
#include <optional>

#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

// The sets are of 64 ids at most, which stand in every way that ids do.
std::vector<Id> universe() {
  std::vector<Id> ids;
  for (Id i = 0; i < 30; ++i) ids.push_back(i);
  for (Id i = 0; i < 10; ++i) ids.push_back(two_to_16 + i * 2);
  for (Id i = 0; i < 22; ++i) ids.push_back(two_to_32 * (i + 1));
  ids.push_back(INT64_MAX - 1);
  ids.push_back(INT64_MAX);
  return ids;
}

Set set_of_bits(std::uint64_t bits) {
  static const std::vector<Id> ids = universe();
  SetBuilder builder;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((bits >> i & 1) != 0) builder.add(ids[i]);
  }
  return std::move(builder.finish());
}

// FNV-1a, with the upper bits mixed in.
std::uint64_t bits_of_name(const std::string& name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ hash >> 29;
}

struct Malformed {};
struct TooDeep {};

class Reference {
 public:
  explicit Reference(const std::string& text) : text_(text) {}
  std::uint64_t read() {
    const std::uint64_t bits = read_level(0);
    skip_blanks();
    if (at_ != text_.size()) throw Malformed();
    return bits;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  // From the loosest: |, then # and ^, then &, then -.
  std::uint64_t read_level(int level) {
    if (level == 4) return read_operand();
    std::uint64_t bits = read_level(level + 1);
    while (take_operator(level)) {
      const std::uint64_t right = read_level(level + 1);
      bits = level == 0   ? bits | right
             : level == 1 ? bits ^ right
             : level == 2 ? bits & right
                          : bits & ~right;
    }
    return bits;
  }
  bool take_operator(int level) {
    static const char* const operators[] = {"|", "#^", "&", "-"};
    skip_blanks();
    if (at_ == text_.size() || text_[at_] == '\0') return false;
    if (std::strchr(operators[level], text_[at_]) == nullptr) return false;
    ++at_;
    return true;
  }
  std::uint64_t read_operand() {
    skip_blanks();
    if (take('(')) {
      if (++depth_ > max_expression_nesting) throw TooDeep();
      const std::uint64_t bits = read_level(0);
      skip_blanks();
      if (!take(')')) throw Malformed();
      --depth_;
      return bits;
    }
    std::string name;
    if (take('"')) {
      for (;;) {
        if (at_ == text_.size()) throw Malformed();
        if (!take('"')) {
          name += text_[at_++];
        } else if (take('"')) {
          name += '"';
        } else {
          break;
        }
      }
    } else {
      while (at_ < text_.size() && is_bare(text_[at_])) name += text_[at_++];
      if (name.empty()) throw Malformed();
    }
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
    return bits_of_name(name);
  }
  static bool is_bare(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  }
  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) {
      ++at_;
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::string> names_;
};

enum class Outcome { read, malformed, too_complex };

void check(const std::string& text) {
  Outcome expected = Outcome::read;
  Reference reference(text);
  std::uint64_t bits = 0;
  try {
    bits = reference.read();
  } catch (const Malformed&) {
    expected = Outcome::malformed;
  } catch (const TooDeep&) {
    expected = Outcome::too_complex;
  }
  try {
    const Expression expression(text.data(), text.size());
    EXPECT_EQ(expected, Outcome::read);
    std::vector<std::string> names;
    std::vector<Set> sets;
    for (std::size_t i = 0; i < expression.names(); ++i) {
      names.emplace_back(expression.name(i).begin(), expression.name(i).end());
      sets.push_back(set_of_bits(bits_of_name(names.back())));
      EXPECT_LE(expression.position(i), text.size());
    }
    EXPECT_EQ(names, reference.names());
    const std::vector<SetView> views(sets.begin(), sets.end());
    const Set result = expression.evaluate(Span<SetView>(views.data(), views.size()));
    const Set wanted = set_of_bits(bits);
    EXPECT_EQ(stored_bytes(result), stored_bytes(wanted));
  } catch (const Error& error) {
    EXPECT_EQ(error.code,
              expected == Outcome::too_complex ? ErrorCode::too_complex : ErrorCode::syntax);
    EXPECT_NE(expected, Outcome::read);
    EXPECT_GE(error.position, 1u);
    EXPECT_LE(error.position, text.size() + 1);
  }
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  return run([&] { check(Reader(data, size).rest()); });
}
