#include "core/index/set_keys.hpp"

#include <algorithm>
#include <cmath>

namespace objectset {
namespace {

constexpr unsigned bits_per_level = 8;
constexpr std::uint64_t sign = std::uint64_t{1} << 63;

// Numbers and keys counted from the least there is: 0 to 2^64 - 1.
constexpr std::uint64_t place_of(std::int64_t number) noexcept {
  return static_cast<std::uint64_t>(number) ^ sign;
}
constexpr std::int64_t at_place(std::uint64_t place) noexcept {
  return static_cast<std::int64_t>(place ^ sign);
}

// How many keys stand before those of a level: 256 blocks of level 7, 256^2 of level 6, and so on.
constexpr std::uint64_t keys_before(int level) noexcept {
  return (place_of(least_keyed) >> (bits_per_level * static_cast<unsigned>(level))) &
         ~std::uint64_t{0xff};
}

constexpr std::uint64_t block_size(int level) noexcept {
  return std::uint64_t{1} << (bits_per_level * static_cast<unsigned>(level));
}
constexpr std::uint64_t block_begin(std::uint64_t place, int level) noexcept {
  return place & ~(block_size(level) - 1);
}
constexpr std::uint64_t block_end(std::uint64_t place, int level) noexcept {  // the last number
  return place | (block_size(level) - 1);
}

// Prices of keys, in numbers that are covered, rise by a fifth or so with each step from 1 up to more than the largest
// block, where there are only blocks of the coarsest level. They have few bits, so that sums of costs are exact.
constexpr int last_step = 4 * 57;
double price_of(int step) noexcept { return std::ldexp(4 + step % 4, step / 4 - 2); }

// Keys have to be worth it: so many times as many as there may be at the most, each as good, would leave nothing covered.
constexpr double worth = 2;

std::size_t at_least_min(std::size_t max_keys) noexcept { return std::max(max_keys, min_keys); }

}  // namespace

Key key_of(Id id, int level) noexcept {
  const std::uint64_t number = place_of(id) >> (bits_per_level * static_cast<unsigned>(level));
  return level == 0 ? id : at_place(keys_before(level) + number);
}

int level_of(Key key) noexcept {
  int level = 0;
  while (level < block_levels && place_of(key) < keys_before(level)) ++level;
  return level;
}

Id first_of(Key key) noexcept {
  const int level = level_of(key);
  return level == 0 ? key : at_place((place_of(key) - keys_before(level)) * block_size(level));
}

Id last_of(Key key) noexcept { return at_place(block_end(place_of(first_of(key)), level_of(key))); }

// ---- Choosing ---------------------------------------------------------------------------------------------

KeyChooser::KeyChooser(std::size_t max_keys) : max_keys_(at_least_min(max_keys)) {
  nodes_.reserve(2 * min_keys);
}

void KeyChooser::add(Id id) { push({place_of(id), id < least_keyed ? 1 : 0}); }

void KeyChooser::add_block(Id id, int level) { push({place_of(id), level}); }

bool KeyChooser::is_block(std::uint32_t ids, int level) const noexcept {
  return ids + price_of(step_) * (static_cast<double>(ids) - 1) >
         static_cast<double>(block_size(level));
}

void KeyChooser::add_run(Id first, Id last) {
  std::uint64_t at = place_of(first);
  const std::uint64_t end = place_of(last);
  for (;;) {
    int level = 0;
    while (level < block_levels && at == block_begin(at, level + 1) &&
           block_end(at, level + 1) <= end) {
      ++level;
    }
    if (level == 0) {
      add(at_place(at));
    } else {
      push({at, level});
    }
    if (end - at < block_size(level)) return;
    at += block_size(level);
  }
}

void KeyChooser::push(const Node& node) {
  if (!nodes_.empty() && node.first <= block_end(nodes_.back().first, nodes_.back().level)) return;
  if (nodes_.size() >= 2 * max_keys_) {
    fit();
    // What was open may be a block by now.
    if (node.first <= block_end(nodes_.back().first, nodes_.back().level)) return;
  }
  const Node whole = {block_begin(node.first, node.level), node.level};
  enter(path_, whole, price_of(step_), nodes_.data());
  nodes_.resize(path_.nodes);  // what it left may be one block
  nodes_.push_back(whole);
  ++path_.nodes;
}

// Leaves the blocks that the node is not in, and enters those around it. With `nodes` a block that is cheaper than what it
// holds is put in the place of that; without, it is only counted.
void KeyChooser::enter(Path& path, const Node& node, double price, Node* nodes) const noexcept {
  const std::uint64_t differing = path.last ^ node.first;
  int level = 1;
  for (; level < key_levels && differing >= block_size(level); ++level) {
    leave(path, level, price, nodes);
  }
  for (level = node.level + 1; level < key_levels; ++level) {
    Open& open = path.levels[level];
    if (!open.is_open) open = {0, 0, path.nodes, true};
  }
  Open& around = path.levels[node.level + 1];
  around.covered += static_cast<double>(block_size(node.level));
  around.keys += 1;
  path.last = node.first;
}

void KeyChooser::leave(Path& path, int level, double price, Node* nodes) const noexcept {
  Open& open = path.levels[level];
  if (!open.is_open) return;
  const auto size = static_cast<double>(block_size(level));
  if (open.covered + price * (open.keys - 1) > size) {
    if (nodes != nullptr) nodes[open.begin] = {block_begin(path.last, level), level};
    path.nodes = open.begin + 1;
    open.covered = size;
    open.keys = 1;
  }
  path.levels[level + 1].covered += open.covered;
  path.levels[level + 1].keys += open.keys;
  open.is_open = false;
}

void KeyChooser::leave_all(Path& path, double price, Node* nodes) const noexcept {
  for (int level = 1; level < key_levels; ++level) leave(path, level, price, nodes);
}

// What a price makes of the nodes.
KeyChooser::Cover KeyChooser::cover_at(int step) const noexcept {
  Path path;
  const double price = price_of(step);
  for (const Node& node : nodes_) {
    enter(path, node, price, nullptr);
    ++path.nodes;
  }
  leave_all(path, price, nullptr);
  return {path.nodes, path.levels[key_levels].covered};
}

bool KeyChooser::fits(int step) const noexcept {
  const Cover cover = cover_at(step);
  return cover.keys <= max_keys_ &&
         price_of(step) * static_cast<double>(max_keys_) * worth >= cover.covered;
}

// Raises the price until there are no more nodes than there may be keys, and none that does too little.
void KeyChooser::fit() {
  check_interrupts();
  int low = step_;
  int high = step_;
  for (int stride = 1; !fits(high); stride *= 2) {
    low = high + 1;
    high = std::min(high + stride, last_step);
  }
  while (low < high) {
    const int middle = (low + high) / 2;
    if (fits(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  step_ = high;
  const double price = price_of(step_);
  // No node is written over that was not read yet.
  Path path;
  for (const Node& node : nodes_) {
    const Node kept = node;
    enter(path, kept, price, nodes_.data());
    nodes_[path.nodes++] = kept;
  }
  leave_all(path, price, nodes_.data());
  nodes_.resize(path.nodes);
  // The same once more, for the blocks that the last node lies in to be open again.
  path_ = Path();
  for (const Node& node : nodes_) {
    enter(path_, node, price, nullptr);
    ++path_.nodes;
  }
}

void KeyChooser::finish(Buffer<Key>& keys) {
  leave_all(path_, price_of(step_), nodes_.data());
  nodes_.resize(path_.nodes);
  if (!fits(step_)) fit();
  keys.reserve(nodes_.size());
  for (const Node& node : nodes_) keys.push_back(key_of(at_place(node.first), node.level));
  std::sort(keys.begin(), keys.end());
}

// ---- Sets -------------------------------------------------------------------------------------------------

namespace {

void add_container(KeyChooser& chooser, std::int32_t high, const Container& container) {
  const Id base = make_id(high, std::uint32_t{container.key} << 16);
  switch (container.kind) {
    case ContainerKind::array:
      for (std::uint32_t i = 0; i < container.cardinality; ++i) {
        chooser.add(base + container.value(i));
      }
      return;
    case ContainerKind::run:
      for (std::uint32_t i = 0; i < container.runs; ++i) {
        const std::uint32_t last = std::min(container.run_last(i), std::uint32_t{65535});
        chooser.add_run(base + container.run_start(i), base + last);
      }
      return;
    case ContainerKind::bitmap:
      break;
  }
  constexpr std::uint32_t words_per_block = 256 / 64;
  for (std::uint32_t first = 0; first < bitmap_words; first += words_per_block) {
    std::uint32_t ids = 0;
    for (std::uint32_t i = first; i < first + words_per_block; ++i) {
      ids += static_cast<std::uint32_t>(__builtin_popcountll(container.word(i)));
    }
    if (chooser.is_block(ids, 1)) {
      chooser.add_block(base + Id{first} * 64, 1);
      continue;
    }
    for (std::uint32_t i = first; i < first + words_per_block; ++i) {
      for (std::uint64_t word = container.word(i); word != 0; word &= word - 1) {
        chooser.add(base + Id{i} * 64 + __builtin_ctzll(word));
      }
    }
  }
}

void take_all(const SetView& set, Buffer<Key>& keys) {
  constexpr std::size_t batch = 256;
  Id ids[batch];
  Cursor cursor(set);
  for (std::size_t read = batch; read == batch;) {
    read = cursor.next(ids, batch);
    for (std::size_t i = 0; i < read; ++i) {
      const Key key = key_of(ids[i], ids[i] < least_keyed ? 1 : 0);
      if (keys.empty() || keys.back() != key) keys.push_back(key);
    }
  }
}

}  // namespace

void choose_keys(const SetView& set, std::size_t max_keys, Buffer<Key>& keys) {
  const std::uint64_t ids = cardinality(set);
  if (ids <= at_least_min(max_keys)) {
    keys.reserve(static_cast<std::size_t>(ids));
    take_all(set, keys);
    return;
  }
  KeyChooser chooser(max_keys);
  constexpr std::size_t ids_per_check = 1 << 16;
  const Id* sparse = set.sparse.begin();
  const auto add_sparse = [&](const Id* end) {
    for (; sparse != end; ++sparse) {
      if (static_cast<std::size_t>(sparse - set.sparse.begin()) % ids_per_check == 0) {
        check_interrupts();
      }
      chooser.add(*sparse);
    }
  };
  for (const DenseRange& range : set.dense) {
    add_sparse(std::lower_bound(sparse, set.sparse.end(), make_id(range.high, 0)));
    Container container;
    for (StreamWalker walker(range.stream, range.stream_size); walker.next(container);) {
      if (container.key % 256 == 0) check_interrupts();
      add_container(chooser, range.high, container);
    }
  }
  add_sparse(set.sparse.end());
  chooser.finish(keys);
}

// ---- Headers ----------------------------------------------------------------------------------------------

namespace {

// What is read at once; a header of a stream may take some more.
constexpr std::size_t window_size = 65536;

}  // namespace

void HeaderKeys::give(const char* bytes) {
  Buffer<char>& to = wanting_ == nullptr ? front_ : wanting_->bytes;
  to.clear();
  to.append(bytes, wanted_.size);
  if (wanting_ == nullptr) {
    front_parts_.give(front_.data());
  } else {
    wanting_->offset = wanted_.offset;
  }
}

bool HeaderKeys::run() {
  if (!ranges_.has_value()) {
    wanting_ = nullptr;
    const bool is_outlined = outline_.read(front_parts_);
    wanted_ = front_parts_.wanted();
    if (!is_outlined) return false;
    ranges_ = outline_.ranges();
    has_range_ = ranges_->next(range_);
  }
  for (;;) {
    check_interrupts();
    if (!add_sparse()) return false;
    if (!has_range_) return true;
    if (!add_range()) return false;
    has_range_ = ranges_->next(range_);
  }
}

// These bytes of the value, from the window; nullptr where they are wanted, with what follows them.
const char* HeaderKeys::fetch(Window& window, std::size_t offset, std::size_t size) {
  if (offset > total_size_ || size > total_size_ - offset) fail_damaged_parts();
  const std::size_t end = window.offset + window.bytes.size();
  if (offset >= window.offset && offset + size <= end) {
    return window.bytes.data() + (offset - window.offset);
  }
  wanting_ = &window;
  wanted_ = {offset, std::min(std::max(size, window_size), total_size_ - offset)};
  return nullptr;
}

// The sparse ids before the next dense range.
bool HeaderKeys::add_sparse() {
  while (sparse_done_ < outline_.sparse_count()) {
    const std::size_t offset = outline_.sparse_part(sparse_done_, 1).offset;
    const char* bytes = fetch(sparse_, offset, id_size);
    if (bytes == nullptr) return false;
    const char* const end = sparse_.bytes.end();
    for (; end - bytes >= static_cast<std::ptrdiff_t>(id_size) &&
           sparse_done_ < outline_.sparse_count();
         bytes += id_size, ++sparse_done_) {
      const Id id = load<Id>(bytes);
      if (has_range_ && id >= make_id(range_.high, 0)) return true;
      chooser_.add(id);
    }
  }
  return true;
}

bool HeaderKeys::add_range() {
  const char* at_hand = fetch(streams_, range_.offset, 8);
  if (at_hand == nullptr) return false;
  Parts parts(total_size_);
  const std::size_t size = static_cast<std::size_t>(streams_.bytes.end() - at_hand);
  parts.put({range_.offset, size}, at_hand);
  StreamOutline stream(range_);
  const char* described = stream.read(parts) ? stream.descriptions(parts) : nullptr;
  if (described == nullptr) {
    const Parts::Part& wanted = parts.wanted();
    fetch(streams_, range_.offset, wanted.offset + wanted.size - range_.offset);
    return false;
  }
  for (std::uint32_t i = 0; i < stream.containers(); ++i) {
    const auto key = load<std::uint16_t>(described + StreamOutline::description_size * i);
    chooser_.add_block(make_id(range_.high, std::uint32_t{key} << 16), 2);
  }
  return true;
}

}  // namespace objectset
