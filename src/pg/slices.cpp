#include "slices.hpp"

#include "session_cache.hpp"

namespace objectset::pg {

namespace {

bool is_to_be_sliced(struct varlena* value) {
  return VARATT_IS_EXTERNAL_ONDISK(value) && !is_cached(value);
}

SliceAnswer run(struct varlena* value, Probe& probe) {
  for (;;) {
    bool done = false;
    guarded([&] { done = probe.run(); });
    if (done) break;
    const Probe::Part part = probe.wanted();
    struct varlena* slice =
        detoast_attr_slice(value, static_cast<int32>(part.offset), static_cast<int32>(part.size));
    if (VARSIZE(slice) - VARHDRSZ != part.size) {
      raise(failure_of(ErrorCode::data_corrupted, "stored object set is damaged",
                       "It is shorter than it says."));
    }
    probe.give(VARDATA(slice));
  }
  return {!probe.is_declined(), probe.found(), probe.answer()};
}

}  // namespace

SliceAnswer ask_slices(Datum datum, Question question, int64 argument) {
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (!is_to_be_sliced(value)) return {};
  Probe probe(question, argument, toast_raw_datum_size(datum) - VARHDRSZ);
  return run(value, probe);
}

SliceAnswer read_page(Datum datum, uint64 position, Id* ids, Size room) {
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (!is_to_be_sliced(value) || room > max_page) return {};
  Probe probe(static_cast<Id>(position), toast_raw_datum_size(datum) - VARHDRSZ, ids, room);
  return run(value, probe);
}

Datum slice_of(Datum datum, uint64 offset, uint64 limit) {
  if (limit <= max_page) {
    Id ids[max_page];
    const SliceAnswer page = read_page(datum, offset, ids, static_cast<Size>(limit));
    if (page.known) {
      const SetView found = {Span<Id>(ids, static_cast<Size>(page.value)), {}};
      struct varlena* flat = nullptr;
      guarded([&] { flat = write_set(found); });
      return PointerGetDatum(flat);
    }
  }
  const SetArgument set = set_argument(datum);
  return return_set(is_large(set), [&](auto&& give) {
    const OpenSet open(set);
    give(slice(open, offset, limit));
  });
}

}  // namespace objectset::pg
