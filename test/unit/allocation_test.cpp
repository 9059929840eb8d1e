// Memory that runs out, and a host that wants to stop, at every place where either can happen: an exception, no
// crash, no damage to the sets that went in, and nothing left behind where all went well.
#include <functional>
#include <new>
#include <unordered_map>

#include "core/aggregate/aggregate_state.hpp"
#include "core/cohort/exclusive_parts.hpp"
#include "core/cohort/funnel.hpp"
#include "core/cohort/hash_split.hpp"
#include "core/cohort/random_sample.hpp"
#include "core/cohort/similar_pairs.hpp"
#include "core/planning/id_selectivity.hpp"
#include "core/planning/set_sample.hpp"
#include "core/saved/dependency_order.hpp"
#include "core/saved/net_change.hpp"
#include "core/saved/saved_set.hpp"
#include "core/saved/set_expression.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/text_format.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

enum class Injected { out_of_memory, interrupt };

constexpr std::uint64_t never = UINT64_MAX;

// A host whose memory is taken back as a whole, as a memory context's is.
class Arena {
 public:
  Arena() {
    current_ = this;
    set_host(Host{[](std::size_t bytes) { return current_->take(bytes); },
                  [](void* block, std::size_t bytes) { return current_->grow(block, bytes); },
                  [](void* block) { current_->give_back(block); },
                  [] { return current_->polls_left_ != never && current_->polls_left_-- == 0; }});
  }
  ~Arena() {
    for (const auto& [block, bytes] : blocks_) std::free(block);
    set_host(Host{std::malloc, std::realloc, std::free, [] { return false; }});
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void fail_after(Injected injected, std::uint64_t times) {
    (injected == Injected::out_of_memory ? allocations_left_ : polls_left_) = times;
  }
  void fail_never() { allocations_left_ = polls_left_ = never; }
  std::size_t blocks() const noexcept { return blocks_.size(); }
  std::size_t peak() const noexcept { return peak_; }

 private:
  void* take(std::size_t bytes) {
    if (is_exhausted(bytes)) return nullptr;
    void* block = std::malloc(bytes);
    remember(block, bytes);
    return block;
  }
  void* grow(void* block, std::size_t bytes) {
    if (is_exhausted(bytes)) return nullptr;
    forget(block);
    void* moved = std::realloc(block, bytes);
    remember(moved, bytes);
    return moved;
  }
  void give_back(void* block) {
    forget(block);
    std::free(block);
  }
  bool is_exhausted(std::size_t bytes) {
    if (in_use_ + bytes > std::size_t{256} << 20) return true;
    return allocations_left_ != never && allocations_left_-- == 0;
  }
  void remember(void* block, std::size_t bytes) {
    blocks_[block] = bytes;
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
  }
  void forget(void* block) {
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) std::abort();  // not ours, or given back before
    in_use_ -= found->second;
    blocks_.erase(found);
  }

  static inline Arena* current_ = nullptr;
  std::unordered_map<void*, std::size_t> blocks_;
  std::size_t in_use_ = 0;
  std::size_t peak_ = 0;
  std::uint64_t allocations_left_ = never;
  std::uint64_t polls_left_ = never;
};

Model model_a() {
  Model model =
      united({{-5 * two_to_32, INT64_MIN}, run_of(-900, 600), run_of(two_to_16, two_to_16 + 2)});
  for (Id i = 0; i < 5000; ++i) model.insert(3 * two_to_16 + 5 * i);
  for (Id i = 0; i < 600; ++i) model.insert(7 * two_to_32 + 11 * i);
  return model;
}

Model model_b() {
  Model model = united({{-5 * two_to_32, INT64_MAX, 6, 7 * two_to_32 + 1}, run_of(-100, 3000)});
  for (Id i = 0; i < 5000; ++i) model.insert(3 * two_to_16 + 7 * i);
  for (Id i = 0; i < 700; ++i) model.insert(9 * two_to_32 + 2 * i);
  return model;
}

// What the operations work on. Made without failures, and checked after each.
struct Inputs {
  static const std::vector<Id>& ids_a() {
    static const Model model = model_a();
    static const std::vector<Id> ids(model.begin(), model.end());
    return ids;
  }
  static const std::vector<Id>& ids_b() {
    static const Model model = model_b();
    static const std::vector<Id> ids(model.begin(), model.end());
    return ids;
  }
  static Set build(const std::vector<Id>& ids) {
    SetBuilder builder;
    for (const Id id : ids) builder.add(id);
    return std::move(builder.finish());
  }
  bool are_intact() const {
    return ids_of(a) == ids_a() && ids_of(b) == ids_b() && ids_of(stored_a.view()) == ids_a() &&
           ids_of(stored_b.view()) == ids_b();
  }

