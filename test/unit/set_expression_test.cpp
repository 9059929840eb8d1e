// Expressions over named sets, and what comes before what.
#include "core/saved/set_expression.hpp"

#include <deque>

#include "support.hpp"

namespace objectset::test {
namespace {

std::vector<std::string> names_of(const Expression& expression) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < expression.names(); ++i) {
    names.emplace_back(expression.name(i).begin(), expression.name(i).end());
  }
  return names;
}

using Names = std::vector<std::string>;

Names names_of(const std::string& text) { return names_of(Expression(text.data(), text.size())); }

TEST(Expression, names_are_quoted_or_bare_and_numbered_by_first_appearance) {
  EXPECT_EQ(names_of("smokers"), (Names{"smokers"}));
  EXPECT_EQ(names_of("\"over 60\" | Smokers|smokers - \"over 60\""),
            (Names{"over 60", "Smokers", "smokers"}));
  EXPECT_EQ(names_of("\"a\"\"b\""), (Names{"a\"b"}));
  EXPECT_EQ(names_of("\"\"\"\" & \"\""), (Names{"\"", ""}));
  EXPECT_EQ(names_of("\"\" | \"\""), (Names{""}));
  EXPECT_EQ(names_of("\"smokers\" # smokers"), (Names{"smokers"}));
  EXPECT_EQ(names_of(" \t(\n((2024_q1)) ) \r"), (Names{"2024_q1"}));
  EXPECT_EQ(names_of("trial-7"), (Names{"trial", "7"}));
  EXPECT_EQ(names_of("gr\xc3\xbc\xc3\x9f"
                     "e|\xff"),
            (Names{"gr\xc3\xbc\xc3\x9f"
                   "e",
                   "\xff"}));
  EXPECT_EQ(names_of("c - (b & (a | c)) ^ b"), (Names{"c", "b", "a"}));
  const std::string text = " (\xc3\xbc & b)- \"b\" | c";
  const Expression expression(text.data(), text.size());
  EXPECT_EQ(expression.position(0), 3u);
  EXPECT_EQ(expression.position(1), 8u);
  EXPECT_EQ(expression.position(2), 18u);
}

