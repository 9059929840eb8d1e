// Sets composed of other sets of their table: evaluation, definition, and what depends on what.
#include "pg/saved/saved_expression.hpp"

#include "pg/saved/name_scope.hpp"
#include "pg/saved/read_key.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "storage/lock.h"
#include "utils/timestamp.h"
}

#include <algorithm>
#include <cstring>

#include "core/saved/dependency_order.hpp"
#include "core/saved/set_expression.hpp"

namespace objectset::pg {
namespace {

// An expression beside its text. In the memory context that it was read in, and gone with it.
struct Source {
  const char* text;
  int size;
  const Expression* expression;  // nullptr where the text is none
};

int character_at(const Source& source, std::size_t byte) {
  return pg_mbstrlen_with_len(source.text, static_cast<int>(byte) - 1) + 1;
}

// Zone D, for what the parser found; everything else is raised as ever.
[[noreturn]] void raise_malformed(const Source& source, const Failure& failed) {
  if (failed.kind != Failure::Kind::error || failed.error.position == 0) raise(failed);
  const Error& error = failed.error;
  const int character = character_at(source, error.position);
  ereport(
      ERROR,
      (errcode(error.code == ErrorCode::syntax ? ERRCODE_SYNTAX_ERROR
                                               : ERRCODE_STATEMENT_TOO_COMPLEX),
       errmsg("%s", error.message), errdetail("%s at character %d.", error.detail, character),
       errhint("%s", error.hint), internalerrposition(character), internalerrquery(source.text)));
  pg_unreachable();
}

// Reads an expression, or leaves it nullptr and says what was wrong with it.
Source try_read(const char* text, const Failure** failed) {
  Source source = {text, static_cast<int>(std::strlen(text)), nullptr};
  const Failure& result = try_guarded(CurrentMemoryContext, [&] {
    void* const place = allocate(sizeof(Expression));
    source.expression = new (place) Expression(text, static_cast<std::size_t>(source.size));
  });
  *failed = result.kind == Failure::Kind::none ? nullptr : &result;
  return source;
}

Source read(const char* text) {
  const Failure* failed = nullptr;
  const Source source = try_read(text, &failed);
  if (failed != nullptr) raise_malformed(source, *failed);
  return source;
}

// What was written by hand into a table may be no expression; all else that can happen is an error.
Source read_stored(const char* text) {
  const Failure* failed = nullptr;
  const Source source = try_read(text, &failed);
  if (failed != nullptr && (failed->kind != Failure::Kind::error || failed->error.position == 0)) {
    raise(*failed);
  }
  return source;
}

const char* name_of(const Expression& expression, std::size_t i) {
  const Span<char> name = expression.name(i);
  return pnstrdup(name.data(), name.size());
}

// ---- Names ------------------------------------------------------------------------------------------------

struct Names {
  const char** names;
  uint32 count;
};

bool comes_before(const char* a, const char* b) { return std::strcmp(a, b) < 0; }

// In order, each once.
Names sorted_once(const Names& names) {
  const char** const end = names.names + names.count;
  std::sort(names.names, end, comes_before);
  const char** const last = std::unique(
      names.names, end, [](const char* a, const char* b) { return std::strcmp(a, b) == 0; });
  return {names.names, static_cast<uint32>(last - names.names)};
}

bool is_among(const Names& names, const char* name) {
  return std::binary_search(names.names, names.names + names.count, name, comes_before);
}

Names room_for_names(Size count) {
  return {static_cast<const char**>(palloc_extended(sizeof(char*) * (count + 1), MCXT_ALLOC_HUGE)),
          0};
}

void add_names(const Expression& expression, Names* names) {
  for (std::size_t i = 0; i < expression.names(); ++i) {
    names->names[names->count++] = name_of(expression, i);
  }
}

SetRefs room_for_refs(Size count) {
  return {static_cast<SetRef*>(palloc_extended(sizeof(SetRef) * (count + 1), MCXT_ALLOC_HUGE)), 0};
}

// Of names in order: those that are not among others, and those of both.
Names without_names(const Names& names, const Names& others) {
  Names rest = room_for_names(names.count);
  rest.count = static_cast<uint32>(std::set_difference(names.names, names.names + names.count,
                                                       others.names, others.names + others.count,
                                                       rest.names, comes_before) -
                                   rest.names);
  return rest;
}

Names with_names(const Names& names, const Names& others) {
  Names both = room_for_names(Size{names.count} + others.count);
  both.count =
      static_cast<uint32>(std::merge(names.names, names.names + names.count, others.names,
                                     others.names + others.count, both.names, comes_before) -
                          both.names);
  return both;
}

// In another memory context.
Names copy_names(const Names& names, MemoryContext context) {
  MemoryContext const outer = MemoryContextSwitchTo(context);
  Names copy = room_for_names(names.count);
  for (uint32 i = 0; i < names.count; ++i) copy.names[copy.count++] = pstrdup(names.names[i]);
  MemoryContextSwitchTo(outer);
  return copy;
}

Datum array_of(const Names& names) {
  ArrayBuildState* all = initArrayResult(TEXTOID, CurrentMemoryContext, false);
  for (uint32 i = 0; i < names.count; ++i) {
    accumArrayResult(all, CStringGetTextDatum(names.names[i]), false, TEXTOID,
                     CurrentMemoryContext);
  }
  return makeArrayResult(all, CurrentMemoryContext);
}

Datum names_array(const Expression& expression) {
  Names names = room_for_names(expression.names());
  add_names(expression, &names);
  return array_of(names);
}

// ---- Sets by their names ----------------------------------------------------------------------------------

// Rows of the sets that names in $1 stand for, in their order. Each is looked up in the index, however large the plan was
// made for.
const char* named_rows(const char* columns, const char* condition) {
  return psprintf(
      "SELECT wanted.place, s.* FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place) "
      "LEFT JOIN LATERAL (SELECT %s FROM {r} AS i WHERE "
      "i.name::pg_catalog.text OPERATOR(pg_catalog.=) wanted.name%s OFFSET 0) AS s ON true "
      "ORDER BY wanted.place",
      columns, condition);
}

constexpr char columns_of_members[] = "i.id, i.base, i.added, i.removed, i.deleted";

// Who looks sets up by their names, and among which.
struct Lookup {
  Oid reader = InvalidOid;  // InvalidOid: whoever acts
  const char* scope = "";   // condition_of_scope()
  int64 id = 0;             // of the set whose scope that is
};

// The sets that the names stand for, looked up in one statement and so in one snapshot.
Span<SetView> find_sets(const SetTable& table, Access access, const Source& source,
                        const Lookup& lookup = {}) {
  const Expression& expression = *source.expression;
  auto* const sets = static_cast<SetView*>(palloc(sizeof(SetView) * expression.names()));
  const char* const statement = named_rows(columns_of_members, "{0}");
  const Parameter names = {TEXTARRAYOID, names_array(expression)};
  const Parameter id = parameter(lookup.id);
  const uint64 rows = OidIsValid(lookup.reader)
                          ? run_for(lookup.reader, table.relid, table, access, statement,
                                    {lookup.scope}, {names, id})
                          : run(table, access, statement, {lookup.scope}, {names, id});
  for (uint64 row = 0; row < rows; ++row) {
    bool is_null = false;
    const auto i = static_cast<std::size_t>(int64_column(row, 1)) - 1;
    if (row > 0 && int64_column(row - 1, 1) == int64_column(row, 1)) {
      raise_ambiguous(table, name_of(expression, i));
    }
    column(row, 2, &is_null);
    if (is_null) {
      const int character = character_at(source, expression.position(i));
      ereport(ERROR,
              (errcode(ERRCODE_UNDEFINED_OBJECT),
               errmsg("object set \"%s\" does not exist in \"%s\"", name_of(expression, i),
                      get_rel_name(table.relid)),
               *lookup.scope == '\0' ? 0 : errhint("A set is composed of sets of its own scope."),
               internalerrposition(character), internalerrquery(source.text)));
    }
    sets[i] = members_of_parts(parts_in(row, 3));
  }
  return {sets, expression.names()};
}

// As whoever saved the expression of a set, under the settings of the save.
Span<SetView> find_sets_of_saver(const SetTable& table, const Claim& claim, const Source& source) {
  const Stay stay = enter(claim.saver, claim.query.settings);
  SetTable entered = table;
  entered.path = nullptr;
  const Span<SetView> sets =
      find_sets(entered, Access::read, source, {claim.saver, condition_of_scope(table), claim.id});
  leave(stay);
  return sets;
}

// ---- What depends on what ---------------------------------------------------------------------------------

// A set of the table, a node of the graph of what needs what.
struct Member {
  const char* name;
  Source source;  // without text where the set is not composed
  int64 id;
  int64 scope;  // a number for each scope within which names are gone by
};

std::size_t names_of(const Member& member) {
  return member.source.expression == nullptr ? 0 : member.source.expression->names();
}

struct Members {
  Member* sets;
  uint32 count;
};

// Which sets of a table there are: all, those with a query or an expression, those with an expression.
enum class Which { all, derived, composed };

// {0}, {1}: what stands for the id and for the scope of each
const char* members_statement(Which which) {
  switch (which) {
    case Which::all:
      return "SELECT name::pg_catalog.text, expression, {0}, {1} FROM {r} ORDER BY id";
    case Which::derived:
      return "SELECT name::pg_catalog.text, expression, {0}, {1} FROM {r} "
             "WHERE expression IS NOT NULL OR query IS NOT NULL ORDER BY id";
    default:
      return "SELECT name::pg_catalog.text, expression, {0}, {1} FROM {r} "
             "WHERE expression IS NOT NULL ORDER BY id";
  }
}

constexpr char not_asked[] = "0::pg_catalog.int8";

// Adds the rows that a statement has returned, with the names in one column, and the expressions, ids and scopes in the
// next; without the set of one name.
void add_rows(uint64 rows, int n, const char* without, Members* members) {
  const Size size = sizeof(Member) * (members->count + rows + 1);
  members->sets = static_cast<Member*>(
      members->sets == nullptr ? palloc_extended(size, MCXT_ALLOC_HUGE)
                               : repalloc_huge(static_cast<void*>(members->sets), size));
  for (uint64 row = 0; row < rows; ++row) {
    const char* const name = text_column(row, n);
    if (name == nullptr || (without != nullptr && std::strcmp(name, without) == 0)) continue;
    const char* const text = text_column(row, n + 1);
    members->sets[members->count++] = {name, text == nullptr ? Source{} : read_stored(text),
                                       int64_there(row, n + 2), int64_there(row, n + 3)};
  }
}

Members read_members(const SetTable& table, Access access, Which which, const char* without) {
  Members members = {};
  add_rows(run(table, access, members_statement(which), {not_asked, not_asked}, {}), 1, without,
           &members);
  return members;
}

// All of them, with the scopes that are kept apart, and with the ids of those that are to be refreshed.
Members read_members_by_scope(const SetTable& table, Access access, Which which) {
  const char* const scope = scope_kept_apart(table);
  const char* const number =
      scope == nullptr
          ? not_asked
          : psprintf("pg_catalog.dense_rank() OVER (ORDER BY %s USING OPERATOR(pg_catalog.*<))",
                     scope);
  Members members = {};
  add_rows(run(table, access, members_statement(which),
               {which == Which::derived ? "id" : not_asked, number}, {}),
           1, nullptr, &members);
  return members;
}

// The names in the expressions of these sets, from one on.
Names names_in(const Members& members, uint32 from) {
  Size count = 0;
  for (uint32 i = from; i < members.count; ++i) count += names_of(members.sets[i]);
  Names names = room_for_names(count);
  for (uint32 i = from; i < members.count; ++i) {
    const Expression* const expression = members.sets[i].source.expression;
    if (expression != nullptr) add_names(*expression, &names);
  }
  return sorted_once(names);
}

struct Graph {
  Member* nodes;
  uint32 count;
  uint32* by_name;  // the nodes' numbers, in order of their names and scopes
  Span<uint32> first;
  Span<uint32> needs;
};

bool comes_before(const Member& a, const char* name, int64 scope) {
  const int order = std::strcmp(a.name, name);
  return order < 0 || (order == 0 && a.scope < scope);
}

// The node of that name, or `count`.
uint32 find_node(const Graph& graph, const char* name, int64 scope = 0) {
  const uint32* const begin = graph.by_name;
  const uint32* const end = begin + graph.count;
  const uint32* const found =
      std::lower_bound(begin, end, name, [&](uint32 node, const char* wanted) {
        return comes_before(graph.nodes[node], wanted, scope);
      });
  if (found == end) return graph.count;
  const Member& node = graph.nodes[*found];
  return std::strcmp(node.name, name) == 0 && node.scope == scope ? *found : graph.count;
}

// What an expression names and is not among the sets is left out.
Graph graph_of(const Members& members) {
  Graph graph = {};
  graph.nodes = members.sets;
  graph.count = members.count;
  graph.by_name = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  Size edges = 0;
  for (uint32 i = 0; i < graph.count; ++i) {
    graph.by_name[i] = i;
    edges += names_of(graph.nodes[i]);
  }
  std::sort(graph.by_name, graph.by_name + graph.count, [&](uint32 a, uint32 b) {
    return comes_before(graph.nodes[a], graph.nodes[b].name, graph.nodes[b].scope);
  });
  auto* const first = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  auto* const needs = static_cast<uint32*>(palloc(sizeof(uint32) * (edges + 1)));
  uint32 filled = 0;
  for (uint32 i = 0; i < graph.count; ++i) {
    first[i] = filled;
    const Member& node = graph.nodes[i];
    for (std::size_t n = 0; n < names_of(node); ++n) {
      const uint32 need = find_node(graph, name_of(*node.source.expression, n), node.scope);
      if (need != graph.count) needs[filled++] = need;
    }
  }
  first[graph.count] = filled;
  graph.first = {first, graph.count + 1u};
  graph.needs = {needs, filled};
  return graph;
}

// ---- What a set rests on ----------------------------------------------------------------------------------

// Adds the sets of these names and all that they need, by way of others too.
void add_reached(const Graph& graph, const Names& names, Members* members) {
  auto* const seen = static_cast<bool*>(palloc0(sizeof(bool) * (graph.count + 1)));
  auto* const reached = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  uint32 count = 0;
  const auto reach = [&](uint32 node) {
    if (node == graph.count || seen[node]) return;
    seen[node] = true;
    reached[count++] = node;
  };
  for (uint32 i = 0; i < names.count; ++i) reach(find_node(graph, names.names[i]));
  for (uint32 i = 0; i < count; ++i) {
    for (uint32 n = graph.first[reached[i]]; n < graph.first[reached[i] + 1]; ++n) {
      reach(graph.needs[n]);
    }
  }
  members->sets = static_cast<Member*>(repalloc_huge(
      static_cast<void*>(members->sets), sizeof(Member) * (members->count + count + 1)));
  for (uint32 i = 0; i < count; ++i) members->sets[members->count++] = graph.nodes[reached[i]];
}

// So deep it is looked for by the index on names, a level at a time; for what is deeper all composed sets are read at once.
constexpr int most_levels = 64;

// The composed sets of these names and all composed sets that they rest on. `defined`, where it is given, stands for the
// set of its name, and comes first.
Members read_reached(const SetTable& table, Access access, const Names& names,
                     const Member* defined) {
  const char* const without = defined == nullptr ? nullptr : defined->name;
  Members members = {};
  add_rows(0, 1, nullptr, &members);
  if (defined != nullptr) members.sets[members.count++] = *defined;
  const uint32 given = members.count;
  Names known = names;
  Names next = names;
  for (int level = 0; next.count > 0; ++level) {
    if (level == most_levels) {
      members.count = given;
      add_reached(graph_of(read_members(table, access, Which::composed, without)), names, &members);
      return members;
    }
    const uint32 from = members.count;
    add_rows(run(table, access,
                 named_rows("i.name::pg_catalog.text, i.expression, {0}, {0}",
                            " AND i.expression IS NOT NULL"),
                 {not_asked}, {{TEXTARRAYOID, array_of(next)}}),
             2, without, &members);
    next = without_names(names_in(members, from), known);
    known = with_names(known, next);
  }
  return members;
}

const DependencyOrder& order_of(const Graph& graph) {
  DependencyOrder* order = nullptr;
  guarded([&] {
    void* const place = allocate(sizeof(DependencyOrder));
    order = new (place) DependencyOrder(dependency_order(graph.first, graph.needs));
  });
  return *order;
}

// The way around a cycle, from the set of that name.
const char* tell_cycle(const Graph& graph, Span<uint32> cycle, const char* name) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (std::strcmp(graph.nodes[cycle[i]].name, name) == 0) start = i;
  }
  StringInfoData way;
  initStringInfo(&way);
  for (std::size_t i = 0; i <= cycle.size(); ++i) {
    appendStringInfo(&way, "%s\"%s\"",
                     i == 0   ? ""
                     : i == 1 ? " needs "
                              : ", which needs ",
                     graph.nodes[cycle[(start + i) % cycle.size()]].name);
  }
  return way.data;
}

