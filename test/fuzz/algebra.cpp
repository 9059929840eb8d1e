// The algebra and all questions about sets, beside a model of runs, so that a set of a million ids costs no more than one
// of ten.
#include "fuzz.hpp"

#include "core/set/membership.hpp"
#include "core/set/set_counts.hpp"
#include "core/set/sort_prefix.hpp"

namespace objectset::fuzz {
namespace {

struct Pair {
  Set set;
  Runs model;
};

// Where a step would make a set too large to be compared, it is left out.
constexpr std::size_t max_runs = 8000;

class Program {
 public:
  explicit Program(Reader& reader) : reader_(reader) {
    for (Pair& pair : pairs_) draw(pair);
  }

  void step() {
    Pair& pair = pairs_[reader_.below(3)];
    const Pair& other = pairs_[reader_.below(3)];
    change(pair, other);
    if (pair.model.all().size() > max_runs) return draw(pair);
    expect_same(pair.set, pair.model);
    ask(pair);
    ask_both(pair, other);
  }

 private:
  void draw(Pair& pair) {
    pair.model = draw_runs(reader_);
    pair.set = set_of(pair.model, reader_.below(3));
  }
  Set copy_of(const SetView& view) {
    Set set = combine(Operation::unite, view, SetView());
    set.keep();
    return set;
  }
  bool coin() { return reader_.below(2) == 1; }
  Operation operation() { return operations[reader_.below(4)]; }

  // An id, often the first or last of a run, or beside one.
  Id near(const Runs& model) {
    if (model.is_empty() || reader_.below(3) == 0) return reader_.id();
    const Runs::Run& run = model.all()[reader_.below(model.all().size())];
    const Id end = coin() ? run.first : run.last;
    Id id;
    return __builtin_add_overflow(end, static_cast<Id>(reader_.below(3)) - 1, &id) ? end : id;
  }

  void change(Pair& pair, const Pair& other) {
    switch (reader_.below(12)) {
      case 0:
        return draw(pair);
      case 1: {
        const Operation what = operation();
        const Operand a(pair.set, coin());
        const Operand b(other.set, coin());
        Set result = combine(what, a.view(), b.view());
        result.keep();
        pair.model = pair.model.combined(what, other.model);
        pair.set = std::move(result);
        return;
      }
      case 2:
      case 3: {
        if (&pair == &other) return;
        const Operation what = operation();
        const Operand b(other.set, coin());
        if (coin()) {
          pair.set.change(what, b.view());
        } else {
          pair.set.apply(what, b.view());
          pair.set.keep();
        }
        pair.model = pair.model.combined(what, other.model);
        return;
      }
      case 4: {
        if (&pair == &other) return;
        const Operation what = operation();
        Set taken = copy_of(other.set);
        pair.set.apply(what, taken);
        pair.set.adopt(taken);
        pair.set.keep();
        pair.model = pair.model.combined(what, other.model);
        return;
      }
      case 5:
      case 6:
        return change_ids(pair);
      case 7:
        return build_on(pair, other);
      case 8: {
        const Id first = near(pair.model);
        const Id last = near(pair.model);
        const Operand a(pair.set, coin());
        const bool within = coin();
        Set result = within ? between(a.view(), first, last) : without_range(a.view(), first, last);
        result.keep();
        const Runs part = pair.model.between(first, last);
        pair.model = within ? part : pair.model.combined(Operation::minus, part);
        pair.set = std::move(result);
        return;
      }
      case 9:
        return cut(pair);
      case 10:
        return move(pair);
      default:
        pair.set = copy_of(Operand(pair.set, true).view());
    }
  }

  void change_ids(Pair& pair) {
    pair.set.keep();
    for (std::uint64_t n = 1 + reader_.below(4); n > 0; --n) {
      const Id id = near(pair.model);
      const bool was = pair.model.contains(id);
      const bool adds = coin();
      EXPECT_EQ(adds ? pair.set.add(id) : pair.set.remove(id), adds != was);
      pair.model =
          pair.model.combined(adds ? Operation::unite : Operation::minus, Runs({{id, id}}));
    }
  }

  void build_on(Pair& pair, const Pair& other) {
    if (&pair == &other) return;
    pair.set.keep();
    SetBuilder builder(std::move(pair.set));
    for (std::uint64_t n = reader_.below(6); n > 0; --n) {
      switch (reader_.below(4)) {
        case 0: {
          const Id id = near(pair.model);
          builder.add(id);
          pair.model = pair.model.combined(Operation::unite, Runs({{id, id}}));
          break;
        }
        case 1: {
          const Id first = near(pair.model);
          Id last;
          if (__builtin_add_overflow(first, static_cast<Id>(reader_.below(100000)), &last)) break;
          builder.add_range(first, last);
          pair.model = pair.model.combined(Operation::unite, Runs({{first, last}}));
          break;
        }
        case 2:
          builder.add_set(Operand(other.set, coin()).view());
          pair.model = pair.model.combined(Operation::unite, other.model);
          break;
        default:
          builder.symdiff(Operand(other.set, coin()).view());
          pair.model = pair.model.combined(Operation::symdiff, other.model);
      }
      if (reader_.below(4) == 0) builder.finish();
    }
    pair.set = std::move(builder.finish());
  }

