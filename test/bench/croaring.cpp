// The limit: what CRoaring itself takes, with the sets in memory already.
//
// usage: croaring SAMPLE_MS DIRECTORY count OPERATION FILE A B     ids of `A operation B`: and, or, andnot, xor
//                                     chain FILE A B C D E         ids of `(((A | B) & C) - D) | E`
//                                     pairs OPERATION FILE         the counts of each set with the next one, summed
//                                     union FILE, intersect FILE   ids in any, in all of the sets
//                                     facets FILES FILE A          the ten sets of FILES that share most ids with A
//
// A file has one set a line: its number, TAB, its 64-bit portable form in hexadecimal. Sets whose ids all fit 32 bits
// are read as 32-bit bitmaps. Reading is not timed. The operation is then repeated for SAMPLE_MS, and what is printed
// is nanoseconds for one of them, TAB, what came out: for COPY ... FROM PROGRAM.

#include <roaring/roaring.h>
#include <roaring/roaring64.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Bytes = std::vector<char>;
using File = std::map<int, Bytes>;

File read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  File sets;
  for (std::string line; std::getline(in, line);) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) throw std::runtime_error("no tab in a line of " + path);
    Bytes& bytes = sets[std::stoi(line)];
    bytes.reserve((line.size() - tab) / 2);
    for (size_t i = tab + 1; i + 1 < line.size(); i += 2)
      bytes.push_back(static_cast<char>(digit(line[i]) * 16 + digit(line[i + 1])));
  }
  return sets;
}

// The portable form: how many ranges of 2^32 ids, and for each its upper half and a 32-bit stream.
uint64_t ranges(const Bytes& bytes) {
  uint64_t count;
  std::memcpy(&count, bytes.data(), sizeof count);
  return count;
}

bool fits_32_bits(const Bytes& bytes) {
  uint32_t upper = 0;
  if (ranges(bytes) == 1) std::memcpy(&upper, bytes.data() + 8, sizeof upper);
  return ranges(bytes) <= 1 && upper == 0;
}

// The two libraries in one, under the same names. Nothing is freed but intermediate results: the process ends soon.
struct Roaring32 {
  using Set = roaring_bitmap_t*;
  static Set read(const Bytes& bytes) {
    if (ranges(bytes) == 0) return roaring_bitmap_create();
    return roaring_bitmap_portable_deserialize_safe(bytes.data() + 12, bytes.size() - 12);
  }
  static constexpr auto and_count = roaring_bitmap_and_cardinality;
  static constexpr auto or_count = roaring_bitmap_or_cardinality;
  static constexpr auto andnot_count = roaring_bitmap_andnot_cardinality;
  static constexpr auto xor_count = roaring_bitmap_xor_cardinality;
  static constexpr auto make_or = roaring_bitmap_or;
  static constexpr auto and_inplace = roaring_bitmap_and_inplace;
  static constexpr auto andnot_inplace = roaring_bitmap_andnot_inplace;
  static constexpr auto or_inplace = roaring_bitmap_or_inplace;
  static constexpr auto copy = roaring_bitmap_copy;
  static constexpr auto count = roaring_bitmap_get_cardinality;
  static constexpr auto is_empty = roaring_bitmap_is_empty;
  static constexpr auto free = roaring_bitmap_free;
  static Set union_of(const std::vector<Set>& sets) {
    return roaring_bitmap_or_many(sets.size(), const_cast<const roaring_bitmap_t**>(sets.data()));
  }
};

struct Roaring64 {
  using Set = roaring64_bitmap_t*;
  static Set read(const Bytes& bytes) {
    return roaring64_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  }
  static constexpr auto and_count = roaring64_bitmap_and_cardinality;
  static constexpr auto or_count = roaring64_bitmap_or_cardinality;
  static constexpr auto andnot_count = roaring64_bitmap_andnot_cardinality;
  static constexpr auto xor_count = roaring64_bitmap_xor_cardinality;
  static constexpr auto make_or = roaring64_bitmap_or;
  static constexpr auto and_inplace = roaring64_bitmap_and_inplace;
  static constexpr auto andnot_inplace = roaring64_bitmap_andnot_inplace;
  static constexpr auto or_inplace = roaring64_bitmap_or_inplace;
  static constexpr auto copy = roaring64_bitmap_copy;
  static constexpr auto count = roaring64_bitmap_get_cardinality;
  static constexpr auto is_empty = roaring64_bitmap_is_empty;
  static constexpr auto free = roaring64_bitmap_free;
  static Set union_of(const std::vector<Set>& sets) {
    const Set all = roaring64_bitmap_create();
    for (const Set set : sets) or_inplace(all, set);
    return all;
  }
};

using Arguments = std::vector<std::string>;

template <typename Roaring>
class Operations {
 public:
  using Set = typename Roaring::Set;