Error error_of(const std::string& text) {
  try {
    const Expression expression(text.data(), text.size());
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << text << " was taken";
  return {};
}

TEST(Expression, what_is_malformed_is_refused_at_the_byte_where_it_goes_wrong) {
  const struct {
    const char* text;
    const char* detail;
    std::size_t position;
  } cases[] = {
      {"", "Expected the name of a set or \"(\"", 1},
      {"  ", "Expected the name of a set or \"(\"", 3},
      {"a &", "Expected the name of a set or \"(\"", 4},
      {"a & & b", "Expected the name of a set or \"(\"", 5},
      {"- a", "Expected the name of a set or \"(\"", 1},
      {"()", "Expected the name of a set or \"(\"", 2},
      {"a | ()", "Expected the name of a set or \"(\"", 6},
      {"a b", "Expected an operator", 3},
      {"a \"b\"", "Expected an operator", 3},
      {"\"a\"b", "Expected an operator", 4},
      {"a)", "Expected an operator", 2},
      {"(a))", "Expected an operator", 4},
      {"a (b)", "Expected an operator", 3},
      {"a + b", "Expected an operator", 3},
      {"a; b", "Expected an operator", 2},
      {"(a", "Expected an operator or \")\"", 3},
      {"(a | (b)", "Expected an operator or \")\"", 9},
      {"(a b)", "Expected an operator or \")\"", 4},
      {"\"a", "Expected the closing quote of a name", 3},
      {"a | \"b\"\" | c", "Expected the closing quote of a name", 13},
      {"\"", "Expected the closing quote of a name", 2},
      {"'a'", "Expected the name of a set or \"(\"", 1},
  };
  for (const auto& one : cases) {
    const Error error = error_of(one.text);
    EXPECT_EQ(error.code, ErrorCode::syntax) << one.text;
    EXPECT_STREQ(error.message, "malformed set expression");
    EXPECT_STREQ(error.detail, one.detail) << one.text;
    EXPECT_EQ(error.position, one.position) << one.text;
  }
}

TEST(Expression, what_is_too_complex_is_refused_before_it_costs_much) {
  const auto repeated = [](const std::string& part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  const auto nested = [&](std::size_t depth) {
    return repeated("(", depth) + "a" + repeated(")", depth);
  };
  EXPECT_EQ(names_of(nested(max_expression_nesting)), (Names{"a"}));
  const Error deep = error_of(nested(max_expression_nesting + 1));
  EXPECT_EQ(deep.code, ErrorCode::too_complex);
  EXPECT_EQ(deep.position, max_expression_nesting + 1);
  EXPECT_EQ(error_of(std::string(10000000, '(')).code, ErrorCode::too_complex);
  EXPECT_EQ(names_of(repeated("(a)|", max_expression_operands - 1) + "b"), (Names{"a", "b"}));
  const Error wide = error_of(repeated("a-", max_expression_operands) + "b");
  EXPECT_EQ(wide.code, ErrorCode::too_complex);
  EXPECT_EQ(wide.position, 2 * max_expression_operands + 1);
}

Model combined(char operation, const Model& a, const Model& b) {
  Model result;
  for (const Id id : united({a, b})) {
    const bool in_a = a.count(id) != 0;
    const bool in_b = b.count(id) != 0;
    const bool stays = operation == '-'   ? in_a && !in_b
                       : operation == '&' ? in_a && in_b
                       : operation == '|' ? true
                                          : in_a != in_b;
    if (stays) result.insert(id);
  }
  return result;
}

Model evaluated(const std::string& text, const std::vector<Model>& named) {
  // Names a, b, c, ...
  const Expression expression(text.data(), text.size());
  std::deque<Stored> stored;  // which never moves its elements
  for (const Model& model : named) stored.emplace_back(set_of(model));
  std::vector<SetView> views;
  for (const std::string& name : names_of(expression)) {
    views.push_back(stored[static_cast<std::size_t>(name[0] - 'a')].view());
  }
  return model_of(expression.evaluate(Span<SetView>(views.data(), views.size())));
}

TEST(Expression, operators_bind_as_in_python) {
  // Eight ids, one for each way of being in a, b and c or not.
  const std::vector<Model> sets = {{4, 5, 6, 7}, {2, 3, 6, 7}, {1, 3, 5, 7}};
  const Model &a = sets[0], &b = sets[1], &c = sets[2];
  const auto f = combined;
  EXPECT_EQ(evaluated("a", sets), a);
  EXPECT_EQ(evaluated("a - b - c", sets), f('-', f('-', a, b), c));
  EXPECT_EQ(evaluated("a - (b - c)", sets), f('-', a, f('-', b, c)));
  EXPECT_EQ(evaluated("a & b - c", sets), f('&', a, f('-', b, c)));
  EXPECT_EQ(evaluated("a - b & c", sets), f('&', f('-', a, b), c));
  EXPECT_EQ(evaluated("a # b & c", sets), f('#', a, f('&', b, c)));
  EXPECT_EQ(evaluated("a ^ b & c", sets), f('#', a, f('&', b, c)));
  EXPECT_EQ(evaluated("a | b # c", sets), f('|', a, f('#', b, c)));
  EXPECT_EQ(evaluated("a # b | c", sets), f('|', f('#', a, b), c));
  EXPECT_EQ(evaluated("a | b & c", sets), f('|', a, f('&', b, c)));
  EXPECT_EQ(evaluated("(a | b) & c", sets), f('&', f('|', a, b), c));
  EXPECT_EQ(evaluated("a & a - a", sets), Model());
  EXPECT_EQ(evaluated("a # a | a & a", sets), a);
}

// A random expression as text, and what it stands for.
struct Drawn {
  std::string text;
  Model model;
};

Drawn draw(Random& random, const std::vector<Model>& sets, int depth) {
  if (depth == 0 || random.one_in(4)) {
    const auto i = static_cast<std::size_t>(random.below(sets.size()));
    return {std::string(1, static_cast<char>('a' + i)), sets[i]};
  }
  const char operation = "-&#|"[random.below(4)];
  const Drawn left = draw(random, sets, depth - 1);
  const Drawn right = draw(random, sets, depth - 1);
  return {"(" + left.text + ")" + operation + "(" + right.text + ")",
          combined(operation, left.model, right.model)};
}

TEST(Expression, evaluates_like_the_model_whatever_the_shapes) {
  OBJECTSET_TRACE_SEED();
  Random random(81);
  std::vector<Model> sets;
  for (const Shape& shape : shapes()) {
    if (shape.ids.size() < 20000 && sets.size() < 20) sets.push_back(shape.ids);
  }
  for (int i = 0; i < 100; ++i) {
    const Drawn drawn = draw(random, sets, 4);
    EXPECT_TRUE(evaluated(drawn.text, sets) == drawn.model) << drawn.text;
  }
}

TEST(Expression, whatever_the_text_it_is_evaluated_or_refused_within_it) {
  OBJECTSET_TRACE_SEED();
  Random random(82);
  std::size_t taken = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (auto length = random.below(12); length > 0; --length) {
      text += "abc|&#^-() \"\xc3"[random.below(14)];
    }
    try {
      const Expression expression(text.data(), text.size());
      std::vector<SetView> views(expression.names());
      EXPECT_TRUE(
          is_empty(view_of(expression.evaluate(Span<SetView>(views.data(), views.size())))));
      ++taken;
    } catch (const Error& error) {
      EXPECT_EQ(error.code, ErrorCode::syntax) << text;
      EXPECT_GE(error.position, 1u) << text;
      EXPECT_LE(error.position, text.size() + 1) << text;
    }
  }
  EXPECT_GT(taken, 100u);
}

}  // namespace
}  // namespace objectset::test
