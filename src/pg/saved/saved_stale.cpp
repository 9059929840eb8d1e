// Which composed sets are stale: what a refresh would make of them is something else than what is stored.
//
// As whoever asks sees them. Names mean sets of the same scope, where scopes are kept apart, as they do for a refresh.
#include "pg/saved/saved_stale.hpp"

#include "pg/saved/name_scope.hpp"
#include "pg/saved/read_key.hpp"
#include "pg/saved/set_graph.hpp"

extern "C" {
#include "executor/executor.h"
#include "utils/array.h"
}

#include <algorithm>
#include <cstring>

namespace objectset::pg {
namespace {

// What is stored of a set, and its members as they would be.
struct Stored {
  SavedSet parts;
  SetView members;
};

// Sets, and all that their expressions name.
struct Ingredients {
  Members sets;
  Stored* stored;  // of each
};

Stored* room_for_stored(Size count) {
  return static_cast<Stored*>(palloc_extended(sizeof(Stored) * (count + 1), MCXT_ALLOC_HUGE));
}

Stored stored_in(uint64 row, int n) {
  const SavedSet parts = parts_in(row, n);
  return {parts, members_of_parts(parts)};
}

// In the order of their ids, in which sets are gone through where nothing else decides.
Ingredients by_number(const Ingredients& all) {
  const uint32 count = all.sets.count;
  auto* const order = static_cast<uint32*>(palloc(sizeof(uint32) * (count + 1)));
  for (uint32 i = 0; i < count; ++i) order[i] = i;
  std::sort(order, order + count,
            [&](uint32 a, uint32 b) { return all.sets.sets[a].id < all.sets.sets[b].id; });
  auto* const sets =
      static_cast<Member*>(palloc_extended(sizeof(Member) * (count + 1), MCXT_ALLOC_HUGE));
  Stored* const stored = room_for_stored(count);
  for (uint32 i = 0; i < count; ++i) {
    sets[i] = all.sets.sets[order[i]];
    stored[i] = all.stored[order[i]];
  }
  return {{sets, count}, stored};
}

// The rows of these sets and of all that their expressions name, in one scope.
Ingredients read_by_name(const SetTable& table, const Members& composed, const Among& among = {}) {
  Names own = room_for_names(composed.count);
  for (uint32 i = 0; i < composed.count; ++i) own.names[own.count++] = composed.sets[i].name;
  const Names named = names_in(composed);
  own = sorted_once(own);
  const Names wanted = with_names(own, without_names(named, own));
  Ingredients all = {};
  if (wanted.count == 0) return all;
  const uint64 rows =
      run(table, Access::read,
          named_rows("i.name::pg_catalog.text, i.expression, i.id, 0::pg_catalog.int8, i.base, "
                     "i.added, i.removed, i.deleted",
                     "{0}"),
          {among.scope}, {{TEXTARRAYOID, array_of(wanted)}, parameter(among.id)});
  add_members(rows, 2, nullptr, &all.sets);
  all.stored = room_for_stored(rows);
  Size filled = 0;
  for (uint64 row = 0; row < rows; ++row) {
    bool is_null = false;
    column(row, 2, &is_null);
    if (!is_null) all.stored[filled++] = stored_in(row, 6);  // else there is no such set
  }
  return by_number(all);
}

// Those of all composed sets, where a name may be there in each scope.
Ingredients read_by_scope(const SetTable& table) {
  const Graph graph = graph_of(read_members(table, Access::read, Which::all));
  auto* const nodes = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  uint32 count = 0;
  for (uint32 node = 0; node < graph.count; ++node) {
    // What has its name with others in its scope no expression means: all of them are looked at, to see that.
    const Member& member = graph.nodes[node];
    const bool is_ambiguous = find_node(graph, member.name, member.scope) == graph.count;
    if (member.source.text != nullptr || is_ambiguous) nodes[count++] = node;
  }
  Ingredients all = {reached_from(graph, nodes, count), nullptr};
  auto* const ids = static_cast<int64*>(palloc(sizeof(int64) * (all.sets.count + 1)));
  for (uint32 i = 0; i < all.sets.count; ++i) ids[i] = all.sets.sets[i].id;
  all.stored = room_for_stored(all.sets.count);
  // In the snapshot in which they were found.
  const uint64 rows =
      run(table, Access::read,
          "SELECT wanted.place, i.base, i.added, i.removed, i.deleted FROM pg_catalog.unnest($1) "
          "WITH ORDINALITY AS wanted (id, place) JOIN {r} AS i ON i.id OPERATOR(pg_catalog.=) "
          "wanted.id ORDER BY wanted.place",
          {}, {{INT8ARRAYOID, id_array(ids, all.sets.count)}});
  if (rows != all.sets.count) elog(ERROR, "sets are not all there any more");
  for (uint64 row = 0; row < rows; ++row) all.stored[row] = stored_in(row, 2);
  return all;
}

// Whether the node's expression gives something else than what is stored, given what its ingredients would be; from here
// on it is itself taken to be what it would be. One that cannot be evaluated is stale, and stays what it is.
bool update_node(const Graph& graph, uint32 node, Stored* stored) {
  const Member& member = graph.nodes[node];
  const Expression* const expression = member.source.expression;
  if (expression == nullptr) return member.source.text != nullptr;
  auto* const sets = static_cast<SetView*>(palloc(sizeof(SetView) * expression->names()));
  for (std::size_t n = 0; n < expression->names(); ++n) {
    const uint32 ingredient = find_node(graph, name_of(*expression, n), member.scope);
    if (ingredient == graph.count) return true;
    sets[n] = stored[ingredient].members;
  }
  bool is_stale = false;
  guarded([&] {
    // Both live as long as what may borrow from them.
    Set* const base =
        new (allocate(sizeof(Set))) Set(expression->evaluate({sets, expression->names()}));
    const SavedSet& parts = stored[node].parts;
    const Set left = combine(Operation::minus, parts.base, parts.deleted);
    is_stale = compare(*base, left) != 0;
    if (!is_stale) return;
    const SavedSet would_be = {*base, parts.added, parts.removed, {}};
    stored[node].members = *new (allocate(sizeof(Set))) Set(members(would_be));
  });
  return is_stale;
}

// Calls found(set) for each stale set among these, in the order of what depends on what. What is composed of itself is stale.
template <class Found>
void for_each_stale(const Ingredients& all, Found&& found) {
  const Graph graph = graph_of(all.sets);
  const DependencyOrder& order = order_of(graph);
  for (std::size_t i = 0; i < order.nodes.size(); ++i) {
    const uint32 node = order.nodes[i];
    if (i >= order.ordered || update_node(graph, node, all.stored)) found(graph.nodes[node]);
  }
}

bool is_stale(const SetTable& table, const SetRef& set) {
  Names names = room_for_names(1);
  names.names[names.count++] = set.name;
  const Among among = {condition_of_scope(table), set.id};
  const Members composed = read_reached(table, Access::read, names, nullptr, among);
  const Ingredients all = read_by_name(table, composed, among);
  bool stale = false;
  for_each_stale(all, [&](const Member& found) { stale = stale || found.id == set.id; });
  return stale;
}

template <class Found>
void for_each_stale(const SetTable& table, Found&& found) {
  for_each_stale(scope_kept_apart(table) != nullptr
                     ? read_by_scope(table)
                     : read_by_name(table, read_members(table, Access::read, Which::composed)),
                 found);
}

struct Ids {
  int64* ids;  // in their order
  Size count;
};

Ids ids_of_stale(const SetTable& table) {
  Ids found = {};
  Size room = 64;
  found.ids = static_cast<int64*>(palloc(sizeof(int64) * room));
  for_each_stale(table, [&](const Member& set) {
    if (found.count == room) {
      room *= 2;
      found.ids = static_cast<int64*>(repalloc_huge(found.ids, sizeof(int64) * room));
    }
    found.ids[found.count++] = set.id;
  });
  std::sort(found.ids, found.ids + found.count);
  return found;
}

// What a call site knows of the sets of a table. One row that is asked for is looked at alone; whoever asks for another asks
// for many: then it is all of them, once.
struct StaleSets {
  MemoryContext context;
  ReadKey key;
  Oid table;
  int64 first;
  bool first_is_stale;
  bool has_all;
  Ids all;
};

StaleSets* stale_sets(FunctionCallInfo fcinfo) {
  auto* site = static_cast<StaleSets*>(fcinfo->flinfo->fn_extra);
  if (site == nullptr) {
    site =
        static_cast<StaleSets*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(StaleSets)));
    site->context =
        AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "stale object sets", ALLOCSET_SMALL_SIZES);
    fcinfo->flinfo->fn_extra = site;
  }
  return site;
}