// The way around the shortest cycle that a definition is part of; nullptr where there is none. Others are no business of
// this one.
const char* find_cycle(const Graph& graph, const char* defined) {
  const uint32 node = find_node(graph, defined);
  auto* const previous = static_cast<uint32*>(palloc(sizeof(uint32) * graph.count));
  std::fill(previous, previous + graph.count, graph.count);
  auto* const queue = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  uint32 read = 0;
  uint32 written = 0;
  queue[written++] = node;
  while (read < written) {
    const uint32 at = queue[read++];
    for (uint32 n = graph.first[at]; n < graph.first[at + 1]; ++n) {
      const uint32 need = graph.needs[n];
      if (need == node) {
        uint32* const way = queue;  // read no more
        uint32 length = 0;
        for (uint32 step = at; step != node; step = previous[step]) way[length++] = step;
        way[length++] = node;
        std::reverse(way, way + length);
        return tell_cycle(graph, {way, length}, defined);
      }
      if (previous[need] == graph.count) {
        previous[need] = at;
        queue[written++] = need;
      }
    }
  }
  return nullptr;
}

// ---- What has become of the ingredients -------------------------------------------------------------------

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

// ---- Definition -------------------------------------------------------------------------------------------
//
// Two sessions that each define one half of a cycle would not see each other. So who defines a set holds a lock on its name
// until the end of the transaction, and shares one on each name that the definition rests on. Names share locks, so that a
// definition never takes more than these. Who holds nothing yet waits for them, in one order; who may hold a row is
// refused instead, with 40001: nobody waits in a circle.

