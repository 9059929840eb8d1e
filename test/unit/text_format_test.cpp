// The text form.
#include "core/stored/text_format.hpp"

#include "support.hpp"

namespace objectset::test {
namespace {

Model parsed(const std::string& text) { return model_of(parse_literal(text.data(), text.size())); }

std::string written(const Model& model, void (*append)(const SetView&, Buffer<char>&)) {
  Buffer<char> out;
  append(view_of(set_of(model)), out);
  return {out.data(), out.size()};
}

std::string printed(const Model& model) { return written(model, append_literal); }
std::string as_json(const Model& model) { return written(model, append_json); }

TEST(Literal, ids_and_ranges_stand_in_any_order_with_blanks_and_repeats) {
  EXPECT_EQ(parsed("{}"), Model());
  EXPECT_EQ(parsed(" \t{ \n} \r"), Model());
  EXPECT_EQ(parsed("{1}"), (Model{1}));
  EXPECT_EQ(parsed("{5,1,2,5,1}"), (Model{1, 2, 5}));
  EXPECT_EQ(parsed("{ +7 , -3 ,-0 }"), (Model{-3, 0, 7}));
  EXPECT_EQ(parsed("{0007}"), (Model{7}));
  EXPECT_EQ(parsed("{1..3}"), (Model{1, 2, 3}));
  EXPECT_EQ(parsed("{ -2 .. +1 , 9..9,0 }"), (Model{-2, -1, 0, 1, 9}));
  EXPECT_EQ(parsed("{1..1000,2000,500..1500}"), united({run_of(1, 1500), {2000}}));
  EXPECT_EQ(parsed("{-9223372036854775808,9223372036854775807}"), (Model{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(parsed("{9223372036854775807..9223372036854775807}"), (Model{INT64_MAX}));
  EXPECT_EQ(
      parsed(
          "{9223372036854775707..9223372036854775807,-9223372036854775808..-9223372036854775708}"),
      united({run_of(INT64_MAX - 100, INT64_MAX), run_of(INT64_MIN, INT64_MIN + 100)}));
}

TEST(Literal, numbers_of_any_length_are_read_and_written_as_they_are) {
  OBJECTSET_TRACE_SEED();
  Random random(7);
  for (unsigned round = 0; round < 50; ++round) {
    Model model;
    std::string text = "{";
    for (std::uint64_t left = 1 + random.below(600); left > 0; --left) {
      // Of one to 64 bits, and mostly near the one before.
      Id id = static_cast<Id>(random.bits() >> random.below(64));
      if (!model.empty() && random.below(3) != 0 && id > 1) {
        id = *model.begin() / 2 + static_cast<Id>(random.below(20000)) - 10000;
      }
      model.insert(id);
      text += std::to_string(id) + (left > 1 ? "," : "}");
    }
    EXPECT_EQ(parsed(text), model);
    std::string list = "{";
    for (const Id id : model) list += std::to_string(id) + ",";
    list.back() = '}';
    EXPECT_EQ(printed(model), list);
  }
}

TEST(Literal, malformed_text_is_refused_at_the_character_where_it_goes_wrong) {
  const struct {
    const char* text;
    const char* detail;
  } cases[] = {
      {"", "Expected \"{\" at character 1."},
      {"   ", "Expected \"{\" at character 4."},
      {"1,2", "Expected \"{\" at character 1."},
      {"{", "Expected an id at character 2."},
      {"{1", "Expected \",\" or \"}\" at character 3."},
      {"{1,", "Expected an id at character 4."},
      {"{1,}", "Expected an id at character 4."},
      {"{,1}", "Expected an id at character 2."},
      {"{1 2}", "Expected \",\" or \"}\" at character 4."},
      {"{12345678", "Expected \",\" or \"}\" at character 10."},
      {"{1,1234567x}", "Expected \",\" or \"}\" at character 11."},
      {"{1,123456789 5}", "Expected \",\" or \"}\" at character 14."},
      {"{1,12\xb9"
       "456789}",
       "Expected \",\" or \"}\" at character 6."},
      {"{1,,2}", "Expected an id at character 4."},
      {"{1} x", "Expected the end at character 5."},
      {"{1}}", "Expected the end at character 4."},
      {"{a}", "Expected an id at character 2."},
      {"{1a}", "Expected \",\" or \"}\" at character 3."},
      {"{1.5}", "Expected \",\" or \"}\" at character 3."},
      {"{1...5}", "Expected an id at character 5."},
      {"{1..}", "Expected an id at character 5."},
      {"{..5}", "Expected an id at character 2."},
      {"{1..2..3}", "Expected \",\" or \"}\" at character 6."},
      {"{5..4}", "Expected an upper bound not below the lower one at character 5."},
      {"{-}", "Expected an id at character 2."},
      {"{+}", "Expected an id at character 2."},
      {"{+-1}", "Expected an id at character 2."},
      {"{--1}", "Expected an id at character 2."},
      {"{0x10}", "Expected \",\" or \"}\" at character 3."},
      {"{\xc2\xa0"
       "1}",
       "Expected an id at character 2."},
      {"{NULL}", "Expected an id at character 2."},
      {"[", "Expected an id at character 2."},
      {"[1", "Expected \",\" or \"]\" at character 3."},
      {"[1}", "Expected \",\" or \"]\" at character 3."},
      {"{1]", "Expected \",\" or \"}\" at character 3."},
      {"[12345678}", "Expected \",\" or \"]\" at character 10."},
      {"[1,]", "Expected an id at character 4."},
      {"[1..5]", "Expected \",\" or \"]\" at character 3."},
      {"[1,9)", "Expected \",\" or \"]\" at character 5."},
      {"[1.5]", "Expected \",\" or \"]\" at character 3."},
      {"[null]", "Expected an id at character 2."},
      {"[[1]]", "Expected an id at character 2."},
      {"[] []", "Expected the end at character 4."},
      {"{\"", "Expected an id at character 3."},
      {"{\"\"}", "Expected an id at character 3."},
      {"{\"1", "Expected a closing quote at character 4."},
      {"{\"1}", "Expected a closing quote at character 4."},
      {"{\"1 2\"}", "Expected a closing quote at character 5."},
      {"{\"1,2\"}", "Expected a closing quote at character 4."},
      {"{\"1\"", "Expected \",\" or \"}\" at character 5."},
      {"{\"1\"\"2\"}", "Expected \",\" or \"}\" at character 5."},
      {"{\"1\"..\"5\"}", "Expected \",\" or \"}\" at character 5."},
      {"{1\"}", "Expected \",\" or \"}\" at character 3."},
      {"{'1'}", "Expected an id at character 2."},
      {"[\"1..5\"]", "Expected a closing quote at character 4."},
  };
  for (const auto& [text, detail] : cases) {
    try {
      parse_literal(text, std::strlen(text));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code, ErrorCode::invalid_text) << text;
      EXPECT_STREQ(error.detail, detail) << text;
      EXPECT_STREQ(error.message, "malformed object set literal");
    }
  }
}

// An id where a set is wanted was given no type, which is what the hint says of it; of nothing else.
TEST(Literal, an_id_without_braces_is_told_to_need_a_type) {
  const auto speaks_of_types = [](const std::string& text) {
    try {
      parsed(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code, ErrorCode::invalid_text) << text;
      EXPECT_STREQ(error.detail, text[0] == ' ' ? "Expected \"{\" at character 2."
                                                : "Expected \"{\" at character 1.");
      return std::strstr(error.hint, "$1::bigint") != nullptr;
    }
    return false;
  };
  for (const char* id : {"7", "-12", "+3", " 5 ", "99999999999999999999"}) {
    EXPECT_TRUE(speaks_of_types(id)) << id;
  }
  for (const char* other : {"", " ", "-", "+", "-+1", "1,2", "1 2", "1..5", "7}", "x7", "7x"}) {
    EXPECT_FALSE(speaks_of_types(other)) << other;
  }
}

TEST(Literal, text_is_read_up_to_its_size_and_not_to_a_zero) {
  const std::string text("{1\0}", 4);
  EXPECT_FAILS(ErrorCode::invalid_text, parsed(text));
  const char* const longer = "{1}junk";
  EXPECT_EQ(cardinality(view_of(parse_literal(longer, 3))), 1u);
}

TEST(Literal, every_prefix_of_a_literal_is_malformed) {
  const std::string text = "{-12,3..9 ,\"5\", 77}";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FAILS(ErrorCode::invalid_text, parsed(text.substr(0, size)));
  }
}

TEST(Literal, numbers_beyond_bigint_are_out_of_range) {
  for (const char* text : {"{9223372036854775808}", "{-9223372036854775809}",
                           "{1..9223372036854775808}", "{+99999999999999999999}"}) {
    EXPECT_FAILS(ErrorCode::out_of_range, parsed(text));
  }
  try {
    parsed("{" + std::string(300, '9') + "}");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message,
              "value \"" + std::string(40, '9') + "...\" is out of range for type bigint");
  }
}

TEST(Literal, ranges_beyond_what_a_value_holds_are_too_large) {
  EXPECT_FAILS(ErrorCode::too_large, parsed("{-9223372036854775808..9223372036854775807}"));
  EXPECT_FAILS(ErrorCode::too_large, parsed("{1..9223372036854775807}"));
}

TEST(Literal, prints_ascending_without_blanks) {
  EXPECT_EQ(printed({}), "{}");
  EXPECT_EQ(printed({3, -5, 1}), "{-5,1,3}");
  EXPECT_EQ(printed({INT64_MAX, INT64_MIN, 0}), "{-9223372036854775808,0,9223372036854775807}");
  EXPECT_EQ(printed({INT64_MAX, INT64_MIN}), "{-9223372036854775808,9223372036854775807}");
  EXPECT_EQ(printed({-10001, -10000, -9999, -1, 9999, 10000, 10001, 19999, 20000, 1000000}),
            "{-10001,-10000,-9999,-1,9999,10000,10001,19999,20000,1000000}");
  EXPECT_EQ(printed(run_of(-2, 2)), "{-2,-1,0,1,2}");
}

TEST(Literal, every_shape_comes_back) {
  for (const Shape& shape : shapes()) {
    const std::string text = printed(shape.ids);
    EXPECT_TRUE(parsed(text) == shape.ids) << shape.name;
    const std::string json = as_json(shape.ids);
    EXPECT_TRUE(parsed(json) == shape.ids) << shape.name;
    EXPECT_EQ(json, "[" + text.substr(1, text.size() - 2) + "]") << shape.name;
  }
}

TEST(Literal, arrays_of_json_are_read) {
  EXPECT_EQ(parsed("[]"), Model());
  EXPECT_EQ(parsed(" [ ] "), Model());
  EXPECT_EQ(parsed("[1]"), (Model{1}));
  EXPECT_EQ(parsed("[5, 1,\n2, -3, 1]"), (Model{-3, 1, 2, 5}));
  EXPECT_EQ(parsed("[9223372036854775807,-9223372036854775808]"), (Model{INT64_MIN, INT64_MAX}));
  EXPECT_FAILS(ErrorCode::out_of_range, parsed("[9223372036854775808]"));
}

// As drivers write lists of strings, and as arrays may be written.
TEST(Literal, items_may_be_quoted) {
  EXPECT_EQ(parsed("{\"1\",\"2\"}"), (Model{1, 2}));
  EXPECT_EQ(parsed("{ \"-1\" , 2,\" +3 \"}"), (Model{-1, 2, 3}));
  EXPECT_EQ(parsed("{\"1..3\",\"123456789\",7}"), (Model{1, 2, 3, 7, 123456789}));
  EXPECT_EQ(parsed("[\"9223372036854775807\",\"-9223372036854775808\"]"),
            (Model{INT64_MIN, INT64_MAX}));
  EXPECT_FAILS(ErrorCode::out_of_range, parsed("{\"9223372036854775808\"}"));
}

TEST(Literal, the_length_of_a_list_is_known_before_it_is_written) {
  const auto expect_length = [](const Model& model) {
    EXPECT_EQ(list_length(view_of(set_of(model))), printed(model).size())
        << printed(model).substr(0, 80);
  };
  expect_length({});
  Model powers = {0, INT64_MIN, INT64_MAX};
  for (Id power = 1; power <= INT64_MAX / 10; power *= 10) {
    for (const Id id : {power - 1, power, power * 9}) {
      expect_length({id});
      expect_length({-id});
      powers.insert({id, -id});
    }
  }
  expect_length(powers);
  for (const Shape& shape : shapes()) expect_length(shape.ids);
  OBJECTSET_TRACE_SEED();
  Random random(8);
  for (unsigned round = 0; round < 30; ++round) expect_length(random.model());
}

}  // namespace
}  // namespace objectset::test