  void cut(Pair& pair) {
    const std::uint64_t count = pair.model.count();
    const std::uint64_t offset = reader_.below(count + 2);
    const std::uint64_t limit = coin() ? UINT64_MAX : reader_.below(count + 2);
    const Operand a(pair.set, coin());
    Set result = slice(a.view(), offset, limit);
    result.keep();
    if (offset >= count || limit == 0) {
      pair.model = Runs();
    } else {
      const std::uint64_t last = limit > count - offset ? count - 1 : offset + limit - 1;
      pair.model = pair.model.between(pair.model.select(offset), pair.model.select(last));
    }
    pair.set = std::move(result);
  }

  void move(Pair& pair) {
    const Id by = coin() ? reader_.id() : static_cast<Id>(reader_.below(200000)) - 100000;
    std::vector<Runs::Run> runs;
    bool leaves = false;
    for (Runs::Run run : pair.model.all()) {
      leaves = __builtin_add_overflow(run.first, by, &run.first) || leaves;
      leaves = __builtin_add_overflow(run.last, by, &run.last) || leaves;
      runs.push_back(run);
    }
    const Operand a(pair.set, coin());
    if (leaves) {
      EXPECT_FAILS(ErrorCode::out_of_range, shift(a.view(), by));
      return;
    }
    Set result = shift(a.view(), by);
    result.keep();
    pair.model = Runs(std::move(runs));
    pair.set = std::move(result);
  }

  void ask(const Pair& pair) {
    const Runs& model = pair.model;
    const Operand operand(pair.set, coin());
    const SetView set = operand.view();
    EXPECT_EQ(is_empty(set), model.is_empty());
    if (!model.is_empty()) {
      EXPECT_EQ(minimum(set), model.all().front().first);
      EXPECT_EQ(maximum(set), model.all().back().last);
      const std::uint64_t position = reader_.below(model.count());
      EXPECT_EQ(objectset::select(set, position), model.select(position));
    }
    Membership by_table(set);
    std::vector<std::uint64_t> table(by_table.table_words(1 << 10));
    if (!table.empty()) by_table.use_table(table.data(), table.size());
    Id ids[4];
    for (Id& id : ids) {
      id = near(model);
      EXPECT_EQ(contains(set, id), model.contains(id));
      EXPECT_EQ(by_table(id), model.contains(id));
      EXPECT_EQ(objectset::rank(set, id), model.rank(id));
    }
    EXPECT_EQ(count_between(set, ids[0], ids[1]), model.between(ids[0], ids[1]).count());
    std::sort(std::begin(ids), std::end(ids));
    std::uint64_t counts[4];
    counts_after_first(set, ids, 4, counts);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(counts[i], model.rank(ids[i]) - model.rank(ids[0]));
    walk(set, model, ids[0]);
  }

  void walk(const SetView& set, const Runs& model, Id from) {
    constexpr std::size_t most = 100;
    const std::uint64_t batch = 1 + reader_.below(70);
    const bool descending = coin();
    Cursor cursor(set, descending, from);
    std::uint64_t position = model.rank(from);
    const bool is_there = model.contains(from);
    if (!descending && is_there) --position;
    for (std::size_t walked = 0; walked < most;) {
      Id ids[71];
      const std::size_t given = cursor.next(ids, batch);
      for (std::size_t i = 0; i < given; ++i) {
        EXPECT_EQ(ids[i], model.select(descending ? --position : position++));
      }
      walked += given;
      if (given == batch) continue;
      EXPECT_EQ(position, descending ? 0 : model.count());
      return;
    }
  }

  void ask_both(const Pair& pair, const Pair& other) {
    const Operand left(pair.set, coin());
    const Operand right(other.set, coin());
    const SetView a = left.view();
    const SetView b = right.view();
    const Runs both = pair.model.combined(Operation::intersect, other.model);
    EXPECT_EQ(intersect_count(a, b), both.count());
    EXPECT_EQ(overlaps(a, b), !both.is_empty());
    EXPECT_EQ(is_subset(a, b), both == pair.model);
    EXPECT_EQ(sign(compare(a, b)), order_of(pair.model, other.model));
    if (compare(a, b) < 0) {
      EXPECT_LE(prefix_of(a), prefix_of(b));
    }
  }

  static int sign(int number) { return number < 0 ? -1 : number > 0 ? 1 : 0; }
  static std::uint64_t prefix_of(const SetView& set) {
    Id ids[sort_prefix_ids];
    const std::size_t count = Cursor(set).next(ids, sort_prefix_ids);
    return sort_prefix(Span<Id>(ids, count));
  }
  // By the first id that only one of them has: it comes first, unless the other one ends there.
  static int order_of(const Runs& a, const Runs& b) {
    const auto [left, right] =
        std::mismatch(a.all().begin(), a.all().end(), b.all().begin(), b.all().end());
    const bool a_ends = left == a.all().end();
    const bool b_ends = right == b.all().end();
    if (a_ends && b_ends) return 0;
    Id id;
    if (a_ends || b_ends) {
      id = a_ends ? right->first : left->first;
    } else if (left->first != right->first) {
      id = std::min(left->first, right->first);
    } else {
      id = std::min(left->last, right->last) + 1;
    }
    const bool in_a = a.contains(id);
    const Runs& lacking = in_a ? b : a;
    const bool lacking_ends = lacking.rank(id) == lacking.count();
    return in_a == lacking_ends ? 1 : -1;
  }

  Reader& reader_;
  Pair pairs_[3];
};

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  return run([&] {
    Reader reader(data, size);
    Program program(reader);
    for (int step = 0; step < 10 && !reader.is_empty(); ++step) program.step();
  });
}