constexpr uint32 name_locks = 256;

struct NameLocks {
  LOCKMODE wanted[name_locks];
  LOCKMODE held[name_locks];
};

uint32 lock_of(const char* name) {
  return hash_bytes(reinterpret_cast<const unsigned char*>(name),
                    static_cast<int>(std::strlen(name))) %
         name_locks;
}

void want_locks(const char* defined, const Names& names, NameLocks* locks) {
  for (uint32 i = 0; i < names.count; ++i) {
    LOCKMODE& wanted = locks->wanted[lock_of(names.names[i])];
    wanted = std::max<LOCKMODE>(wanted, ShareLock);
  }
  locks->wanted[lock_of(defined)] = ExclusiveLock;
}

[[noreturn]] void raise_concurrent(const char* name) {
  ereport(ERROR,
          (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
           errmsg("could not define object set \"%s\" because of concurrent definitions", name),
           errhint("Try again.")));
  pg_unreachable();
}

bool take_locks(const SetTable& table, const char* name, bool may_wait, NameLocks* locks) {
  bool took = false;
  for (uint32 i = 0; i < name_locks; ++i) {
    if (locks->wanted[i] <= locks->held[i]) continue;
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, table.relid,
                       static_cast<uint16>(i + 1));
    if (LockAcquire(&tag, locks->wanted[i], false, !may_wait) == LOCKACQUIRE_NOT_AVAIL) {
      raise_concurrent(name);
    }
    locks->held[i] = locks->wanted[i];
    took = true;
  }
  return took;
}

