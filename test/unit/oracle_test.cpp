// Random programs of set operations, run on sets and on std::set side by side.
#include <algorithm>
#include <iterator>

#include "core/base/bytes.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/text_format.hpp"
#include "operands.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

constexpr Operation operations[] = {Operation::unite, Operation::intersect, Operation::minus,
                                    Operation::symdiff};

Model combine_models(Operation operation, const Model& a, const Model& b) {
  Model result;
  const auto out = std::inserter(result, result.end());
  switch (operation) {
    case Operation::unite:
      std::set_union(a.begin(), a.end(), b.begin(), b.end(), out);
      break;
    case Operation::intersect:
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), out);
      break;
    case Operation::minus:
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(), out);
      break;
    case Operation::symdiff:
      std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), out);
      break;
  }
  return result;
}

Set stand_alone(const SetView& view) {
  Set set = combine(Operation::unite, view, SetView());
  set.keep();
  return set;
}

struct Pair {
  Set set;
  Model model;
};

class Program {
 public:
  explicit Program(std::uint64_t stream) : random_(stream) {
    for (Pair& pair : pairs_) make_new(pair);
  }

  void run(unsigned steps) {
    for (unsigned step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      Pair& pair = pairs_[random_.below(std::size(pairs_))];
      change(pair);
      check_same(pair);
      if (::testing::Test::HasFailure()) return;
      check_questions(pair);
      check_questions_of_two(pair, pairs_[random_.below(std::size(pairs_))]);
      check_stored(pair);
    }
  }

 private:
  // An id in the model, beside one, or anywhere.
  Id near(const Model& model) {
    if (model.empty() || random_.one_in(4)) return random_.id();
    auto found = model.lower_bound(random_.id());
    if (found == model.end()) --found;
    const auto id = static_cast<std::uint64_t>(*found) + random_.below(3) - 1;
    return static_cast<Id>(id);
  }

  void make_new(Pair& pair) {
    pair.model = random_.model();
    pair.set = rebuilt(pair.model);
  }

  // The set of a model's ids, by one of several ways.
  Set rebuilt(const Model& model) {
    SetBuilder builder;
    switch (random_.below(4)) {
      case 0:
        return set_of(model);
      case 1: {  // in any order, with repeats
        std::vector<Id> ids(model.begin(), model.end());
        if (!ids.empty())
          ids.insert(ids.end(), ids.begin(),
                     ids.begin() + static_cast<Id>(random_.below(ids.size())));
        for (std::size_t i = ids.size(); i > 1; --i) std::swap(ids[i - 1], ids[random_.below(i)]);
        for (const Id id : ids) builder.add(id);
        if (random_.one_in(2)) builder.finish();
        break;
      }
      case 2:  // run by run
        for (auto at = model.begin(); at != model.end();) {
          const Id first = *at;
          Id last = first;
          while (++at != model.end() && *at == last + 1) ++last;
          builder.add_range(first, last);
        }
        break;
      default: {  // every range a bitmap, as long as there are few
        Buffer<Id> ids;
        for (const Id id : model) ids.push_back(id);
        return set_of_bitmaps(ids);
      }
    }
    return std::move(builder.finish());
  }

