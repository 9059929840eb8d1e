#include "pg/datum.hpp"

#include "pg/session_cache.hpp"

namespace objectset::pg {
namespace {

constexpr int32 expanded_magic = 0x0B5E7001;

// What is read of a value to learn its size: less than the server stores in one chunk.
constexpr int32 front_size = 64;

ExpandedSet* as_expanded(ExpandedObjectHeader* header) {
  auto* expanded = reinterpret_cast<ExpandedSet*>(header);
  if (expanded->magic != expanded_magic) elog(ERROR, "expanded object is not an object set");
  if (expanded->broken) {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                    errmsg("object set was left incomplete by an earlier error")));
  }
  return expanded;
}

Size flat_size(ExpandedObjectHeader* header) {
  ExpandedSet* const expanded = as_expanded(header);
  if (expanded->planned == nullptr) {
    guarded(header->eoh_context, [&] {
      void* place = allocate(sizeof(StoredWriter));
      expanded->planned = new (place) StoredWriter(*expanded->set);
    });
  }
  return VARHDRSZ + expanded->planned->size();
}

void flatten_into(ExpandedObjectHeader* header, void* to, Size size) {
  ExpandedSet* const expanded = as_expanded(header);
  SET_VARSIZE(to, size);
  guarded(header->eoh_context,
          [&] { expanded->planned->write(static_cast<char*>(to) + VARHDRSZ); });
}

const ExpandedObjectMethods expanded_methods = {flat_size, flatten_into};

// A value as bytes; a short one where it stands.
SetArgument flat_argument(struct varlena* value) {
  if (VARATT_IS_SHORT(value) && !VARATT_IS_EXTERNAL(value)) {
    return {nullptr, VARDATA_SHORT(value), VARSIZE_SHORT(value) - VARHDRSZ_SHORT, false};
  }
  struct varlena* flat = pg_detoast_datum(value);
  return {nullptr, VARDATA(flat), VARSIZE(flat) - VARHDRSZ, false};
}

}  // namespace

bool is_known_empty(Datum datum) {
  auto* const value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (VARATT_IS_EXTERNAL_EXPANDED(value)) return false;
  return toast_raw_datum_size(datum) - VARHDRSZ == identity_size;  // all that an empty set has
}

bool can_be_given_back(Datum datum) {
  return !VARATT_IS_EXTERNAL_EXPANDED_RO(DatumGetPointer(datum));
}

SetArgument set_argument(Datum datum) {
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (VARATT_IS_EXTERNAL_EXPANDED(value)) {
    ExpandedSet* const expanded = as_expanded(DatumGetEOHP(datum));
    return {expanded, nullptr, 0, VARATT_IS_EXTERNAL_EXPANDED_RW(value)};
  }
  if (VARATT_IS_EXTERNAL_ONDISK(value)) {
    if (const SetView* cached = cached_set(value, CurrentMemoryContext)) {
      return {nullptr, nullptr, toast_raw_datum_size(datum) - VARHDRSZ, false, cached};
    }
  }
  return flat_argument(value);
}

// At an address that is 4 modulo 8, as palloc() gives it behind the header, so that sparse ids are aligned.
SetArgument stored_argument(FunctionCallInfo fcinfo, int n) {
  struct varlena* flat = pg_detoast_datum(reinterpret_cast<struct varlena*>(PG_GETARG_POINTER(n)));
  if (reinterpret_cast<std::uintptr_t>(flat) % MAXIMUM_ALIGNOF != 0 &&
      has_sparse_ids(VARDATA(flat), VARSIZE(flat) - VARHDRSZ)) {
    auto* copy = static_cast<struct varlena*>(palloc(VARSIZE(flat)));
    memcpy(copy, flat, VARSIZE(flat));
    flat = copy;
  }
  return {nullptr, VARDATA(flat), VARSIZE(flat) - VARHDRSZ, false};
}

OpenSet::OpenSet(const SetArgument& argument) {
  if (argument.expanded != nullptr) {
    view_ = *argument.expanded->set;
  } else if (argument.cached != nullptr) {
    view_ = *argument.cached;
  } else {
    stored_.emplace(argument.bytes, argument.size);
    view_ = stored_->view();
  }
}

bool read_cardinality(Datum datum, uint64& count) {
  auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
  if (!VARATT_IS_EXTERNAL_ONDISK(value)) return false;
  struct varlena* head = detoast_attr_slice(value, 0, front_size);
  StoredSummary summary = {};
  bool told = false;
  guarded([&] {
    told = read_summary(VARDATA(head), VARSIZE(head) - VARHDRSZ,
                        toast_raw_datum_size(datum) - VARHDRSZ, summary);
  });
  pfree(head);
  count = summary.cardinality;
  return told;
}

uint64 cardinality_of(Datum datum) {
  uint64 count = 0;
  if (read_cardinality(datum, count)) return count;
  const SetArgument set = set_argument(datum);
  guarded_in_scratch([&] {
    StoredSummary summary = {};
    if (set.bytes != nullptr && read_summary(set.bytes, set.size, set.size, summary)) {
      count = summary.cardinality;
      return;
    }
    const OpenSet open(set);
    count = cardinality(open);
  });
  return count;
}

SetView pinned_view(const SetArgument& argument) {
  if (argument.expanded != nullptr) return *argument.expanded->set;
  if (argument.cached != nullptr) return *argument.cached;
  SetView view;
  guarded([&] {
    void* place = allocate(sizeof(StoredSet));
    view = (new (place) StoredSet(argument.bytes, argument.size))->view();
  });
  return view;
}

struct varlena* write_set(const SetView& set) {
  const StoredWriter writer(set);
  auto* flat = static_cast<struct varlena*>(allocate_lasting(VARHDRSZ + writer.size()));
  SET_VARSIZE(flat, VARHDRSZ + writer.size());
  writer.write(VARDATA(flat));
  return flat;
}

ExpandedSet* new_expanded_set() {
  MemoryContext const context =
      AllocSetContextCreate(CurrentMemoryContext, "object set", ALLOCSET_START_SMALL_SIZES);
  auto* expanded = static_cast<ExpandedSet*>(MemoryContextAllocZero(context, sizeof(ExpandedSet)));
  EOH_init_header(&expanded->header, &expanded_methods, context);
  expanded->magic = expanded_magic;
  expanded->set = new (MemoryContextAlloc(context, sizeof(Set))) Set();
  return expanded;
}

Datum expanded_datum(ExpandedSet* expanded) { return EOHPGetRWDatum(&expanded->header); }

}  // namespace objectset::pg
