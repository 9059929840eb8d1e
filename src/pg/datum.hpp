// Sets as datums: reading arguments, returning results.
//
// A set comes as stored bytes (from a table, a literal, the wire) or as an *expanded object*, a Set in memory
// that a function just before returned; chains of operators hand that on without serializing in between.
// Large results are returned expanded, small ones as bytes.
#pragma once

#include "pg/boundary.hpp"

#include <optional>

#include "core/set/set.hpp"
#include "core/stored/stored_set.hpp"

namespace objectset::pg {

/// Whether a type is an integer of one of the three widths that ids come in.
inline bool is_id_type(Oid type) { return type == INT8OID || type == INT4OID || type == INT2OID; }

/// The memory of the Set and of all it holds is the object's own context.
struct ExpandedSet {
  ExpandedObjectHeader header;
  int32 magic;
  bool broken;            // a result, half-changed by what failed: not to be looked at again
  Set* set;               // stands alone
  StoredWriter* planned;  // its flat form, where that has been asked for since the last change
};

/// Zone A's finding: where an argument's set is. Plain data.
struct SetArgument {
  ExpandedSet* expanded;  // or nullptr, and
  const char* bytes;      // the stored form
  Size size;
  bool writable;  // expanded, and ours to change
  /// Opened already (session_cache.hpp), until the memory context it was fetched in is reset; then no bytes.
  const SetView* cached = nullptr;
};

/// Whether a text is the portable bytes of a set, as base64 or hexadecimal digits behind their prefix, and no list.
bool is_coded_literal(const char* text);

/// Whether a value is known to be the empty set, by its size: without a look into it.
bool is_known_empty(Datum datum);

/// Whether a function may return this argument as its result, as it came: a TOAST pointer remains one, and storing it
/// where it was writes nothing. All but an object that somebody else holds on to: of that the caller would make a copy
/// in stored form, for more than a copy of the object costs.
bool can_be_given_back(Datum datum);

/// Zone A: fetches an argument, detoasted if need be.
SetArgument set_argument(Datum datum);
inline SetArgument set_argument(FunctionCallInfo fcinfo, int n) {
  return set_argument(PG_GETARG_DATUM(n));
}

/// Zone B: the argument's set, viewed.
class OpenSet {
 public:
  explicit OpenSet(const SetArgument& argument);
  // cppcheck-suppress noExplicitConstructor
  operator SetView() const& noexcept { return view_; }
  operator SetView() const&& = delete;
  const SetView& view() const& noexcept { return view_; }
  const SetView& view() const&& = delete;

 private:
  std::optional<StoredSet> stored_;
  SetView view_;
};

/// Zones A to D: the number of ids of a value that is stored apart, from its first bytes alone. False where they
/// do not tell, or the value is not stored apart.
bool read_cardinality(Datum datum, uint64& count);

/// Zones A to D: the number of ids of any value, for as little as it takes.
uint64 cardinality_of(Datum datum);

/// Zones A to D: the argument's set, viewed in the current memory context until that is reset; nothing to
/// release. For what walks a set between calls into the server.
SetView pinned_view(const SetArgument& argument);

/// Zone A: the argument's stored form, written if it is expanded. For what reads bytes.
SetArgument stored_argument(FunctionCallInfo fcinfo, int n);

/// Zone B: a varlena of the set's stored form, in the current compute context.
struct varlena* write_set(const SetView& set);

/// Zone A: an expanded object with an empty set, in a context of its own below the current one.
ExpandedSet* new_expanded_set();
Datum expanded_datum(ExpandedSet* expanded);

/// From so many stored bytes on, results of set algebra are expanded objects.
inline constexpr Size expand_from = 4096;

inline bool is_large(const SetArgument& argument) {
  return argument.expanded != nullptr || argument.size >= expand_from;
}

inline constexpr Datum none_made = 0;

/// Zones A to D for a function that makes a set: `compute` opens its arguments and gives the result to what it is called
/// with, which writes or keeps it while they are open: it may borrow from them. Where `compute` gives nothing, because
/// an argument is the result, the datum is none_made.
template <class Compute>
Datum try_return_set(bool large, Compute&& compute) {
  if (large) {
    ExpandedSet* const expanded = new_expanded_set();
    bool is_given = false;
    guarded(expanded->header.eoh_context, [&] {
      compute([&](Set&& result) {
        result.keep();
        *expanded->set = std::move(result);
        is_given = true;
      });
    });
    if (is_given) return expanded_datum(expanded);
    MemoryContextDelete(expanded->header.eoh_context);
    return none_made;
  }
  struct varlena* flat = nullptr;
  guarded_in_scratch([&] { compute([&](Set&& result) { flat = write_set(result); }); });
  return PointerGetDatum(flat);
}

/// The same where the result is always made.
template <class Compute>
Datum return_set(bool large, Compute&& compute) {
  return try_return_set(large, std::forward<Compute>(compute));
}

}  // namespace objectset::pg
