// Answers from parts of a stored value: those that the whole value gives, or an error. Of a damaged value, of which no
// checksum is verified here, any answer, or an error; but never a read outside a part, nor a part outside the value.
#include "../unit/parts.hpp"
#include "fuzz.hpp"

namespace objectset::fuzz {
namespace {

struct Whole {
  Runs model;
  Set set;
  std::string bytes;
};

Whole make(std::vector<Runs::Run> runs) {
  Runs model(std::move(runs));
  Set set = set_of(model);
  std::string bytes = stored_bytes(set);
  return {std::move(model), std::move(set), std::move(bytes)};
}

// Large ones, since of small values no excerpts are made: arrays, bits, runs, ids far apart, and all together.
std::vector<Whole> make_large() {
  std::vector<Runs::Run> arrays, bits, sparse, mixed;
  for (Id i = 0; i < 30000; ++i) arrays.push_back({i * 40, i * 40});
  for (Id i = 0; i < 240000; ++i) bits.push_back({i * 3 - 300000, i * 3 - 300000});
  for (Id i = -4000; i < 4000; ++i)
    sparse.push_back({i * (two_to_32 - 77777), i * (two_to_32 - 77777)});
  for (Id i = 0; i < 2000; ++i) mixed.push_back({i * 3 * two_to_32, i * 3 * two_to_32});
  for (Id i = 0; i < 150000; ++i) mixed.push_back({i * 2 - 200000, i * 2 - 200000});
  for (Id i = 0; i < 9000; ++i) mixed.push_back({7 * two_to_32 + i * 50, 7 * two_to_32 + i * 50});
  for (Id i = 0; i < 3000; ++i) mixed.push_back({two_to_32 + i * 300, two_to_32 + i * 300 + 60});
  mixed.push_back({5 * two_to_32 + 5, 5 * two_to_32 + 700000});
  std::vector<Whole> all;
  all.push_back(make(arrays));
  all.push_back(make(bits));
  all.push_back(make(sparse));
  all.push_back(make(mixed));
  for (const Whole& whole : all) EXPECT_GE(whole.bytes.size(), Excerpt::min_size);
  return all;
}

class Asking {
 public:
  Asking(Reader& reader, const Runs& model, const SetView& set, const std::string& bytes,
         bool is_sound)
      : reader_(reader), model_(model), set_(set), bytes_(bytes), is_sound_(is_sound) {}

  void ask() {
    switch (reader_.below(5)) {
      case 0:
        return ask_number();
      case 1:
        return ask_page();
      case 2:
        return ask_excerpt();
      case 3:
        if (has_asked_keys_) return ask_front();
        has_asked_keys_ = bytes_.size() >= Excerpt::min_size;  // all ids of it are read
        return ask_keys();
      default:
        return ask_front();
    }
  }

 private:
  Id id() {
    if (model_.is_empty() || reader_.below(4) == 0) return reader_.id();
    const Runs::Run& run = model_.all()[reader_.below(model_.all().size())];
    Id id;
    const Id distance = static_cast<Id>(reader_.below(5)) - 2;
    return __builtin_add_overflow(run.first, distance, &id) ? run.first : id;
  }

  void ask_number() {
    test::Asked asked(bytes_);
    for (std::uint64_t n = 1 + reader_.below(3); n > 0; --n) {
      const auto question = static_cast<Question>(reader_.below(5));
      const std::int64_t argument =
          question == Question::select
              ? static_cast<std::int64_t>(reader_.below(model_.count() + 2))
              : id();
      const test::Outcome outcome = asked.ask(question, argument);
      if (!is_sound_ || outcome.declined) continue;
      check(question, argument, outcome);
    }
  }

  void check(Question question, std::int64_t argument, const test::Outcome& outcome) const {
    switch (question) {
      case Question::contains:
        EXPECT_EQ(outcome.found, model_.contains(argument));
        return;
      case Question::rank:
        EXPECT_EQ(static_cast<std::uint64_t>(outcome.answer), model_.rank(argument));
        return;
      case Question::minimum:
      case Question::maximum:
        ASSERT_EQ(outcome.found, !model_.is_empty());
        if (!outcome.found) return;
        EXPECT_EQ(outcome.answer, question == Question::minimum ? model_.all().front().first
                                                                : model_.all().back().last);
        return;
      case Question::select: {
        const auto position = static_cast<std::uint64_t>(argument);
        ASSERT_EQ(outcome.found, position < model_.count());
        if (outcome.found) {
          EXPECT_EQ(outcome.answer, model_.select(position));
        }
      }
    }
  }

