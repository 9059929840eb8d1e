/*
 * A module that shares the system's CRoaring and makes it its own: the library's memory functions are replaced
 * by ones that abort. hostile_hook_bite() shows that they do, by calling the library as any module would that
 * is linked with it.
 */
#include "postgres.h"

#include "fmgr.h"

#include <roaring/roaring.h>

PG_MODULE_MAGIC;

static void bite(const char *what)
{
  fprintf(stderr, "hostile_hook: somebody called %s\n", what);
  abort();
}

static void *hostile_malloc(size_t n) { bite("malloc"); return NULL; }
static void *hostile_realloc(void *p, size_t n) { bite("realloc"); return NULL; }
static void *hostile_calloc(size_t m, size_t n) { bite("calloc"); return NULL; }
static void hostile_free(void *p) { bite("free"); }
static void *hostile_aligned_malloc(size_t a, size_t n) { bite("aligned_malloc"); return NULL; }
static void hostile_aligned_free(void *p) { bite("aligned_free"); }

extern PGDLLEXPORT void _PG_init(void);
void _PG_init(void)
{
  roaring_memory_t memory = {
    .malloc = hostile_malloc,
    .realloc = hostile_realloc,
    .calloc = hostile_calloc,
    .free = hostile_free,
    .aligned_malloc = hostile_aligned_malloc,
    .aligned_free = hostile_aligned_free,
  };
  roaring_init_memory_hook(memory);
}

PG_FUNCTION_INFO_V1(hostile_hook_bite);
Datum hostile_hook_bite(PG_FUNCTION_ARGS)
{
  PG_RETURN_INT64((int64) (uintptr_t) roaring_bitmap_create());
}
