#include "pg/saved/set_graph.hpp"

#include "pg/saved/name_scope.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

#include <algorithm>
#include <cstring>

namespace objectset::pg {

// ---- Expressions ------------------------------------------------------------------------------------------

int character_at(const Source& source, std::size_t byte) {
  return pg_mbstrlen_with_len(source.text, static_cast<int>(byte) - 1) + 1;
}

namespace {

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

// What was written by hand into a table may be no expression; all else that can happen is an error.
Source read_stored(const char* text) {
  const Failure* failed = nullptr;
  const Source source = try_read(text, &failed);
  if (failed != nullptr && (failed->kind != Failure::Kind::error || failed->error.position == 0)) {
    raise(*failed);
  }
  return source;
}

}  // namespace

Source read_expression(const char* text) {
  const Failure* failed = nullptr;
  const Source source = try_read(text, &failed);
  if (failed != nullptr) raise_malformed(source, *failed);
  return source;
}

const char* name_of(const Expression& expression, std::size_t i) {
  const Span<char> name = expression.name(i);
  return pnstrdup(name.data(), name.size());
}

// ---- Names ------------------------------------------------------------------------------------------------

namespace {

bool comes_before(const char* a, const char* b) { return std::strcmp(a, b) < 0; }

}  // namespace

Names room_for_names(Size count) {
  return {static_cast<const char**>(palloc_extended(sizeof(char*) * (count + 1), MCXT_ALLOC_HUGE)),
          0};
}

Names sorted_once(const Names& names) {
  const char** const end = names.names + names.count;
  std::sort(names.names, end, comes_before);
  const char** const last = std::unique(
      names.names, end, [](const char* a, const char* b) { return std::strcmp(a, b) == 0; });
  return {names.names, static_cast<uint32>(last - names.names)};
}

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

Datum array_of(const Names& names) {
  ArrayBuildState* all = initArrayResult(TEXTOID, CurrentMemoryContext, false);
  for (uint32 i = 0; i < names.count; ++i) {
    accumArrayResult(all, CStringGetTextDatum(names.names[i]), false, TEXTOID,
                     CurrentMemoryContext);
  }
  return makeArrayResult(all, CurrentMemoryContext);
}

namespace {

void add_names(const Expression& expression, Names* names) {
  for (std::size_t i = 0; i < expression.names(); ++i) {
    names->names[names->count++] = name_of(expression, i);
  }
}

}  // namespace

Datum names_array(const Expression& expression) {
  Names names = room_for_names(expression.names());
  add_names(expression, &names);
  return array_of(names);
}

const char* named_rows(const char* columns, const char* condition) {
  return psprintf(
      "SELECT wanted.place, s.* FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place) "
      "LEFT JOIN LATERAL (SELECT %s FROM {r} AS i WHERE "
      "i.name::pg_catalog.text OPERATOR(pg_catalog.=) wanted.name%s OFFSET 0) AS s ON true "
      "ORDER BY wanted.place",
      columns, condition);
}

// ---- What depends on what ---------------------------------------------------------------------------------

namespace {

std::size_t names_of(const Member& member) {
  return member.source.expression == nullptr ? 0 : member.source.expression->names();
}

// {0}: what stands for the scope of each; {1}: a condition more, on composed ones
const char* members_statement(Which which) {
  switch (which) {
    case Which::all:
      return "SELECT name::pg_catalog.text, expression, id, {0} FROM {r} ORDER BY id";
    case Which::derived:
      return "SELECT name::pg_catalog.text, expression, id, {0} FROM {r} "
             "WHERE expression IS NOT NULL OR query IS NOT NULL ORDER BY id";
    default:
      return "SELECT name::pg_catalog.text, expression, id, {0} FROM {r} AS i "
             "WHERE expression IS NOT NULL{1} ORDER BY id";
  }
}

constexpr char one_scope[] = "0::pg_catalog.int8";

}  // namespace

void add_members(uint64 rows, int n, const char* without, Members* members) {
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

Members read_members(const SetTable& table, Access access, Which which) {
  const char* const scope = scope_kept_apart(table);
  const char* const number =
      scope == nullptr
          ? one_scope
          : psprintf("pg_catalog.dense_rank() OVER (ORDER BY %s USING OPERATOR(pg_catalog.*<))",
                     scope);
  Members members = {};
  add_members(run(table, access, members_statement(which), {number, ""}, {}), 1, nullptr, &members);
  return members;
}

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

namespace {

bool comes_before(const Member& a, const char* name, int64 scope) {
  const int order = std::strcmp(a.name, name);
  return order < 0 || (order == 0 && a.scope < scope);
}

}  // namespace

uint32 find_node(const Graph& graph, const char* name, int64 scope) {
  const auto is_it = [&](uint32 node) {
    return std::strcmp(graph.nodes[node].name, name) == 0 && graph.nodes[node].scope == scope;
  };
  const uint32* const begin = graph.by_name;
  const uint32* const end = begin + graph.count;
  const uint32* const found =
      std::lower_bound(begin, end, name, [&](uint32 node, const char* wanted) {
        return comes_before(graph.nodes[node], wanted, scope);
      });
  if (found == end || !is_it(*found)) return graph.count;
  const bool is_ambiguous = found + 1 != end && is_it(found[1]);
  return is_ambiguous ? graph.count : *found;
}

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

namespace {

// So deep it is looked for by the index on names, a level at a time; for what is deeper all composed sets are read at once.
constexpr int most_levels = 64;

Parameter id_of(const Among& among) { return parameter(among.id); }

// The sets of these names, and all that they need, among all that are composed.
void add_reached(const SetTable& table, Access access, const Names& names, const Among& among,
                 const char* without, Members* members) {
  Members all = {};
  add_members(run(table, access, members_statement(Which::composed), {one_scope, among.scope},
                  {{TEXTARRAYOID, 0, true}, id_of(among)}),
              1, without, &all);
  const Graph graph = graph_of(all);
  auto* const nodes = static_cast<uint32*>(palloc(sizeof(uint32) * (names.count + 1)));
  uint32 count = 0;
  for (uint32 i = 0; i < names.count; ++i) {
    const uint32 node = find_node(graph, names.names[i]);
    if (node != graph.count) nodes[count++] = node;
  }
  const Members reached = reached_from(graph, nodes, count);
  members->sets = static_cast<Member*>(repalloc_huge(
      static_cast<void*>(members->sets), sizeof(Member) * (members->count + reached.count + 1)));
  std::copy(reached.sets, reached.sets + reached.count, members->sets + members->count);
  members->count += reached.count;
}

}  // namespace

Members reached_from(const Graph& graph, const uint32* nodes, uint32 count) {
  auto* const seen = static_cast<bool*>(palloc0(sizeof(bool) * (graph.count + 1)));
  auto* const sets =
      static_cast<Member*>(palloc_extended(sizeof(Member) * (graph.count + 1), MCXT_ALLOC_HUGE));
  auto* const reached = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  uint32 filled = 0;
  const auto reach = [&](uint32 node) {
    if (seen[node]) return;
    seen[node] = true;
    reached[filled++] = node;
  };
  for (uint32 i = 0; i < count; ++i) reach(nodes[i]);
  for (uint32 i = 0; i < filled; ++i) {
    for (uint32 n = graph.first[reached[i]]; n < graph.first[reached[i] + 1]; ++n) {
      reach(graph.needs[n]);
    }
  }
  for (uint32 i = 0; i < filled; ++i) sets[i] = graph.nodes[reached[i]];
  return {sets, filled};
}

Members read_reached(const SetTable& table, Access access, const Names& names,
                     const Member* defined, const Among& among) {
  const char* const without = defined == nullptr ? nullptr : defined->name;
  Members members = {};
  add_members(0, 1, nullptr, &members);
  if (defined != nullptr) members.sets[members.count++] = *defined;
  const uint32 given = members.count;
  Names known = names;
  Names next = names;
  for (int level = 0; next.count > 0; ++level) {
    if (level == most_levels) {
      members.count = given;
      add_reached(table, access, names, among, without, &members);
      return members;
    }
    const uint32 from = members.count;
    add_members(run(table, access,
                    named_rows("i.name::pg_catalog.text, i.expression, i.id, {0}",
                               " AND i.expression IS NOT NULL{1}"),
                    {one_scope, among.scope}, {{TEXTARRAYOID, array_of(next)}, id_of(among)}),
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

namespace {

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

}  // namespace

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

}  // namespace objectset::pg