  Operations(const std::map<std::string, File>& files, Arguments arguments)
      : arguments_(std::move(arguments)) {
    for (const auto& [name, file] : files)
      for (const auto& [number, bytes] : file) {
        const Set set = Roaring::read(bytes);
        if (set == nullptr) throw std::runtime_error("damaged set in " + name);
        sets_[name][number] = set;
      }
  }

  std::function<std::string()> find() const {
    const std::string& what = arguments_.at(0);
    if (what == "count") {
      return [count = counting(arguments_.at(1)), a = set(2, 3), b = set(2, 4)] {
        return std::to_string(count(a, b));
      };
    }
    if (what == "chain") {
      return [a = set(1, 2), b = set(1, 3), c = set(1, 4), d = set(1, 5), e = set(1, 6)] {
        const Set r = Roaring::make_or(a, b);
        Roaring::and_inplace(r, c);
        Roaring::andnot_inplace(r, d);
        Roaring::or_inplace(r, e);
        return counted(r);
      };
    }
    if (what == "pairs") {
      return [count = counting(arguments_.at(1)), sets = all(2)] {
        uint64_t sum = 0;
        for (size_t i = 1; i < sets.size(); i++) sum += count(sets[i - 1], sets[i]);
        return std::to_string(sum);
      };
    }
    if (what == "union") return [sets = all(1)] { return counted(Roaring::union_of(sets)); };
    if (what == "intersect") {
      return [sets = all(1)] {
        const Set r = Roaring::copy(sets.at(0));
        for (size_t i = 1; i < sets.size() && !Roaring::is_empty(r); i++)
          Roaring::and_inplace(r, sets[i]);
        return counted(r);
      };
    }
    if (what == "facets") {
      return [facets = all(1), one = set(2, 3)] {
        std::vector<uint64_t> counts;
        for (const Set facet : facets) counts.push_back(Roaring::and_count(facet, one));
        const auto tenth = counts.begin() + std::min<ptrdiff_t>(10, counts.end() - counts.begin());
        std::partial_sort(counts.begin(), tenth, counts.end(), std::greater<>());
        uint64_t sum = 0;
        for (auto i = counts.begin(); i != tenth; ++i) sum += *i;
        return std::to_string(sum);
      };
    }
    throw std::runtime_error("no such operation: " + what);
  }

 private:
  using Count = uint64_t (*)(Set, Set);

  static Count counting(const std::string& name) {
    if (name == "and") return [](Set a, Set b) -> uint64_t { return Roaring::and_count(a, b); };
    if (name == "or") return [](Set a, Set b) -> uint64_t { return Roaring::or_count(a, b); };
    if (name == "andnot")
      return [](Set a, Set b) -> uint64_t { return Roaring::andnot_count(a, b); };
    if (name == "xor") return [](Set a, Set b) -> uint64_t { return Roaring::xor_count(a, b); };
    throw std::runtime_error("no such operation: " + name);
  }

  static std::string counted(Set result) {
    std::string answer = std::to_string(Roaring::count(result));
    Roaring::free(result);
    return answer;
  }

  Set set(size_t file, size_t number) const {
    return sets_.at(arguments_.at(file)).at(std::stoi(arguments_.at(number)));
  }

  std::vector<Set> all(size_t file) const {
    std::vector<Set> sets;
    for (const auto& [number, set] : sets_.at(arguments_.at(file))) sets.push_back(set);
    return sets;
  }

  Arguments arguments_;
  std::map<std::string, std::map<int, Set>> sets_;
};

void measure(const std::function<std::string()>& operation, double sample_ms) {
  using Clock = std::chrono::steady_clock;
  std::string answer = operation();
  // The clock is looked at after 1, 2, 4 ... operations, so that it does not count.
  const auto started = Clock::now();
  double took = 0;
  int64_t done = 0;
  for (int64_t more = 1; took < sample_ms * 1e6; more = done) {
    for (int64_t i = 0; i < more; i++) answer = operation();
    done += more;
    took = std::chrono::duration<double, std::nano>(Clock::now() - started).count();
  }
  std::printf("%.1f\t%s\n", took / static_cast<double>(done), answer.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 5)
      throw std::runtime_error("too few arguments; the head of croaring.cpp lists them");
    const std::string directory = argv[2];
    const Arguments arguments(argv + 3, argv + argc);
    // Files are what is named like one; sets are numbers.
    std::map<std::string, File> files;
    bool small = true;
    for (const std::string& name : arguments) {
      if (name.size() < 5 || name.substr(name.size() - 5) != ".sets") continue;
      files[name] = read_file(directory + "/" + name);
      for (const auto& [number, bytes] : files[name]) small = small && fits_32_bits(bytes);
    }
    const double sample_ms = std::atof(argv[1]);
    if (small)
      measure(Operations<Roaring32>(files, arguments).find(), sample_ms);
    else
      measure(Operations<Roaring64>(files, arguments).find(), sample_ms);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "croaring: %s\n", e.what());
    return 1;
  }
}
