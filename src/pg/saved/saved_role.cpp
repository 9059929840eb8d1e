#include "pg/saved/saved_role.hpp"

#include "pg/saved/set_table.hpp"
#include "pg/snapshot_key.hpp"

extern "C" {
#include "access/detoast.h"
#include "access/gin.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_control.h"
#include "catalog/pg_inherits.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/varlena.h"
}

namespace objectset::pg {

namespace {

constexpr int restricted = SECURITY_RESTRICTED_OPERATION | SECURITY_LOCAL_USERID_CHANGE;
constexpr const char* safe_path = "pg_catalog, pg_temp";

// To give settings the values that they have takes long, for each of many sets.
bool is_set_to(const char* name, const char* value) {
  const char* const now = GetConfigOption(name, true, false);
  return now != nullptr && strcmp(now, value) == 0;
}

}  // namespace

// ---- Roles ------------------------------------------------------------------------------------------------

bool can_act_as(Oid role, Oid other) {
  if (!OidIsValid(role) || !OidIsValid(other)) return false;
#if PG_VERSION_NUM >= 160000
  return member_can_set_role(role, other);
#else
  return is_member_of_role(role, other);
#endif
}

bool is_raised(Oid role, Oid table_owner) {
  return superuser_arg(role) && !superuser_arg(table_owner);
}

Oid saving_role(Oid table_owner) {
  const Oid user = GetUserId();
  return is_raised(user, table_owner) ? table_owner : user;
}

bool has_any_right(Oid relation, Oid role, AclMode rights) {
  return pg_class_aclcheck(relation, role, rights) == ACLCHECK_OK ||
         pg_attribute_aclcheck_all(relation, role, rights, ACLMASK_ANY) == ACLCHECK_OK;
}

bool sees_whole(Oid relation, Oid role) {
  return pg_class_aclcheck(relation, role, ACL_SELECT) == ACLCHECK_OK &&
         check_enable_rls(relation, role, true) != RLS_ENABLED;
}

Oid owner_to_read_as(Oid relation, Oid reader) {
  const Oid owner = owner_of(relation);
  const bool is_other = OidIsValid(owner) && owner != reader && !superuser_arg(owner);
  return is_other && sees_whole(relation, reader) ? owner : InvalidOid;
}

namespace {

// Another role's code, or what a foreign table gives to this one.
bool is_of_others(Oid relation, Oid owner) {
  return get_rel_relkind(relation) == RELKIND_FOREIGN_TABLE || owner_of(relation) != owner;
}

bool has_parts_of_others(Oid relation, Oid owner) {
  if (is_of_others(relation, owner)) return true;
  if (!has_subclass(relation)) return false;
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(relation, AccessShareLock, nullptr)) {
    if (is_of_others(lfirst_oid(cell), owner)) return true;
  }
  return false;
}

}  // namespace

// Parts are locked, which may have to be waited for: what the reader may is asked after that.
Oid owner_to_read_parts_as(Oid relation, Oid reader) {
  const Oid owner = owner_of(relation);
  const bool is_safe = can_act_as(reader, owner) || !has_parts_of_others(relation, owner);
  return is_safe ? owner_to_read_as(relation, reader) : InvalidOid;
}

bool is_path_safe() { return is_set_to("search_path", safe_path); }

Stay begin_stay() {
  Stay stay = {};
  GetUserIdAndSecContext(&stay.user, &stay.context);
  stay.nesting = NewGUCNestLevel();
  return stay;
}

Stay act_as(Oid role) {
  const Stay stay = begin_stay();
  SetUserIdAndSecContext(role, stay.context | restricted);
  return stay;
}

Stay act_safely_as(Oid role) {
  const Stay stay = act_as(role);
  if (!is_path_safe()) set_option("search_path", safe_path);
  return stay;
}

void leave(const Stay& stay) {
  AtEOXact_GUC(false, stay.nesting);
  SetUserIdAndSecContext(stay.user, stay.context);
}

namespace {

// Who is responsible for what runs now, the innermost first; an error that somebody catches leaves records of what it ended
// behind. They stand in the transaction's memory.
struct Record {
  Responsible responsible;
  SubTransactionId subtransaction;
  Record* outer;
};
Record* innermost;
LocalTransactionId transaction_of_records;

// The innermost record that is in effect, or nullptr.
const Record* record_in_effect() {
  if (innermost == nullptr || transaction_of_records != this_moment().transaction) return nullptr;
  const Record* record = innermost;
  while (record != nullptr && !SubTransactionIsActive(record->subtransaction)) {
    record = record->outer;
  }
  return record;
}

}  // namespace

