// Questions to several sets at once, given as they are or by their names in a set table: which ids are in exactly which of
// them, how many go on from each to the next, which are most alike.
#include "pg/saved/set_table.hpp"

#include "core/cohort/exclusive_parts.hpp"
#include "core/cohort/funnel.hpp"
#include "core/cohort/similar_pairs.hpp"

namespace objectset::pg {
namespace {

/// Sets, and what they are called: by their names or, where there are none, by their numbers.
struct Cohorts {
  SetView* sets;
  Datum* names;  // text
  int count;
};

[[noreturn]] void raise_null_set() {
  ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("an object set must not be null"),
                  errhint("An aggregate over no rows is NULL: write coalesce(..., '{}').")));
  pg_unreachable();
}

Cohorts room_for(int count) {
  return {static_cast<SetView*>(palloc_extended(sizeof(SetView) * (static_cast<Size>(count) + 1),
                                                MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO)),
          nullptr, count};
}

void check_number(uint64 count, uint64 most) {
  if (count <= most) return;
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many object sets at once"),
                  errdetail("Up to %d are taken apart.", static_cast<int>(most))));
}

Cohorts array_of_sets(FunctionCallInfo fcinfo, int n, uint64 most) {
  ArrayType* const array = PG_GETARG_ARRAYTYPE_P(n);
  check_number(static_cast<uint64>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array))), most);
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &elements, &nulls,
                    &count);
  const Cohorts cohorts = room_for(count);
  for (int i = 0; i < count; ++i) {
    if (nulls[i]) raise_null_set();
    cohorts.sets[i] = pinned_view(set_argument(elements[i]));
  }
  return cohorts;
}

// ---- By name ----------------------------------------------------------------------------------------------

constexpr const char* columns_of_set = "name::pg_catalog.text, base, added, removed, deleted";

SetView members_in(uint64 row) { return members_of_parts(parts_in(row, 2)); }

// All sets of the table, by name.
Cohorts all_sets(const SetTable& table, uint64 most) {
  const uint64 count =
      run(table, Access::read, "SELECT {0} FROM {r} ORDER BY 1", {columns_of_set}, {});
  check_number(count, std::min<uint64>(most, INT32_MAX / 64));
  Cohorts cohorts = room_for(static_cast<int>(count));
  cohorts.names = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
  cohorts.count = 0;
  for (uint64 row = 0; row < count; ++row) {
    CHECK_FOR_INTERRUPTS();
    bool is_null = false;
    const Datum name = column(row, 1, &is_null);
    if (is_null) continue;  // asked here: the server drops conditions that NOT NULL promises
    cohorts.names[cohorts.count] = name;
    cohorts.sets[cohorts.count++] = members_in(row);
  }
  return cohorts;
}

// The names in an array, none of them NULL or there twice.
const char** names_of(const Datum* names, const bool* nulls, int count) {
  auto* const texts = static_cast<const char**>(palloc(sizeof(char*) * (count + 1)));
  for (int i = 0; i < count; ++i) {
    CHECK_FOR_INTERRUPTS();
    if (nulls[i]) raise_null("the name of an object set");
    texts[i] = TextDatumGetCString(names[i]);
    for (int j = 0; j < i; ++j) {
      if (strcmp(texts[i], texts[j]) != 0) continue;
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                      errmsg("object set \"%s\" is named twice", texts[i])));
    }
  }
  return texts;
}

Cohorts named_sets(const SetTable& table, ArrayType* array, uint64 most) {
  check_number(static_cast<uint64>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array))), most);
  Datum* names = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
  const char** const texts = names_of(names, nulls, count);
  Cohorts cohorts = room_for(count);
  cohorts.names = names;
  for (int i = 0; i < count; ++i) {
    CHECK_FOR_INTERRUPTS();
    find_set(table, Access::read, columns_of_set, texts[i]);
    cohorts.sets[i] = members_in(0);
  }
  return cohorts;
}

// ---- Rows --------------------------------------------------------------------------------------------------

Datum label_of(const Cohorts& cohorts, int i) {
  return cohorts.names != nullptr ? cohorts.names[i] : Int32GetDatum(i + 1);
}

Datum labels_of(const Cohorts& cohorts, uint32 sets) {
  Datum labels[ExclusiveParts::max_sets];
  int count = 0;
  for (int i = 0; i < cohorts.count; ++i) {
    if ((sets >> i & 1) != 0) labels[count++] = label_of(cohorts, i);
  }
  return PointerGetDatum(cohorts.names != nullptr
                             ? construct_array(labels, count, TEXTOID, -1, false, TYPALIGN_INT)
                             : construct_array(labels, count, INT4OID, 4, true, TYPALIGN_INT));
}