// What everybody has committed, whatever this transaction's snapshot says.
Members read_latest(const SetTable& table, const Names& names, const Member& defined) {
  PushActiveSnapshot(GetLatestSnapshot());
  const Members members = read_reached(table, Access::read, names, &defined);
  PopActiveSnapshot();
  return members;
}

void check_for_cycle(const SetTable& table, Member defined) {
  NameLocks locks = {};
  bool may_wait = !TransactionIdIsValid(GetTopTransactionIdIfAny());
  Members reached = {&defined, 1};
  Names names = names_in(reached, 0);
  const Names own = names;
  CommandCounterIncrement();
  do {
    reached = read_latest(table, names, defined);
    names = names_in(reached, 0);
    want_locks(defined.name, names, &locks);
    if (!take_locks(table, defined.name, may_wait, &locks)) break;
    may_wait = false;  // those of a second round would come in another order
  } while (true);
  const char* const way = find_cycle(graph_of(reached), defined.name);
  if (way == nullptr) return;
  // In a transaction that does not see the other half, it is not the definition that is wrong.
  if (IsolationUsesXactSnapshot() &&
      find_cycle(graph_of(read_reached(table, Access::write, own, &defined)), defined.name) ==
          nullptr) {
    raise_concurrent(defined.name);
  }
  ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                  errmsg("object set \"%s\" would be composed of itself", defined.name),
                  errdetail("%s.", way)));
}

