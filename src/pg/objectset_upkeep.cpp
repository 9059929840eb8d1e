// Looking into stored sets: whether one is sound, and what it is made of; and into the session's cache of them.
#include "pg/session_cache.hpp"

#include "core/roaring/roaring_stream.hpp"

namespace objectset::pg {
namespace {

struct Statistics {
  uint64 ids;
  uint64 dense_ranges;
  uint64 sparse_ids;
  uint64 containers[3];  // by ContainerKind
};

uint64& count_of(Statistics& statistics, ContainerKind kind) {
  return statistics.containers[static_cast<int>(kind)];
}

// A set opened from stored bytes: every dense range shows its stream.
Statistics statistics_of(const SetView& set) {
  Statistics statistics = {};
  statistics.ids = cardinality(set);
  statistics.dense_ranges = set.dense.size();
  statistics.sparse_ids = set.sparse.size();
  for (const DenseRange& range : set.dense) {
    check_interrupts();
    Container container;
    for (StreamWalker walker(range.stream, range.stream_size); walker.next(container);) {
      ++count_of(statistics, container.kind);
    }
  }
  return statistics;
}

Datum number(uint64 value) { return Int64GetDatum(static_cast<int64>(value)); }

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_is_valid) {
  const SetArgument set = stored_argument(fcinfo, 0);
  bool valid = false;
  guarded([&] { valid = stored_is_valid_untrusted(set.bytes, set.size); });
  PG_RETURN_BOOL(valid);
}

namespace {

// A row of numbers, as the function that is called declares it.
template <int Columns>
Datum row_of(FunctionCallInfo fcinfo, Datum (&values)[Columns]) {
  TupleDesc row_type = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &row_type) != TYPEFUNC_COMPOSITE ||
      row_type->natts != Columns) {
    elog(ERROR, "function must return a row of %d columns", Columns);
  }
  bool nulls[Columns] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls)));
}

}  // namespace

OBJECTSET_FUNCTION(objectset_stats) {
  const SetArgument set = stored_argument(fcinfo, 0);
  Statistics statistics = {};
  guarded([&] {
    const OpenSet open(set);
    statistics = statistics_of(open);
  });
  Datum values[] = {number(statistics.ids),
                    number(VARHDRSZ + set.size),
                    number(statistics.dense_ranges),
                    number(statistics.sparse_ids),
                    number(count_of(statistics, ContainerKind::array)),
                    number(count_of(statistics, ContainerKind::bitmap)),
                    number(count_of(statistics, ContainerKind::run))};
  return row_of(fcinfo, values);
}

OBJECTSET_FUNCTION(objectset_cache_stats) {
  const CacheStatistics statistics = cache_statistics();
  Datum values[] = {Int64GetDatum(statistics.sets), Int64GetDatum(statistics.bytes),
                    Int64GetDatum(statistics.hits), Int64GetDatum(statistics.misses)};
  return row_of(fcinfo, values);
}
