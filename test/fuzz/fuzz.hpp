// What the fuzz targets share: numbers read from the bytes of an input, memory whose misuse shows, and sets beside a model
// of runs, which stays small where a set is large.
//
// A target is one file with an LLVMFuzzerTestOneInput() that calls run(). Under libFuzzer (`make fuzz`) it searches; with
// replay.cpp it runs the inputs in test/fuzz/corpus again (`make test`), built by any compiler. It fails by ending the
// process: a sanitizer does, a failed expectation of GoogleTest does, and so does what is found here.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "../unit/operands.hpp"
#include "../unit/support.hpp"
#include "core/base/error.hpp"
#include "core/base/memory.hpp"
#include "core/roaring/croaring.hpp"
#include "core/roaring/roaring_stream.hpp"
#include "core/set/set_builder.hpp"
#include "core/stored/stored_header.hpp"
#include "core/stored/stored_runs.hpp"
#include "core/stored/stored_set.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OBJECTSET_HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define OBJECTSET_HAS_ASAN 1
#endif
#if defined(OBJECTSET_HAS_ASAN)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// libFuzzer's: changes `size` bytes in place, and gives their new number.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace objectset::fuzz {

using test::Operand;
using test::set_of_bitmaps;
using test::Stored;
using test::stored_bytes;
using test::two_to_16;
using test::two_to_32;

