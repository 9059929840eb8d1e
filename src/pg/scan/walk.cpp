// What it takes to walk an index of another column until enough rows of a set have come:
//
//   SELECT .. FROM person WHERE id <@ set ORDER BY score LIMIT 10
//
// The one idea: the server takes the first tenth of such a walk to cost a tenth of all. But where rows stand in another order
// than that of the index, the first rows are each on a page of their own, while the last ones come to pages that were read
// before. A walk of some percent of the rows reads most of the table, and costs so much. And each row is on another page
// than the one before it: where all are in memory, going there is most of what the walk does. Beside a scan by the set,
// which says what its rows take, that decides. So those walks are made to say it too.
#include "pg/scan/scan.hpp"

#include "pg/column_statistics.hpp"

extern "C" {
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "utils/spccache.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// The part of the rows that satisfy all conditions which a LIMIT asks for; 1 where that is not known.
double wanted_part(PlannerInfo* root, const RelOptInfo* table) {
  if (root->limit_tuples <= 0 || bms_membership(root->all_baserels) != BMS_SINGLETON) return 1;
  const RelOptInfo* whole = table;
  int number = 0;
  if (table->reloptkind == RELOPT_OTHER_MEMBER_REL) {
    if (!bms_get_singleton_member(table->top_parent_relids, &number)) return 1;
    whole = find_base_rel(root, number);
  }
  return std::min(1.0, root->limit_tuples / std::max(1.0, whole->rows));
}

// What pages take that the first rows of the walk read, beyond their part of what all rows do; and to go to a page again,
// which the server takes to cost nothing.
Cost cost_of_first_pages(PlannerInfo* root, const RelOptInfo* table, const IndexPath* walk,
                         double part) {
  double at_random;
  double in_order;
  get_tablespace_page_costs(table->reltablespace, &at_random, &in_order);
  const double entries = walk->indexselectivity * table->tuples;
  const double pages = table->pages;
  const auto* first = linitial_node(TargetEntry, walk->indexinfo->indextlist);
  const double correlation =
      spread_of(root, reinterpret_cast<Node*>(first->expr), table->tuples).correlation;
  // Of partitions that are walked one after another until enough has come, the first are walked for all the others. What
  // that takes is shared among them.
  const double tables = std::min(partitions_in_turn(root, table, walk->path.pathkeys), 1 / part);
  const double beyond = distinct_pages(entries * part * tables, pages) / tables -
                        part * distinct_pages(entries, pages);
  return (1 - correlation * correlation) *
         (std::max(0.0, beyond) * at_random +
          part * cost_of_skips(entries, planner_units(table->reltablespace)));
}

void correct(PlannerInfo* root, const RelOptInfo* table, const List* paths, double part) {
  ListCell* cell;
  foreach (cell, paths) {
    auto* path = static_cast<Path*>(lfirst(cell));
    if (path->pathtype != T_IndexScan || path->pathkeys == NIL || path->param_info != nullptr) {
      continue;
    }
    const auto* walk = reinterpret_cast<const IndexPath*>(path);
    path->total_cost += cost_of_first_pages(root, table, walk, part) / part;
  }
}

}  // namespace

void correct_walks(PlannerInfo* root, RelOptInfo* table) {
  const double part = wanted_part(root, table);
  if (part >= 1) return;
  correct(root, table, table->pathlist, part);
  correct(root, table, table->partial_pathlist, part);
}

}  // namespace objectset::pg
