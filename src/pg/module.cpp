// Loading: the magic block, the checks made once, the settings, and nothing else.
#include "pg/explain_literal.hpp"
#include "pg/saved/analysis.hpp"
#include "pg/saved/moved_rows.hpp"
#include "pg/saved/saved_members.hpp"
#include "pg/scan/scan.hpp"
#include "pg/session_cache.hpp"

extern "C" {
#include "utils/guc.h"
}

#include "core/roaring/croaring.hpp"

// Before PostgreSQL 16 the magic block's function is exported only where everything is.
#pragma GCC visibility push(default)
extern "C" {
#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "objectset", .version = OBJECTSET_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void _PG_init(void);
}
#pragma GCC visibility pop

void _PG_init(void) {
  if (const char* reason = objectset::open_croaring()) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FILE), errmsg("could not load the CRoaring library"),
                    errdetail("%s", reason),
                    errhint("objectset needs CRoaring 4 or later (Debian: libroaring21).")));
  }
  objectset::pg::install_host();
  DefineCustomIntVariable(
      "objectset.cache_size", "Sets how much memory a session keeps large object sets opened in.",
      "Sets that were read lately are used again without reading them from their table; 0 "
      "turns that off. Results are the same.",
      &objectset::pg::cache_size_setting, 64 * 1024, 0, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB,
      nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("objectset.enable_scan",
                           "Enables the planner's use of scans of a table by an object set.",
                           "Results are the same.", &objectset::pg::enable_scan_setting, true,
                           PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
  objectset::pg::install_scan();
  objectset::pg::install_once();
  objectset::pg::install_generic();
  objectset::pg::install_groups();
  objectset::pg::install_union();
  objectset::pg::install_rewrite();
  objectset::pg::install_unnest();
  objectset::pg::install_members();
  objectset::pg::install_analysis();  // last: it comes before all others
  objectset::pg::install_explain();
  objectset::pg::install_moved_rows();
#if PG_VERSION_NUM >= 150000
  MarkGUCPrefixReserved("objectset");
#endif
}
