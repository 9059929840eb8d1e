// Expressions over named sets: "smokers" & ("over 60" | diabetic) - "trial 7".
//
// A name stands in double quotes, a quote inside written twice; or bare, where it is made of letters, digits and
// underscores alone (a byte beyond ASCII counts as a letter). It is taken as written: case matters. The operators, as in
// Python, from the tightest: `-`, `&`, `#` or `^` (symmetric difference), `|`; equals from left to right; parentheses.
//
// The one idea: a text becomes a flat program in postfix order, once checked; nothing here recurses, so no text, however
// nested, can exhaust the stack.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// Longer programs are refused as too complex.
inline constexpr std::size_t max_expression_operands = 10000;
inline constexpr std::size_t max_expression_nesting = 1000;

class Expression {
 public:
  /// Reads an expression. Raises syntax for what is none, with what was expected as the detail, and too_complex; both
  /// with the position.
  Expression(const char* text, std::size_t size);

  /// How many different names there are. They are numbered by their first appearance.
  std::size_t names() const noexcept { return names_.size(); }
  /// The name, without quotes. Stays where it is as long as the expression does.
  Span<char> name(std::size_t i) const noexcept {
    return {characters_.data() + names_[i].offset, names_[i].size};
  }
  /// Where it appears first: the byte of the text, from 1.
  std::size_t position(std::size_t i) const noexcept { return names_[i].position; }

  /// What the expression gives where its names stand for these sets. Borrows from them.
  Set evaluate(Span<SetView> sets) const;

 private:
  friend class ExpressionParser;
  struct Name {
    std::size_t offset;
    std::size_t size;
    std::size_t position;
  };
  struct Step {
    bool is_operation;
    Operation operation;
    std::uint32_t name;
  };
  void number_names();

  Buffer<char> characters_;
  Buffer<Name> names_;
  Buffer<Step> steps_;
};

}  // namespace objectset