  void ask_page() {
    test::Asked asked(bytes_);
    const std::size_t room = 1 + reader_.below(200);
    const bool by_id = reader_.below(2) == 0;
    const Id first = by_id ? id() : 0;
    const std::uint64_t position = by_id ? model_.rank(first) - (model_.contains(first) ? 1 : 0)
                                         : reader_.below(model_.count() + 2);
    const std::vector<Id> page = by_id ? asked.page_from(first, room) : asked.page(position, room);
    if (!is_sound_ || asked.outcome().declined) return;
    const std::uint64_t left = position > model_.count() ? 0 : model_.count() - position;
    ASSERT_EQ(page.size(), std::min<std::uint64_t>(left, room));
    for (std::size_t i = 0; i < page.size(); ++i) EXPECT_EQ(page[i], model_.select(position + i));
  }

  void ask_excerpt() {
    std::vector<Runs::Run> runs;
    for (std::uint64_t n = reader_.below(6); n > 0; --n) {
      const Id first = id();
      Id last;
      if (__builtin_add_overflow(first, static_cast<Id>(reader_.below(3000)), &last)) continue;
      runs.push_back({first, last});
    }
    const Runs model(std::move(runs));
    const Set small = set_of(model, reader_.below(3));
    const test::Shared shared = test::compare_with(bytes_, small);
    if (!is_sound_ || shared.declined) return;
    const Runs both = model_.shared(model);
    EXPECT_EQ(shared.cardinality, model_.count());
    EXPECT_EQ(shared.shared, both.count());
    EXPECT_EQ(shared.overlap, !both.is_empty());
    EXPECT_EQ(shared.within, both == model);
  }

  // Each id is covered by a key.
  void ask_keys() {
    const std::size_t max_keys = min_keys << reader_.below(4);
    const std::vector<Key> keys = test::header_keys_of(bytes_, max_keys);
    if (!is_sound_) return;
    EXPECT_LE(keys.size(), std::max<std::size_t>(max_keys, 1));
    for (int n = 0; n < 20 && !model_.is_empty(); ++n) {
      const Id member = model_.select(reader_.below(model_.count()));
      bool is_covered = false;
      for (int level = member < least_keyed ? 1 : 0; level < key_levels; ++level) {
        is_covered =
            is_covered || std::binary_search(keys.begin(), keys.end(), key_of(member, level));
      }
      EXPECT_TRUE(is_covered);
    }
  }

  // The beginning of the value.
  void ask_front() {
    const std::size_t size = std::min<std::size_t>(reader_.below(200), bytes_.size());
    const GuardedBytes front(bytes_.data(), size);
    StoredSummary summary;
    const bool is_told = read_summary(front.data(), size, bytes_.size(), summary);
    if (is_told && is_sound_) {
      EXPECT_EQ(summary.cardinality, model_.count());
    }
    has_sparse_ids(front.data(), size);
  }

  Reader& reader_;
  const Runs& model_;
  SetView set_;
  const std::string& bytes_;
  bool is_sound_;
  bool has_asked_keys_ = false;
};

// Changes bytes, mostly in front, where the structure is, and may cut it short.
bool damage(Reader& reader, std::string& bytes) {
  const std::uint64_t changes = reader.below(4);
  for (std::uint64_t n = changes; n > 0 && !bytes.empty(); --n) {
    const std::size_t near = reader.below(2) == 0 ? 64 : reader.below(2) == 0 ? 8192 : bytes.size();
    char& byte = bytes[reader.below(std::min(near, bytes.size()))];
    byte = static_cast<char>(byte ^ static_cast<char>(1 + reader.below(255)));
  }
  if (changes == 3 && reader.below(3) == 0) bytes.resize(reader.below(bytes.size() + 1));
  return changes > 0;
}

void check(Reader& reader, const std::vector<Whole>& large) {
  const std::uint64_t choice = reader.below(large.size() + 2);
  Whole drawn;
  if (choice >= large.size()) {
    drawn.model = draw_runs(reader);
    drawn.set = set_of(drawn.model);
    drawn.bytes = stored_bytes(drawn.set);
  }
  const Whole& whole = choice < large.size() ? large[choice] : drawn;
  std::string bytes = whole.bytes;
  const bool is_damaged = damage(reader, bytes);
  Asking asking(reader, whole.model, whole.set, bytes, !is_damaged);
  for (int n = 0; n < 4 && !reader.is_empty(); ++n) {
    try {
      asking.ask();
    } catch (const Error& error) {
      EXPECT_TRUE(is_damaged) << error.message;
      EXPECT_EQ(error.code, ErrorCode::data_corrupted);
    }
  }
}

}  // namespace
}  // namespace objectset::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  static const std::vector<Whole> large = make_large();
  return run([&] {
    Reader reader(data, size);
    check(reader, large);
  });
}
