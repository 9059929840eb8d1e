// Sets composed of other sets of their table: evaluation, definition, and what depends on what.
#include "pg/saved/set_history.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "storage/lmgr.h"
}

#include <algorithm>
#include <cstring>

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

Datum names_array(const Expression& expression) {
  auto* const names = static_cast<Datum*>(palloc(sizeof(Datum) * expression.names()));
  for (std::size_t i = 0; i < expression.names(); ++i) {
    const Span<char> name = expression.name(i);
    names[i] =
        PointerGetDatum(cstring_to_text_with_len(name.data(), static_cast<int>(name.size())));
  }
  return PointerGetDatum(construct_array(names, static_cast<int>(expression.names()), TEXTOID, -1,
                                         false, TYPALIGN_INT));
}

// The sets that the names stand for, looked up in one statement and so in one snapshot.
Span<SetView> find_sets(const SetTable& table, Access access, const Source& source) {
  const Expression& expression = *source.expression;
  auto* const sets = static_cast<SetView*>(palloc(sizeof(SetView) * expression.names()));
  const uint64 rows = run(table, access,
                          "SELECT wanted.place, s.id, s.base, s.added, s.removed "
                          "FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place) "
                          "LEFT JOIN {t} AS s ON s.name OPERATOR(pg_catalog.=) wanted.name "
                          "ORDER BY wanted.place",
                          {}, {{TEXTARRAYOID, names_array(expression)}});
  for (uint64 row = 0; row < rows; ++row) {
    bool is_null = false;
    const auto i = static_cast<std::size_t>(DatumGetInt64(column(row, 1, &is_null))) - 1;
    column(row, 2, &is_null);
    if (is_null) {
      const int character = character_at(source, expression.position(i));
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                      errmsg("object set \"%s\" does not exist in %s", name_of(expression, i),
                             get_rel_name(table.relid)),
                      internalerrposition(character), internalerrquery(source.text)));
    }
    sets[i] = members_in(row, 3);
  }
  return {sets, expression.names()};
}

// ---- What depends on what ---------------------------------------------------------------------------------

// A set of the table, a node of the graph of what needs what.
struct Member {
  const char* name;
  Source source;  // without text where the set is not composed
};

struct Graph {
  Member* nodes;
  uint32 count;
  uint32* by_name;  // the nodes' numbers, in order of their names
  Span<uint32> first;
  Span<uint32> needs;
};

// The node of that name, or `count`.
uint32 find_node(const Graph& graph, const char* name) {
  const uint32* const begin = graph.by_name;
  const uint32* const end = begin + graph.count;
  const uint32* const found =
      std::lower_bound(begin, end, name, [&](uint32 node, const char* wanted) {
        return std::strcmp(graph.nodes[node].name, wanted) < 0;
      });
  return found != end && std::strcmp(graph.nodes[*found].name, name) == 0 ? *found : graph.count;
}

// The sets of the table, all of them or only the composed ones; `defined`, where it is given, stands for the set of its
// name. What an expression names and is not among them is left out.
Graph read_graph(const SetTable& table, Access access, bool only_composed, const Member* defined) {
  const uint64 rows =
      run(table, access,
          only_composed ? "SELECT name, expression FROM {t} WHERE name IS NOT NULL AND expression "
                          "IS NOT NULL ORDER BY id"
                        : "SELECT name, expression FROM {t} WHERE name IS NOT NULL ORDER BY id",
          {}, {});
  Graph graph = {};
  graph.nodes = static_cast<Member*>(palloc(sizeof(Member) * (rows + 1)));
  Size edges = 0;
  for (uint64 row = 0; row <= rows; ++row) {
    Member node = {};
    if (row < rows) {
      node.name = text_column(row, 1);
      if (defined != nullptr && std::strcmp(node.name, defined->name) == 0) continue;
      if (const char* text = text_column(row, 2)) node.source = read_stored(text);
    } else if (defined != nullptr) {
      node = *defined;
    } else {
      break;
    }
    if (node.source.expression != nullptr) edges += node.source.expression->names();
    graph.nodes[graph.count++] = node;
  }
  graph.by_name = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  for (uint32 i = 0; i < graph.count; ++i) graph.by_name[i] = i;
  std::sort(graph.by_name, graph.by_name + graph.count, [&](uint32 a, uint32 b) {
    return std::strcmp(graph.nodes[a].name, graph.nodes[b].name) < 0;
  });
  auto* const first = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  auto* const needs = static_cast<uint32*>(palloc(sizeof(uint32) * (edges + 1)));
  uint32 filled = 0;
  for (uint32 i = 0; i < graph.count; ++i) {
    first[i] = filled;
    const Expression* const expression = graph.nodes[i].source.expression;
    for (std::size_t n = 0; expression != nullptr && n < expression->names(); ++n) {
      const uint32 need = find_node(graph, name_of(*expression, n));
      if (need != graph.count) needs[filled++] = need;
    }
  }
  first[graph.count] = filled;
  graph.first = {first, graph.count + 1u};
  graph.needs = {needs, filled};
  return graph;
}

