// Which composed sets are stale: what a refresh would make of them is something else than what is stored.
#include "pg/saved/read_key.hpp"
#include "pg/saved/set_graph.hpp"

extern "C" {
#include "executor/executor.h"
}

#include <algorithm>
#include <cstring>

namespace objectset::pg {
namespace {

// A row of the table that plays a part: its stored sets, and its members as they would be.
struct Ingredient {
  const char* name;
  SavedSet parts;
  SetView members;
};

struct Ingredients {
  Ingredient* rows;  // in order of their names
  uint64 count;
};

Ingredient* find_ingredient(const Ingredients& all, const char* name) {
  Ingredient* const end = all.rows + all.count;
  Ingredient* const found = std::lower_bound(
      all.rows, end, name,
      [](const Ingredient& row, const char* wanted) { return comes_before(row.name, wanted); });
  return found != end && std::strcmp(found->name, name) == 0 ? found : nullptr;
}

// The rows of these sets and of all that their expressions name.
Ingredients read_ingredients(const SetTable& table, const Members& members) {
  Names own = room_for_names(members.count);
  for (uint32 i = 0; i < members.count; ++i) own.names[own.count++] = members.sets[i].name;
  const Names named = names_in(members, 0);
  own = sorted_once(own);
  const Names wanted = with_names(own, without_names(named, own));
  Ingredients all = {};
  if (wanted.count == 0) return all;
  all.count = run(table, Access::read,
                  named_rows("i.name::pg_catalog.text, i.base, i.added, i.removed, i.deleted", ""),
                  {}, {{TEXTARRAYOID, array_of(wanted)}});
  all.rows = static_cast<Ingredient*>(palloc(sizeof(Ingredient) * (all.count + 1)));
  uint64 filled = 0;
  for (uint64 row = 0; row < all.count; ++row) {
    const char* const name = text_column(row, 2);
    if (name == nullptr) continue;  // there is no such set
    const SavedSet parts = parts_in(row, 3);
    all.rows[filled++] = {name, parts, members_of_parts(parts)};
  }
  all.count = filled;
  std::sort(all.rows, all.rows + all.count,
            [](const Ingredient& a, const Ingredient& b) { return comes_before(a.name, b.name); });
  return all;
}

// Whether the node's expression gives something else than what is stored, given what its ingredients would be; from here
// on it is itself taken to be what it would be. One that cannot be evaluated is stale, and stays what it is.
bool update_node(const Member& node, const Ingredients& all) {
  Ingredient* const row = find_ingredient(all, node.name);
  const Expression* const expression = node.source.expression;
  if (expression == nullptr || row == nullptr) return true;
  auto* const sets = static_cast<SetView*>(palloc(sizeof(SetView) * expression->names()));
  for (std::size_t n = 0; n < expression->names(); ++n) {
    const Ingredient* const ingredient = find_ingredient(all, name_of(*expression, n));
    if (ingredient == nullptr) return true;
    sets[n] = ingredient->members;
  }
  bool is_stale = false;
  guarded([&] {
    // Both live as long as what may borrow from them.
    Set* const base =
        new (allocate(sizeof(Set))) Set(expression->evaluate({sets, expression->names()}));
    const Set left = combine(Operation::minus, row->parts.base, row->parts.deleted);
    is_stale = compare(*base, left) != 0;
    if (!is_stale) return;
    SavedSet parts = {*base, row->parts.added, row->parts.removed, {}};
    row->members = *new (allocate(sizeof(Set))) Set(members(parts));
  });
  return is_stale;
}

// Calls found(name) for each stale set among composed ones and all that they rest on. What is composed of itself is stale.
template <class Found>
void for_each_stale(const SetTable& table, const Members& composed, Found&& found) {
  const Graph graph = graph_of(composed);
  const DependencyOrder& order = order_of(graph);
  const Ingredients all = read_ingredients(table, composed);
  for (std::size_t i = 0; i < order.nodes.size(); ++i) {
    const Member& node = graph.nodes[order.nodes[i]];
    if (i >= order.ordered || update_node(node, all)) found(node.name);
  }
}

bool is_stale(const SetTable& table, const char* name) {
  Names names = room_for_names(1);
  names.names[names.count++] = name;
  bool stale = false;
  for_each_stale(table, read_reached(table, Access::read, names, nullptr),
                 [&](const char* found) { stale = stale || std::strcmp(found, name) == 0; });
  return stale;
}

// In the order of what depends on what.
Names stale_names(const SetTable& table) {
  const Members composed = read_members(table, Access::read, Which::composed, nullptr);
  Names names = room_for_names(composed.count);
  for_each_stale(table, composed, [&](const char* name) { names.names[names.count++] = name; });
  return names;
}

bool is_among(const Names& names, const char* name) {
  return std::binary_search(names.names, names.names + names.count, name, comes_before);
}

// In another memory context.
Names copy_names(const Names& names, MemoryContext context) {
  MemoryContext const outer = MemoryContextSwitchTo(context);
  Names copy = room_for_names(names.count);
  for (uint32 i = 0; i < names.count; ++i) copy.names[copy.count++] = pstrdup(names.names[i]);
  MemoryContextSwitchTo(outer);
  return copy;
}

// What a call site knows of the sets of a table. One row that is asked for is looked at alone; whoever asks for another asks
// for many: then it is all of them, once.
struct StaleSets {
  MemoryContext context;
  ReadKey key;
  Oid table;
  const char* first;
  bool first_is_stale;
  bool has_all;
  Names all;  // in order
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

// Of a row of a set table.
const char* name_of_row(HeapTupleHeader row) {
  bool is_null = false;
  const Datum name = GetAttributeByName(row, "name", &is_null);
  return is_null ? nullptr : TextDatumGetCString(name);
}

// Its name; whether that is stale is known then. What the row is of is looked at before the row is.
const char* ask_for_first(FunctionCallInfo fcinfo, Oid relid, HeapTupleHeader row,
                          StaleSets* site) {
  site->key.forget();
  MemoryContextReset(site->context);
  site->has_all = false;
  site->table = relid;
  const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::read);
  const char* const name = name_of_row(row);
  if (name != nullptr) {
    site->first = MemoryContextStrdup(site->context, name);
    site->first_is_stale = is_stale(table, name);
    site->key.note(relid, fcinfo->flinfo, site->context);
  }
  close_set_table(table);
  return name == nullptr ? nullptr : site->first;
}

void ask_for_all(FunctionCallInfo fcinfo, StaleSets* site) {
  const SetTable table = open_set_table(site->table, fcinfo->flinfo->fn_oid, Access::read);
  site->all = copy_names(sorted_once(stale_names(table)), site->context);
  site->has_all = true;
  close_set_table(table);
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_saved_stale) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Names names = stale_names(table);
  for (uint32 i = 0; i < names.count; ++i) {
    Datum value = CStringGetTextDatum(names.names[i]);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  }
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
  const char* const name = is_known ? name_of_row(row) : ask_for_first(fcinfo, relid, row, site);
  if (name == nullptr) PG_RETURN_NULL();
  if (std::strcmp(name, site->first) == 0) PG_RETURN_BOOL(site->first_is_stale);
  if (!site->has_all) ask_for_all(fcinfo, site);
  PG_RETURN_BOOL(is_among(site->all, name));
}

OBJECTSET_FUNCTION(objectset_saved_is_stale) {
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  find_set(table, Access::read, "1", name);
  const bool stale = is_stale(table, name);
  close_set_table(table);
  PG_RETURN_BOOL(stale);
}
