// Keys cover the sets that they are chosen for, within their number; and what a question finds by them is never less than
// the truth, and never claimed to be the truth where it is more.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/index/key_query.hpp"
#include "parts.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

using Question = KeyQuery::Question;
using Scope = KeyQuery::Scope;

std::vector<Key> keys_of(const std::string& stored, std::size_t max_keys) {
  const Stored set(stored);
  Buffer<Key> keys;
  choose_keys(set.view(), max_keys, keys);
  return {keys.begin(), keys.end()};
}

// Each key stands for something, no two for the same, and every id is covered; ids with keys of their own are ids.
void expect_cover(const std::vector<Key>& keys, const Model& model) {
  std::vector<std::pair<Id, Id>> ranges;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) {
      ASSERT_LT(keys[i - 1], keys[i]);
    }
    const Id first = first_of(keys[i]);
    ranges.emplace_back(first, last_of(keys[i]));
    const auto held = model.lower_bound(first);
    ASSERT_TRUE(held != model.end() && *held <= last_of(keys[i])) << "nothing under " << keys[i];
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    ASSERT_LT(ranges[i - 1].second, ranges[i].first) << "covered twice";
  }
  auto range = ranges.begin();
  for (const Id id : model) {
    while (range != ranges.end() && range->second < id) ++range;
    ASSERT_TRUE(range != ranges.end() && range->first <= id) << id << " is not covered";
  }
}

std::size_t ids_among(const std::vector<Key>& keys) {
  return static_cast<std::size_t>(
      std::count_if(keys.begin(), keys.end(), [](Key key) { return level_of(key) == 0; }));
}

// Sets of more ids than the fewest keys there may be, of many shapes.
Model large_model(Random& random) {
  Model model = random.model();
  const unsigned shift = static_cast<unsigned>(random.below(60));
  const Id base = random.one_in(3) ? INT64_MIN : random.id();
  for (std::uint64_t i = random.below(3000); i > 0; --i) {
    model.insert(static_cast<Id>(static_cast<std::uint64_t>(base) + (random.bits() >> shift)));
  }
  return model;
}

TEST(SetKeys, KeysStandForIdsAndBlocks) {
  OBJECTSET_TRACE_SEED();
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const Id id = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : i == 2 ? least_keyed : random.id();
    Key coarser = INT64_MIN;
    for (int level = block_levels; level >= (id < least_keyed ? 1 : 0); --level) {
      const Key key = key_of(id, level);
      ASSERT_EQ(level_of(key), level) << id;
      ASSERT_LE(first_of(key), id);
      ASSERT_GE(last_of(key), id);
      const std::uint64_t size =
          static_cast<std::uint64_t>(last_of(key)) - static_cast<std::uint64_t>(first_of(key)) + 1;
      ASSERT_EQ(size, std::uint64_t{1} << (8 * level));
      ASSERT_EQ(key_of(first_of(key), level), key);
      ASSERT_EQ(key_of(last_of(key), level), key);
      ASSERT_GE(key, coarser) << "coarse levels stand first";
      coarser = key;
    }
    const Id other = random.id();
    const int level = 1 + static_cast<int>(random.below(block_levels));
    ASSERT_EQ(id < other && key_of(id, level) != key_of(other, level),
              key_of(id, level) < key_of(other, level));
  }
}

// The numbers of keys are stored in indexes: they must stay what they are.
TEST(SetKeys, NumbersOfKeys) {
  EXPECT_EQ(least_keyed, INT64_MIN + 0x0101010101010100);
  EXPECT_EQ(key_of(42, 0), 42);
  EXPECT_EQ(key_of(INT64_MIN, 7), INT64_MIN);
  EXPECT_EQ(key_of(INT64_MIN, 6), INT64_MIN + 256);
  EXPECT_EQ(key_of(INT64_MAX, 7), INT64_MIN + 255);
  EXPECT_EQ(key_of(0, 7), INT64_MIN + 128);
  EXPECT_EQ(key_of(70000, 2), INT64_MIN + 0x010101010100 + (Id{1} << 47) + 1);
  EXPECT_EQ(key_of(INT64_MAX, 1), least_keyed - 1);
}