// The nodes in an order in which each comes after what it needs. Raises 42P17 where there is none; the set of `name`, where
// it is given and part of the cycle, is told first.
Span<uint32> order_or_raise(const Graph& graph, const char* name) {
  Order* order = nullptr;
  guarded([&] {
    void* const place = allocate(sizeof(Order));
    order = new (place) Order(order_of(graph.first, graph.needs));
  });
  const Span<uint32> nodes = order->nodes;
  if (!order->is_cycle) return nodes;
  std::size_t start = 0;
  for (std::size_t i = 0; name != nullptr && i < nodes.size(); ++i) {
    if (std::strcmp(graph.nodes[nodes[i]].name, name) == 0) start = i;
  }
  StringInfoData detail;
  initStringInfo(&detail);
  for (std::size_t i = 0; i <= nodes.size(); ++i) {
    appendStringInfo(&detail, "%s\"%s\"",
                     i == 0   ? ""
                     : i == 1 ? " needs "
                              : ", which needs ",
                     graph.nodes[nodes[(start + i) % nodes.size()]].name);
  }
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
           errmsg("object set \"%s\" would be composed of itself", graph.nodes[nodes[start]].name),
           errdetail("%s.", detail.data)));
  pg_unreachable();
}

// ---- What has become of the ingredients -------------------------------------------------------------------

// A row of the table that plays a part: its stored sets, and its members as they would be.
struct Ingredient {
  const char* name;
  SetView base;
  SetView added;
  SetView removed;
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
      [](const Ingredient& row, const char* wanted) { return std::strcmp(row.name, wanted) < 0; });
  return found != end && std::strcmp(found->name, name) == 0 ? found : nullptr;
}

// The rows of these nodes and of all that their expressions name.
Ingredients read_ingredients(const SetTable& table, const Graph& graph, const bool* wanted) {
  ArrayBuildState* names = nullptr;
  for (uint32 i = 0; i < graph.count; ++i) {
    if (!wanted[i]) continue;
    names = accumArrayResult(names, CStringGetTextDatum(graph.nodes[i].name), false, TEXTOID,
                             CurrentMemoryContext);
    const Expression* const expression = graph.nodes[i].source.expression;
    for (std::size_t n = 0; expression != nullptr && n < expression->names(); ++n) {
      names = accumArrayResult(names, CStringGetTextDatum(name_of(*expression, n)), false, TEXTOID,
                               CurrentMemoryContext);
    }
  }
  if (names == nullptr) return {};
  Ingredients all = {};
  all.count = run(table, Access::read,
                  "SELECT name, base, added, removed FROM {t} "
                  "WHERE name OPERATOR(pg_catalog.=) ANY ($1)",
                  {}, {{TEXTARRAYOID, makeArrayResult(names, CurrentMemoryContext)}});
  all.rows = static_cast<Ingredient*>(palloc(sizeof(Ingredient) * (all.count + 1)));
  for (uint64 row = 0; row < all.count; ++row) {
    all.rows[row] = {text_column(row, 1), set_in(row, 2), set_in(row, 3), set_in(row, 4),
                     members_in(row, 2)};
  }
  std::sort(all.rows, all.rows + all.count, [](const Ingredient& a, const Ingredient& b) {
    return std::strcmp(a.name, b.name) < 0;
  });
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
    is_stale = compare(*base, row->base) != 0;
    if (!is_stale) return;
    Set* const members =
        new (allocate(sizeof(Set))) Set(combine(Operation::unite, *base, row->added));
    members->apply(Operation::minus, row->removed);
    row->members = *members;
  });
  return is_stale;
}

