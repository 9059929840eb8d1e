// Answers from parts of a stored set are those that the whole set gives, and few bytes are read for them.
#include "core/stored/partial_query.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/roaring/roaring_stream.hpp"
#include "parts.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

std::vector<Set> shapes() {
  std::vector<Set> sets;
  sets.emplace_back();
  sets.push_back(multiples(1, 1, -5));
  sets.push_back(multiples(1, 100000, -50000));
  sets.push_back(multiples(3, 200000));
  sets.push_back(multiples(40, 300000));
  sets.push_back(scattered(20000, 10, 1));
  sets.push_back(multiples(40, 230000, -1200000));
  sets.push_back(multiples(2, 100000, 60000));  // a bitmap whose first bit stands late
  std::vector<Set> mixed;
  mixed.push_back(multiples(2, 100000, -200000));
  mixed.push_back(multiples(5, 50000, 7 * two_to_32 - 1000));
  mixed.push_back(scattered(3000, 10, 2));
  mixed.push_back(make_range(3 * two_to_32 + 5, 3 * two_to_32 + 700000));
  sets.push_back(united(std::move(mixed)));
  std::vector<Set> ranges;
  for (Id high = -300; high < 300; ++high) ranges.push_back(multiples(1, 50, high * two_to_32));
  sets.push_back(united(std::move(ranges)));
  std::vector<Set> bounds;
  bounds.push_back(multiples(1, 1, INT64_MIN));
  bounds.push_back(multiples(1, 1, INT64_MAX));
  bounds.push_back(multiples(7, 70000, INT64_MAX - 1000000));
  sets.push_back(united(std::move(bounds)));
  return sets;
}

std::vector<Id> questions_about(const SetView& set) {
  std::vector<Id> ids = {INT64_MIN, INT64_MIN + 1, -1,        0,        1, 65535,
                         65536,     two_to_32 - 1, two_to_32, INT64_MAX};
  std::mt19937_64 random(7);
  for (int i = 0; i < 60 && !is_empty(set); ++i) {
    const Id id = select(set, random() % cardinality(set));
    ids.push_back(id);
    if (id < INT64_MAX) ids.push_back(id + 1);
    if (id > INT64_MIN) ids.push_back(id - 1);
  }
  return ids;
}

TEST(Probe, answers_as_the_whole_set_does) {
  for (const Set& set : shapes()) {
    const std::string stored = stored_bytes(set);
    SCOPED_TRACE(stored.size());
    const Outcome least = ask(stored, Question::minimum, 0);
    const Outcome greatest = ask(stored, Question::maximum, 0);
    ASSERT_EQ(greatest.found, !is_empty(set));
    ASSERT_FALSE(greatest.declined);
    if (!is_empty(set)) {
      ASSERT_EQ(greatest.answer, maximum(set));
      ASSERT_FALSE(least.declined);
      ASSERT_EQ(least.answer, minimum(set));
    }
    std::size_t declined = 0;
    for (const Id id : questions_about(set)) {
      SCOPED_TRACE(id);
      const Outcome member = ask(stored, Question::contains, id);
      declined += member.declined ? 1 : 0;
      ASSERT_TRUE(member.declined || member.found == contains(set, id));
      Probe whole(stored.data(), stored.size());
      whole.ask(Question::contains, id);
      ASSERT_TRUE(whole.run() && !whole.is_declined());
      ASSERT_EQ(whole.found(), contains(set, id));
      const Outcome ranked = ask(stored, Question::rank, id);
      ASSERT_TRUE(ranked.declined || static_cast<std::uint64_t>(ranked.answer) == rank(set, id));
      const std::uint64_t position = ranked.declined ? 0 : rank(set, id);
      const Outcome selected = ask(stored, Question::select, static_cast<Id>(position));
      ASSERT_TRUE(selected.declined || selected.found == (position < cardinality(set)));
      if (!selected.declined && selected.found) {
        ASSERT_EQ(selected.answer, select(set, position));
      }
    }
    // Only a selection from sparse and dense ids may decline.
    EXPECT_EQ(declined, 0u);
  }
}

TEST(Probe, pages_are_those_of_the_whole_set) {
  for (const Set& set : shapes()) {
    const std::string stored = stored_bytes(set);
    SCOPED_TRACE(stored.size());
    const std::vector<Id> all = ids_of(set);
    for (const std::size_t from : {std::size_t{0}, std::size_t{1}, all.size() / 3, all.size() - 5,
                                   all.size(), all.size() + 7}) {
      for (const std::size_t room : {std::size_t{1}, std::size_t{50}, std::size_t{1024}}) {
        const std::size_t begin = std::min(from, all.size());
        const std::size_t end = std::min(begin + room, all.size());
        const std::vector<Id> expected(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                       all.begin() + static_cast<std::ptrdiff_t>(end));
        Asked at(stored);
        const std::vector<Id> page = at.page(from, room);
        if (!at.outcome().declined) {
          ASSERT_EQ(page, expected) << from << " " << room;
        }
        if (begin == all.size()) continue;
        // Pages by id go from range to range, and one answers after another.
        Asked in_turn(stored);
        ASSERT_EQ(in_turn.page_from(all[begin], room), expected) << from << " " << room;
        ASSERT_FALSE(in_turn.outcome().declined && room < 100);
        if (all[begin] == INT64_MIN || (begin > 0 && all[begin - 1] == all[begin] - 1)) continue;
        ASSERT_EQ(in_turn.page_from(all[begin] - 1, room), expected) << from << " " << room;
      }
    }
    if (!all.empty() && all.back() < INT64_MAX) {
      EXPECT_TRUE(Asked(stored).page_from(all.back() + 1, 5).empty());
    }
  }
}