Oid responsible_role(Oid table) {
  Oid user = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&user, &context);
  const Record* const record = record_in_effect();
  const bool acts = (context & SECURITY_RESTRICTED_OPERATION) != 0 && record != nullptr &&
                    record->responsible.actor == user && record->responsible.table == table;
  return acts ? record->responsible.role : user;
}

Oid table_at_work() {
  const Record* const record = record_in_effect();
  return record == nullptr ? InvalidOid : record->responsible.table;
}

void begin_responsibility(Oid role, Oid table) {
  if (transaction_of_records != this_moment().transaction) innermost = nullptr;
  transaction_of_records = this_moment().transaction;
  auto* const record =
      static_cast<Record*>(MemoryContextAlloc(TopTransactionContext, sizeof(Record)));
  *record = {{role, GetUserId(), table}, GetCurrentSubTransactionId(), innermost};
  innermost = record;
}

void end_responsibility() {
  if (transaction_of_records != this_moment().transaction) return;  // gone with the one before
  // Those of functions that an error has ended stand before the caller's own.
  bool is_ended = false;
  while (innermost != nullptr && !is_ended) {
    Record* const record = innermost;
    is_ended = SubTransactionIsActive(record->subtransaction);
    innermost = record->outer;
    pfree(record);
  }
}

// ---- The seal ---------------------------------------------------------------------------------------------

namespace {

constexpr int seal_version = 1;

void append_value(StringInfo text, Datum value) {
  if (value == 0) {
    const int32 none = -1;
    appendBinaryStringInfo(text, reinterpret_cast<const char*>(&none), sizeof none);
    return;
  }
  struct varlena* const flat = PG_DETOAST_DATUM(value);
  const auto size = static_cast<int32>(VARSIZE(flat) - VARHDRSZ);
  appendBinaryStringInfo(text, reinterpret_cast<const char*>(&size), sizeof size);
  appendBinaryStringInfo(text, VARDATA(flat), size);
}

void append_query(StringInfo text, const SavedQuery& query) {
  append_value(text, query.text);
  append_value(text, query.parameters);
  append_value(text, query.settings);
  append_value(text, query.expression);
  append_value(text, query.scope);
}

}  // namespace

bool same_query(const SavedQuery& a, const SavedQuery& b) {
  StringInfoData x;
  StringInfoData y;
  initStringInfo(&x);
  initStringInfo(&y);
  append_query(&x, a);
  append_query(&y, b);
  return x.len == y.len && memcmp(x.data, y.data, static_cast<Size>(x.len)) == 0;
}

void keyed_checksum(const char* bytes, Size size, uint8* checksum) {
  static_assert(keyed_checksum_size == PG_SHA256_DIGEST_LENGTH, "of SHA-256");
  const char* const key = GetMockAuthenticationNonce();
  pg_hmac_ctx* const hmac = pg_hmac_create(PG_SHA256);
  const bool made =
      hmac != nullptr &&
      pg_hmac_init(hmac, reinterpret_cast<const uint8*>(key), MOCK_AUTH_NONCE_LEN) >= 0 &&
      pg_hmac_update(hmac, reinterpret_cast<const uint8*>(bytes), size) >= 0 &&
      pg_hmac_final(hmac, checksum, PG_SHA256_DIGEST_LENGTH) >= 0;
  pg_hmac_free(hmac);
  // Nothing else can fail in it.
  if (!made) {
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                    errdetail("Failed while computing a checksum.")));
  }
}

bool same_checksum(const uint8* a, const uint8* b) {
  int differing = 0;
  for (int i = 0; i < keyed_checksum_size; ++i) differing |= a[i] ^ b[i];
  return differing == 0;
}

namespace {

void make_seal(Oid table, int64 id, Oid role, const SavedQuery& query, uint8* seal) {
  StringInfoData text;
  initStringInfo(&text);
  const int64 numbers[] = {seal_version, static_cast<int64>(MyDatabaseId),
                           static_cast<int64>(table), id, static_cast<int64>(role)};
  appendBinaryStringInfo(&text, "objectset", 9);
  appendBinaryStringInfo(&text, reinterpret_cast<const char*>(numbers), sizeof numbers);
  append_query(&text, query);
  keyed_checksum(text.data, static_cast<Size>(text.len), seal);
}

}  // namespace