  Set a = build(ids_a());
  Set b = build(ids_b());
  Stored stored_a{a};
  Stored stored_b{b};
};

Set copy_of(const SetView& set) {
  Set copy = combine(Operation::unite, set, SetView());
  copy.keep();
  return copy;
}

struct Case {
  const char* name;
  std::function<void(const Inputs&)> run;
};

std::vector<Case> cases() {
  std::vector<Case> all = {
      {"build",
       [](const Inputs& in) {
         SetBuilder builder;
         for (Id id = 70000; id > 0; --id) builder.add(id * 3);
         builder.add_range(-500, 500);
         builder.add_range(0, two_to_16 * 3);
         builder.add_set(in.a);
         builder.add_set(in.stored_b.view());
         builder.finish();
       }},
      {"combine in a builder",
       [](const Inputs& in) {
         SetBuilder builder;
         builder.add_set(in.stored_a.view());
         for (int i = 0; i < 3; ++i) builder.add_set(i == 1 ? in.b : in.stored_b.view());
         builder.add(5);
         builder.finish();
         builder.add_set(in.stored_a.view());
         builder.symdiff(in.stored_b.view());
         builder.symdiff(in.a);
         builder.finish();
         builder.add_set(in.a);
         builder.add_set(view_of(between(in.b, 6, 9)));
       }},
      {"build out of order",
       [](const Inputs&) {
         SetBuilder builder;
         for (Id i = 0; i < 70000; ++i) builder.add(i * 7919 % 69997);
         for (Id i = 0; i < 3000; ++i) builder.add(i * 7919 % 69997 * two_to_32);
         builder.finish();
       }},
      {"parts",
       [](const Inputs& in) {
         Set part = between(in.stored_a.view(), -50, 4 * two_to_16);
         part.keep();
         Set rest = without_range(in.a, -50, 3 * two_to_16 + 40);
         rest.keep();
         Set some = slice(in.b, 10, 5000);
         some.keep();
       }},
      {"shift",
       [](const Inputs& in) {
         const Set back = between(in.stored_a.view(), -1000, INT64_MAX);
         Set moved = shift(back, 70001);
         moved.keep();
         Set far = shift(back, two_to_32);
         far.keep();
       }},
      {"make_range", [](const Inputs&) { make_range(-4, 9 * two_to_16 + 1); }},
      {"questions",
       [](const Inputs& in) {
         intersect_count(in.a, in.stored_b.view());
         overlaps(in.a, in.b);
         is_subset(in.a, in.b);
         compare(in.a, in.stored_a.view());
         compare(view_of(between(in.a, 0, two_to_32)), view_of(between(in.b, 0, two_to_32)));
       }},
      {"store",
       [](const Inputs& in) {
         stored_bytes(in.a);
         stored_bytes(in.stored_b.view());
         stored_bytes(combine(Operation::symdiff, in.a, in.b));
       }},
      {"read stored",
       [](const Inputs& in) {
         const Stored stored(in.stored_a.str());
         EXPECT_TRUE(is_valid(in.stored_b.str()));
       }},
      {"literal",
       [](const Inputs& in) {
         Buffer<char> out;
         append_literal(view_of(slice(in.a, 0, 3000)), out);
         parse_literal(out.data(), out.size());
         const char text[] = "{1..200000,-5,-7..-6}";
         parse_literal(text, sizeof text - 1);
       }},
      {"portable",
       [](const Inputs& in) {
         Buffer<char> out;
         write_portable64(in.stored_a.view(), out);
         read_portable64_untrusted(out.data(), out.size());
         const Stored low(between(in.a, 0, two_to_32 - 1));
         out.clear();
         write_portable32(low.view(), out);
         read_portable32_untrusted(out.data(), out.size());
         EXPECT_FAILS(ErrorCode::invalid_binary,
                      read_portable32_untrusted(out.data(), out.size() - 1));
       }},
      {"counter",
       [](const Inputs& in) {
         Counter counter;
         counter.add(in.a);
         counter.add(in.stored_b.view());
         counter.add(in.a);
         Counter other;
         other.add(in.stored_a.view());
         other.add(in.b);
         counter.add(other);
         counter.subtract(in.b);
         counter.at_least(2);
         Set odd = counter.odd();
         odd.keep();
       }},
      {"gathered",
       [](const Inputs& in) {
         AggregateState counting;
         counting.counting = counting.gathering = true;
         AggregateState odd;
         odd.gathering = true;
         for (int i = 0; i < 3; ++i) {
           const Set few = slice(in.stored_b.view(), 0, 900);
           counting.count(few);
           odd.symdiff(few);
           odd.unite(few);
         }
         counting.count(in.a);
         odd.symdiff(in.a);
         counting.settle();
         odd.settle();
       }},
      {"state",
       [](const Inputs& in) {
         AggregateState state;
         state.set.add_set(in.a);
         StateWriter writer(state);
         std::string bytes(writer.size(), '\0');
         writer.write(bytes.data());
         const AlignedBytes aligned(bytes);
         EXPECT_TRUE(state_is_valid_untrusted(aligned.data(), aligned.size()));
         const AggregateState again(aligned.data(), aligned.size());
       }},
      {"counter state",
       [](const Inputs& in) {
         AggregateState state;
         state.counting = true;
         state.counter.add(in.a);
         state.counter.add(in.b);
         StateWriter writer(state);
         std::string bytes(writer.size(), '\0');
         writer.write(bytes.data());
         const AlignedBytes aligned(bytes);
         EXPECT_TRUE(state_is_valid_untrusted(aligned.data(), aligned.size()));
         const AggregateState again(aligned.data(), aligned.size());
       }},
      {"estimate",
       [](const Inputs& in) {
         ColumnStatistics column;
         column.possible_ids = 30000;
         std::vector<Id> bounds;
         for (Id i = -500; i < 500; ++i) bounds.push_back(i * 700);
         column.bounds = {bounds.data(), bounds.size()};
         const std::vector<Id> common = {-800, 5, 99};
         const std::vector<float> fractions = {0.1F, 0.1F, 0.01F};
         column.common = {common.data(), common.size()};
         column.common_fractions = {fractions.data(), fractions.size()};
         contained_fraction(in.a, column);
         contained_fraction(in.stored_b.view(), column, -900, two_to_16);
       }},
      {"sample of sets",
       [](const Inputs& in) {
         SetSample sample;
         for (std::size_t i = 0; i < 500; ++i) {
           const Id* const ids = Inputs::ids_a().data() + i;
           sample.add({i % 100, i % 100 > 0, ids[0], ids[99]});
           if (i % 100 > 0) sample.add_ids(ids, i % 100);
         }
         sample.add({cardinality(in.a), true, minimum(in.a), maximum(in.a)});
         sample.finish(1000, 100, 100);
       }},
      {"cohorts",
       [](const Inputs& in) {
         const SetView sets[] = {in.a, in.stored_b.view(), in.b};
         const ExclusiveParts parts({sets, 3});
         for (const ExclusiveParts::Part& part : parts.parts()) PartIds(parts, part);
         std::uint64_t counts[3];
         funnel({sets, 3}, counts);
         random_sample(in.a, 100, 7);
         SetBuilder builders[3];
         split(in.stored_a.view(), 3, 5, builders);
         split_part(in.b, 3, 5, 1);
         const CountedSet counted[] = {{in.a, cardinality(in.a)}, {in.b, cardinality(in.b)}};
         similar_pairs({counted, 2}, 0, 5);
       }},
      {"saved",
       [](const Inputs& in) {
         const Set some = between(in.stored_a.view(), -700, two_to_16);
         const SavedSet set = {in.stored_b.view(), view_of(some), SetView(), in.a};
         const Revised revised = {set, SetKind::derived, 0};
         add(revised, in.a);
         remove(revised, in.stored_a.view());
         toggle(revised, in.a);
         replace(revised, in.stored_a.view());
         refresh(set, in.a, SetView());
         fold(set);
         delete_rows(revised, in.stored_a.view());
         const IdChange changes[] = {{-800, 12345}, {6, -5}};
         rekey(revised, {changes, 2}, true);
         members_among(set, in.a);
       }},
      {"history",
       [](const Inputs& in) {
         NetChange change;
         change.then(in.a, in.stored_b.view());
         change.then(in.b, in.stored_a.view());
         change.undone_from(in.a);
       }},
      {"expression",
       [](const Inputs& in) {
         const char text[] = "(a | b) - (b # \"c d\") & a";
         const Expression expression(text, sizeof text - 1);
         const SetView sets[] = {in.a, in.stored_b.view(), in.b};
         Set result = expression.evaluate({sets, 3});
         result.keep();
         const std::uint32_t first[] = {0, 1, 3, 3};
         const std::uint32_t needs[] = {1, 2, 0};
         dependency_order({first, 4}, {needs, 3});
       }},
      {"ids state",
       [](const Inputs&) {
         std::string bytes(ids_state_size(3000), '\0');
         ids_state_init(bytes.data());
         for (Id id = 3000; id > 0; --id) ids_state_add(bytes.data(), id / 2);
         AlignedBytes aligned(bytes);
         const AggregateState before(aligned.data(), aligned.size());
         ids_state_compact(aligned.data());
       }},
  };
  for (const Operation operation :
       {Operation::unite, Operation::intersect, Operation::minus, Operation::symdiff}) {
    all.push_back({"combine", [operation](const Inputs& in) {
                     Set result = combine(operation, in.a, in.b);
                     result.keep();
                     Set again = combine(operation, in.stored_b.view(), in.a);
                     again.keep();
                   }});
    all.push_back({"apply", [operation](const Inputs& in) {
                     Set target = copy_of(in.stored_a.view());
                     target.apply(operation, in.stored_b.view());
                     target.keep();
                     Set taken = copy_of(in.b);
                     Set other = copy_of(in.a);
                     other.apply(operation, taken);
                     other.adopt(taken);
                     other.keep();
                   }});
  }
  return all;
}

