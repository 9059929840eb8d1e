// Temporary objects in saved queries: none. They are of whoever's session a query happens to run in, and the server looks
// for tables and types there whatever the search path says, last of all at best: a name that means nothing any more to who
// saved the query would mean what the caller has made of it, and run as the saver.
//
// Names are looked at before the query is analysed, which reads literals and so may run code of a type's (a domain's checks,
// in a literal of an array); what they came to mean is looked at before it is planned.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace objectset::pg {

/// Zone A: raises 0A000 where a statement or a type, parsed and no more, names a temporary object: by a temporary schema, or
/// because the search path leads to none but that. Tables that are found are locked, so that they stay what is found; what else
/// there is was as it is now when all had been locked. To be called right before each analysis.
void refuse_temporary_names(Node* parsed);
/// Zone A: the same for what an analysed query uses.
void refuse_temporary_objects(Query* query);
/// Zone A: the same for a value that is one, as those of regclass are.
void refuse_temporary_value(Oid type, Datum value);

}  // namespace objectset::pg
