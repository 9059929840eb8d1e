// Conditions that joins carry from one table to another:
//
//   FROM patient p JOIN visit v ON v.patient_id = p.id WHERE p.id <@ set        v.patient_id <@ set
//
// The one idea: rows whose id is not in the set find no partner, so a scan may leave them out before they are asked for
// one. That is no condition of the query: the join has it already, and its estimates would count it twice. So it is told to
// nobody but the scans that we offer, which give fewer rows than others of the table, at less cost.
//
// Which columns are equal the planner knows: by its equivalence classes, over inner joins and semijoins; and by conditions
// of outer joins and antijoins, which rows on the side that may be missing have to satisfy to be there. Whatever the order
// of joins, a row left out could only have met rows that their own condition leaves out.
#include "pg/scan/scan.hpp"

#include "pg/expected_value.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
}

namespace objectset::pg {
namespace {

// An expression of one table's columns.
struct Place {
  RelOptInfo* table;
  Expr* expression;
};

const Place* nth_place(const List* places, int n) {
  return static_cast<const Place*>(list_nth(places, n));
}

bool are_same(const Expr* a, const Expr* b) {
  return equal(without_relabels(const_cast<Expr*>(a)), without_relabels(const_cast<Expr*>(b)));
}

void add_place(const PlannerInfo* root, Relids tables, Expr* expression, List** places) {
  int number = 0;
  if (!bms_get_singleton_member(tables, &number) || number >= root->simple_rel_array_size) return;
  RelOptInfo* const table = root->simple_rel_array[number];
  if (table == nullptr || table->reloptkind != RELOPT_BASEREL) return;
  ListCell* cell;
  foreach (cell, *places) {
    const auto* known = static_cast<const Place*>(lfirst(cell));
    if (known->table == table && are_same(known->expression, expression)) return;
  }
  auto* place = static_cast<Place*>(palloc(sizeof(Place)));
  *place = {table, expression};
  *places = lappend(*places, place);
}

// ---- What is equal ----------------------------------------------------------------------------------------

bool has_member(const EquivalenceClass* equals, const Place& place) {
  ListCell* cell;
  foreach (cell, equals->ec_members) {
    const auto* member = lfirst_node(EquivalenceMember, cell);
    if (!member->em_is_child && bms_equal(member->em_relids, place.table->relids) &&
        are_same(member->em_expr, place.expression)) {
      return true;
    }
  }
  return false;
}

// The classes of integers that a table's expressions are in.
List* classes_of(const PlannerInfo* root, const RelOptInfo* table) {
  List* found = NIL;
  int n = -1;
  while ((n = bms_next_member(table->eclass_indexes, n)) >= 0) {
    auto* equals = list_nth_node(EquivalenceClass, root->eq_classes, n);
    if (list_member_oid(equals->ec_opfamilies, INTEGER_BTREE_FAM_OID) && !equals->ec_has_volatile &&
        list_length(equals->ec_members) > 1) {
      found = lappend(found, equals);
    }
  }
  return found;
}

void add_members(const PlannerInfo* root, const EquivalenceClass* equals, List** places) {
  ListCell* cell;
  foreach (cell, equals->ec_members) {
    const auto* member = lfirst_node(EquivalenceMember, cell);
    if (!member->em_is_child) add_place(root, member->em_relids, member->em_expr, places);
  }
}

// A condition of an outer join or an antijoin by which a row of the table, on the side that may be missing, has to equal
// something of the other side.
struct Link {
  Expr* own;
  Expr* other;
  Relids others;  // that it is of
};

bool match_link(const RestrictInfo* info, const RelOptInfo* table, Link* link) {
  if (info->is_pushed_down || !IsA(info->clause, OpExpr) || bms_is_empty(info->left_relids) ||
      bms_is_empty(info->right_relids) ||
      bms_is_member(static_cast<int>(table->relid), info->outer_relids)) {
    return false;
  }
  const auto* test = reinterpret_cast<const OpExpr*>(info->clause);
  if (list_length(test->args) != 2 ||
      get_op_opfamily_strategy(test->opno, INTEGER_BTREE_FAM_OID) != BTEqualStrategyNumber) {
    return false;
  }
  const bool is_left = bms_equal(info->left_relids, table->relids);
  if (!is_left && !bms_equal(info->right_relids, table->relids)) return false;
  auto* left = static_cast<Expr*>(linitial(test->args));
  auto* right = static_cast<Expr*>(lsecond(test->args));
  *link = is_left ? Link{left, right, info->right_relids} : Link{right, left, info->left_relids};
  return bms_is_subset(link->others, info->outer_relids);
}

// All that a row's expression has to equal for the row to be of use: `places` begins with it.
void follow_equalities(const PlannerInfo* root, List** places) {
  for (int i = 0; i < list_length(*places); ++i) {
    const Place place = *nth_place(*places, i);
    ListCell* cell;
    foreach (cell, classes_of(root, place.table)) {
      const auto* equals = lfirst_node(EquivalenceClass, cell);
      if (has_member(equals, place)) add_members(root, equals, places);
    }
    foreach (cell, place.table->joininfo) {
      Link link = {};
      if (match_link(lfirst_node(RestrictInfo, cell), place.table, &link) &&
          are_same(link.own, place.expression)) {
        add_place(root, link.others, link.other, places);
      }
    }
  }
}

// The table's expressions that anything of others is to equal.
List* joined_places(const PlannerInfo* root, RelOptInfo* table) {
  List* places = NIL;
  ListCell* cell;
  foreach (cell, classes_of(root, table)) {
    ListCell* inner;
    foreach (inner, lfirst_node(EquivalenceClass, cell)->ec_members) {
      const auto* member = lfirst_node(EquivalenceMember, inner);
      if (!member->em_is_child && bms_equal(member->em_relids, table->relids)) {
        add_place(root, member->em_relids, member->em_expr, &places);
      }
    }
  }
  foreach (cell, table->joininfo) {
    Link link = {};
    if (match_link(lfirst_node(RestrictInfo, cell), table, &link)) {
      add_place(root, table->relids, link.own, &places);
    }
  }
  return places;
}

// ---- What follows -----------------------------------------------------------------------------------------

// As late as any condition of the query, unless it tells nothing of the rows that it sees.
RestrictInfo* make_condition(PlannerInfo* root, Expr* clause, const RelOptInfo* table) {
#if PG_VERSION_NUM >= 160000
  return make_restrictinfo(root, clause, true, false, false, false, root->qual_security_level,
                           table->relids, nullptr, nullptr);
#else
  return make_restrictinfo(root, clause, true, false, false, root->qual_security_level,
                           table->relids, nullptr, nullptr);
#endif
}

// What one table's condition says of its expression, said of another one; nullptr where it is not of it.
Expr* carry(Expr* clause, const Place& from, Expr* to) {
  SetFormula formula = {};
  auto* const node = reinterpret_cast<Node*>(clause);
  if (!match_set_formula(node, &formula) || !are_same(formula.clause.operand, from.expression) ||
      contain_var_clause(reinterpret_cast<Node*>(formula.clause.set)) ||
      contain_volatile_functions(node)) {
    return nullptr;
  }
  Expr* const test = make_set_test(to, formula.clause.set);
  return test == nullptr || !formula.is_negative ? test : make_notclause(test);
}

bool has_condition(const List* infos, const Expr* clause) {
  ListCell* cell;
  foreach (cell, infos) {
    if (equal(lfirst_node(RestrictInfo, cell)->clause, clause)) return true;
  }
  return false;
}

List* find_implied(PlannerInfo* root, RelOptInfo* table) {
  List* found = NIL;
  const List* const own = joined_places(root, table);
  for (int i = 0; i < list_length(own); ++i) {
    Expr* const expression = nth_place(own, i)->expression;
    List* places = list_make1(list_nth(own, i));
    follow_equalities(root, &places);
    for (int n = 1; n < list_length(places); ++n) {
      const Place& place = *nth_place(places, n);
      ListCell* cell;
      foreach (cell, place.table->baserestrictinfo) {
        const auto* info = lfirst_node(RestrictInfo, cell);
        Expr* const clause =
            info->pseudoconstant ? nullptr : carry(info->clause, place, expression);
        if (clause != nullptr && !has_condition(table->baserestrictinfo, clause) &&
            !has_condition(found, clause)) {
          found = lappend(found, make_condition(root, clause, table));
        }
      }
    }
  }
  return found;
}

bool find_set_condition(const PlannerInfo* root) {
  int n = -1;
  while ((n = bms_next_member(root->all_baserels, n)) >= 0) {
    ListCell* cell;
    foreach (cell, root->simple_rel_array[n]->baserestrictinfo) {
      SetFormula formula;
      auto* const clause = lfirst_node(RestrictInfo, cell)->clause;
      if (match_set_formula(reinterpret_cast<Node*>(clause), &formula)) return true;
    }
  }
  return false;
}

// Most queries have no condition by a set; what is equal to what is not looked at for them. Once for a query, of which
// partitions ask, too.
bool has_set_condition(const PlannerInfo* root) {
  static constexpr bool answers[] = {false, true};
  void** const note = note_of_table(root, 0, TableNote::has_set_condition);
  if (*note == nullptr) *note = const_cast<bool*>(&answers[find_set_condition(root) ? 1 : 0]);
  return *static_cast<const bool*>(*note);
}

// Once for a planning.
List* implied_of_base(PlannerInfo* root, RelOptInfo* table) {
  struct Found {
    List* conditions;
  };
  void** const note = note_of_table(root, static_cast<int>(table->relid), TableNote::implied);
  if (*note == nullptr) {
    MemoryContext const outer = MemoryContextSwitchTo(planning_memory(root));
    auto* kept = static_cast<Found*>(palloc(sizeof(Found)));
    kept->conditions = find_implied(root, table);
    *note = kept;
    MemoryContextSwitchTo(outer);
  }
  return static_cast<const Found*>(*note)->conditions;
}

}  // namespace

List* implied_conditions(PlannerInfo* root, RelOptInfo* table) {
  if (list_length(root->parse->rtable) < 2 || !has_set_condition(root)) return NIL;
  if (table->reloptkind == RELOPT_BASEREL) return implied_of_base(root, table);
  int number = 0;
  if (!bms_get_singleton_member(table->top_parent_relids, &number)) return NIL;
  RelOptInfo* const parent = find_base_rel(root, number);
  List* const conditions = implied_of_base(root, parent);
  if (conditions == NIL) return NIL;
  return reinterpret_cast<List*>(
      adjust_for_child(root, reinterpret_cast<Node*>(conditions), table));
}

}  // namespace objectset::pg
