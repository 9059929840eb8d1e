// Sets composed of other sets of their table: evaluation, definition, and what depends on what.
#include "pg/saved/saved_expression.hpp"

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
                          "SELECT wanted.place, s.id, s.base, s.added, s.removed, s.deleted "
                          "FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place) "
                          "LEFT JOIN {r} AS s ON s.name::pg_catalog.text OPERATOR(pg_catalog.=) "
                          "wanted.name ORDER BY wanted.place",
                          {}, {{TEXTARRAYOID, names_array(expression)}});
  for (uint64 row = 0; row < rows; ++row) {
    bool is_null = false;
    const auto i = static_cast<std::size_t>(DatumGetInt64(column(row, 1, &is_null))) - 1;
    if (row > 0 && DatumGetInt64(column(row - 1, 1, &is_null)) == static_cast<int64>(i) + 1) {
      raise_ambiguous(table, name_of(expression, i));
    }
    column(row, 2, &is_null);
    if (is_null) {
      const int character = character_at(source, expression.position(i));
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                      errmsg("object set \"%s\" does not exist in \"%s\"", name_of(expression, i),
                             get_rel_name(table.relid)),
                      internalerrposition(character), internalerrquery(source.text)));
    }
    sets[i] = members_of_parts(parts_in(row, 3));
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

// Which sets of a table make a graph: all, those with a query or an expression, those with an expression.
enum class Which { all, derived, composed };

const char* graph_statement(Which which) {
  switch (which) {
    case Which::all:
      return "SELECT name::pg_catalog.text, expression FROM {r} WHERE name IS NOT NULL ORDER BY id";
    case Which::derived:
      return "SELECT name::pg_catalog.text, expression FROM {r} WHERE name IS NOT NULL "
             "AND (expression IS NOT NULL OR query IS NOT NULL) ORDER BY id";
    default:
      return "SELECT name::pg_catalog.text, expression FROM {r} WHERE name IS NOT NULL "
             "AND expression IS NOT NULL ORDER BY id";
  }
}

