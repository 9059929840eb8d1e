// The keys under which an inverted index finds a set: its ids, or blocks of numbers that they lie in.
//
// The one idea: a key is an id, or a *block*, which stands for all numbers that agree in all but their lowest 1, 2, ... 7
// bytes (its *level*). The keys of a set *cover* it: each of its ids is a key, or lies in one of its blocks. So whatever keys
// were chosen for a set, an id is in it only where one of eight keys is there: the id's own, and those of the seven blocks
// around it. Its own tells that it is; a block tells that it may be.
//
// Which keys a set gets may change from one release to another. What must not, since indexes are kept: that they cover the
// set, and what number stands for which key.
#pragma once

#include <optional>

#include "core/stored/partial_value.hpp"

namespace objectset {

/// An id stands for itself. The blocks are numbered in the place of the least numbers there are, coarse levels first: so ids
/// below `least_keyed` have no key of their own, and keys of one level are in the order of the numbers they stand for.
using Key = std::int64_t;

inline constexpr int block_levels = 7;
inline constexpr int key_levels = block_levels + 1;  // 0: an id; n: a block of 256^n numbers

/// The least id that is a key.
inline constexpr Id least_keyed = INT64_MIN + 0x0101010101010100;

/// The key of this level that covers an id. Level 0 is for ids from `least_keyed` on.
Key key_of(Id id, int level) noexcept;
int level_of(Key key) noexcept;
/// The least and the greatest number that a key stands for.
Id first_of(Key key) noexcept;
Id last_of(Key key) noexcept;

/// Fewer keys than that cannot be asked for: so many blocks of the coarsest level there are.
inline constexpr std::size_t min_keys = 256;

/// Chooses the keys of a set that has more ids than it may have keys. Memory is bounded by twice the number of keys.
///
/// Blocks stand for numbers that are not in the set, each of which may cost a second look at the set. A cover is chosen that
/// makes the sum of these, and of a price for each key, the least that it can be; where that takes too many keys, the price
/// is raised. So ids that lie thin, of which a block would stand for much else, stay keys; where they lie dense a block
/// takes their place. (Cost-complexity pruning, Breiman et al. 1984: covers for rising prices are coarsenings of each
/// other, and a block that is cheaper than what it holds stays so when more ids come. So one pass does.)
class KeyChooser {
 public:
  explicit KeyChooser(std::size_t max_keys);

  /// In ascending order.
  void add(Id id);
  /// The block of this level around `id`, all or enough of which is in the set.
  void add_block(Id id, int level);
  /// All of these.
  void add_run(Id first, Id last);
  /// Whether a block with so many ids is cheaper than those for any price that is still to come.
  bool is_block(std::uint32_t ids, int level) const noexcept;

  /// The keys, ascending: max_keys of them at the most. Nothing may be added after that.
  void finish(Buffer<Key>& keys);

 private:
  // A number, or a block that begins with it. Numbers are counted from the least id here: 0 to 2^64 - 1.
  struct Node {
    std::uint64_t first;
    int level;
  };
  // What the nodes in a block that is not passed yet cost.
  struct Open {
    double covered;
    double keys;
    std::size_t begin;  // where they are
    bool is_open;
  };
  // The blocks that the last node lies in, by level.
  struct Path {
    Open levels[key_levels + 1] = {};
    std::uint64_t last = 0;
    std::size_t nodes = 0;
  };

  struct Cover {
    std::size_t keys;
    double covered;
  };

  void push(const Node& node);
  void enter(Path& path, const Node& node, double price, Node* nodes) const noexcept;
  void leave(Path& path, int level, double price, Node* nodes) const noexcept;
  void leave_all(Path& path, double price, Node* nodes) const noexcept;
  Cover cover_at(int step) const noexcept;
  bool fits(int step) const noexcept;
  void fit();

  std::size_t max_keys_;
  int step_ = 0;  // of the price
  Buffer<Node> nodes_;
  Path path_;
};

/// The keys of a set that was opened from stored bytes (each of its dense ranges shows its stream), ascending: its ids,
/// where those are no more than `max_keys` (min_keys at the least); else those of a KeyChooser.
void choose_keys(const SetView& set, std::size_t max_keys, Buffer<Key>& keys);

/// The same of a large set that has more ids than that, of which no more is read than its directory, the headers of its
/// streams, and its sparse ids: of dense ranges blocks of 65,536 numbers are what is known.
/// Asks for parts as partial_value.hpp says, but a part may be forgotten once it is given. Beside the directory no more
/// than 400 kB are kept.
class HeaderKeys {
 public:
  HeaderKeys(std::size_t total_size, std::size_t max_keys)
      : total_size_(total_size), front_parts_(total_size), chooser_(max_keys) {}
  HeaderKeys(const HeaderKeys&) = delete;
  HeaderKeys& operator=(const HeaderKeys&) = delete;

  /// True: all is read. False: it wants another part. Raises data_corrupted for bytes that are no stored set.
  bool run();
  Parts::Part wanted() const noexcept { return wanted_; }
  void give(const char* bytes);

  void finish(Buffer<Key>& keys) { chooser_.finish(keys); }

 private:
  // What was read last of the sparse ids, or of the streams.
  struct Window {
    Buffer<char> bytes;
    std::size_t offset = 0;
  };

  const char* fetch(Window& window, std::size_t offset, std::size_t size);
  bool add_sparse();
  bool add_range();

  std::size_t total_size_;
  Parts front_parts_;
  Buffer<char> front_;
  Outline outline_;
  std::optional<RangeReader> ranges_;  // where the outline is read
  StoredRange range_ = {};             // the next one
  bool has_range_ = false;
  std::uint64_t sparse_done_ = 0;
  Window sparse_;
  Window streams_;
  Window* wanting_ = nullptr;  // nullptr: the front
  Parts::Part wanted_ = {};
  KeyChooser chooser_;
};

}  // namespace objectset
