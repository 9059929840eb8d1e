/* SQL functions that tell failing_malloc.so, which is preloaded, when to fail. */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

extern void failing_malloc_fail(long after, long times) __attribute__((weak));
extern long failing_malloc_stop(void) __attribute__((weak));

PG_FUNCTION_INFO_V1(hostile_memory_fail);
Datum hostile_memory_fail(PG_FUNCTION_ARGS)
{
  if (failing_malloc_fail == NULL) elog(ERROR, "failing_malloc.so is not there");
  failing_malloc_fail((long) PG_GETARG_INT64(0), (long) PG_GETARG_INT64(1));
  PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(hostile_memory_stop);
Datum hostile_memory_stop(PG_FUNCTION_ARGS) { PG_RETURN_INT64(failing_malloc_stop()); }