  void change(Pair& pair) {
    const Pair& other = pairs_[random_.below(std::size(pairs_))];
    const Operation operation = operations[random_.below(4)];
    switch (random_.below(11)) {
      case 0: {
        SCOPED_TRACE("combine " + std::to_string(static_cast<int>(operation)));
        const Operand a(pair.set, random_.one_in(2));
        const Operand b(other.set, random_.one_in(2));
        Set result = combine(operation, a.view(), b.view());
        result.keep();
        Model model = combine_models(operation, pair.model, other.model);
        pair = Pair{std::move(result), std::move(model)};
        return;
      }
      case 1: {
        if (&pair == &other) return make_new(pair);
        const Operand b(other.set, random_.one_in(2));
        pair.set.apply(operation, b.view());
        pair.set.keep();
        pair.model = combine_models(operation, pair.model, other.model);
        return;
      }
      case 2: {
        Set taken = stand_alone(other.set);
        if (&pair == &other) make_new(pair);
        const Model model = model_of(taken);
        pair.set.apply(operation, taken);
        pair.set.adopt(taken);
        pair.set.keep();
        pair.model = combine_models(operation, pair.model, model);
        return;
      }
      case 3: {
        SetBuilder builder(std::move(pair.set));
        for (std::uint64_t n = random_.below(2000); n > 0; --n) {
          const Id id = near(pair.model);
          builder.add(id);
          pair.model.insert(id);
        }
        const Id first = random_.id();
        Id last;
        if (__builtin_add_overflow(first, static_cast<Id>(random_.below(4000)), &last))
          last = INT64_MAX;
        builder.add_range(first, last);
        const Model added = run_of(first, last);
        pair.model.insert(added.begin(), added.end());
        if (&pair != &other) {
          builder.add_set(Operand(other.set, random_.one_in(2)).view());
          pair.model.insert(other.model.begin(), other.model.end());
        }
        pair.set = std::move(builder.finish());
        return;
      }
      case 4:
      case 5: {
        const bool within = random_.one_in(2);
        const Id first = random_.one_in(8) ? INT64_MIN : near(pair.model);
        const Id last = random_.one_in(8) ? INT64_MAX : near(pair.model);
        const Operand a(pair.set, random_.one_in(2));
        Set result = within ? between(a.view(), first, last) : without_range(a.view(), first, last);
        result.keep();
        Model model;
        for (const Id id : pair.model) {
          if ((first <= id && id <= last) == within) model.insert(model.end(), id);
        }
        pair = Pair{std::move(result), std::move(model)};
        return;
      }
      case 6: {
        const std::uint64_t offset = random_.below(pair.model.size() + 2);
        const std::uint64_t limit =
            random_.one_in(4) ? UINT64_MAX : random_.below(pair.model.size() + 2);
        const Operand a(pair.set, random_.one_in(2));
        Set result = slice(a.view(), offset, limit);
        result.keep();
        Model model;
        std::uint64_t position = 0;
        for (const Id id : pair.model) {
          if (position >= offset && position - offset < limit) model.insert(model.end(), id);
          ++position;
        }
        pair = Pair{std::move(result), std::move(model)};
        return;
      }
      case 7:
        return move_by(pair, random_.one_in(3) ? random_.id()
                                               : static_cast<Id>(random_.below(200000)) - 100000);
      case 8:
        pair.set = from_other_form(pair);
        return;
      default:
        make_new(pair);
    }
  }

  void move_by(Pair& pair, Id by) {
    SCOPED_TRACE("shift by " + std::to_string(by));
    Model model;
    bool leaves = false;
    for (const Id id : pair.model) {
      Id moved;
      if (__builtin_add_overflow(id, by, &moved)) {
        leaves = true;
      } else {
        model.insert(model.end(), moved);
      }
    }
    const Operand a(pair.set, random_.one_in(2));
    if (leaves) {
      EXPECT_FAILS(ErrorCode::out_of_range, shift(a.view(), by));
      return;
    }
    Set result = shift(a.view(), by);
    result.keep();
    pair = Pair{std::move(result), std::move(model)};
  }

  Set from_other_form(const Pair& pair) {
    const Stored stored(pair.set);
    Buffer<char> out;
    switch (random_.below(3)) {
      case 0:
        return stand_alone(stored.view());
      case 1:
        append_literal(stored.view(), out);
        return parse_literal(out.data(), out.size());
      default:
        write_portable64(stored.view(), out);
        return read_portable64_untrusted(out.data(), out.size());
    }
  }

  static void check_same(const Pair& pair) {
    const std::vector<Id> ids = ids_of(pair.set);
    ASSERT_EQ(ids.size(), pair.model.size());
    ASSERT_TRUE(std::equal(ids.begin(), ids.end(), pair.model.begin()));
  }