// Of a row of a set table; false where the row has none.
bool ref_of_row(HeapTupleHeader row, SetRef* ref) {
  bool has_no_name = false;
  bool has_no_id = false;
  const Datum name = GetAttributeByName(row, "name", &has_no_name);
  const Datum id = GetAttributeByName(row, "id", &has_no_id);
  if (has_no_name || has_no_id) return false;
  *ref = SetRef(TextDatumGetCString(name), DatumGetInt64(id));
  return true;
}

// Which set it is, and whether that is stale is known then. What the row is of is looked at before the row is.
bool ask_for_first(FunctionCallInfo fcinfo, Oid relid, HeapTupleHeader row, StaleSets* site,
                   SetRef* ref) {
  site->key.forget();
  MemoryContextReset(site->context);
  site->has_all = false;
  site->table = relid;
  const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::read);
  const bool is_set = ref_of_row(row, ref);
  if (is_set) {
    site->first = ref->id;
    site->first_is_stale = is_stale(table, *ref);
    site->key.note(relid, fcinfo->flinfo, site->context);
  }
  close_set_table(table);
  return is_set;
}

void ask_for_all(FunctionCallInfo fcinfo, StaleSets* site) {
  const SetTable table = open_set_table(site->table, fcinfo->flinfo->fn_oid, Access::read);
  const Ids found = ids_of_stale(table);
  const Size size = sizeof(int64) * found.count;
  site->all = {static_cast<int64*>(MemoryContextAllocHuge(site->context, size + 1)), found.count};
  memcpy(site->all.ids, found.ids, size);
  site->has_all = true;
  close_set_table(table);
}

}  // namespace