TEST(Probe, questions_in_turn_share_their_parts) {
  const std::string dense = stored_bytes(multiples(2, 2500000));
  Asked asked(dense);
  EXPECT_EQ(asked.ask(Question::rank, 1234567).answer, 617284);
  const std::size_t parts = asked.outcome().parts;
  EXPECT_EQ(asked.ask(Question::rank, 1234567 - 1000).answer, 617284 - 500);
  EXPECT_EQ(asked.outcome().parts, parts);
  EXPECT_EQ(asked.ask(Question::minimum, 0).answer, 0);
  EXPECT_EQ(asked.ask(Question::maximum, 0).answer, 4999998);
}

TEST(Probe, reads_little) {
  const std::string dense = stored_bytes(multiples(2, 2500000));
  ASSERT_GT(dense.size(), 600000u);
  for (const Id id : {Id{0}, Id{1}, Id{2468}, Id{4999998}, Id{5000000}}) {
    const Outcome member = ask(dense, Question::contains, id);
    EXPECT_FALSE(member.declined);
    EXPECT_EQ(member.found, id % 2 == 0 && id < 5000000);
    EXPECT_LE(member.parts, 3u);
    EXPECT_LE(member.bytes, 6000u);
  }
  EXPECT_LE(ask(dense, Question::maximum, 0).parts, 1u);
  EXPECT_LE(ask(dense, Question::minimum, 0).bytes, 6000u);
  for (const Id id : {Id{0}, Id{65530}, Id{1234567}}) {
    Asked page(dense);
    ASSERT_EQ(page.page_from(id, 20).front(), id + id % 2);
    EXPECT_LE(page.outcome().parts, 3u);
    EXPECT_LE(page.outcome().bytes, 6000u);
  }
  // Containers in all of a range's 65,536 places: of the descriptions of them a chunk or two are read.
  const std::string wide = stored_bytes(multiples(1000, 4000000));
  ASSERT_GT(wide.size(), 8400000u);
  for (const Id id : {Id{0}, Id{1234567000}, Id{3999999000}}) {
    const Outcome member = ask(wide, Question::contains, id);
    EXPECT_TRUE(member.found);
    EXPECT_LE(member.parts, 6u);
    EXPECT_LE(member.bytes, 12000u);
  }
  EXPECT_LE(ask(dense, Question::rank, 1234567).bytes, 6000 + bitmap_bytes);
  EXPECT_LE(ask(dense, Question::select, 1234567).bytes, 6000 + bitmap_bytes);

  const std::string sparse = stored_bytes(scattered(500000, 10, 3));
  ASSERT_GT(sparse.size(), 3900000u);
  for (const Id id : questions_about(Stored(sparse).view())) {
    EXPECT_LE(ask(sparse, Question::contains, id).bytes, 24000u);
  }
}

// The number of runs must be the one that fits where the next container stands.
TEST(Probe, does_not_believe_containers_of_another_size) {
  SetBuilder builder;
  for (Id i = 0; i < 400; ++i) builder.add_range(i * 1000, i * 1000 + 99);
  const std::string stored = stored_bytes(builder.finish());
  const Stored sound(stored);
  ASSERT_EQ(sound.view().dense.size(), 1u);
  const DenseRange& range = sound.view().dense[0];
  StreamWalker walker(range.stream, range.stream_size);
  Container container;
  ASSERT_TRUE(walker.next(container) && walker.next(container));
  ASSERT_EQ(container.kind, ContainerKind::run);
  const std::size_t stream_at = stored.size() - range.stream_size;
  const std::size_t runs_at =
      stream_at + static_cast<std::size_t>(container.data - range.stream) - 2;
  ASSERT_EQ(load<std::uint16_t>(stored.data() + runs_at), container.runs);
  for (const unsigned runs : {0u, container.runs - 1, container.runs + 1, 65535u}) {
    std::string damaged = stored;
    damaged.replace(runs_at, 2, Bytes().u16({runs}).str());
    for (const Question question : {Question::contains, Question::rank}) {
      EXPECT_FAILS(ErrorCode::data_corrupted, ask(damaged, question, 70001));
      // Of the containers beside it the answers are the same.
      for (const Id id : {Id{1}, Id{50500}, 3 * two_to_16, Id{399050}}) {
        EXPECT_EQ(ask(damaged, question, id).answer, ask(stored, question, id).answer) << id;
      }
    }
  }
}

TEST(Probe, survives_damage) {
  for (const Set& set : shapes()) {
    std::string stored = stored_bytes(set);
    std::mt19937_64 random(11);
    for (int i = 0; i < 400 && !stored.empty(); ++i) {
      std::string damaged = stored;
      const std::size_t at =
          random() % std::min<std::size_t>(damaged.size(), i % 2 == 0 ? 64 : 4096);
      damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 << random() % 8));
      if (i % 5 == 0) damaged.resize(random() % damaged.size());
      for (const Question question : {Question::contains, Question::minimum, Question::maximum,
                                      Question::rank, Question::select}) {
        try {
          ask(damaged, question, static_cast<Id>(random() % 300000));
        } catch (const Error& error) {
          EXPECT_EQ(error.code, ErrorCode::data_corrupted);
        }
      }
      try {
        Asked(damaged).page(random() % 300000, 100);
        Asked(damaged).page_from(static_cast<Id>(random() % 300000), 100);
      } catch (const Error& error) {
        EXPECT_EQ(error.code, ErrorCode::data_corrupted);
      }
    }
  }
}

}  // namespace
}  // namespace objectset::test
