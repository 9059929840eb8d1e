// Which sets of a table rest on which others, by the names in their expressions.
#pragma once

#include "pg/saved/set_table.hpp"

#include "core/saved/dependency_order.hpp"
#include "core/saved/set_expression.hpp"

namespace objectset::pg {

// ---- Expressions ------------------------------------------------------------------------------------------

/// An expression beside its text. In the memory context that it was read in, and gone with it.
struct Source {
  const char* text;
  int size;
  const Expression* expression;  // nullptr where the text is none
};

/// Zone A: reads an expression; 42601 and 54001 with the position.
Source read_expression(const char* text);
/// The character, from 1, at which a byte of the text stands.
int character_at(const Source& source, std::size_t byte);
const char* name_of(const Expression& expression, std::size_t i);

// ---- Names ------------------------------------------------------------------------------------------------

struct Names {
  const char** names;
  uint32 count;
};

Names room_for_names(Size count);
/// In order, each once.
Names sorted_once(const Names& names);
/// Of names in order: those that are not among others, and those of both.
Names without_names(const Names& names, const Names& others);
Names with_names(const Names& names, const Names& others);
/// A text[].
Datum array_of(const Names& names);
/// Those in an expression, in the order of their first appearance.
Datum names_array(const Expression& expression);

/// Rows of the sets that names in $1 stand for, in their order: a statement. Each is looked up in the index, however large
/// the plan was made for.
const char* named_rows(const char* columns, const char* condition);

// ---- What depends on what ---------------------------------------------------------------------------------

/// A set of the table, a node of the graph of what needs what.
struct Member {
  const char* name;
  Source source;  // without text where the set is not composed
  int64 id;
  int64 scope;  // a number for each scope within which names are gone by
};
struct Members {
  Member* sets;
  uint32 count;
};

/// Among which sets names are looked up: all that are seen, or those in the scope of the set with an id.
struct Among {
  const char* scope = "";  // condition_of_scope(); "": all
  int64 id = 0;
};

/// Which sets of a table there are: all, those with a query or an expression, those with an expression.
enum class Which { all, derived, composed };

/// Zone A: those sets, with the scopes that are kept apart.
Members read_members(const SetTable& table, Access access, Which which);
/// Zone A: the composed sets of these names and all composed sets that they rest on. `defined`, where it is given, stands for
/// the set of its name, and comes first.
Members read_reached(const SetTable& table, Access access, const Names& names,
                     const Member* defined, const Among& among = {});
/// Adds the rows that a statement has returned, with names, expressions, ids and scopes in columns from n on; without the set of
/// one name.
void add_members(uint64 rows, int n, const char* without, Members* members);
/// The names in the expressions of these sets.
Names names_in(const Members& members, uint32 from = 0);

struct Graph {
  Member* nodes;
  uint32 count;
  uint32* by_name;  // the nodes' numbers, in order of their names and scopes
  Span<uint32> first;
  Span<uint32> needs;
};

/// What an expression names and is not among the sets, or more than once, is left out.
Graph graph_of(const Members& members);
/// The node of that name, or `count`.
uint32 find_node(const Graph& graph, const char* name, int64 scope = 0);
/// The members of these nodes, and of all that they need, by way of others too.
Members reached_from(const Graph& graph, const uint32* nodes, uint32 count);
const DependencyOrder& order_of(const Graph& graph);
/// The way around the shortest cycle that a definition is part of; nullptr where there is none. Others are no business of
/// this one.
const char* find_cycle(const Graph& graph, const char* defined);

}  // namespace objectset::pg