[[noreturn]] inline void found(const char* what) {
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

/// Core's memory. CRoaring is a library of the system's, which no sanitizer sees into: so a block has bytes behind it that
/// nobody may read (core) or write (CRoaring), and what was released is written over. No address is taken twice by one
/// input. What an input leaves behind is a leak; where it ran out of memory, all is taken back as a whole.
class Memory {
 public:
  /// What an input may have at one time, if it does not say another limit.
  static constexpr std::size_t default_limit = std::size_t{4} << 20;

  static void install() {
    void* const pages = mmap(nullptr, arena_size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) found("no memory");
    next_ = static_cast<char*>(pages);
    end_ = next_ + arena_size;
    ASAN_POISON_MEMORY_REGION(next_, arena_size);
    set_host(Host{take, grow, give_back, [] { return false; }});
  }
  /// What was taken before stays.
  static void begin(std::size_t limit) {
    begin_ = next_;
    live_bytes_ = live_blocks_ = 0;
    limit_ = limit;
  }
  static void end() {
    if (is_abandoned()) {
      resume();
    } else if (live_blocks_ != 0) {
      found("memory was left behind");
    }
    ASAN_POISON_MEMORY_REGION(begin_, static_cast<std::size_t>(next_ - begin_));
    next_ = begin_;
    limit_ = arena_size;
  }

 private:
  static constexpr std::size_t arena_size = std::size_t{32} << 20;
  static constexpr std::size_t head_size = 16;  // the block's size, and whether it is one
  static constexpr std::size_t fence_size = 48;
  static constexpr char fence_byte = '\xa7';
  static constexpr std::uint64_t live = 0x6c697665'626c6f63;

  static void* take(std::size_t size) {
    const std::size_t space = head_size + (size + fence_size + 15) / 16 * 16;
    if (size > limit_ || live_bytes_ + size > limit_ ||
        space > static_cast<std::size_t>(end_ - next_)) {
      return nullptr;
    }
    char* const block = next_ + head_size;
    ASAN_UNPOISON_MEMORY_REGION(next_, space);
    store(next_, std::uint64_t{size});
    store(next_ + 8, live);
    std::memset(block, 0xbe, std::min<std::size_t>(size, 4096));
    std::memset(block + size, fence_byte, fence_size);
    ASAN_POISON_MEMORY_REGION(next_, head_size);
    ASAN_POISON_MEMORY_REGION(block + size, space - head_size - size);
    next_ += space;
    live_bytes_ += size;
    ++live_blocks_;
    return block;
  }

  static std::size_t size_of(const char* block) {
    const char* const head = block - head_size;
    ASAN_UNPOISON_MEMORY_REGION(head, head_size);
    const auto size = load<std::uint64_t>(head);
    if (load<std::uint64_t>(head + 8) != live) found("what is no block is released");
    ASAN_POISON_MEMORY_REGION(head, head_size);
    return size;
  }

  static void* grow(void* old, std::size_t size) {
    const std::size_t old_size = size_of(static_cast<char*>(old));
    void* const moved = take(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, old, std::min(size, old_size));
    give_back(old);
    return moved;
  }

  static void give_back(void* old) {
    char* const block = static_cast<char*>(old);
    const std::size_t size = size_of(block);
    ASAN_UNPOISON_MEMORY_REGION(block - head_size, head_size + size + fence_size);
    for (std::size_t i = 0; i < fence_size; ++i) {
      if (block[size + i] != fence_byte) found("bytes behind a block were written");
    }
    store(block - 8, std::uint64_t{0});
    std::memset(block, 0xdd, std::min<std::size_t>(size, 4096));
    ASAN_POISON_MEMORY_REGION(block - head_size, head_size + size + fence_size);
    live_bytes_ -= size;
    --live_blocks_;
  }

  static inline char* begin_ = nullptr;
  static inline char* next_ = nullptr;
  static inline char* end_ = nullptr;
  static inline std::size_t live_bytes_ = 0;
  static inline std::size_t live_blocks_ = 0;
  static inline std::size_t limit_ = arena_size;
};

/// One input. `use` catches the errors that may come; memory may run out.
template <class Use>
int run(Use&& use, std::size_t memory_limit = Memory::default_limit) {
  Memory::begin(memory_limit);
  try {
    use();
  } catch (const Error& error) {
    std::fprintf(stderr, "fuzz: an error that was not expected: %s / %s (%d)\n", error.message,
                 error.detail, static_cast<int>(error.code));
    std::abort();
  } catch (const std::bad_alloc&) {
    if (!is_abandoned()) throw;
  }
  Memory::end();
  return 0;
}

/// Called once, before the first input.
inline void initialize() {
  if (const char* reason = open_croaring()) found(reason);
  ::testing::GTEST_FLAG(throw_on_failure) = true;
  Memory::install();
}

/// Bytes at an address that is 4 modulo 8, as stored sets and states stand, just before a page that cannot be read: so what
/// reads behind them shows wherever it is, in CRoaring, too. One at a time.
class GuardedBytes {
 public:
  static constexpr std::size_t max_size = std::size_t{1} << 20;

  GuardedBytes(const char* bytes, std::size_t size) : size_(size) {
    static char* const end = make_guarded();
    end_ = end;
    data_ = end - (size + 4 + 7) / 8 * 8 + 4;
    ASAN_UNPOISON_MEMORY_REGION(end_ - max_size, max_size);
    if (size != 0) std::memcpy(data_, bytes, size);
    ASAN_POISON_MEMORY_REGION(end_ - max_size, static_cast<std::size_t>(data_ - end_) + max_size);
    ASAN_POISON_MEMORY_REGION(data_ + size_, static_cast<std::size_t>(end_ - data_) - size_);
  }
  explicit GuardedBytes(const std::string& bytes) : GuardedBytes(bytes.data(), bytes.size()) {}
  ~GuardedBytes() { ASAN_UNPOISON_MEMORY_REGION(end_ - max_size, max_size); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  const char* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  static char* make_guarded() {
    void* const pages =
        mmap(nullptr, max_size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) found("no memory");
    char* const end = static_cast<char*>(pages) + max_size;
    if (mprotect(end, 4096, PROT_NONE) != 0) found("no guarded page");
    return end;
  }

  char* end_;
  char* data_;
  std::size_t size_;
};

/// Numbers from an input; zeros where it has ended. It has what test::Random has.
class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  bool is_empty() const noexcept { return at_ == end_; }
  std::uint64_t bytes(unsigned count) noexcept {
    std::uint64_t value = 0;
    for (; count > 0; --count) value = value << 8 | (is_empty() ? 0u : *at_++);
    return value;
  }
  std::uint64_t bits() noexcept { return bytes(8); }
  /// 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) noexcept {
    if (limit <= 1) return 0;
    return bytes(limit <= 256 ? 1 : limit <= 65536 ? 2 : limit <= two_to_32 ? 4 : 8) % limit;
  }
  /// False at the end of the input, where a program is to do no more.
  bool one_in(std::uint64_t n) noexcept { return !is_empty() && below(n) == 0; }
  std::string rest() {
    std::string text(reinterpret_cast<const char*>(at_), static_cast<std::size_t>(end_ - at_));
    at_ = end_;
    return text;
  }

  /// An id, mostly near a boundary of a container, a range or the whole; or near one given before.
  Id id() noexcept {
    static const Id bases[] = {0,
                               INT64_MIN,
                               INT64_MAX,
                               two_to_16,
                               -two_to_16,
                               two_to_32,
                               -two_to_32,
                               3 * two_to_32,
                               100,
                               2 * two_to_16,
                               -7 * two_to_32 + two_to_16,
                               0};
    const std::uint64_t choice = below(std::size(bases) + 4);
    if (choice == std::size(bases)) return last_ = static_cast<Id>(bits());
    const bool is_near = choice > std::size(bases);
    const Id base = is_near ? last_ : bases[choice];
    const bool is_close = (choice + below(2)) % 2 == 0;
    const Id distance =
        is_close ? static_cast<Id>(below(16)) - 8 : static_cast<Id>(below(200000)) - 100000;
    Id id;
    if (__builtin_add_overflow(base, distance, &id)) id = base;
    return last_ = id;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  Id last_ = 0;
};

/// The model of a set: runs of consecutive ids, ascending, that do not touch.
class Runs {
 public:
  /// Copied id by id: for a copy as a whole AddressSanitizer calls a function.
  struct Run {
    Id first;
    Id last;
    Run() : first(0), last(0) {}
    Run(Id from, Id to) : first(from), last(to) {}
    Run(const Run& other) : first(other.first), last(other.last) {}
    Run& operator=(const Run& other) {
      first = other.first;
      last = other.last;
      return *this;
    }
    bool operator==(const Run& other) const { return first == other.first && last == other.last; }
  };

  Runs() = default;
  /// In any order, overlapping or not.
  explicit Runs(std::vector<Run> runs) {
    const auto by_first = [](const Run& a, const Run& b) { return a.first < b.first; };
    // Mostly a few stretches that ascend.
    for (auto sorted = runs.begin(); sorted != runs.end();) {
      const auto next = std::is_sorted_until(sorted, runs.end(), by_first);
      std::inplace_merge(runs.begin(), sorted, next, by_first);
      sorted = next;
    }
    runs_.reserve(runs.size());
    before_.reserve(runs.size());
    for (const Run& run : runs) append(run);
  }

  const std::vector<Run>& all() const noexcept { return runs_; }
  bool is_empty() const noexcept { return runs_.empty(); }
  std::uint64_t count() const noexcept { return count_; }
  bool operator==(const Runs& other) const { return runs_ == other.runs_; }

  bool contains(Id id) const noexcept {
    const std::size_t i = first_not_before(id);
    return i < runs_.size() && runs_[i].first <= id;
  }
  /// How many ids are not greater.
  std::uint64_t rank(Id id) const noexcept {
    const std::size_t i = first_not_before(id);
    if (i == runs_.size()) return count_;
    return before_[i] + (runs_[i].first <= id ? size_of({runs_[i].first, id}) : 0);
  }
  /// There must be so many.
  Id select(std::uint64_t position) const noexcept {
    if (position >= count_) found("a position beyond the model");
    const auto after = std::upper_bound(before_.begin(), before_.end(), position) - 1;
    const auto i = static_cast<std::size_t>(after - before_.begin());
    return static_cast<Id>(static_cast<std::uint64_t>(runs_[i].first) + (position - before_[i]));
  }
  Runs between(Id first, Id last) const {
    Runs result;
    for (std::size_t i = first_not_before(first); i < runs_.size(); ++i) {
      if (runs_[i].first > last) break;
      const Run part = {std::max(runs_[i].first, first), std::min(runs_[i].last, last)};
      if (part.first <= part.last) result.append(part);
    }
    return result;
  }
  /// The intersection with what has few runs.
  Runs shared(const Runs& few) const {
    Runs result;
    for (const Run& run : few.runs_) {
      for (const Run& part : between(run.first, run.last).runs_) result.append(part);
    }
    return result;
  }
  Runs combined(Operation operation, const Runs& other) const {
    Runs result;
    auto a = runs_.begin();
    auto b = other.runs_.begin();
    for (Id from = INT64_MIN;;) {  // stretches in which neither side changes
      while (a != runs_.end() && a->last < from) ++a;
      while (b != other.runs_.end() && b->last < from) ++b;
      const bool in_a = a != runs_.end() && a->first <= from;
      const bool in_b = b != other.runs_.end() && b->first <= from;
      Id last = INT64_MAX;
      if (a != runs_.end()) last = std::min(last, in_a ? a->last : a->first - 1);
      if (b != other.runs_.end()) last = std::min(last, in_b ? b->last : b->first - 1);
      if (is_kept(operation, in_a, in_b)) result.append({from, last});
      if (last == INT64_MAX) return result;
      from = last + 1;
    }
  }
  /// All ids, one by one; for sets of few.
  std::vector<Id> ids() const {
    std::vector<Id> result;
    for (const Run& run : runs_) {
      for (Id id = run.first; id < run.last; ++id) result.push_back(id);
      result.push_back(run.last);
    }
    return result;
  }

 private:
  static std::uint64_t size_of(const Run& run) noexcept {
    return static_cast<std::uint64_t>(run.last) - static_cast<std::uint64_t>(run.first) + 1;
  }
  static bool is_kept(Operation operation, bool a, bool b) noexcept {
    switch (operation) {
      case Operation::unite:
        return a || b;
      case Operation::intersect:
        return a && b;
      case Operation::minus:
        return a && !b;
      case Operation::symdiff:
        return a != b;
    }
    return false;
  }
  // The first run that does not end before an id.
  std::size_t first_not_before(Id id) const noexcept {
    const auto run = std::lower_bound(runs_.begin(), runs_.end(), id,
                                      [](const Run& one, Id wanted) { return one.last < wanted; });
    return static_cast<std::size_t>(run - runs_.begin());
  }
  // Runs come by their first ids.
  void append(const Run& run) {
    if (!runs_.empty() && (runs_.back().last == INT64_MAX || run.first <= runs_.back().last + 1)) {
      count_ -= size_of(runs_.back());
      runs_.back().last = std::max(runs_.back().last, run.last);
    } else {
      runs_.push_back(run);
      before_.push_back(count_);
    }
    count_ += size_of(runs_.back());
  }

  std::vector<Run> runs_;
  std::vector<std::uint64_t> before_;  // ids before each run
  std::uint64_t count_ = 0;
};

inline constexpr Operation operations[] = {Operation::unite, Operation::intersect, Operation::minus,
                                           Operation::symdiff};

/// A model of any shape: ids far apart, arrays, bits, runs long and short.
inline Runs draw_runs(Reader& reader) {
  std::vector<Runs::Run> runs;
  const auto add = [&](Id from, std::uint64_t distance, std::uint64_t length) {
    Id first, last;
    if (__builtin_add_overflow(from, static_cast<Id>(distance), &first)) return;
    if (__builtin_add_overflow(first, static_cast<Id>(length), &last)) last = INT64_MAX;
    runs.push_back({first, last});
  };
  for (std::uint64_t parts = reader.below(4); parts > 0; --parts) {
    const std::uint64_t kind = 23 - reader.below(24);  // what is large is rare
    const Id from = reader.id();
    switch (kind) {
      case 0:
        for (std::uint64_t i = 0, n = 4200 + reader.below(3000), step = 2 + reader.below(5); i < n;
             ++i) {
          add(from, i * step, 0);
        }
        break;
      case 1:  // many short runs in one container: runs, or bits that are as long
        for (std::uint64_t i = 0, n = 2000 + reader.below(256), step = 5 + reader.below(20); i < n;
             ++i) {
          add(from, i * step, 3);
        }
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        for (std::uint64_t n = reader.below(12); n > 0; --n) add(reader.id(), 0, 0);
        break;
      case 6:
      case 7:
      case 8:
      case 9:
        add(from, 0, reader.below(reader.below(2) == 0 ? 600 : 300000));
        break;
      case 10:
      case 11:
      case 12:
      case 13: {
        const std::uint64_t step = 2 + reader.below(400);
        for (std::uint64_t i = 0, n = reader.below(100); i < n; ++i) add(from, i * step, 0);
        break;
      }
      case 14:
      case 15:
      case 16:
      case 17:
        for (std::uint64_t at = 0, n = reader.below(12); n > 0; --n) {
          at += 2 + reader.below(65536);
          const std::uint64_t length = reader.below(600);
          add(from, at, length);
          at += length;
        }
        break;
      default:  // where runs are as long as an array, and a little beside that
        for (std::uint64_t n = reader.below(20); n > 0; --n) {
          add(from, reader.below(6) * 65536 + reader.below(100), 2);
        }
    }
  }
  return Runs(std::move(runs));
}

/// The set of these ids, by one of several ways.
inline Set set_of(const Runs& runs, std::uint64_t way = 0) {
  SetBuilder builder;
  const bool one_by_one = way % 3 == 1 && runs.count() < 3000;
  if (one_by_one) {
    std::vector<Id> ids = runs.ids();
    std::reverse(ids.begin(), ids.end());
    for (const Id id : ids) builder.add(id);
    if (!ids.empty()) builder.add(ids.front());
  } else if (way % 3 == 2 &&
             runs.count() < 20000) {  // every range a bitmap, as long as there are few
    Buffer<Id> ids;
    for (const Id id : runs.ids()) ids.push_back(id);
    return set_of_bitmaps(ids);
  } else {
    for (const Runs::Run& run : runs.all()) builder.add_range(run.first, run.last);
  }
  return std::move(builder.finish());
}

/// The runs of a set, as its stored form tells.
inline Runs runs_of(const SetView& set) {
  const Stored stored(set);
  std::vector<Runs::Run> runs;
  for_each_run(stored.view(), [&](Id first, Id last) {
    runs.push_back({first, last});
    return true;
  });
  return Runs(std::move(runs));
}

inline void expect_same(const SetView& set, const Runs& model) {
  EXPECT_EQ(cardinality(set), model.count());
  EXPECT_TRUE(runs_of(set) == model);
}

/// Makes the numbers of ids that a stream tells those that its containers have, so that a change of bits or runs is not
/// refused for that alone. Gives how many ids there are; nothing where the bytes are no stream.
inline std::optional<std::uint64_t> repair_counts(char* stream, std::size_t size) {
  if (size < 8) return std::nullopt;
  const bool has_runs = (load<std::uint32_t>(stream) & 0xffff) == cookie_with_runs;
  std::uint64_t all = 0;
  StreamWalker walker(stream, size);
  const std::size_t flags = has_runs ? (walker.containers() + 7) / 8 : 4;
  std::size_t description = 4 + flags;
  for (Container container; walker.next(container); description += 4) {
    std::uint64_t ids = container.cardinality;
    if (container.kind == ContainerKind::run) {
      ids = 0;
      for (std::uint32_t i = 0; i < container.runs; ++i) ids += container.value(2 * i + 1) + 1u;
    } else if (container.kind == ContainerKind::bitmap) {
      ids = 0;
      for (std::uint32_t i = 0; i < bitmap_words; ++i) {
        ids += static_cast<unsigned>(__builtin_popcountll(container.word(i)));
      }
      if (ids <= max_array_cardinality) ids = container.cardinality;
    }
    if (ids == 0 || ids > 65536) ids = container.cardinality;
    store(stream + description + 2, static_cast<std::uint16_t>(ids - 1));
    all += ids;
  }
  if (!walker.ok()) return std::nullopt;
  return all;
}

/// The same of a stored value; and what its directory tells of them, where that takes as many bytes as before.
inline void repair_stored_counts(char* bytes, std::size_t size) {
  Layout layout;
  if (!read_front(bytes, size, size, layout) || layout.dense_count == 0) return;
  const char* const end = bytes + size;
  struct Place {
    std::size_t at;  // of the cardinality - 1
    std::size_t bytes;
    std::size_t stream_size;
  };
  std::vector<Place> places;
  const char* at = layout.directory;
  std::uint64_t number;
  for (std::uint32_t i = 0; i < layout.dense_count; ++i) {
    at = load_varint(at, end, number);
    if (at == nullptr) return;
    const char* const next = load_varint(at, end, number);
    if (next == nullptr) return;
    places.push_back(
        {static_cast<std::size_t>(at - bytes), static_cast<std::size_t>(next - at), 0});
    at = next;
    if (i + 1 == layout.dense_count) break;
    at = load_varint(at, end, number);
    if (at == nullptr || number > size) return;
    places.back().stream_size = static_cast<std::size_t>(number);
  }
  at = load_varint(at, end, number);
  if (at == nullptr) return;
  std::size_t offset = static_cast<std::size_t>(at - bytes);
  if (layout.sparse_count > 0) offset += padding_at(offset) + layout.sparse_count * id_size;
  std::uint64_t all = layout.sparse_count;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (offset > size) return;
    const std::size_t left = size - offset;
    const std::size_t stream_size = i + 1 == places.size() ? left : places[i].stream_size;
    if (stream_size > left) return;
    const auto ids = repair_counts(bytes + offset, stream_size);
    if (!ids) return;
    all += *ids;
    if (*ids > 0 && varint_size(*ids - 1) == places[i].bytes) {
      store_varint(bytes + places[i].at, *ids - 1);
    }
    offset += stream_size;
  }
  if (layout.has_cardinality) store(bytes + identity_size + counts_size, all);
}

}  // namespace objectset::fuzz

/// What is freed beside core's memory is a model's: little of it is kept, which stays in the processor's caches, and of where
/// it came from only one caller (ASAN_OPTIONS=malloc_context_size=30 tells more).
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=1:malloc_context_size=1";
}

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  objectset::fuzz::initialize();
  return 0;
}
