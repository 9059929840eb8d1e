#include "pg/toast_slices.hpp"

#include "pg/session_cache.hpp"

namespace objectset::pg {

namespace {

// nullptr for what is not to be read in slices.
struct varlena* sliced(Datum datum) {
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  return VARATT_IS_EXTERNAL_ONDISK(value) && !is_cached(value) ? value : nullptr;
}

Size stored_size(Datum datum) { return toast_raw_datum_size(datum) - VARHDRSZ; }

// What was spent lately on parts of values, in bytes of which reading a value at once costs as much. Those that fall into
// one place forget each other.
struct Spent {
  Oid relation;
  Oid value;
  Size cost;
};
constexpr Oid places = 64;
Spent spent[places];

Spent& spent_on(struct varlena* value) {
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, value);
  Spent& place = spent[pointer.va_valueid % places];
  if (place.relation != pointer.va_toastrelid || place.value != pointer.va_valueid) {
    place = {pointer.va_toastrelid, pointer.va_valueid, 0};
  }
  return place;
}

// Whether more was spent on a value than to read it whole, which the session can then keep. Says so once: where the value
// does not stay in the cache, as much is spent again before it is read whole once more.
bool is_time_to_keep(Datum datum) {
  auto* const value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  Spent& place = spent_on(value);
  if (place.cost <= stored_size(datum) || !is_cacheable(value)) return false;
  place.cost = 0;
  return true;
}

struct varlena* sliced_for_now(Datum datum) {
  struct varlena* const value = sliced(datum);
  return value == nullptr || is_time_to_keep(datum) ? nullptr : value;
}

}  // namespace

struct varlena* read_slice(struct varlena* value, const Parts::Part& part) {
  struct varlena* slice =
      detoast_attr_slice(value, static_cast<int32>(part.offset), static_cast<int32>(part.size));
  if (VARSIZE(slice) - VARHDRSZ != part.size) {
    raise(failure_of(ErrorCode::data_corrupted, "stored object set is damaged",
                     "It is shorter than it says."));
  }
  return slice;
}

Slices::Slices(Datum datum)
    : value_(sliced_for_now(datum)), probe_(value_ == nullptr ? 0 : stored_size(datum)) {}

SliceAnswer Slices::run() {
  for (;;) {
    bool done = false;
    guarded([&] { done = probe_.run(); });
    if (done) return {!probe_.is_declined(), probe_.found(), probe_.answer()};
    const Parts::Part part = probe_.wanted();
    probe_.give(VARDATA(read_slice(value_, part)));
    spent_on(value_).cost += Excerpt::part_cost + part.size;
  }
}

SliceAnswer Slices::ask(Question question, int64 argument) {
  if (value_ == nullptr) return {};
  probe_.ask(question, argument);
  return run();
}

SliceAnswer Slices::read_page(uint64 position, Id* ids, Size room) {
  if (value_ == nullptr || room > max_page) return {};
  probe_.ask_page(position, ids, room);
  return run();
}

SliceAnswer Slices::read_page_from(Id first, Id* ids, Size room) {
  if (value_ == nullptr || room > max_page) return {};
  probe_.ask_page_from(first, ids, room);
  return run();
}

SliceAnswer Slices::read_page_to(Id last, Id* ids, Size room) {
  const SliceAnswer before = ask(Question::rank, last);
  if (!before.known) return {};
  const auto count = static_cast<uint64>(before.value);
  const uint64 rows = count < room ? count : room;
  return read_page(count - rows, ids, static_cast<Size>(rows));
}

SliceAnswer ask_in_place(Datum datum, Question question, int64 argument) {
  struct varlena* const value = PG_DETOAST_DATUM_PACKED(datum);
  Probe probe(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
  probe.ask(question, argument);
  bool done = false;
  guarded([&] { done = probe.run(); });
  if (PointerGetDatum(value) != datum) pfree(value);
  return {done && !probe.is_declined(), probe.found(), probe.answer()};
}

int much_larger(Datum a, Datum b) {
  constexpr Size times = 8;
  const Datum sets[2] = {a, b};
  for (int i = 0; i < 2; ++i) {
    struct varlena* const value = sliced(sets[i]);
    if (value == nullptr || stored_size(sets[i]) < Excerpt::min_size) continue;
    varatt_external pointer;
    VARATT_EXTERNAL_GET_POINTER(pointer, value);
    // Of a compressed value a slice would take all that stands before it, too.
    if (VARATT_EXTERNAL_GET_EXTSIZE(pointer) < stored_size(sets[i])) continue;
    auto* const other = reinterpret_cast<struct varlena*>(DatumGetPointer(sets[1 - i]));
    if (VARATT_IS_EXTERNAL_EXPANDED(other)) return i;  // its size is not known; the excerpt judges
    if (stored_size(sets[1 - i]) < stored_size(sets[i]) / times) return i;
  }
  return -1;
}

bool read_excerpt(Datum large, Excerpt& excerpt) {
  if (is_time_to_keep(large)) return false;
  auto* const value = reinterpret_cast<struct varlena*>(DatumGetPointer(large));
  for (;;) {
    bool done = false;
    guarded([&] { done = excerpt.run(); });
    if (done) break;
    excerpt.give(VARDATA(read_slice(value, excerpt.wanted())));
  }
  spent_on(value).cost += excerpt.cost();
  return !excerpt.is_declined();
}

namespace {

Datum short_set(Span<Id> ids) {
  struct varlena* flat = nullptr;
  guarded_in_scratch([&] { flat = write_set(SetView{ids, {}}); });
  return PointerGetDatum(flat);
}

Size read_page_of(const SetView& set, uint64 offset, Id* ids, Size limit) {
  if (limit == 0 || offset >= cardinality(set)) return 0;
  return Cursor(set, false, select(set, offset)).next(ids, limit);
}

}  // namespace

Datum slice_of(Datum datum, uint64 offset, uint64 limit) {
  if (limit <= max_page) {
    Id ids[max_page];
    const SliceAnswer page = Slices(datum).read_page(offset, ids, static_cast<Size>(limit));
    if (page.known) return short_set(Span<Id>(ids, static_cast<Size>(page.value)));
    // Of a set that the session keeps, too, a page is written at once; it may not be the whole set, to be given back.
    auto* const value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    const SetView* const kept = VARATT_IS_EXTERNAL_ONDISK(value) ? seen_cached_set(value) : nullptr;
    if (kept != nullptr && cardinality(*kept) > limit) {
      return short_set(Span<Id>(ids, read_page_of(*kept, offset, ids, static_cast<Size>(limit))));
    }
  }
  const SetArgument set = set_argument(datum);
  const Datum made = try_return_set(is_large(set), [&](auto&& give) {
    const OpenSet open(set);
    Set result = slice(open, offset, limit);
    const bool is_whole = cardinality(result) == cardinality(open);
    if (!is_whole || !can_be_given_back(datum)) give(std::move(result));
  });
  return made != none_made ? made : datum;
}

}  // namespace objectset::pg