// Fails at the first place, the second, and so on, until the operation gets through.
void sweep(Injected injected) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    bool done = false;
    std::uint64_t failures = 0;
    while (!done && !::testing::Test::HasFailure()) {
      Arena arena;
      {
        const Inputs inputs;
        arena.fail_after(injected, failures);
        try {
          one.run(inputs);
          done = true;
        } catch (const std::bad_alloc&) {
          EXPECT_EQ(injected, Injected::out_of_memory);
        } catch (const Interrupted&) {
          EXPECT_EQ(injected, Injected::interrupt);
        }
        arena.fail_never();
        EXPECT_EQ(is_abandoned(), !done);
        resume();
        EXPECT_TRUE(inputs.are_intact()) << "after " << failures;
      }
      if (done) {
        EXPECT_EQ(arena.blocks(), 0u) << "left behind";
      } else {
        ++failures;
      }
    }
    EXPECT_GT(failures, 0u) << "nothing was injected";
  }
}

TEST(Allocation, running_out_of_memory_anywhere_is_an_exception_and_harms_no_input) {
  sweep(Injected::out_of_memory);
}

TEST(Allocation, being_stopped_anywhere_is_an_exception_and_harms_no_input) {
  sweep(Injected::interrupt);
}

// ---- Changes that fail --------------------------------------------------------------------------------------

