// Scans of tables on other servers by the sets of rows that are here:
//
//   SELECT .. FROM far_person p JOIN segment s ON p.id <@ s.members WHERE s.name = 'smokers'
//
// The one idea: postgres_fdw sends such a condition along with the set, one query for each row, where it may ask the other
// server what that takes (use_remote_estimate). Where it may not it offers no such path, and all rows of the table come over
// to be held against the set. But its plans are made of a path's conditions, whoever offers the path: so it is offered here,
// by what a scan of the whole table takes, without the rows that need not come.
#include "pg/scan/scan.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "foreign/foreign.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// What postgres_fdw takes a row to cost that comes over, unless told.
#if PG_VERSION_NUM >= 170000
constexpr double default_row_cost = 0.2;
#else
constexpr double default_row_cost = 0.01;
#endif

// An option of a foreign server or table, or nullptr.
const char* option_of(const List* options, const char* name) {
  ListCell* cell;
  foreach (cell, options) {
    auto* option = lfirst_node(DefElem, cell);
    if (strcmp(option->defname, name) == 0) return defGetString(option);
  }
  return nullptr;
}

// Wrappers are named by their users, but postgres_fdw's handler has one name.
bool is_by_postgres_fdw(const ForeignServer* server) {
  const Oid handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;
  HeapTuple const tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(handler));
  if (!HeapTupleIsValid(tuple)) return false;
  bool is_null = false;
  const Datum symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
  const bool is_it = !is_null && strcmp(TextDatumGetCString(symbol), "postgres_fdw_handler") == 0;
  ReleaseSysCache(tuple);
  return is_it;
}

// Whether the other server has the extension that an operator is of, as this one is told.
bool has_extension(const ForeignServer* server, Oid operation) {
  const char* const told = option_of(server->options, "extensions");
  const Oid extension = getExtensionOfObject(OperatorRelationId, operation);
  List* names = NIL;
  if (told == nullptr || !OidIsValid(extension) ||
      !SplitIdentifierString(pstrdup(told), ',', &names)) {
    return false;
  }
  const char* const wanted = get_extension_name(extension);
  ListCell* cell;
  foreach (cell, names) {
    if (wanted != nullptr && strcmp(static_cast<const char*>(lfirst(cell)), wanted) == 0) {
      return true;
    }
  }
  return false;
}

// A condition that is sent if anything is: a column of the table, and a set that is a column of another one.
bool is_plain(const RestrictInfo* info, RelOptInfo* table) {
  if (info->pseudoconstant || !IsA(info->clause, OpExpr) ||
      !join_clause_is_movable_to(const_cast<RestrictInfo*>(info), table) ||
      !restriction_is_securely_promotable(const_cast<RestrictInfo*>(info), table)) {
    return false;
  }
  SetClause clause = {};
  if (!match_set_clause(reinterpret_cast<Node*>(info->clause), &clause) ||
      !IsA(clause.operand, Var) || !IsA(clause.set, Var)) {
    return false;
  }
  const auto* operand = reinterpret_cast<const Var*>(clause.operand);
  const auto* set = reinterpret_cast<const Var*>(clause.set);
  return operand->varno == static_cast<decltype(operand->varno)>(table->relid) &&
         operand->varattno > 0 && set->varno != operand->varno && set->varattno > 0;
}

// The scan of the whole table, with nothing that belongs to it alone; nullptr where there is none.
const ForeignPath* whole_scan(const RelOptInfo* table) {
  ListCell* cell;
  foreach (cell, table->pathlist) {
    const auto* path = static_cast<const ForeignPath*>(lfirst(cell));
    if (IsA(path, ForeignPath) && path->path.param_info == nullptr && path->path.pathkeys == NIL &&
        path->fdw_outerpath == nullptr && path->fdw_private == NIL) {
      return path;
    }
  }
  return nullptr;
}

bool has_scan_for(const RelOptInfo* table, Relids outer) {
  ListCell* cell;
  foreach (cell, table->pathlist) {
    const auto* path = static_cast<const Path*>(lfirst(cell));
    if (path->param_info != nullptr && bms_equal(path->param_info->ppi_req_outer, outer)) {
      return true;
    }
  }
  return false;
}

// What a row takes to come over and to be taken in.
double cost_of_row(const ForeignServer* server, Oid table) {
  const char* told = option_of(GetForeignTable(table)->options, "fdw_tuple_cost");
  if (told == nullptr) told = option_of(server->options, "fdw_tuple_cost");
  return (told == nullptr ? default_row_cost : strtod(told, nullptr)) + cpu_tuple_cost;
}

void offer_scan(PlannerInfo* root, RelOptInfo* table, const ForeignPath* whole, Relids outer,
                double row_cost) {
  ParamPathInfo* const parameters = get_baserel_parampathinfo(root, table, outer);
  auto* path = makeNode(ForeignPath);
  *path = *whole;
  path->path.param_info = parameters;
  path->path.rows = parameters->ppi_rows;
  const double saved = std::max(0.0, whole->path.rows - parameters->ppi_rows) * row_cost;
  path->path.total_cost = std::max(whole->path.startup_cost, whole->path.total_cost - saved);
  add_path(table, &path->path);
}

}  // namespace

void offer_foreign_scans(PlannerInfo* root, RelOptInfo* table, Oid relid) {
  const ForeignPath* const whole = whole_scan(table);
  if (whole == nullptr || table->joininfo == NIL) return;
  const ForeignServer* server = nullptr;
  ListCell* cell;
  foreach (cell, table->joininfo) {
    const auto* info = lfirst_node(RestrictInfo, cell);
    if (!is_plain(info, table)) continue;
    if (server == nullptr) {
      server = GetForeignServer(table->serverid);
      if (!is_by_postgres_fdw(server)) return;
    }
    Relids const outer =
        bms_del_member(bms_copy(info->clause_relids), static_cast<int>(table->relid));
    const Oid operation = reinterpret_cast<const OpExpr*>(info->clause)->opno;
    if (has_extension(server, operation) && !has_scan_for(table, outer)) {
      offer_scan(root, table, whole, outer, cost_of_row(server, relid));
    }
  }
}

}  // namespace objectset::pg
