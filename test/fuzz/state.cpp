// States of aggregates: bytes from outside, as they are and with checksums that fit, are refused or a state; and states
// that sets were counted into, were written, read and combined count as a model does.
#include <map>

#include "../unit/damaged.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

// More ids of one set cost too much to be counted one by one.
constexpr std::uint64_t max_ids = 300;

struct Counted {
  AggregateState state;
  std::map<Id, std::uint64_t> model;
  std::vector<Runs> sets;

  Counted() { state.counting = true; }

  void add(const Runs& runs) {
    const Set set = set_of(runs);
    state.count(set);
    for (const Id id : runs.ids()) ++model[id];
    sets.push_back(runs);
  }
  void take_back(std::size_t which) {
    const Set set = set_of(sets[which]);
    state.uncount(set);
    for (const Id id : sets[which].ids()) --model[id];
    sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(which));
  }
};

// As it is after a way through another process.
AggregateState sent(AggregateState& state) {
  state.settle();
  const GuardedBytes bytes(test::state_bytes(state));
  EXPECT_TRUE(state_is_valid_untrusted(bytes.data(), bytes.size()));
  return AggregateState(bytes.data(), bytes.size());
}

void check(const Counter& counter, const std::map<Id, std::uint64_t>& model, std::uint64_t sets) {
  EXPECT_EQ(counter.sets(), sets);
  for (std::uint64_t k = 1; k <= sets + 1; ++k) {
    std::vector<Id> expected;
    for (const auto& [id, count] : model) {
      if (count >= k) expected.push_back(id);
    }
    const Set found = counter.at_least(k);
    EXPECT_EQ(test::ids_of(found), expected);
  }
  std::vector<Id> expected;
  for (const auto& [id, count] : model) {
    if (count % 2 == 1) expected.push_back(id);
  }
  const Set odd = counter.odd();
  EXPECT_EQ(test::ids_of(odd), expected);
}

void count_sets(Reader& reader) {
  Counted counted[2];
  while (!reader.is_empty()) {
    Counted& one = counted[reader.below(2)];
    switch (reader.below(4)) {
      case 0:
        one.state = sent(one.state);
        break;
      case 1:
        if (!one.sets.empty()) one.take_back(reader.below(one.sets.size()));
        break;
      default: {
        const Runs runs = draw_runs(reader);
        if (one.sets.size() < 5 && runs.count() <= max_ids) one.add(runs);
      }
    }
  }
  AggregateState first = sent(counted[0].state);
  const AggregateState second = sent(counted[1].state);
  first.counter.add(second.counter);
  std::map<Id, std::uint64_t>& model = counted[0].model;
  for (const auto& [id, count] : counted[1].model) model[id] += count;
  check(first.counter, model, counted[0].sets.size() + counted[1].sets.size());
}

void gather_sets(Reader& reader) {
  AggregateState state;
  Runs model;
  const bool is_union = reader.below(2) == 0;
  state.gathering = reader.below(2) == 0;
  while (!reader.is_empty()) {
    if (reader.below(4) == 0) {
      const bool gathering = state.gathering;
      state = sent(state);
      state.gathering = gathering;
      continue;
    }
    const Runs runs = draw_runs(reader);
    const Set set = set_of(runs, reader.below(3));
    if (is_union) {
      state.unite(set);
    } else {
      state.symdiff(set);
    }
    model = model.combined(is_union ? Operation::unite : Operation::symdiff, runs);
  }
  state.settle();
  expect_same(state.set.finish(), model);
}

}  // namespace
}  // namespace objectset::fuzz

// The first byte says what the others are: a state, or a program.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  Reader reader(data, size);
  const std::uint64_t kind = reader.below(3);
  return run([&] {
    if (kind == 0) return objectset::test::read_damaged_state(reader.rest());
    if (kind == 1) return count_sets(reader);
    gather_sets(reader);
  });
}