// Whether something is done although what is injected comes after so many times.
template <class Run>
bool gets_through(Arena& arena, Injected injected, std::uint64_t times, Run&& run) {
  bool done = false;
  arena.fail_after(injected, times);
  try {
    run();
    done = true;
  } catch (const std::bad_alloc&) {
  } catch (const Interrupted&) {
  }
  arena.fail_never();
  resume();
  return done;
}

std::vector<Id> list_of(const Model& model) { return {model.begin(), model.end()}; }

// Under sanitizers not every place is tried beyond the first ones.
std::uint64_t step_after([[maybe_unused]] std::uint64_t failures) noexcept {
#if defined(OBJECTSET_SANITIZED)
  return 1 + failures / 8;
#else
  return 1;
#endif
}

// Fails at the first place, the second, and so on, until the change gets through; all of it, or nothing.
void expect_all_or_nothing(const Stored& before, const std::function<void(Set&)>& change,
                           const Model& result) {
  const std::vector<Id> ids = ids_of(before.view());
  const std::string expected = stored_bytes(set_of(result));
  for (const Injected injected : {Injected::out_of_memory, Injected::interrupt}) {
    bool done = false;
    for (std::uint64_t failures = 0; !done; failures += step_after(failures)) {
      Arena arena;
      {
        Set set = copy_of(before.view());
        const std::size_t blocks = arena.blocks();
        done = gets_through(arena, injected, failures, [&] { change(set); });
        if (!done) {
          ASSERT_TRUE(ids_of(set) == ids) << "after " << failures;
          ASSERT_EQ(cardinality(set), ids.size()) << "after " << failures;
          ASSERT_EQ(arena.blocks(), blocks) << "after " << failures;
          change(set);
        }
        ASSERT_EQ(cardinality(set), result.size()) << "after " << failures;
        ASSERT_TRUE(stored_bytes(set) == expected) << "after " << failures;
      }
      ASSERT_EQ(arena.blocks(), 0u) << "left behind after " << failures;
    }
  }
}