// `defined`, where it is given, stands for the set of its name. What an expression names and is not among the sets is left
// out.
Graph read_graph(const SetTable& table, Access access, Which which, const Member* defined) {
  const uint64 rows = run(table, access, graph_statement(which), {}, {});
  Graph graph = {};
  graph.nodes = static_cast<Member*>(palloc(sizeof(Member) * (rows + 1)));
  Size edges = 0;
  for (uint64 row = 0; row <= rows; ++row) {
    Member node = {};
    if (row < rows) {
      node.name = text_column(row, 1);
      if (defined != nullptr && std::strcmp(node.name, defined->name) == 0) continue;
      if (const char* const text = text_column(row, 2)) node.source = read_stored(text);
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

// Whether a definition is part of a cycle; the way around it.
const char* find_cycle(const Graph& graph, const char* defined) {
  const DependencyOrder& order = order_of(graph);
  // There may be others, which are no business of this one; then its own is looked for without them.
  if (order.cycle.empty()) return nullptr;
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
                  "SELECT name::pg_catalog.text, base, added, removed, deleted FROM {r} "
                  "WHERE name::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)",
                  {}, {{TEXTARRAYOID, makeArrayResult(names, CurrentMemoryContext)}});
  all.rows = static_cast<Ingredient*>(palloc(sizeof(Ingredient) * (all.count + 1)));
  for (uint64 row = 0; row < all.count; ++row) {
    const SavedSet parts = parts_in(row, 2);
    all.rows[row] = {text_column(row, 1), parts, members_of_parts(parts)};
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
    const Set left = combine(Operation::minus, row->parts.base, row->parts.deleted);
    is_stale = compare(*base, left) != 0;
    if (!is_stale) return;
    SavedSet parts = {*base, row->parts.added, row->parts.removed, {}};
    row->members = *new (allocate(sizeof(Set))) Set(members(parts));
  });
  return is_stale;
}

// Calls found(name) for each stale set; where `only` is given, for that one alone. What is composed of itself is stale.
template <class Found>
void for_each_stale(const SetTable& table, const char* only, Found&& found) {
  const Graph graph = read_graph(table, Access::read, Which::composed, nullptr);
  const DependencyOrder& order = order_of(graph);
  auto* const wanted = static_cast<bool*>(palloc0(sizeof(bool) * (graph.count + 1)));
  for (uint32 i = 0; i < graph.count; ++i) {
    wanted[i] = only == nullptr || std::strcmp(graph.nodes[i].name, only) == 0;
  }
  for (std::size_t at = order.nodes.size(); at-- > 0;) {
    const uint32 node = order.nodes[at];
    if (!wanted[node]) continue;
    for (uint32 n = graph.first[node]; n < graph.first[node + 1]; ++n)
      wanted[graph.needs[n]] = true;
  }
  const Ingredients all = read_ingredients(table, graph, wanted);
  for (std::size_t i = 0; i < order.nodes.size(); ++i) {
    const uint32 node = order.nodes[i];
    if (!wanted[node]) continue;
    const bool is_stale = i >= order.ordered || update_node(graph.nodes[node], all);
    if (is_stale && (only == nullptr || std::strcmp(graph.nodes[node].name, only) == 0)) {
      found(graph.nodes[node].name);
    }
  }
}

// The stale sets of a table as a call site knows them: in a query each row is asked for.
struct StaleSets {
  MemoryContext context;
  ReadKey key;
  Oid table;
  const char** names;  // in order
  Size count;
};

StaleSets* stale_sets(FunctionCallInfo fcinfo, Oid relid) {
  auto* site = static_cast<StaleSets*>(fcinfo->flinfo->fn_extra);
  if (site == nullptr) {
    site =
        static_cast<StaleSets*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(StaleSets)));
    site->context =
        AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "stale object sets", ALLOCSET_SMALL_SIZES);
    fcinfo->flinfo->fn_extra = site;
  }
  if (site->key.holds() && site->table == relid) return site;
  site->key.forget();
  MemoryContextReset(site->context);
  const SetTable table = open_set_table(relid, fcinfo->flinfo->fn_oid, Access::read);
  Size room = 64;
  site->count = 0;
  site->names = static_cast<const char**>(MemoryContextAlloc(site->context, sizeof(char*) * room));
  for_each_stale(table, nullptr, [&](const char* name) {
    if (site->count == room) {
      room *= 2;
      site->names = static_cast<const char**>(
          repalloc(static_cast<void*>(site->names), sizeof(char*) * room));
    }
    site->names[site->count++] = MemoryContextStrdup(site->context, name);
  });
  close_set_table(table);
  std::sort(site->names, site->names + site->count,
            [](const char* a, const char* b) { return std::strcmp(a, b) < 0; });
  site->table = relid;
  site->key.note(site->context);
  return site;
}

