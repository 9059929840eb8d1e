// What ANALYZE keeps of a column of sets: what it keeps of any value, and beside that the statistics of sets
// (set_sample.hpp), in two slots of pg_statistic (set_statistics.hpp).
//
// Large sets are not read: their first bytes and a few more tell what is wanted.
#include "pg/datum.hpp"
#include "pg/session_cache.hpp"
#include "pg/set_statistics.hpp"
#include "pg/toast_slices.hpp"

extern "C" {
#include "commands/vacuum.h"
}

#include <algorithm>
#include <new>

#include "core/planning/set_sample.hpp"

namespace objectset::pg {
namespace {

// Of sets that are stored apart, each of which takes a few reads at random, so many are looked at.
constexpr int max_apart = 3000;

// A set whose bounds take more than slices is read whole if it is no larger than this.
constexpr Size small_enough = 65536;

// Common ids that are kept for each unit of the statistics target.
constexpr int common_per_target = 10;

struct Standard {
  AnalyzeAttrComputeStatsFunc compute;
  void* extra;
  int target;
};

void pause_analyze() {
#if PG_VERSION_NUM >= 180000
  vacuum_delay_point(true);
#else
  vacuum_delay_point();
#endif
}

bool is_apart(Datum value) {
  return VARATT_IS_EXTERNAL_ONDISK(reinterpret_cast<struct varlena*>(DatumGetPointer(value)));
}

SampledSet read_whole(Datum value) {
  const SetArgument argument = set_argument(value);
  SampledSet found;
  guarded([&] {
    const OpenSet set(argument);
    found.cardinality = cardinality(set);
    found.is_bounded = found.cardinality > 0;
    if (!found.is_bounded) return;
    found.least = minimum(set);
    found.greatest = maximum(set);
  });
  return found;
}

SampledSet read_little(Datum value) {
  auto* pointer = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
  SampledSet found;
  if (!is_apart(value) || is_cached(pointer) || !read_cardinality(value, found.cardinality)) {
    return read_whole(value);
  }
  const SliceAnswer least = ask_slices(value, Question::minimum, 0);
  const SliceAnswer greatest = ask_slices(value, Question::maximum, 0);
  if (!least.known || !greatest.known) {
    return toast_raw_datum_size(value) <= small_enough ? read_whole(value) : found;
  }
  found.is_bounded = least.found && greatest.found;
  found.least = least.value;
  found.greatest = greatest.value;
  return found;
}

// The rows of small sets, whose ids are to be counted.
struct SmallSets {
  int* rows;
  int count;
};

// Looks at the sample's sets; 0 where there are none. Each is looked at in `scratch`.
int sample_sets(VacAttrStats* stats, AnalyzeAttrFetchFunc fetch, int rows, MemoryContext scratch,
                SetSample* sample, SmallSets* small) {
  int apart = 0;
  for (int row = 0; row < rows; ++row) {
    bool is_null = false;
    const Datum value = fetch(stats, row, &is_null);
    if (!is_null && is_apart(value)) ++apart;
  }
  const int stride = (apart + max_apart - 1) / max_apart;
  int sets = 0;
  int passed = 0;
  SampledSet last;  // that was stored apart: stands for those that are passed over after it
  for (int row = 0; row < rows; ++row) {
    pause_analyze();
    bool is_null = false;
    const Datum value = fetch(stats, row, &is_null);
    if (is_null) continue;
    const bool apart_here = is_apart(value);
    const bool is_passed = apart_here && passed++ % stride != 0;
    SampledSet found = last;
    if (!is_passed) {
      MemoryContext const outer = MemoryContextSwitchTo(scratch);
      found = read_little(value);
      MemoryContextSwitchTo(outer);
      MemoryContextReset(scratch);
      if (found.cardinality <= SetSample::max_counted) small->rows[small->count++] = row;
    }
    if (apart_here) last = found;
    guarded([&] { sample->add(found); });
    ++sets;
  }
  return sets;
}

void count_ids(VacAttrStats* stats, AnalyzeAttrFetchFunc fetch, MemoryContext scratch,
               const SmallSets& small, SetSample* sample) {
  MemoryContext const context = CurrentMemoryContext;
  const auto stride = static_cast<int>(std::min<Size>(sample->stride(), INT_MAX / 2));
  for (int i = 0; i < small.count; i += stride) {
    pause_analyze();
    bool is_null = false;
    const Datum value = fetch(stats, small.rows[i], &is_null);
    MemoryContextSwitchTo(scratch);
    const SetView set = pinned_view(set_argument(value));
    Id ids[SetSample::max_counted];
    const Size count = Cursor(set).next(ids, SetSample::max_counted);
    MemoryContextSwitchTo(context);
    guarded([&] { sample->add_ids(ids, count); });
    MemoryContextReset(scratch);
  }
}

// ---- Slots of pg_statistic --------------------------------------------------------------------------------

void store_slot(VacAttrStats* stats, int kind, Span<float> numbers, Span<Id> first,
                Span<Id> second) {
  int slot = 0;
  while (slot < STATISTIC_NUM_SLOTS && stats->stakind[slot] != 0) ++slot;
  if (slot == STATISTIC_NUM_SLOTS) return;
  MemoryContext const outer = MemoryContextSwitchTo(stats->anl_context);
  const Size count = first.size() + second.size();
  auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
  for (Size i = 0; i < first.size(); ++i) values[i] = Int64GetDatum(first[i]);
  for (Size i = 0; i < second.size(); ++i) values[first.size() + i] = Int64GetDatum(second[i]);
  auto* copy = static_cast<float4*>(palloc(sizeof(float4) * (numbers.size() + 1)));
  std::copy(numbers.begin(), numbers.end(), copy);
  MemoryContextSwitchTo(outer);
  stats->stakind[slot] = static_cast<int16>(kind);
  stats->staop[slot] = InvalidOid;
  stats->stacoll[slot] = InvalidOid;
  stats->stanumbers[slot] = copy;
  stats->numnumbers[slot] = static_cast<int>(numbers.size());
  stats->stavalues[slot] = values;
  stats->numvalues[slot] = static_cast<int>(count);
  stats->statypid[slot] = INT8OID;
  stats->statyplen[slot] = sizeof(Id);
  stats->statypbyval[slot] = FLOAT8PASSBYVAL;
  stats->statypalign[slot] = TYPALIGN_DOUBLE;
}

void store(VacAttrStats* stats, const SetSample& sample) {
  const Span<uint64> sizes = sample.sizes();
  auto* numbers = static_cast<float*>(palloc(sizeof(float) * (size_numbers + sizes.size())));
  numbers[number_mean] = static_cast<float>(sample.mean());
  numbers[number_mean_of_large] = static_cast<float>(sample.mean_of_large());
  numbers[number_empty] = static_cast<float>(sample.empty_fraction());
  numbers[number_width] = static_cast<float>(sample.width());
  numbers[number_possible] = static_cast<float>(sample.possible_ids());
  for (Size i = 0; i < sizes.size(); ++i) numbers[size_numbers + i] = static_cast<float>(sizes[i]);
  // A slot without values is not one: where there are no ids, a zero stands for each end.
  static constexpr Id none = 0;
  const bool is_bounded = !sample.least().empty();
  store_slot(stats, statistic_kind_sizes, Span<float>(numbers, size_numbers + sizes.size()),
             is_bounded ? sample.least() : Span<Id>(&none, 1),
             is_bounded ? sample.greatest() : Span<Id>(&none, 1));
  if (sample.common().empty()) return;
  store_slot(stats, statistic_kind_common_ids, sample.common_fractions(), sample.common(), {});
}

void compute_statistics(VacAttrStats* stats, AnalyzeAttrFetchFunc fetch, int rows,
                        double total_rows) {
  auto* standard = static_cast<Standard*>(stats->extra_data);
  stats->extra_data = standard->extra;
  standard->compute(stats, fetch, rows, total_rows);
  stats->extra_data = standard;

  // What the sample holds is the current context's, which ANALYZE resets after each column.
  MemoryContext const scratch = AllocSetContextCreate(
      CurrentMemoryContext, "object sets of a sample", ALLOCSET_DEFAULT_SIZES);
  auto* sample = new (palloc(sizeof(SetSample))) SetSample();
  SmallSets small = {static_cast<int*>(palloc(sizeof(int) * static_cast<Size>(std::max(rows, 1)))),
                     0};
  const int sets = sample_sets(stats, fetch, rows, scratch, sample, &small);
  if (sets > 0) {
    count_ids(stats, fetch, scratch, small, sample);
    const double all = total_rows * sets / rows;
    guarded([&] {
      sample->finish(all, static_cast<Size>(standard->target),
                     static_cast<Size>(standard->target) * common_per_target);
    });
    store(stats, *sample);
  }
  MemoryContextDelete(scratch);
}

}  // namespace
}  // namespace objectset::pg

OBJECTSET_FUNCTION(objectset_typanalyze) {
  using namespace objectset::pg;  // NOLINT
  auto* stats = reinterpret_cast<VacAttrStats*>(PG_GETARG_POINTER(0));
  if (!std_typanalyze(stats)) PG_RETURN_BOOL(false);
#if PG_VERSION_NUM >= 170000
  const int target = stats->attstattarget;
#else
  const int target = stats->attr->attstattarget;
#endif
  auto* standard = static_cast<Standard*>(palloc(sizeof(Standard)));
  *standard = {stats->compute_stats, stats->extra_data, target};
  stats->compute_stats = compute_statistics;
  stats->extra_data = standard;
  PG_RETURN_BOOL(true);
}