void put_exclusive(const Rows& rows, const Cohorts& cohorts) {
  const ExclusiveParts* parts = nullptr;
  guarded([&] {
    parts = new (allocate(sizeof(ExclusiveParts)))
        ExclusiveParts({cohorts.sets, static_cast<std::size_t>(cohorts.count)});
  });
  MemoryContext const row =
      AllocSetContextCreate(CurrentMemoryContext, "row", ALLOCSET_DEFAULT_SIZES);
  MemoryContext const outer = MemoryContextSwitchTo(row);
  for (const ExclusiveParts::Part& part : parts->parts()) {
    CHECK_FOR_INTERRUPTS();
    struct varlena* members = nullptr;
    guarded([&] {
      const PartIds ids(*parts, part);
      members = write_set(ids.view());
    });
    Datum values[] = {labels_of(cohorts, part.sets), Int64GetDatum(static_cast<int64>(part.count)),
                      PointerGetDatum(members)};
    bool nulls[3] = {};
    put_row(rows, values, nulls);
    MemoryContextReset(row);
  }
  MemoryContextSwitchTo(outer);
}

double share(uint64 part, uint64 whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void put_funnel(const Rows& rows, const Cohorts& cohorts) {
  const auto steps = static_cast<std::size_t>(cohorts.count);
  auto* const counts =
      static_cast<uint64*>(palloc_extended(sizeof(uint64) * (steps + 1), MCXT_ALLOC_HUGE));
  guarded([&] { funnel({cohorts.sets, steps}, counts); });
  for (std::size_t i = 0; i < steps; ++i) {
    const uint64 previous = counts[i == 0 ? 0 : i - 1];
    Datum values[5];
    bool nulls[5] = {};
    int n = 0;
    values[n++] = Int32GetDatum(static_cast<int32>(i) + 1);
    if (cohorts.names != nullptr) values[n++] = cohorts.names[i];
    values[n++] = Int64GetDatum(static_cast<int64>(counts[i]));
    values[n++] = Float8GetDatum(share(counts[i], previous));
    values[n++] = Float8GetDatum(share(counts[i], counts[0]));
    put_row(rows, values, nulls);
  }
}

// What is done to the sets of an array, in memory that goes with it.
template <class Put>
void with_array(FunctionCallInfo fcinfo, uint64 most, Put&& put) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0)) return;
  MemoryContext const work =
      AllocSetContextCreate(CurrentMemoryContext, "object sets", ALLOCSET_DEFAULT_SIZES);
  MemoryContext const outer = MemoryContextSwitchTo(work);
  put(rows, array_of_sets(fcinfo, 0, most));
  MemoryContextSwitchTo(outer);
  MemoryContextDelete(work);
}

double threshold_argument(FunctionCallInfo fcinfo, int n) {
  if (PG_ARGISNULL(n)) return 0;
  const double threshold = PG_GETARG_FLOAT8(n);
  if (!(threshold >= 0 && threshold <= 1)) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("threshold must be from 0 to 1")));
  }
  return threshold;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_exclusive) {
  with_array(fcinfo, ExclusiveParts::max_sets, put_exclusive);
  PG_RETURN_NULL();
}

OBJECTSET_FUNCTION(objectset_funnel) {
  with_array(fcinfo, UINT64_MAX, put_funnel);
  PG_RETURN_NULL();
}

// Not strict: without names it is all sets.
OBJECTSET_FUNCTION(objectset_saved_exclusive) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  put_exclusive(rows, PG_ARGISNULL(1)
                          ? all_sets(table, ExclusiveParts::max_sets)
                          : named_sets(table, PG_GETARG_ARRAYTYPE_P(1), ExclusiveParts::max_sets));
  close_set_table(table);
  PG_RETURN_NULL();
}

OBJECTSET_FUNCTION(objectset_saved_funnel) {
  const Rows rows = begin_rows(fcinfo);
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  put_funnel(rows, named_sets(table, PG_GETARG_ARRAYTYPE_P(1), UINT64_MAX));
  close_set_table(table);
  PG_RETURN_NULL();
}

// Every set is opened once, not once for each pair. Not strict: threshold and limit may be missing.
OBJECTSET_FUNCTION(objectset_saved_similar_pairs) {
  const Rows rows = begin_rows(fcinfo);
  const double threshold = threshold_argument(fcinfo, 1);
  const Size limit = row_limit(fcinfo, 2);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Cohorts cohorts = all_sets(table, UINT64_MAX);
  const auto count = static_cast<std::size_t>(cohorts.count);
  auto* const counted =
      static_cast<CountedSet*>(palloc_extended(sizeof(CountedSet) * (count + 1), MCXT_ALLOC_HUGE));
  for (std::size_t i = 0; i < count; ++i) {
    counted[i] = {cohorts.sets[i], cardinality(cohorts.sets[i])};
  }
  Span<SetPair> pairs;
  guarded([&] {
    auto found = similar_pairs({counted, count}, threshold, limit);
    const std::size_t size = found.size();
    pairs = {found.take(), size};
  });
  for (const SetPair& pair : pairs) {
    CHECK_FOR_INTERRUPTS();
    Datum values[] = {cohorts.names[pair.first],
                      cohorts.names[pair.second],
                      Int64GetDatum(static_cast<int64>(counted[pair.first].count)),
                      Int64GetDatum(static_cast<int64>(counted[pair.second].count)),
                      Int64GetDatum(static_cast<int64>(pair.both)),
                      Float8GetDatum(pair.jaccard)};
    bool nulls[6] = {};
    put_row(rows, values, nulls);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}