Model combined(Operation operation, const Model& a, const Model& b) {
  Model result;
  for (const Id id : united({a, b})) {
    const bool in_a = a.count(id) != 0;
    const bool in_b = b.count(id) != 0;
    const bool is_in = operation == Operation::unite       ? in_a || in_b
                       : operation == Operation::intersect ? in_a && in_b
                       : operation == Operation::minus     ? in_a && !in_b
                                                           : in_a != in_b;
    if (is_in) result.insert(result.end(), id);
  }
  return result;
}

// Blocks of 65,536 ids of each kind: arrays, bitsets, runs, and some at the border between two kinds.
Model blocks_of_each_kind(Id step) {
  Model model;
  for (Id block = 0; block < 7; ++block) {
    const Id count = block == 2 ? 4096 : block == 3 ? 4097 : block == 5 ? 1 : 300;
    const Id gap = block == 1 ? 1 : block == 4 ? 70 : 3;
    for (Id i = 0; i < count; ++i) model.insert(block * step * two_to_16 + i * gap);
  }
  return model;
}

std::vector<Model> models_to_change() {
  Model sparse;
  for (Id i = 0; i < 400; ++i) sparse.insert(i * 77777777 - two_to_32 * 3);
  Model part;  // lacks some blocks as a whole
  for (const Id id : blocks_of_each_kind(2)) {
    if (id >> 16 != 4 && id % 5 != 0) part.insert(id);
  }
  return {blocks_of_each_kind(2),
          united({blocks_of_each_kind(3), {5, two_to_32 * 9}, run_of(-700, -1)}),
          united({run_of(-700, 700), run_of(4 * two_to_16, 5 * two_to_16 + 9)}),
          sparse,
          part,
          {}};
}