Datum seal_of(Oid table, int64 id, Oid role, const SavedQuery& query) {
  auto* const seal = static_cast<bytea*>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
  SET_VARSIZE(seal, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
  make_seal(table, id, role, query, reinterpret_cast<uint8*>(VARDATA(seal)));
  return PointerGetDatum(seal);
}

bool is_sealed(Oid table, int64 id, Oid role, const SavedQuery& query, Datum seal) {
  if (seal == 0 || !OidIsValid(role)) return false;
  bytea* const found = DatumGetByteaPP(seal);
  uint8 wanted[PG_SHA256_DIGEST_LENGTH];
  make_seal(table, id, role, query, wanted);
  return VARSIZE_ANY_EXHDR(found) == sizeof wanted &&
         same_checksum(reinterpret_cast<const uint8*>(VARDATA_ANY(found)), wanted);
}

// ---- Settings ---------------------------------------------------------------------------------------------

namespace {

// Those that have a say in what a statement means or finds, and that everybody may change: how its text is read (strings,
// names, the text form of types in literals), and what functions make text of (as to_char does by lc_time, quote_ident by
// quote_all_identifiers). Not those that are about the way to the result, or decide the order of rows that has none, or are
// forced upon every saved query (row_security).
constexpr const char* saved_settings[] = {"DateStyle",
                                          "IntervalStyle",
                                          "TimeZone",
                                          "bytea_output",
                                          "default_text_search_config",
                                          "extra_float_digits",
                                          "search_path",
                                          "standard_conforming_strings",
                                          "transform_null_equals",
                                          "array_nulls",
                                          "backslash_quote",
                                          "lc_monetary",
                                          "lc_numeric",
                                          "lc_time",
                                          "quote_all_identifiers",
                                          "timezone_abbreviations",
                                          "xmlbinary",
                                          "xmloption"};

// Whoever may write a row says what is set for the refresh of it. Before PostgreSQL 16 a custom setting that a session does not
// know yet takes as long as all that it knows do, and those stay known: 20,000 of them took three minutes.
constexpr int most_settings = 100;
constexpr Size most_bytes_of_settings = 65536;
static_assert(static_cast<int>(lengthof(saved_settings)) + most_kept_settings <= most_settings,
              "what is kept can be set");

struct Setting {
  const char* name;
  const char* value;
};

// As postgres_fdw and pg_dump have it. Any extra_float_digits above 0 gives all digits; points in time are written with the
// offset of their zone, whatever that is. Names in values, of a regclass, say, are written with the schemas they are in; what is
// read is read under the query's path: a domain may look up names.
constexpr Setting settings_of_text_form[] = {
    {"DateStyle", "ISO, MDY"},        {"IntervalStyle", "postgres"}, {"array_nulls", "on"},
    {"bytea_output", "hex"},          {"extra_float_digits", "1"},   {"lc_monetary", "C"},
    {"quote_all_identifiers", "off"}, {"xmloption", "content"}};

}  // namespace

bool finds_everything() { return GinFuzzySearchLimit == 0; }

void find_everything() {
  if (!finds_everything()) set_option("gin_fuzzy_search_limit", "0");
}

void set_option(const char* name, const char* value) {
  set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

Stay begin_text_form(TextForm form) {
  const Stay stay = begin_stay();
  if (form == TextForm::written && !is_path_safe()) set_option("search_path", safe_path);
  for (const Setting& setting : settings_of_text_form) {
    if (!is_set_to(setting.name, setting.value)) set_option(setting.name, setting.value);
  }
  return stay;
}

namespace {

// Tables of temporary schemas come first in every path that does not name them, and those are the caller's.
const char* with_temporary_last(const char* path) {
  List* names = NIL;
  if (!SplitIdentifierString(pstrdup(path), ',', &names)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("invalid search path of a saved query: \"%s\"", path)));
  }
  StringInfoData result;
  initStringInfo(&result);
  ListCell* cell = nullptr;
  foreach (cell, names) {
    const char* const name = static_cast<char*>(lfirst(cell));
    if (strncmp(name, "pg_temp", 7) != 0) appendStringInfo(&result, "%s, ", quote_identifier(name));
  }
  appendStringInfoString(&result, "pg_temp");
  return result.data;
}

// The elements of a text[]. A long one is not even read.
Datum* elements_of_settings(Datum settings, int* count) {
  *count = 0;
  if (settings == 0) return nullptr;
  const bool is_long = toast_raw_datum_size(settings) > most_bytes_of_settings;
  ArrayType* const array = is_long ? nullptr : DatumGetArrayTypeP(settings);
  if (is_long || ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > most_settings) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("a saved query cannot have more than %d settings, or %d kB of them",
                           most_settings, static_cast<int>(most_bytes_of_settings / 1024))));
  }
  Datum* elements = nullptr;
  deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, nullptr, count);
  return elements;
}