TEST(SetKeys, SmallSetsAreTheirIds) {
  for (const Shape& shape : shapes()) {
    if (shape.ids.size() > min_keys) continue;
    const std::vector<Key> keys = keys_of(stored_bytes(set_of(shape.ids)), 0);
    expect_cover(keys, shape.ids);
    for (const Id id : shape.ids) {
      EXPECT_EQ(std::binary_search(keys.begin(), keys.end(), id), id >= least_keyed) << shape.name;
    }
  }
  EXPECT_EQ(keys_of(stored_bytes(multiples(1000, 256)), 256).size(), 256u);
  EXPECT_LT(ids_among(keys_of(stored_bytes(multiples(1, 257)), 256)), 257u);
  EXPECT_EQ(ids_among(keys_of(stored_bytes(multiples(1, 5000)), 5000)), 5000u);
}

TEST(SetKeys, CoverRandomSets) {
  OBJECTSET_TRACE_SEED();
  Random random(2);
  for (int i = 0; i < 150; ++i) {
    const Model model = large_model(random);
    const std::string stored = stored_bytes(set_of(model));
    const std::size_t max_keys = random.one_in(2) ? min_keys : min_keys + random.below(5000);
    const std::vector<Key> keys = keys_of(stored, max_keys);
    ASSERT_LE(keys.size(), max_keys);
    expect_cover(keys, model);
    if (model.size() <= max_keys) {
      ASSERT_LE(ids_among(keys), model.size());
    }

    const std::vector<Key> of_header = header_keys_of(stored, max_keys);
    ASSERT_LE(of_header.size(), max_keys);
    expect_cover(of_header, model);
    if (HasFatalFailure()) return;
  }
}

// Streams whose headers are longer than what is read of them at once, and one behind them.
TEST(SetKeys, OfLongHeadersAllBlocksAreKnown) {
  std::vector<Set> parts;
  for (const Id first : {-two_to_32, Id{0}}) {
    Buffer<Id> ids;
    for (Id block = 0; block < 30000; ++block) {
      for (Id i = 0; i < 6; ++i) ids.push_back(first + block * 2 * two_to_16 + i * 900);
    }
    parts.emplace_back();
    parts.back().append_dense(high_of(first), make_bitmap(ids));
  }
  parts.push_back(multiples(3, 1000, two_to_32));
  const std::string stored = stored_bytes(united(std::move(parts)));
  ASSERT_EQ(Stored(stored).view().dense.size(), 3u);
  for (const std::size_t max_keys : {std::size_t{1000}, std::size_t{100000}}) {
    KeyChooser chooser(max_keys);
    for (const Id first : {-two_to_32, Id{0}}) {
      for (Id block = 0; block < 30000; ++block)
        chooser.add_block(first + block * 2 * two_to_16, 2);
    }
    chooser.add_block(two_to_32, 2);
    Buffer<Key> keys;
    chooser.finish(keys);
    std::size_t bytes = 0;
    EXPECT_EQ(header_keys_of(stored, max_keys, &bytes), std::vector<Key>(keys.begin(), keys.end()));
    EXPECT_LT(bytes, stored.size() / 2);
  }
}

// A hundred ids of their own, and two regions full of ids.
TEST(SetKeys, ThinIdsAreKeysAndDenseOnesBlocks) {
  Model thin;
  for (Id i = 0; i < 100; ++i) thin.insert(i * 50000017 - 1000000000);
  std::vector<Set> parts;
  parts.push_back(set_of(thin));
  parts.push_back(multiples(3, 40000, 925000000));
  parts.push_back(multiples(1, 300000, two_to_32 * 7));
  const Set set = united(std::move(parts));
  const std::vector<Key> keys = keys_of(stored_bytes(set), min_keys);
  expect_cover(keys, model_of(set));
  for (const Id id : thin) {
    EXPECT_TRUE(std::binary_search(keys.begin(), keys.end(), id)) << id;
  }
  // 300,000 ids in a row take five blocks of 65,536 and what stands out.
  EXPECT_LE(keys.size(), 100u + 4 + 10 + 5 + 256);
  std::uint64_t covered = 0;
  for (const Key key : keys)
    covered += static_cast<std::uint64_t>(last_of(key) - first_of(key) + 1);
  EXPECT_LT(covered, 100u + 131072u * 2 + 300000u + 65536u);
}

