#include "core/saved/set_expression.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "core/base/error.hpp"

namespace objectset {
namespace {

constexpr char malformed[] = "malformed set expression";
constexpr char how_written[] =
    "An expression is written \"smokers\" & (\"over 60\" | diabetic) - \"trial 7\".";

bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_of_bare_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// How tightly an operator binds; 0 for what is none.
int binding_of(char c) noexcept {
  switch (c) {
    case '-':
      return 4;
    case '&':
      return 3;
    case '#':
    case '^':
      return 2;
    case '|':
      return 1;
    default:
      return 0;
  }
}

Operation operation_of(char c) noexcept {
  switch (c) {
    case '-':
      return Operation::minus;
    case '&':
      return Operation::intersect;
    case '|':
      return Operation::unite;
    default:
      return Operation::symdiff;
  }
}

// The sets that a program in postfix order has yet to combine: those given to it, and those it has made.
class Operands {
 public:
  Operands() = default;
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;
  ~Operands() {
    for (const Operand& operand : stack_) drop(operand.made);
  }

  void push(const SetView& given) { stack_.push_back(Operand{given, nullptr}); }

  void apply(Operation operation) {
    const Operand right = stack_.back();
    Operand& left = stack_[stack_.size() - 2];
    if (left.made == nullptr) {
      // In its place on the stack before it is filled, so that whatever fails finds it there.
      Set* const place = new (allocate(sizeof(Set))) Set();
      const SetView given = left.given;
      left.made = place;
      *place = combine(operation, given, view(right));
    } else {
      left.made->apply(operation, view(right));
    }
    if (right.made != nullptr) left.made->adopt(*right.made);
    stack_.resize(stack_.size() - 1);
    drop(right.made);
  }

  Set finish() {
    Operand& last = stack_.back();
    if (last.made == nullptr) return combine(Operation::unite, last.given, SetView());
    return std::move(*last.made);
  }

 private:
  struct Operand {
    SetView given;
    Set* made;  // or nullptr; ours
  };
  static SetView view(const Operand& operand) noexcept {
    return operand.made == nullptr ? operand.given : SetView(*operand.made);
  }
  static void drop(Set* made) noexcept {
    if (made == nullptr) return;
    made->~Set();
    release(made);
  }

  Buffer<Operand> stack_;
};

}  // namespace

// Two stacks in one pass: operators wait until one comes that binds no tighter, operands go straight to the program.
class ExpressionParser {
 public:
  ExpressionParser(const char* text, std::size_t size, Expression& to) noexcept
      : begin_(text), at_(text), end_(text + size), to_(to) {}

  void parse() {
    for (;;) {
      skip_blanks();
      while (at_ != end_ && *at_ == '(') {
        if (++nesting_ > max_expression_nesting) fail_complex("Too many parentheses are open");
        waiting_.push_back(*at_++);
        skip_blanks();
      }
      parse_name();
      skip_blanks();
      while (at_ != end_ && *at_ == ')' && nesting_ > 0) {
        release_waiting(1);
        waiting_.resize(waiting_.size() - 1);
        --nesting_;
        ++at_;
        skip_blanks();
      }
      if (at_ == end_) break;
      const int binding = binding_of(*at_);
      if (binding == 0)
        fail_expected(nesting_ > 0 ? "Expected an operator or \")\"" : "Expected an operator");
      release_waiting(binding);
      waiting_.push_back(*at_++);
    }
    if (nesting_ > 0) fail_expected("Expected an operator or \")\"");
    release_waiting(1);
  }

 private:
  // Operators that bind at least as tightly go to the program, back to the last parenthesis.
  void release_waiting(int binding) {
    while (!waiting_.empty() && binding_of(waiting_.back()) >= binding) {
      to_.steps_.push_back({true, operation_of(waiting_.back()), 0});
      waiting_.resize(waiting_.size() - 1);
    }
  }

  void parse_name() {
    const char* const start = at_;
    const std::size_t offset = to_.characters_.size();
    if (at_ != end_ && *at_ == '"') {
      ++at_;
      for (;;) {
        const auto* quote =
            static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
        if (quote == nullptr) {
          at_ = end_;
          fail_expected("Expected the closing quote of a name");
        }
        const bool is_doubled = end_ - quote > 1 && quote[1] == '"';
        to_.characters_.append(at_, static_cast<std::size_t>(quote - at_) + (is_doubled ? 1 : 0));
        at_ = quote + (is_doubled ? 2 : 1);
        if (!is_doubled) break;
      }
    } else {
      while (at_ != end_ && is_of_bare_name(*at_)) ++at_;
      if (at_ == start) fail_expected("Expected the name of a set or \"(\"");
      to_.characters_.append(start, static_cast<std::size_t>(at_ - start));
    }
    if (to_.names_.size() == max_expression_operands) {
      at_ = start;
      fail_complex("Too many names");
    }
    to_.steps_.push_back({false, Operation::unite, static_cast<std::uint32_t>(to_.names_.size())});
    to_.names_.push_back(
        {offset, to_.characters_.size() - offset, static_cast<std::size_t>(start - begin_) + 1});
  }

  void skip_blanks() noexcept {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_) + 1; }
  [[noreturn]] void fail_expected(const char* what) const {
    fail_at(position(), ErrorCode::syntax, malformed, how_written, what);
  }
  [[noreturn]] void fail_complex(const char* what) const {
    fail_at(position(), ErrorCode::too_complex, "set expression is too complex",
            "Define parts of it as sets of their own.", what);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t nesting_ = 0;
  Buffer<char> waiting_;  // operators, and the parentheses that are open
  Expression& to_;
};

Expression::Expression(const char* text, std::size_t size) {
  ExpressionParser(text, size, *this).parse();
  number_names();
}

// Until here every appearance of a name is one of its own.
void Expression::number_names() {
  Buffer<std::uint32_t> sorted;
  sorted.resize(names_.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = static_cast<std::uint32_t>(i);
  const auto compare_names = [this](std::uint32_t a, std::uint32_t b) {
    const auto text = [this](const Name& name) {  // names without a character may be all there are
      return std::string_view(characters_.data() + name.offset, name.size);
    };
    return text(names_[a]).compare(text(names_[b]));
  };
  std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = compare_names(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  Buffer<std::uint32_t> number;  // of each appearance: first that of the name's first one
  number.resize(names_.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const bool is_first = i == 0 || compare_names(sorted[i - 1], sorted[i]) != 0;
    number[sorted[i]] = is_first ? sorted[i] : number[sorted[i - 1]];
  }
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (number[i] == i) {
      number[i] = static_cast<std::uint32_t>(distinct);
      names_[distinct++] = names_[i];
    } else {
      number[i] = number[number[i]];
    }
  }
  names_.resize(distinct);
  for (Step& step : steps_) {
    if (!step.is_operation) step.name = number[step.name];
  }
}

Set Expression::evaluate(Span<SetView> sets) const {
  Operands operands;
  for (const Step& step : steps_) {
    check_interrupts();
    if (step.is_operation) {
      operands.apply(step.operation);
    } else {
      operands.push(sets[step.name]);
    }
  }
  return operands.finish();
}

}  // namespace objectset
