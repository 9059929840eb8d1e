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
}

#include <algorithm>
#include <limits>

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

// How many times the scan by the set a walk has to be cheaper: rows of the set may come late in its order, and then it goes
// on and on.
constexpr double caution = 2;

// What a scan of ours takes before the first row more than one of the server's: that may be one of many partitions.
constexpr double nanoseconds_to_open = 25000;

double correlation_of(PlannerInfo* root, const RelOptInfo* table, const IndexPath* walk) {
  const auto* first = linitial_node(TargetEntry, walk->indexinfo->indextlist);
  return spread_of(root, reinterpret_cast<Node*>(first->expr), table->tuples).correlation;
}

// What the first rows of the walk cost, so many parts of all rows.
//
// Of a table that is in memory, going from row to row is what takes time, for the walk as for the scan by the set, and both
// are taken to read pages that they do not: so it is said in the measure of the scan.
Cost cost_of_first_rows(PlannerInfo* root, const RelOptInfo* table, const IndexPath* walk,
                        double part, const ScanCosts& by_set) {
  const double entries = walk->indexselectivity * table->tuples;
  const double pages = table->pages;
  const double correlation = correlation_of(root, table, walk);
  const double disorder = 1 - correlation * correlation;
  const Cost own = part * (walk->path.total_cost - walk->path.startup_cost);
  const double in_turn = partitions_in_turn(root, table, walk->path.pathkeys);
  // Of partitions that are walked one after another only the first are begun, while all are scanned by the set.
  if (pages <= effective_cache_size && in_turn <= 1) {
    // Of partitions whose rows are merged each is walked until its first row comes.
    const bool is_merged = table->reloptkind == RELOPT_OTHER_MEMBER_REL;
    const double rows = table->rows * by_set.found;
    const double walked = entries * (is_merged ? std::max(part, 1 / (1 + rows)) : part);
    const CostUnits running = running_units(table->reltablespace, pages);
    return std::max(own, caution * cost_of_walk(walked, disorder, pages, running) * by_set.planned /
                             std::max(by_set.running, 1e-9));
  }
  const CostUnits units = planner_units(table->reltablespace);
  // Those first ones are walked for all the others: what that takes is shared among them.
  const double tables = std::min(in_turn, 1 / part);
  const double beyond = distinct_pages(entries * part * tables, pages) / tables -
                        part * distinct_pages(entries, pages);
  return own + disorder * std::max(0.0, beyond) * units.page_at_random +
         cost_of_walk(entries * part, disorder, pages, units);
}

// Where the server is wrong about how many rows there are, it is wrong about the part of a walk that a LIMIT takes, too. It
// takes that of what it is told.
void correct(PlannerInfo* root, const RelOptInfo* table, const List* paths, double part,
             const ScanCosts& by_set) {
  const double walked = std::min(1.0, part / std::max(by_set.found, 1e-9));
  ListCell* cell;
  foreach (cell, paths) {
    auto* path = static_cast<Path*>(lfirst(cell));
    if (path->pathtype != T_IndexScan || path->pathkeys == NIL || path->param_info != nullptr) {
      continue;
    }
    const auto* walk = reinterpret_cast<const IndexPath*>(path);
    path->total_cost =
        path->startup_cost + cost_of_first_rows(root, table, walk, walked, by_set) / part;
  }
}

// Whether the spare scan is to stand beside the server's: where a walk takes not much more than those do, or they take much
// more than it.
bool is_worth_opening(const RelOptInfo* table, const Path& spare, double part) {
  Cost walk = std::numeric_limits<Cost>::infinity();
  Cost all_rows = walk;
  ListCell* cell;
  foreach (cell, table->pathlist) {
    const auto* path = static_cast<const Path*>(lfirst(cell));
    if (path->param_info != nullptr) continue;
    all_rows = std::min(all_rows, path->total_cost);
    if (path->pathkeys == NIL) continue;
    walk = std::min(walk, path->startup_cost + part * (path->total_cost - path->startup_cost));
  }
  const Cost opened = nanoseconds_to_open * planner_units(table->reltablespace).nanosecond;
  return walk < caution * all_rows || spare.total_cost + opened < all_rows;
}

}  // namespace

bool has_walks_to_correct(PlannerInfo* root, const RelOptInfo* table) {
  return wanted_part(root, table) < 1;
}

void correct_walks(PlannerInfo* root, RelOptInfo* table, const ScanCosts& by_set) {
  const double part = wanted_part(root, table);
  if (part >= 1 || by_set.planned <= 0) return;
  correct(root, table, table->pathlist, part, by_set);
  correct(root, table, table->partial_pathlist, part, by_set);
  if (by_set.spare != nullptr && is_worth_opening(table, *by_set.spare, part)) {
    add_path(table, by_set.spare);
  }
}

}  // namespace objectset::pg
