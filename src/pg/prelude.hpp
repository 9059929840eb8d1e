// The server's headers, in the one order and linkage that C++ takes them in, and what differs between releases.
// Every file of this folder includes this one first. Nothing in src/core does.
#pragma once

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/toast_internals.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#include <cstdint>

// The server's macros that the standard library's headers would trip over.
#undef gettext
#undef ngettext
#undef dgettext
#undef dngettext
#undef snprintf
#undef vsnprintf
#undef sprintf
#undef printf
#undef fprintf
#undef strerror
#undef strerror_r
#undef _
#undef Abs
#undef Min
#undef Max

/// Declares and begins a function that SQL calls.
#define OBJECTSET_FUNCTION(name)                                                              \
  extern "C" {                                                                                \
  __attribute__((visibility("default"))) Datum name(PG_FUNCTION_ARGS);                        \
  extern __attribute__((visibility("default"))) const Pg_finfo_record* pg_finfo_##name(void); \
  const Pg_finfo_record* pg_finfo_##name(void) {                                              \
    static const Pg_finfo_record record = {1};                                                \
    return &record;                                                                           \
  }                                                                                           \
  }                                                                                           \
  Datum name([[maybe_unused]] PG_FUNCTION_ARGS)