// Calls found(name) for each stale set; where `only` is given, for that one alone.
template <class Found>
void for_each_stale(const SetTable& table, const char* only, Found&& found) {
  const Graph graph = read_graph(table, Access::read, true, nullptr);
  const Span<uint32> order = order_or_raise(graph, nullptr);
  auto* const wanted = static_cast<bool*>(palloc0(sizeof(bool) * (graph.count + 1)));
  for (uint32 i = 0; i < graph.count; ++i) {
    wanted[i] = only == nullptr || std::strcmp(graph.nodes[i].name, only) == 0;
  }
  for (std::size_t at = order.size(); at-- > 0;) {
    const uint32 node = order[at];
    if (!wanted[node]) continue;
    for (uint32 n = graph.first[node]; n < graph.first[node + 1]; ++n)
      wanted[graph.needs[n]] = true;
  }
  const Ingredients all = read_ingredients(table, graph, wanted);
  for (const uint32 node : order) {
    if (!wanted[node]) continue;
    const bool is_stale = update_node(graph.nodes[node], all);
    if (is_stale && (only == nullptr || std::strcmp(graph.nodes[node].name, only) == 0)) {
      found(graph.nodes[node].name);
    }
  }
}

bool is_stale(const SetTable& table, const char* name) {
  SPI_connect();
  if (run(table, Access::read, "SELECT 1 FROM {t} WHERE name OPERATOR(pg_catalog.=) $1", {},
          {parameter(name)}) == 0) {
    raise_unknown_set(table, name);
  }
  bool stale = false;
  for_each_stale(table, name, [&](const char*) { stale = true; });
  SPI_finish();
  return stale;
}

// ---- Definition -------------------------------------------------------------------------------------------

// Locks the set of that name, which is made if there is none, and gives its id.
int64 lock_or_make(const SetTable& table, const char* name) {
  // Another session may make it, or drop it, between the two statements.
  for (int attempt = 0; attempt < 10; ++attempt) {
    bool is_null = false;
    if (run(table, Access::write,
            "SELECT id FROM {t} WHERE name OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE", {},
            {parameter(name)}) > 0 ||
        run(table, Access::write,
            "INSERT INTO {t} (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id", {},
            {parameter(name)}) > 0) {
      return DatumGetInt64(column(0, 1, &is_null));
    }
  }
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("object set \"%s\" of %s can be neither seen nor made", name,
                         get_rel_name(table.relid))));
  pg_unreachable();
}

// Gives a set its expression and what that amounts to; returns the number of members.
int64 store(const SetTable& table, int64 id, const char* expression, const SetView& base) {
  run(table, Access::write,
      "SELECT base, added, removed FROM {t} WHERE id OPERATOR(pg_catalog.=) $1", {},
      {parameter(id)});
  const SetView old = members_in(0, 1);
  const SetView added = set_in(0, 2);
  const SetView removed = set_in(0, 3);
  Set* entered = nullptr;
  Set* gone = nullptr;
  guarded([&] {
    Set* const now = new (allocate(sizeof(Set))) Set(combine(Operation::unite, base, added));
    now->apply(Operation::minus, removed);
    entered = new (allocate(sizeof(Set))) Set(combine(Operation::minus, *now, old));
    gone = new (allocate(sizeof(Set))) Set(combine(Operation::minus, old, *now));
  });
  const bool is_changed = !is_empty(*entered) || !is_empty(*gone);
  run(table, Access::write,
      "UPDATE {t} SET expression = $2, query = NULL, base = $3, "
      "added = CASE WHEN added OPERATOR({s}.&&) $3 THEN added OPERATOR({s}.-) $3 ELSE added END, "
      "refreshed = pg_catalog.now(), last_error = NULL, saved_by = NULL, search_path = NULL, "
      "modified = CASE WHEN $4 THEN pg_catalog.now() ELSE modified END "
      "WHERE id OPERATOR(pg_catalog.=) $1 RETURNING count::pg_catalog.int8",
      {},
      {parameter(id),
       parameter(expression),
       {table.set_type, flat_datum(base)},
       {BOOLOID, BoolGetDatum(is_changed)}});
  bool is_null = false;
  const int64 count = DatumGetInt64(column(0, 1, &is_null));
  note_change(table, id, GetUserId(), *entered, *gone);
  return count;
}

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_expression_names) {
  const Source source = read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  PG_RETURN_DATUM(names_array(*source.expression));
}