TEST(SetKeys, FewestKeysOfWhatLiesEverywhere) {
  const std::string stored = stored_bytes(scattered(20000, 0, 5));
  const std::vector<Key> keys = keys_of(stored, min_keys);
  EXPECT_LE(keys.size(), min_keys);
  EXPECT_EQ(ids_among(keys), 0u);
  expect_cover(keys, model_of(scattered(20000, 0, 5)));
}

// Keys that would not tell much are saved: of ids that lie dense and evenly, no number of keys would leave out much but one
// for each.
TEST(SetKeys, KeysThatTellLittleAreSaved) {
  OBJECTSET_TRACE_SEED();
  Random random(6);
  Model dense;
  for (int i = 0; i < 50000; ++i) dense.insert(static_cast<Id>(random.below(1000000)));
  EXPECT_LE(keys_of(stored_bytes(set_of(dense)), 1024).size(), 100u);
  Model thin;
  for (int i = 0; i < 5000; ++i) thin.insert(static_cast<Id>(random.below(10000000)));
  const std::string stored = stored_bytes(set_of(thin));
  EXPECT_LE(keys_of(stored, 1024).size(), 160u);
  EXPECT_GE(ids_among(keys_of(stored, 4096)), 3500u);
  EXPECT_EQ(ids_among(keys_of(stored, 5000)), thin.size());
}

// Of a megabyte of bitmaps the headers are read, and of sparse ids all.
TEST(SetKeys, HeadersOfLargeSets) {
  std::vector<Set> parts;
  for (Id high = -3; high < 3; ++high) parts.push_back(multiples(3, 500000, high * two_to_32 + 11));
  parts.push_back(scattered(3000, 1, 9));
  const Set set = united(std::move(parts));
  const std::string stored = stored_bytes(set);
  std::size_t bytes = 0;
  const std::vector<Key> keys = header_keys_of(stored, 3000, &bytes);
  EXPECT_LE(keys.size(), 3000u);
  expect_cover(keys, model_of(set));
  EXPECT_LT(bytes, stored.size() / 2) << "each window is of 64 kB";
}

TEST(SetKeys, ManyRangesShareReads) {
  Model model;
  for (Id high = 0; high < 9000; ++high) {
    for (Id i = 0; i < 20; ++i) model.insert(high * 3 * two_to_32 + i);
  }
  const std::string stored = stored_bytes(set_of(model));
  std::size_t bytes = 0;
  expect_cover(header_keys_of(stored, 300, &bytes), model);
  EXPECT_LT(bytes, 2 * stored.size());
}

TEST(SetKeys, DamagedHeadersAreNoticed) {
  OBJECTSET_TRACE_SEED();
  Random random(3);
  const std::string sound =
      stored_bytes(set_of(united({run_of(0, 70000), run_of(two_to_32 * 2, two_to_32 * 2 + 9)})));
  for (int i = 0; i < 3000; ++i) {
    std::string stored = sound;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      stored[random.below(stored.size())] = static_cast<char>(random.bits());
    }
    try {
      header_keys_of(stored, min_keys);
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(ErrorCode::data_corrupted));
    }
  }
}

// ---- Questions --------------------------------------------------------------------------------------------

bool truth_of(Question question, const Model& set, const Model& asked) {
  const auto includes = [](const Model& a, const Model& b) {
    return std::includes(a.begin(), a.end(), b.begin(), b.end());
  };
  switch (question) {
    case Question::overlaps:
      return std::any_of(asked.begin(), asked.end(), [&](Id id) { return set.count(id) > 0; });
    case Question::contains:
      return includes(set, asked);
    case Question::within:
      return includes(asked, set);
    default:
      return set == asked;
  }
}

