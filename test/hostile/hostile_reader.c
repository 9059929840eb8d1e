/* A module that reads beyond a chunk of memory: the proof that guarded_malloc.so notices. */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(hostile_reader_bite);
Datum hostile_reader_bite(PG_FUNCTION_ARGS)
{
  const Size size = 100000;
  volatile char *chunk = palloc(size);

  /* Servers that check their memory have some more of it there. */
  PG_RETURN_INT32(chunk[size + 64]);
}
