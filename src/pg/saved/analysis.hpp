// How our statements are analysed: as whom, and with which policies.
//
// What runs as the owner of a table, and sees all of its rows, needs none of the policies that the owner may be forced under
// (FORCE ROW LEVEL SECURITY), and where it is done for somebody, names are looked up with their rights: an owner need not
// have any on the schema of the extension. The server leaves forced policies out in an operation of its own
// (SECURITY_NOFORCE_RLS), which whatever runs in it inherits: triggers, functions of indexes, and the functions of others that
// these call. So all this is in effect only while a statement of ours is analysed, which is when policies come in: from
// the moment that its parameters are set up, each time that the server analyses it anew, until it is planned.
//
// A statement names its tables, and the schema of the extension, and who owns a schema may rename it while we wait for a lock: it
// is an error then if a name has come to mean what it should not.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "executor/spi.h"
}

namespace objectset::pg {

/// How a statement is analysed, and the types of its parameters; as long as its plan.
struct Analysis {
  Oid analyst;  // whose rights on schemas and whose policies count; InvalidOid: of whoever runs it
  bool is_unforced;   // policies that an owner is forced under do not
  bool was_unforced;  // nor did they in what goes on around it, a cascade of foreign keys
  Oid relations[3];   // that it may name
  Oid schema;         // the extension's, which it names
  NameData schema_name;
  int count;
  Oid* types;
};
/// Raises 40001: what a statement names is not what was meant.
[[noreturn]] void raise_renamed();
void install_analysis();
/// Zone A: the same as SPI_prepare(), for SPI_execute_plan_with_paramlist(). After an error the caller ends the analysis.
SPIPlanPtr prepare(const char* sql, Analysis* analysis);
/// After a statement: the server would analyse it anew each time, for whoever runs it is not who it was analysed as.
void keep_for_who_runs(SPIPlanPtr plan, const Analysis& analysis);
/// After an error: what came of the last analysis need not be what was meant, and the server would keep it.
void analyse_anew(SPIPlanPtr plan);
/// After a statement, which need not have been planned, and after an error in one.
void end_analysis();
/// Whether a plan does for both: the server itself looks at roles where policies count, at the search path and at row_security.
bool same_analysis(const Analysis& a, const Analysis& b);

}  // namespace objectset::pg
