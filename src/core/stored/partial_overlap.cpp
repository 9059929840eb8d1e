#include "core/stored/partial_overlap.hpp"

#include <algorithm>

namespace objectset {
namespace {

// Containers that stand not farther apart are one part.
constexpr std::size_t max_gap = 4096;

}  // namespace

// ---- Reading ----------------------------------------------------------------------------------------------

bool Excerpt::decline() noexcept {
  declined_ = true;
  return true;
}

void Excerpt::give(const char* bytes) noexcept {
  bytes_ += parts_.wanted().size;
  parts_.give(bytes);
}

std::size_t Excerpt::cost() const noexcept {
  return static_cast<std::size_t>(parts_.count()) * part_cost + bytes_;
}

bool Excerpt::run() {
  const std::size_t limit = parts_.total_size() / 2;
  if (declined_ || parts_.are_full() || parts_.total_size() < min_size || cost() > limit) {
    return decline();
  }
  if (!outline_.read(parts_)) return false;
  if (!planned_ && !plan()) return decline();
  planned_ = true;
  for (; located_ < piece_count_; ++located_) {
    if (!locate(pieces_[located_])) return false;
  }
  return fetch_pieces() && (declined_ || visit_sparse([](Span<Id>) {}));
}

bool Excerpt::add_piece(const StoredRange& range, std::uint16_t key) noexcept {
  if (piece_count_ > 0) {
    const Piece& last = pieces_[piece_count_ - 1];
    if (last.range.high == range.high && last.key == key) return true;
  }
  if (piece_count_ == max_pieces) return false;
  pieces_[piece_count_++] = {range, key, false, {}};
  return true;
}

bool Excerpt::add_pieces(const StoredRange& range, const DenseRange& small) noexcept {
  const auto& containers = small.bitmap->high_low_container;
  for (std::int32_t i = 0; i < containers.size; ++i) {
    if (!add_piece(range, containers.keys[i])) return false;
  }
  return true;
}

// The containers of the small set that stand in dense ranges of the large one. False: too many.
bool Excerpt::plan() {
  if (small_.sparse.size() > max_sparse) return false;
  bool fits = true;
  StoredRange range = {};
  bool has_range = outline_.find_range(INT32_MIN, range);
  int lookups = 0;
  // Whether the range with this upper half is dense, and is now `range`; from low ones to high ones.
  const auto is_dense = [&](std::int32_t high) {
    if (has_range && range.high < high) {
      if (++lookups > max_pieces) fits = false;
      has_range = fits && outline_.find_range(high, range);
    }
    return has_range && range.high == high;
  };
  zip(
      small_, SetView(),
      [&](Span<Id> ids, Span<Id>) {
        for (std::size_t i = 0; i < ids.size() && fits; ++i) {
          if (is_dense(high_of(ids[i]))) {
            fits = fits && add_piece(range, static_cast<std::uint16_t>(low_of(ids[i]) >> 16));
          }
        }
        return fits;
      },
      [&](std::int32_t high, const DenseRange* dense, Span<Id>, const DenseRange*, Span<Id>) {
        if (is_dense(high)) fits = fits && add_pieces(range, *dense);
        return fits;
      });
  return fits;
}

bool Excerpt::locate(Piece& piece) {
  StreamOutline stream(piece.range);
  std::uint32_t i = 0;
  if (!stream.read(parts_)) return false;
  if (!stream.find_key(parts_, piece.key, i, piece.found)) return false;
  return !piece.found || stream.locate(parts_, i, piece.stored);
}

// Neighbours together. First what it costs is looked at.
bool Excerpt::fetch_pieces() {
  std::size_t planned = cost();
  for (int pass = checked_ ? 1 : 0; pass < 2; ++pass) {
    int i = 0;
    while (i < piece_count_) {
      const Piece& first = pieces_[i++];
      if (!first.found) continue;
      std::size_t end = first.stored.offset + first.stored.size;
      for (; i < piece_count_; ++i) {
        const Piece& next = pieces_[i];
        if (!next.found) continue;
        if (next.stored.offset < end || next.stored.offset - end > max_gap) break;
        end = next.stored.offset + next.stored.size;
      }
      const std::size_t size = end - first.stored.offset;
      if (pass == 0) {
        if (parts_.find(first.stored.offset, size) == nullptr) planned += Excerpt::part_cost + size;
      } else if (parts_.fetch(first.stored.offset, size) == nullptr) {
        return false;
      }
    }
    if (pass == 0 && planned > parts_.total_size() / 2) return decline();
  }
  checked_ = true;
  return true;
}

// Whether a range of the small set is a dense one of the large set: then it has pieces.
bool Excerpt::stands_dense(std::int32_t high) const noexcept {
  const Piece* const end = pieces_ + piece_count_;
  const Piece* const piece = std::lower_bound(
      pieces_, end, high, [](const Piece& it, std::int32_t h) { return it.range.high < h; });
  return piece != end && piece->range.high == high;
}

// Calls visit(ids) for ids that the large set has in ranges where its ids are sparse: all that the small set has
// there too, and maybe others. False where a part is wanted; it goes on there when it is called again.
template <class Visit>
bool Excerpt::visit_sparse(Visit&& visit) {
  if (outline_.sparse_count() == 0) return true;
  bool is_here = true;
  zip(
      small_, SetView(),
      [&](Span<Id> ids, Span<Id>) {
        for (const Id& id : ids) {
          const auto i = static_cast<std::size_t>(&id - small_.sparse.begin());
          if (i < looked_up_ || stands_dense(high_of(id))) continue;
          Found place = {};
          is_here = outline_.search_sparse(parts_, id, place);
          if (!is_here) return false;
          if (place.exact) visit(Span<Id>(&id, 1));
          looked_up_ = i + 1;
        }
        return true;
      },
      [&](std::int32_t high, const DenseRange*, Span<Id>, const DenseRange*, Span<Id>) {
        if (stands_dense(high)) return true;
        Found from = {};
        Found to = {};
        is_here = outline_.search_sparse(parts_, make_id(high, 0), from) &&
                  outline_.search_sparse(parts_, make_id(high, UINT32_MAX), to);
        if (!is_here) return false;
        const std::uint64_t end = to.position + (to.exact ? 1 : 0);
        if (end < from.position) fail_damaged_parts();
        if (end == from.position) return true;
        const Parts::Part part = outline_.sparse_part(from.position, end - from.position);
        if (part.size > parts_.total_size() / 2) {
          decline();
          return false;
        }
        const char* bytes = parts_.fetch(part.offset, part.size);
        is_here = bytes != nullptr;
        for (std::size_t i = 0; i < part.size && is_here; i += id_size) {
          const Id id = load<Id>(bytes + i);
          visit(Span<Id>(&id, 1));
        }
        return is_here;
      });
  return is_here;
}

// ---- Viewing ----------------------------------------------------------------------------------------------

OpenExcerpt::OpenExcerpt(Excerpt& excerpt) {
  excerpt.looked_up_ = 0;
  if (!excerpt.visit_sparse([&](Span<Id> ids) { sparse_.append(ids.data(), ids.size()); })) {
    fail_damaged_parts();
  }
  for (std::size_t i = 1; i < sparse_.size(); ++i) {
    if (sparse_[i - 1] >= sparse_[i]) fail_damaged_parts();
  }
  const Span<Excerpt::Piece> pieces(excerpt.pieces_,
                                    static_cast<std::size_t>(excerpt.piece_count_));
  const Excerpt::Piece* piece = pieces.begin();
  while (piece != pieces.end()) {
    const Excerpt::Piece* const first = piece;
    while (piece != pieces.end() && piece->range.high == first->range.high) ++piece;
    append_stream({first, piece}, excerpt.parts_);
  }
  // Nothing fails from here on: a constructor that fails frees no bitmaps.
  std::size_t at = 0;
  for (DenseRange& range : dense_) {
    range.bitmap = croaring.bitmap_portable_deserialize_frozen(streams_.data() + at);
    at += range.stream_size;
  }
}

OpenExcerpt::~OpenExcerpt() {
  if (is_abandoned()) return;
  for (const DenseRange& range : dense_) {
    if (range.bitmap != nullptr) croaring.bitmap_free(range.bitmap);
  }
}

// A stream of the containers that were found in one range.
void OpenExcerpt::append_stream(Span<Excerpt::Piece> pieces, Parts& parts) {
  DenseRange range = {};
  range.high = pieces.front().range.high;
  std::uint32_t containers = 0;
  bool has_runs = false;
  for (const Excerpt::Piece& piece : pieces) {
    if (!piece.found) continue;
    ++containers;
    has_runs = has_runs || piece.stored.kind == ContainerKind::run;
    range.cardinality += piece.stored.cardinality;
    range.stream_size += piece.stored.size;
  }
  if (containers == 0) return;
  const std::size_t header_size = stream_header_size(containers, has_runs);
  range.stream_size += header_size;
  char* const stream = streams_.extend(range.stream_size);
  std::memset(stream, 0, header_size);
  char* const flags = stream + 4;
  char* description = stream + (has_runs ? 4 + (containers + 7) / 8 : 8);
  if (has_runs) {
    store(stream, cookie_with_runs | (containers - 1) << 16);
  } else {
    store(store(stream, cookie_without_runs), containers);
  }
  char* offset = description + std::size_t{4} * containers;
  const bool has_offsets = offset < stream + header_size;
  char* at = stream + header_size;
  std::uint32_t i = 0;
  for (const Excerpt::Piece& piece : pieces) {
    if (!piece.found) continue;
    Container container;
    if (!fetch_container(parts, piece.stored, container) || !is_sound(container)) {
      fail_damaged_parts();
    }
    if (container.kind == ContainerKind::run) {
      flags[i / 8] = static_cast<char>(flags[i / 8] | 1 << i % 8);
    }
    description = store(description, container.key);
    description = store(description, static_cast<std::uint16_t>(container.cardinality - 1));
    if (has_offsets) offset = store(offset, static_cast<std::uint32_t>(at - stream));
    std::memcpy(at, container.data - (container.kind == ContainerKind::run ? 2 : 0),
                piece.stored.size);
    at += piece.stored.size;
    ++i;
  }
  dense_.push_back(range);
}

}  // namespace objectset