bool is_among(const StaleSets& stale, const char* name) {
  return std::binary_search(stale.names, stale.names + stale.count, name,
                            [](const char* a, const char* b) { return std::strcmp(a, b) < 0; });
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

// All that a definition rests on, by way of other definitions too.
void want_locks(const Graph& graph, const Member& defined, NameLocks* locks) {
  auto* const seen = static_cast<bool*>(palloc0(sizeof(bool) * (graph.count + 1)));
  auto* const todo = static_cast<uint32*>(palloc(sizeof(uint32) * (graph.count + 1)));
  uint32 count = 0;
  const uint32 start = find_node(graph, defined.name);
  seen[start] = true;
  todo[count++] = start;
  while (count > 0) {
    const uint32 node = todo[--count];
    const Expression* const expression = graph.nodes[node].source.expression;
    for (std::size_t n = 0; expression != nullptr && n < expression->names(); ++n) {
      const char* const name = name_of(*expression, n);
      LOCKMODE& wanted = locks->wanted[lock_of(name)];
      wanted = std::max<LOCKMODE>(wanted, ShareLock);
      const uint32 need = find_node(graph, name);
      if (need == graph.count || seen[need]) continue;
      seen[need] = true;
      todo[count++] = need;
    }
  }
  locks->wanted[lock_of(defined.name)] = ExclusiveLock;
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
Graph latest_graph(const SetTable& table, const Member& defined) {
  PushActiveSnapshot(GetLatestSnapshot());
  const Graph graph = read_graph(table, Access::read, Which::composed, &defined);
  PopActiveSnapshot();
  return graph;
}

void check_for_cycle(const SetTable& table, const Member& defined) {
  NameLocks locks = {};
  bool may_wait = !TransactionIdIsValid(GetTopTransactionIdIfAny());
  Graph graph = {};
  CommandCounterIncrement();
  do {
    graph = latest_graph(table, defined);
    want_locks(graph, defined, &locks);
    if (!take_locks(table, defined.name, may_wait, &locks)) break;
    may_wait = false;  // those of a second round would come in another order
  } while (true);
  const char* const way = find_cycle(graph, defined.name);
  if (way == nullptr) return;
  // In a transaction that does not see the other half, it is not the definition that is wrong.
  if (IsolationUsesXactSnapshot() &&
      find_cycle(read_graph(table, Access::write, Which::composed, &defined), defined.name) ==
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
  const Span<SetView> sets = find_sets(table, Access::write, defined.source);
  Set* found = nullptr;
  guarded(
      [&] { found = new (allocate(sizeof(Set))) Set(defined.source.expression->evaluate(sets)); });
  return put_set(table, defined.name, [&](const LockedSet& set, bool) {
    Outcome outcome = {};
    guarded([&] {
      write_revision(set.kind == SetKind::plain ? assign(set.parts, *found)
                                                : refresh(set.parts, *found, set.parts.deleted),
                     &outcome);
    });
    Values values;
    put_outcome(table, outcome, &values);
    put_source({}, defined.source.text, &values);
    values.put("seal", nullable(BYTEAOID, 0));
    values.put("seen", nullable(XID8ARRAYOID, 0));
    values.put("seen_mark", nullable(BYTEAOID, 0));
    put_run(started, "full", &values);
    return values;
  });
}

}  // namespace

Datum evaluate_expression(const SetTable& table, const char* text) {
  const Source source = read(text);
  const Span<SetView> sets = find_sets(table, Access::read, source);
  struct varlena* flat = nullptr;
  guarded([&] {
    const Set result = source.expression->evaluate(sets);
    flat = write_set(result);
  });
  return PointerGetDatum(flat);
}

Names names_to_refresh(const SetTable& table) {
  const Graph graph = read_graph(table, Access::write, Which::derived, nullptr);
  const DependencyOrder& order = order_of(graph);
  Names names = {static_cast<const char**>(palloc(sizeof(char*) * (graph.count + 1))), 0};
  for (const uint32 node : order.nodes) names.names[names.count++] = graph.nodes[node].name;
  return names;
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
  const Member defined = {name, read(text_argument(fcinfo, 2, "the expression"))};
  const int64 count = define_set(table, defined);
  close_set_table(table);
  PG_RETURN_INT64(count);
}

OBJECTSET_FUNCTION(objectset_saved_refresh_order) {
  const Rows rows = begin_rows(fcinfo);
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const Graph graph = read_graph(table, Access::read, Which::all, nullptr);
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
  for_each_stale(table, nullptr, [&](const char* name) {
    Datum value = CStringGetTextDatum(name);
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
  const StaleSets* const stale = stale_sets(fcinfo, relid);
  bool is_null = false;
  const Datum name = GetAttributeByName(row, "name", &is_null);
  if (is_null) PG_RETURN_NULL();
  PG_RETURN_BOOL(is_among(*stale, TextDatumGetCString(name)));
}

OBJECTSET_FUNCTION(objectset_saved_is_stale) {
  const SetTable table = open_set_table(fcinfo, 0, Access::read);
  const char* const name = text_to_cstring(PG_GETARG_TEXT_PP(1));
  find_set(table, Access::read, "1", name);
  bool stale = false;
  for_each_stale(table, name, [&](const char*) { stale = true; });
  close_set_table(table);
  PG_RETURN_BOOL(stale);
}
