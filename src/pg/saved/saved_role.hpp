// Who acts, who saved a query, and how that is known of a row.
//
// The seal: whoever saves a query leaves a keyed checksum (HMAC-SHA256) of it in its row: of the database, the table, the
// row, the role, the query, its parameters and its settings. The key is the secret of the cluster (pg_control), which no
// SQL shows. Nothing but this file makes seals, and only for the role that acts or one that it could act as. So a query
// whose seal fits was saved in this very row by this very role, whoever could write to the table in the meantime. An
// expression over sets is sealed as a query is, for the scope that its row is in: in another one its names mean other sets.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/acl.h"
}

namespace objectset::pg {

/// Whether a role could become another by itself (SET ROLE). Not so where either is not there.
bool can_act_as(Oid role, Oid other);

/// Whether a role is a superuser and the owner of a table is none: then nothing that is stored there runs as that role.
bool is_raised(Oid role, Oid table_owner);

/// What counts as the saver of what the current user saves in a table of this owner. A superuser acts as the owner in
/// the tables of others: nothing that is stored in those runs as superuser.
Oid saving_role(Oid table_owner);

/// Whether a role has one of these rights on a relation, or on some column of it.
bool has_any_right(Oid relation, Oid role, AclMode rights);
/// Whether a role sees all rows and columns of a relation, if it may use the schema.
bool sees_whole(Oid relation, Oid role);

/// The owner of a relation, where what this role may read of it can be read as that: all rows and columns; else InvalidOid.
/// Where that is so it is done, since even planning a query runs code of the owner's: expressions of indexes and statistics
/// are simplified then. Policies are for the reader's own eyes. Ask once: others change rights meanwhile, and what asks a
/// second time may be told otherwise.
Oid owner_to_read_as(Oid relation, Oid reader);
/// The same with partitions and children. Foreign tables look at who reads them, and those of others run the code of these:
/// for them it has to be somebody who may act as the owner anyway.
Oid owner_to_read_parts_as(Oid relation, Oid reader);

/// What is in effect until leave(); an error ends it, too, with the (sub)transaction.
struct Stay {
  Oid user;
  int context;
  int nesting;
};
/// What is in effect now, to come back to; settings from here on are gone with leave().
Stay begin_stay();
/// Acts as another role in a security-restricted operation. Settings that its code leaves behind are gone with leave().
Stay act_as(Oid role);
/// The same for whoever asks: names in what is evaluated then, in its indexes, say, are looked for among the server's own, not
/// where the caller says.
Stay act_safely_as(Oid role);
/// From here on GIN indexes give all that there is, until leave(), not some of it (gin_fuzzy_search_limit).
void find_everything();
bool finds_everything();
/// Whether that path is in effect.
bool is_path_safe();
void leave(const Stay& stay);

/// On whose behalf a role acts.
struct Responsible {
  Oid role;
  Oid actor;
  Oid table;  // the set table that the function is called for
};
/// For whom a change of a set table is noted: the current user, or who called a function for this very table that acts as
/// somebody else.
Oid responsible_role(Oid table);
/// The set table that a function is at work on; InvalidOid where none is. Another extension may keep the rows of one in a table
/// of its own, whose trigger sees them then (Citus).
Oid table_at_work();
/// From now on the current user acts on behalf of this role on this set table, until end_responsibility(); an error ends it,
/// too.
void begin_responsibility(Oid role, Oid table);
void end_responsibility();

/// A checksum that nobody makes who does not know the secret of this cluster (HMAC-SHA256).
constexpr int keyed_checksum_size = 32;
void keyed_checksum(const char* bytes, Size size, uint8* checksum);
/// Compares two in the same time, wherever they differ.
bool same_checksum(const uint8* a, const uint8* b);

/// What a set is found by, a query or an expression, and what it is run with, as they stand in a row; 0 for NULL.
struct SavedQuery {
  Datum text;        // text
  Datum parameters;  // text[]
  Datum settings;    // text[]
  Datum expression;  // text, over other sets, in place of a query
  Datum scope;  // bytea: of an expression, in which scope its names are looked up (scope_image())
};

/// The columns of a set table that a seal is over, but for the scope's.
constexpr const char* sealed_columns[] = {"query", "parameters", "expression", "settings",
                                          "saved_by"};
inline bool is_any(const SavedQuery& query) { return query.text != 0 || query.expression != 0; }
bool same_query(const SavedQuery& a, const SavedQuery& b);

/// A bytea.
Datum seal_of(Oid table, int64 id, Oid role, const SavedQuery& query);
bool is_sealed(Oid table, int64 id, Oid role, const SavedQuery& query, Datum seal);

/// So many custom settings can be kept with queries, beside those that always are.
constexpr int most_kept_settings = 64;
/// The settings in effect that the results of a query may depend on, with these custom ones (text[], or 0): "name=value",
/// as text[]. 54000 where these are more than a query can have.
Datum settings_to_save(Datum custom);

/// Acts as a role, under settings that were saved. Temporary schemas stand last in the search path. 54000 where these are more
/// than a query can have.
Stay enter(Oid role, Datum settings);
/// Values are written as text and read again under settings that are always the same, until leave(): what is kept as text does
/// not depend on the session.
enum class TextForm { written, read };
Stay begin_text_form(TextForm form);
/// Gives a setting a value, within enter() or a GUC nesting level of the caller's.
void set_option(const char* name, const char* value);
/// The search path in effect as a text: schemas that are there, without those of temporary objects.
const char* path_to_save();

}  // namespace objectset::pg