// As an index looks the keys up. With `hide` some findings are not known.
std::vector<Finding> find(const KeyQuery& query, const std::vector<Key>& keys) {
  std::vector<Finding> found;
  for (const KeyQuery::Lookup& lookup : query.lookups()) {
    auto key = std::lower_bound(keys.begin(), keys.end(), lookup.first);
    if (lookup.first < lookup.last) {
      while (key != keys.end() && *key <= lookup.last && !query.is_wanted(*key)) ++key;
    }
    const bool is_there = key != keys.end() && *key <= lookup.last;
    found.push_back(is_there ? Finding::yes : Finding::no);
  }
  return found;
}

Finding answer(const KeyQuery& query, const std::vector<Key>& keys, Random& random) {
  if (query.scope() == Scope::none) return Finding::no;
  if (query.scope() == Scope::all) return Finding::yes;
  std::vector<Finding> found = find(query, keys);
  const bool any =
      std::any_of(found.begin(), found.end(), [](Finding f) { return f != Finding::no; });
  if (!any) {
    return query.scope() == Scope::found_or_empty && keys.empty() ? query.judge(found.data())
                                                                  : Finding::no;
  }
  const Finding judged = query.judge(found.data());
  for (Finding& finding : found) {
    if (random.one_in(3)) finding = Finding::maybe;
  }
  const Finding unsure = query.judge(found.data());
  EXPECT_TRUE(unsure == Finding::maybe || unsure == judged);
  return judged;
}

// Each id a key: so many may a set have.
constexpr std::size_t each_id = 1 << 24;

KeyQuery::Keys kind_of(std::size_t max_keys) {
  return max_keys == each_id ? KeyQuery::Keys::each_id : KeyQuery::Keys::any;
}

void expect_answer(Question question, const Model& set, const Model& asked, std::size_t max_keys,
                   Random& random) {
  const std::vector<Key> keys = keys_of(stored_bytes(set_of(set)), max_keys);
  const Set asked_set = set_of(asked);
  const KeyQuery query(question, asked_set, kind_of(max_keys));
  const bool truth = truth_of(question, set, asked);
  const Finding found = answer(query, keys, random);
  const std::string what = "question " + std::to_string(static_cast<int>(question)) + ", " +
                           std::to_string(set.size()) + " ids, asked " +
                           std::to_string(asked.size());
  if (truth) {
    EXPECT_NE(found, Finding::no) << what;
  }
  if (found == Finding::yes) {
    EXPECT_TRUE(truth) << what;
  }
}

TEST(KeyQuery, FindsNoLessThanTheTruth) {
  OBJECTSET_TRACE_SEED();
  Random random(4);
  for (int i = 0; i < 250; ++i) {
    const Model set = random.one_in(2) ? random.model() : large_model(random);
    Model asked = random.one_in(2) ? random.model() : large_model(random);
    // Often a part of the set, or a little more than it.
    if (!set.empty() && random.one_in(2)) {
      if (random.one_in(2)) asked.clear();
      const std::uint64_t keep = 1 + random.below(4);
      for (const Id id : set) {
        if (random.below(keep) == 0) asked.insert(id);
      }
    }
    const std::size_t max_keys = random.one_in(4) ? each_id : min_keys + random.below(2000);
    for (const Question question :
         {Question::overlaps, Question::contains, Question::within, Question::equals}) {
      expect_answer(question, set, asked, max_keys, random);
    }
    expect_answer(Question::equals, set, set, max_keys, random);
    const std::vector<Key> keys = keys_of(stored_bytes(set_of(set)), max_keys);
    for (int n = 0; n < 20; ++n) {
      Id id = random.id();
      if (!set.empty() && random.one_in(2)) id = *set.lower_bound(std::min(id, *set.rbegin()));
      const KeyQuery query(id, kind_of(max_keys));
      const Finding found = answer(query, keys, random);
      if (set.count(id) > 0) {
        ASSERT_NE(found, Finding::no) << id;
      }
      if (found == Finding::yes) {
        ASSERT_TRUE(set.count(id) > 0) << id;
      }
    }
    if (HasFailure()) return;
  }
}