int64 define_set(const SetTable& table, const Member& defined) {
  check_for_cycle(table, defined);
  const TimestampTz started = GetCurrentTimestamp();
  const char* const scope = condition_of_scope(table);
  const bool is_there = try_find_set(table, Access::write, "id", defined.name);
  Lookup lookup;
  if (is_there) lookup = {InvalidOid, scope, int64_there(0, 1)};
  const Span<SetView> sets = find_sets(table, Access::write, defined.source, lookup);
  Set* found = nullptr;
  guarded(
      [&] { found = new (allocate(sizeof(Set))) Set(defined.source.expression->evaluate(sets)); });
  const SavedQuery source = {0, 0, settings_to_save(table.kept_settings),
                             CStringGetTextDatum(defined.source.text)};
  const auto values_of = [&](const LockedSet& set) {
    Outcome outcome = {};
    guarded([&] {
      write_revision(set.kind == SetKind::plain ? assign(set.parts, *found)
                                                : refresh(set.parts, *found, set.parts.deleted),
                     &outcome);
    });
    Values values;
    put_outcome(table, outcome, &values);
    values.put("seen", nullable(XID8ARRAYOID, 0));
    values.put("seen_mark", nullable(BYTEAOID, 0));
    put_run(started, "full", &values);
    return values;
  };
  const PutSet put =
      put_derived_set(table, defined.name, saving_role(table.owner), source, values_of);
  // The scope of a new set is known once it is there.
  const bool is_to_be_seen = !is_there && *scope != '\0';
  if (is_to_be_seen) find_sets(table, Access::write, defined.source, {InvalidOid, scope, put.id});
  return put.count;
}

}  // namespace

