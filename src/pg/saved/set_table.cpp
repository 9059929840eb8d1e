#include "pg/saved/set_table.hpp"

#include "pg/saved/named_sets.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/syscache.h"
}

namespace objectset::pg {
namespace {

struct PlanKey {
  Oid table;
  int statement;
};

struct KeptPlan {
  PlanKey key;
  char* sql;  // nullptr where there is no plan yet
  SPIPlanPtr plan;
};

HTAB* kept_plans() {
  static HTAB* plans = nullptr;
  if (plans == nullptr) {
    HASHCTL control = {};
    control.keysize = sizeof(PlanKey);
    control.entrysize = sizeof(KeptPlan);
    plans = hash_create("plans for set tables", 64, &control, HASH_ELEM | HASH_BLOBS);
  }
  return plans;
}

}  // namespace

const char* qualified_table(Oid table) {
  if (get_rel_name(table) == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", table)));
  }
  return qualified_name(table);
}

const char* qualified_sibling(Oid function, const char* name) {
  return quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), name);
}

void check_set_table(Oid table) {
  if (OidIsValid(get_relation_constraint_oid(table, "objectset_target", true))) return;
  qualified_table(table);  // raises if there is none
  const char* name = DatumGetCString(DirectFunctionCall1(regclassout, ObjectIdGetDatum(table)));
  ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a set table", name),
                  errhint("objectset_create_table makes set tables.")));
}

void raise_unknown_set(Oid table, const char* name) {
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                  errmsg("object set \"%s\" does not exist in %s", name, get_rel_name(table))));
}

SPIPlanPtr kept_plan(Oid table, int statement, const char* sql, int arguments, const Oid* types) {
  const PlanKey key = {table, statement};
  bool found = false;
  auto* kept = static_cast<KeptPlan*>(hash_search(kept_plans(), &key, HASH_ENTER, &found));
  if (!found) {
    kept->sql = nullptr;
    kept->plan = nullptr;
  }
  // The text names the table: it changes when that is renamed.
  if (kept->sql != nullptr && strcmp(kept->sql, sql) == 0) return kept->plan;
  if (kept->sql != nullptr) {
    pfree(kept->sql);
    kept->sql = nullptr;
    SPI_freeplan(kept->plan);
  }
  SPIPlanPtr const plan = SPI_prepare(sql, arguments, const_cast<Oid*>(types));
  if (plan == nullptr) elog(ERROR, "SPI_prepare: %s", SPI_result_code_string(SPI_result));
  char* copy = MemoryContextStrdup(TopMemoryContext, sql);
  SPI_keepplan(plan);
  kept->plan = plan;
  kept->sql = copy;
  return plan;
}

}  // namespace objectset::pg