// What is not in the list, and no custom setting, was not written by us: a role, say.
void check_setting(const char* name) {
  bool is_known = strchr(name, '.') != nullptr;
  for (const char* const known : saved_settings) {
    is_known = is_known || pg_strcasecmp(known, name) == 0;
  }
  if (!is_known) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("setting \"%s\" is none that saved queries are run with", name)));
  }
}

// A dump may come to a server that has not the same locales, and few queries ask for them: so that is told and passed over, as
// the server does with those of ALTER DATABASE.
void set_saved_option(const char* name, const char* value) {
  if (pg_strncasecmp(name, "lc_", 3) != 0) {
    set_option(name, value);
  } else if (set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                               DEBUG5, false) == 0) {
    ereport(WARNING,
            (errmsg("this server has no locale \"%s\", which is %s of a saved query", value, name),
             errhint("Save the query again, or change its settings.")));
  }
}

// What is set looks for its objects in the safe path, until all is set.
void apply_settings(Datum settings) {
  int count = 0;
  const Datum* const elements = elements_of_settings(settings, &count);
  if (!is_set_to("row_security", "on")) set_option("row_security", "on");
  find_everything();
  const char* path = safe_path;
  for (int i = 0; i < count; ++i) {
    CHECK_FOR_INTERRUPTS();
    char* const name = TextDatumGetCString(elements[i]);
    char* const value = strchr(name, '=');
    if (value == nullptr) continue;
    *value = '\0';
    check_setting(name);
    if (pg_strcasecmp(name, "search_path") == 0) {
      path = with_temporary_last(value + 1);
    } else if (!is_set_to(name, value + 1)) {
      set_option("search_path", safe_path);
      set_saved_option(name, value + 1);
    }
  }
  set_option("search_path", path);
}

}  // namespace

const char* path_to_save() {
  StringInfoData path;
  initStringInfo(&path);
  List* const schemas = fetch_search_path(false);
  ListCell* cell = nullptr;
  foreach (cell, schemas) {
    const Oid schema = lfirst_oid(cell);
    const char* const name = get_namespace_name(schema);
    if (name == nullptr || isAnyTempNamespace(schema)) continue;
    appendStringInfo(&path, "%s%s", path.len == 0 ? "" : ", ", quote_identifier(name));
  }
  return path.data;
}

Datum settings_to_save(Datum custom) {
  ArrayBuildState* settings = nullptr;
  const auto append = [&](const char* name, const char* value) {
    settings = accumArrayResult(settings, CStringGetTextDatum(psprintf("%s=%s", name, value)),
                                false, TEXTOID, CurrentMemoryContext);
  };
  for (const char* const name : saved_settings) {
    const bool is_path = strcmp(name, "search_path") == 0;
    append(name, is_path ? path_to_save() : GetConfigOption(name, false, false));
  }
  int count = 0;
  const Datum* const names = elements_of_settings(custom, &count);
  for (int i = 0; i < count; ++i) {
    const char* const name = TextDatumGetCString(names[i]);
    const char* const value = GetConfigOption(name, true, true);
    append(name, value == nullptr ? "" : value);
  }
  const Datum all = makeArrayResult(settings, CurrentMemoryContext);
  elements_of_settings(all, &count);  // raises where it could not be run
  return all;
}

Stay enter(Oid role, Datum settings) {
  const Stay stay = begin_stay();
  SetUserIdAndSecContext(role, (stay.context & ~SECURITY_NOFORCE_RLS) | restricted);
  apply_settings(settings);
  return stay;
}

}  // namespace objectset::pg