Datum stale_ids(const SetTable& table) {
  const Ids found = ids_of_stale(table);
  return id_array(found.ids, found.count);
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_stale) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  for_each_stale(table, [&](const Member& set) {
    Datum value = CStringGetTextDatum(set.name);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  });
  close_set_table(table);
  PG_RETURN_NULL();
}

// A row of a set table knows by its type which table it is of.
OBJECTSET_FUNCTION(objectset_saved_is_stale_row) {
  HeapTupleHeader const row = PG_GETARG_HEAPTUPLEHEADER(0);
  const Oid relid = get_typ_typrelid(HeapTupleHeaderGetTypeId(row));
  if (!OidIsValid(relid)) {
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("the row is not one of a set table")));
  }
  StaleSets* const site = stale_sets(fcinfo);
  const bool is_known = site->key.holds() && site->table == relid;
  SetRef ref(nullptr);
  const bool is_set =
      is_known ? ref_of_row(row, &ref) : ask_for_first(fcinfo, relid, row, site, &ref);
  if (!is_set) PG_RETURN_NULL();
  if (ref.id == site->first) PG_RETURN_BOOL(site->first_is_stale);
  if (!site->has_all) ask_for_all(fcinfo, site);
  PG_RETURN_BOOL(std::binary_search(site->all.ids, site->all.ids + site->all.count, ref.id));
}

OBJECTSET_FUNCTION(objectset_saved_is_stale) {
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  find_set(table, Access::read, "id", name);
  const bool stale = is_stale(table, {name, int64_there(0, 1)});
  close_set_table(table);
  PG_RETURN_BOOL(stale);
}