OBJECTSET_FUNCTION(objectset_evaluate) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const Source source = read(text_to_cstring(PG_GETARG_TEXT_PP(1)));
  MemoryContext const outer = CurrentMemoryContext;
  SPI_connect();
  const Span<SetView> sets = find_sets(table, Access::read, source);
  MemoryContextSwitchTo(outer);
  const Datum result =
      return_set(true, [&](auto&& give) { give(source.expression->evaluate(sets)); });
  SPI_finish();
  PG_RETURN_DATUM(result);
}

OBJECTSET_FUNCTION(objectset_define) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  const char* const expression = text_to_cstring(PG_GETARG_TEXT_PP(2));
  const Member defined = {name, read(expression)};
  SPI_connect();
  const int64 id = lock_or_make(table, name);
  // Two sessions that each define one half of a cycle would not see each other. Nothing else waits for this lock; who has
  // it waits for no row.
  LockDatabaseObject(RelationRelationId, table.relid, 0, ExclusiveLock);
  order_or_raise(read_graph(table, Access::write, true, &defined), name);
  const Span<SetView> sets = find_sets(table, Access::write, defined.source);
  Set* base = nullptr;
  guarded([&] {
    void* const place = allocate(sizeof(Set));
    base = new (place) Set(defined.source.expression->evaluate(sets));
  });
  const int64 count = store(table, id, expression, *base);
  SPI_finish();
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_refresh_order) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const Rows rows = begin_rows(fcinfo);
  SPI_connect();
  const Graph graph = read_graph(table, Access::read, false, nullptr);
  for (const uint32 node : order_or_raise(graph, nullptr)) {
    Datum value = CStringGetTextDatum(graph.nodes[node].name);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  }
  SPI_finish();
  PG_RETURN_NULL();
}

OBJECTSET_FUNCTION(objectset_stale) {
  const SetTable table = set_table_argument(fcinfo, 0);
  const Rows rows = begin_rows(fcinfo);
  SPI_connect();
  for_each_stale(table, nullptr, [&](const char* name) {
    Datum value = CStringGetTextDatum(name);
    bool is_null = false;
    put_row(rows, &value, &is_null);
  });
  SPI_finish();
  PG_RETURN_NULL();
}

// A row of a set table knows by its type which table it is of.
OBJECTSET_FUNCTION(objectset_is_stale_row) {
  HeapTupleHeader const row = PG_GETARG_HEAPTUPLEHEADER(0);
  const Oid relid = get_typ_typrelid(HeapTupleHeaderGetTypeId(row));
  if (!OidIsValid(relid)) {
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("the row is not one of a set table")));
  }
  const SetTable table = set_table(relid, fcinfo->flinfo->fn_oid);
  bool is_null = false;
  const Datum name = GetAttributeByName(row, "name", &is_null);
  if (is_null) PG_RETURN_NULL();
  PG_RETURN_BOOL(is_stale(table, TextDatumGetCString(name)));
}

OBJECTSET_FUNCTION(objectset_is_stale) {
  const SetTable table = set_table_argument(fcinfo, 0);
  PG_RETURN_BOOL(is_stale(table, text_to_cstring(PG_GETARG_TEXT_PP(1))));
}
