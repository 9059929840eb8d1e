/*
 * To be preloaded into a server: malloc() that has nothing to give when it is told to, from some request on, for some
 * requests. Not before that, and not in other processes than the one that was told.
 */
#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

/* Before the first failure, and from there on: requests. */
static long granted, refused;
static long failures;

void failing_malloc_fail(long after, long times)
{
  granted = after;
  refused = times;
  failures = 0;
}

/* How many failed; no more do. */
long failing_malloc_stop(void)
{
  refused = 0;
  return failures;
}

static int fails(void)
{
  if (refused == 0) return 0;
  if (granted > 0)
  {
    granted--;
    return 0;
  }
  refused--;
  failures++;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }

void *realloc(void *block, size_t size) { return fails() ? NULL : __libc_realloc(block, size); }
