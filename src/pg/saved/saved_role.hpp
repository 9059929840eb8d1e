// Who a saved query may run as.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/acl.h"
}

namespace objectset::pg {

/// Whether a role could become another by itself (SET ROLE). Not so where either is not there.
bool can_act_as(Oid role, Oid other);

/// What counts as the saver of what the current user saves in a table of this owner. A superuser acts as the owner in
/// the tables of others: nothing that is stored in those runs as superuser.
Oid saving_role(Oid table_owner);

/// The search path in effect as a text: schemas that are there, without those of temporary objects.
const char* path_to_save();

}  // namespace objectset::pg