SetRefs copy_refs(const SetRefs& refs, MemoryContext context) {
  MemoryContext const outer = MemoryContextSwitchTo(context);
  SetRefs copy = room_for_refs(refs.count);
  for (uint32 i = 0; i < refs.count; ++i) {
    copy.sets[copy.count++] = {pstrdup(refs.sets[i].name), refs.sets[i].id};
  }
  MemoryContextSwitchTo(outer);
  return copy;
}

Datum evaluate_expression(const SetTable& table, const Claim& claim) {
  const Source source = read(TextDatumGetCString(claim.query.expression));
  const Span<SetView> sets = has_row_security(table) ? find_sets_of_saver(table, claim, source)
                                                     : find_sets(table, Access::read, source);
  struct varlena* flat = nullptr;
  guarded([&] {
    const Set result = source.expression->evaluate(sets);
    flat = write_set(result);
  });
  return PointerGetDatum(flat);
}

SetRefs sets_to_refresh(const SetTable& table) {
  const Graph graph = graph_of(read_members_by_scope(table, Access::write, Which::derived));
  const DependencyOrder& order = order_of(graph);
  SetRefs refs = room_for_refs(graph.count);
  for (const uint32 node : order.nodes) {
    refs.sets[refs.count++] = {graph.nodes[node].name, graph.nodes[node].id};
  }
  return refs;
}

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_expression_names) {
  const Source source = read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  PG_RETURN_DATUM(names_array(*source.expression));
}

OBJECTSET_FUNCTION(objectset_saved_evaluate) {
  MemoryContext const outer = CurrentMemoryContext;
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Source source = read(text_to_cstring(PG_GETARG_TEXT_PP(1)));
  const Span<SetView> sets = find_sets(table, Access::read, source);
  MemoryContextSwitchTo(outer);
  const Datum result =
      return_set(true, [&](auto&& give) { give(source.expression->evaluate(sets)); });
  close_set_table(table);
  PG_RETURN_DATUM(result);
}

OBJECTSET_FUNCTION(objectset_saved_define) {
  const SetTable table = open_set_table(fcinfo, 0, Access::write);
  const char* const name = name_argument(fcinfo, 1);
  const Member defined = {name, read(text_argument(fcinfo, 2, "the expression")), 0, 0};
  const int64 count = define_set(table, defined);
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_refresh_order) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Graph graph = graph_of(read_members_by_scope(table, Access::read, Which::all));
  for (const uint32 node : order_of(graph).nodes) {
    Datum value = CStringGetTextDatum(graph.nodes[node].name);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  }
  close_set_table(table);
  PG_RETURN_NULL();
}

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