// Where all keys are ids, and not many are asked for, nothing needs a second look.
TEST(KeyQuery, SmallSetsAreFoundExactly) {
  OBJECTSET_TRACE_SEED();
  Random random(5);
  const auto draw = [&](std::uint64_t most) {
    Model model;
    for (std::uint64_t n = random.below(most + 1); n > 0; --n) {
      model.insert(static_cast<Id>(random.below(40)) * 1000 - 5000);
    }
    return model;
  };
  for (int i = 0; i < 3000; ++i) {
    const Model set = draw(20);
    const Model asked = draw(KeyQuery::max_ids);
    const std::vector<Key> keys = keys_of(stored_bytes(set_of(set)), min_keys);
    const Set asked_set = set_of(asked);
    for (const Question question : {Question::overlaps, Question::contains}) {
      for (const KeyQuery::Keys kind : {KeyQuery::Keys::any, KeyQuery::Keys::each_id}) {
        const KeyQuery query(question, asked_set, kind);
        EXPECT_EQ(answer(query, keys, random),
                  truth_of(question, set, asked) ? Finding::yes : Finding::no);
      }
    }
  }
}

TEST(KeyQuery, LooksLittleUp) {
  constexpr auto any = KeyQuery::Keys::any;
  constexpr auto each = KeyQuery::Keys::each_id;
  EXPECT_EQ(KeyQuery(Id{42}, any).lookups().size(), 8u);
  EXPECT_EQ(KeyQuery(Id{42}, each).lookups().size(), 1u);
  EXPECT_EQ(KeyQuery(Id{INT64_MIN}, any).lookups().size(), 7u);
  EXPECT_EQ(KeyQuery(Id{INT64_MIN}, each).lookups().size(), 1u) << "a block of 256";
  const Set two = set_of({30, 38});
  EXPECT_EQ(KeyQuery(Question::overlaps, two, any).lookups().size(), 9u);
  EXPECT_EQ(KeyQuery(Question::contains, two, any).lookups().size(), 9u);
  EXPECT_EQ(KeyQuery(Question::contains, two, each).lookups().size(), 2u);
  const Set run = multiples(1, 1000000);
  EXPECT_EQ(KeyQuery(Question::overlaps, run, any).lookups().size(), 8u) << "one stretch";
  EXPECT_EQ(KeyQuery(Question::overlaps, run, each).lookups().size(), 1u);
  const Set many = scattered(400000, 20, 3);
  EXPECT_LE(KeyQuery(Question::overlaps, many, any).lookups().size(), 8u * 64);
  EXPECT_LE(KeyQuery(Question::contains, many, any).lookups().size(), 8u * 16);
  EXPECT_LE(KeyQuery(Question::contains, many, each).lookups().size(), 16u);
  const Set ends = set_of({INT64_MIN, least_keyed - 1, least_keyed, 5});
  EXPECT_EQ(KeyQuery(Question::overlaps, ends, each).lookups().size(), 4u);
  const Set none;
  EXPECT_TRUE(KeyQuery(Question::within, none, each).lookups().empty());
}

// Stretches reach from the first id to the last, and leave out the widest gaps: ids that lie alone far off are looked up
// alone.
TEST(KeyQuery, StretchesLeaveOutTheWidestGaps) {
  Model model = run_of(0, 999);
  for (Id i = 1; i <= 60; ++i) model.insert(i * two_to_32 * 3);
  for (Id i = 0; i < 500; ++i) model.insert(5000 + i * 7);
  const Set set = set_of(model);
  const KeyQuery query(Question::overlaps, set, KeyQuery::Keys::any);
  std::size_t alone = 0;
  for (const KeyQuery::Lookup& lookup : query.lookups()) {
    if (lookup.is_id && lookup.first == lookup.last) ++alone;
    if (lookup.is_id) {
      EXPECT_FALSE(lookup.first <= 1000 && lookup.last >= 5000);
    }
  }
  EXPECT_GE(alone, 60u);
}

}  // namespace
}  // namespace objectset::test