TEST(Allocation, a_change_by_another_set_that_fails_has_changed_nothing) {
  const std::vector<Model> all = models_to_change();
  for (const Model& ids : all) {
    const Stored before(set_of(ids));
    for (const Model& others : all) {
      const Set other = set_of(others);
      for (const Operation operation :
           {Operation::unite, Operation::intersect, Operation::minus, Operation::symdiff}) {
        expect_all_or_nothing(
            before, [&](Set& set) { set.change(operation, other); },
            combined(operation, ids, others));
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Allocation, a_change_of_one_id_that_fails_has_changed_nothing) {
  std::vector<Model> all = models_to_change();
  Model filling;  // with one more it becomes dense
  for (Id i = 0; i < 512; ++i) filling.insert(i * 3);
  all.push_back(filling);
  for (const Model& ids : all) {
    const Stored before(set_of(ids));
    const std::vector<Id> list = list_of(ids);
    std::vector<Id> tried = {0, -1, 5, 9 * two_to_16 + 1, 99 * two_to_16, INT64_MIN, INT64_MAX};
    for (std::size_t i = 0; i < list.size(); i += list.size() / 12 + 1) {
      tried.push_back(list[i]);
      tried.push_back(list[i] + 1);
    }
    for (const Id id : tried) {
      SCOPED_TRACE(id);
      expect_all_or_nothing(
          before, [id](Set& set) { set.add(id); }, combined(Operation::unite, ids, {id}));
      expect_all_or_nothing(
          before, [id](Set& set) { set.remove(id); }, combined(Operation::minus, ids, {id}));
      if (HasFailure()) return;
    }
  }
}

// Every block of the one meets a block of another kind; most of the bits remain bits. The other set is read where it is
// stored, its containers at odd addresses.
TEST(Allocation, a_change_of_bits_that_fails_has_changed_nothing) {
  const auto block = [](Id n, Id first, Id count, Id gap) {
    Model model;
    for (Id i = 0; i < count; ++i) model.insert(n * two_to_16 + first + i * gap);
    return model;
  };
  const Model ids =
      united({block(0, 0, 20000, 3), block(1, 7, 20000, 2), block(2, 64, 30000, 2),
              block(3, 0, 40, 2), block(4, 5, 4097, 2), run_of(5 * two_to_16, 6 * two_to_16 - 9),
              block(7, 0, 32768, 2), block(8, 0, 5000, 2), block(9, 1, 20000, 3)});
  const Model others = united({block(0, 1, 20000, 2),
                               block(1, 1, 700, 9),
                               run_of(2 * two_to_16 + 60, 2 * two_to_16 + 9000),
                               run_of(3 * two_to_16 - 130, 3 * two_to_16 - 1),
                               block(3, 0, 20000, 3),
                               block(4, 5, 2, 2),
                               block(5, 0, 20000, 3),
                               block(6, 0, 20000, 3),
                               block(7, 1, 32768, 2),
                               block(8, 0, 5000, 2),
                               run_of(9 * two_to_16, 9 * two_to_16 + 63),
                               {9 * two_to_16 + 200, two_to_32 + 5}});
  const Stored before(set_of(ids));
  const Stored other(set_of(others));
  for (const Operation operation :
       {Operation::unite, Operation::intersect, Operation::minus, Operation::symdiff}) {
    expect_all_or_nothing(
        before, [&](Set& set) { set.change(operation, other.view()); },
        combined(operation, ids, others));
    const Set sparse = set_of({9 * two_to_16, 9 * two_to_16 + 1, two_to_32 - 1});
    expect_all_or_nothing(
        before, [&](Set& set) { set.change(operation, sparse); },
        combined(operation, ids, {9 * two_to_16, 9 * two_to_16 + 1, two_to_32 - 1}));
  }
}

// One bitmap that several ranges show is copied before it is changed; in 100,000 allocations, of which some are tried.
TEST(Allocation, a_change_of_what_ranges_share_that_fails_has_changed_nothing) {
  const Set other = make_range(-2 * two_to_32 + 5, two_to_32 + 7);
  const std::uint64_t count = 6 * static_cast<std::uint64_t>(two_to_32) + 1;
  const std::vector<std::pair<Injected, std::function<void(Set&)>>> changes = {
      {Injected::interrupt, [](Set& set) { set.remove(77); }},
      {Injected::interrupt, [&](Set& set) { set.change(Operation::symdiff, other); }},
      {Injected::out_of_memory, [&](Set& set) { set.change(Operation::symdiff, other); }}};
  for (const auto& [injected, change] : changes) {
    for (std::uint64_t failures = 0;; failures = failures * 9 + 1) {
      Arena arena;
      Set set = make_range(-3 * two_to_32, 3 * two_to_32);
      const std::size_t blocks = arena.blocks();
      if (gets_through(arena, injected, failures, [&, &run = change] { run(set); })) break;
      ASSERT_EQ(cardinality(set), count);
      ASSERT_TRUE(contains(set, 77) && contains(set, two_to_32 + 77));
      ASSERT_EQ(arena.blocks(), blocks);
    }
  }
}

TEST(Allocation, adding_an_id_where_there_is_room_takes_none) {
  Arena arena;
  SetBuilder builder;
  for (Id id = 0; id < 20000; ++id) {
    arena.fail_after(Injected::out_of_memory, 0);
    arena.fail_after(Injected::interrupt, 0);
    const bool had_room = builder.try_add(id);
    arena.fail_never();
    if (!had_room) builder.add(id);
  }
  EXPECT_FALSE(is_abandoned());
  EXPECT_EQ(cardinality(builder.finish()), 20000u);
}

// Sets of few ids each, spread over many blocks: none of them is to cost 8 KB a block.
TEST(Allocation, united_sets_take_memory_by_their_ids) {
  Arena arena;
  SetBuilder builder(make_range(5, 100));
  for (Id i = 0; i < 8; ++i) {
    Buffer<Id> ids;
    for (Id block = 0; block < 4000; ++block) {
      for (Id j = 0; j < 3; ++j) ids.push_back(block * two_to_16 + i * 3 + j);
    }
    Set set;
    set.append_dense(0, make_bitmap(ids));
    builder.add_set(set);
  }
  EXPECT_EQ(cardinality(builder.finish()), 4000u * 24 + 77);
  EXPECT_LT(arena.peak(), std::size_t{4} << 20);
}

TEST(Allocation, after_a_failure_nothing_is_released_until_resumed) {
  Arena arena;
  {
    Buffer<Id> buffer;
    buffer.push_back(1);
    arena.fail_after(Injected::out_of_memory, 0);
    EXPECT_THROW(make_range(0, 100000), std::bad_alloc);
    EXPECT_TRUE(is_abandoned());
  }
  EXPECT_GT(arena.blocks(), 0u);
  resume();
  EXPECT_FALSE(is_abandoned());
}

// An error found in the bytes is no abandonment: what was read of them so far is given back.
TEST(Allocation, errors_leave_nothing_behind) {
  Arena arena;
  {
    const Set set = set_of(united({run_of(0, 500), run_of(two_to_32, two_to_32 + 500)}));
    Buffer<char> out;
    write_portable64(Stored(set).view(), out);
    std::string bytes(out.data(), out.size());
    bytes.back() = '\x7f';  // the last stream's run has another length
    EXPECT_FAILS(ErrorCode::invalid_binary, read_portable64_untrusted(bytes.data(), bytes.size()));
    std::string stored = stored_bytes(set);
    stored.pop_back();
    EXPECT_FAILS(ErrorCode::data_corrupted, Stored(with_checksum(stored)));
    EXPECT_FALSE(is_valid(with_checksum(stored)));
    EXPECT_FAILS(ErrorCode::invalid_text, parse_literal("{1..70000,5..70,x}", 18));

    // The second plane of a counter too large to write: many ranges that show one stream.
    const Stored full(make_range(0, two_to_32 - 1));
    Set many;
    for (std::int32_t high = 0; high < 1200; ++high)
      many.append_borrowed(full.view().dense[0], high);
    AggregateState state;
    state.counting = true;
    state.counter.append_plane(set_of({1}));
    state.counter.append_plane(std::move(many));
    EXPECT_FAILS(ErrorCode::too_large, StateWriter{state});
  }
  EXPECT_FALSE(is_abandoned());
  EXPECT_EQ(arena.blocks(), 0u);
}

// Bitmaps viewed in place must not be copied at the size of their ids.
TEST(Allocation, whole_ranges_are_stored_read_and_copied_within_megabytes) {
  Arena arena;
  const Set half = make_range(0, two_to_32 / 2 - 1);
  const Set three = make_range(0, 3 * two_to_32 - 1);
  const Set rest = combine(Operation::minus, three, half);
  const Stored stored_half(half);
  const Stored stored_rest(rest);
  Set whole = combine(Operation::unite, stored_half.view(), stored_rest.view());
  whole.keep();
  EXPECT_EQ(compare(whole, three), 0);
  Set again = copy_of(Stored(three).view());
  EXPECT_EQ(cardinality(again), static_cast<std::uint64_t>(3 * two_to_32));
  EXPECT_LT(arena.peak(), std::size_t{128} << 20);
}

TEST(Allocation, whole_ranges_are_combined_within_megabytes) {
  Arena arena;
  const Set whole = make_range(0, 40 * two_to_32 - 1);
  const Set longer = make_range(-two_to_32, 41 * two_to_32 - 1);
  const Set few = set_of(run_of(two_to_32 + 5, two_to_32 + 5000));
  Set ends = make_range(-two_to_32, -1);
  const Set end = make_range(40 * two_to_32, 41 * two_to_32 - 1);
  ends.apply(Operation::unite, end);
  ends.keep();
  for (const bool is_change : {false, true}) {
    const auto expect = [&](const Set& expected, Operation operation, const Set& a, const Set& b) {
      Set result = copy_of(a);
      is_change ? result.change(operation, b) : result.apply(operation, b);
      result.keep();
      EXPECT_EQ(compare(result, expected), 0);
      const Set beside = combine(operation, a, b);
      EXPECT_EQ(compare(beside, expected), 0);
    };
    expect(longer, Operation::unite, whole, longer);
    expect(whole, Operation::intersect, longer, whole);
    expect(Set(), Operation::minus, whole, longer);
    expect(ends, Operation::symdiff, whole, longer);
    expect(whole, Operation::unite, whole, few);
    expect(whole, Operation::unite, few, whole);
    expect(few, Operation::intersect, few, whole);
    expect(few, Operation::intersect, whole, few);
    expect(Set(), Operation::minus, few, whole);
  }
  EXPECT_LT(arena.peak(), std::size_t{128} << 20);
}

}  // namespace
}  // namespace objectset::test