  void check_questions(const Pair& pair) {
    const Operand operand(pair.set, random_.one_in(2));
    const SetView set = operand.view();
    const Model& model = pair.model;
    const std::vector<Id> ids(model.begin(), model.end());
    EXPECT_EQ(is_empty(set), model.empty());
    EXPECT_EQ(cardinality(set), model.size());
    for (unsigned i = 0; i < 50; ++i) {
      const Id id = near(model);
      EXPECT_EQ(contains(set, id), model.count(id) != 0) << id;
      const auto not_greater =
          static_cast<std::uint64_t>(std::upper_bound(ids.begin(), ids.end(), id) - ids.begin());
      EXPECT_EQ(rank(set, id), not_greater) << id;
      const Id last = near(model);
      std::uint64_t within = 0;
      if (id <= last)
        within = static_cast<std::uint64_t>(std::upper_bound(ids.begin(), ids.end(), last) -
                                            std::lower_bound(ids.begin(), ids.end(), id));
      EXPECT_EQ(count_between(set, id, last), within) << id << " to " << last;
    }
    check_cursor(Cursor(set, true), std::vector<Id>(ids.rbegin(), ids.rend()));
    const Id start = near(model);
    check_cursor(Cursor(set, false, start),
                 std::vector<Id>(std::lower_bound(ids.begin(), ids.end(), start), ids.end()));
    check_cursor(
        Cursor(set, true, start),
        std::vector<Id>(std::make_reverse_iterator(std::upper_bound(ids.begin(), ids.end(), start)),
                        ids.rend()));
    if (model.empty()) return;
    EXPECT_EQ(minimum(set), ids.front());
    EXPECT_EQ(maximum(set), ids.back());
    for (unsigned i = 0; i < 20; ++i) {
      const std::uint64_t position = i == 0 ? ids.size() - 1 : random_.below(ids.size());
      EXPECT_EQ(select(set, position), ids[position]) << position;
    }
  }

  // Reads in batches of any size.
  void check_cursor(Cursor cursor, const std::vector<Id>& expected) {
    std::vector<Id> got;
    for (;;) {
      std::vector<Id> batch(1 + random_.below(random_.one_in(2) ? 4 : 3000));
      const std::size_t count = cursor.next(batch.data(), batch.size());
      got.insert(got.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
      if (count < batch.size()) break;
    }
    EXPECT_TRUE(got == expected);
  }

  void check_questions_of_two(const Pair& pair, const Pair& other) {
    const Operand operand_a(pair.set, random_.one_in(2));
    const Operand operand_b(other.set, random_.one_in(2));
    const SetView a = operand_a.view();
    const SetView b = operand_b.view();
    const Model shared = combine_models(Operation::intersect, pair.model, other.model);
    EXPECT_EQ(intersect_count(a, b), shared.size());
    EXPECT_EQ(overlaps(a, b), !shared.empty());
    EXPECT_EQ(is_subset(a, b), shared.size() == pair.model.size());
    const auto order = [](int difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; };
    const int expected = pair.model == other.model ? 0 : pair.model < other.model ? -1 : 1;
    EXPECT_EQ(order(compare(a, b)), expected);
    EXPECT_EQ(order(compare(b, a)), -expected);
    // A subset, and a set that differs in one id.
    const Set part = combine(Operation::intersect, a, b);
    EXPECT_TRUE(is_subset(part, a));
    Model nearly = pair.model;
    const Id id = near(nearly);
    if (nearly.erase(id) == 0) nearly.insert(id);
    const Set nearly_set = rebuilt(nearly);
    EXPECT_EQ(order(compare(a, nearly_set)), pair.model < nearly ? -1 : 1);
    EXPECT_EQ(is_subset(a, nearly_set), nearly.size() > pair.model.size());
  }

  void check_stored(const Pair& pair) {
    const std::string bytes = stored_bytes(pair.set);
    EXPECT_TRUE(is_valid(bytes));
    EXPECT_TRUE(bytes == stored_bytes(rebuilt(pair.model))) << "equal sets, different bytes";
    const Stored stored(bytes);
    EXPECT_TRUE(stored.str() == stored_bytes(stored.view()));
    EXPECT_TRUE(model_of(stored.view()) == pair.model);
  }

  Random random_;
  Pair pairs_[4];
};

TEST(Oracle, random_programs_agree_with_std_set) {
  OBJECTSET_TRACE_SEED();
#ifdef OBJECTSET_SANITIZED
  constexpr unsigned programs = 20;
#else
  constexpr unsigned programs = 60;
#endif
  for (unsigned i = 0; i < programs && !HasFailure(); ++i) {
    SCOPED_TRACE("program " + std::to_string(i));
    Program(i).run(40);
  }
}

}  // namespace
}  // namespace objectset::test
