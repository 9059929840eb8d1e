/* Has PostgreSQL tell AddressSanitizer what it would tell valgrind (test/check_server.sh --asan).
 *
 * The server cuts its memory out of large blocks, and AddressSanitizer knows the ends of those alone. Built with
 * USE_VALGRIND it says, by the macros of valgrind's header, which bytes may be touched: those of a piece between palloc()
 * and pfree(), as many as were asked for, and a page of shared buffers while the backend has it pinned. This header stands
 * in valgrind's place. What is about memory that was never set does nothing here: only valgrind can tell.
 */
#ifndef OBJECTSET_TEST_ASAN_MEMCHECK_H
#define OBJECTSET_TEST_ASAN_MEMCHECK_H

#include <sanitizer/asan_interface.h>

#include "valgrind.h"

#define VALGRIND_MAKE_MEM_NOACCESS(start, size) __asan_poison_memory_region((start), (size))
#define VALGRIND_MAKE_MEM_UNDEFINED(start, size) __asan_unpoison_memory_region((start), (size))
#define VALGRIND_MAKE_MEM_DEFINED(start, size) __asan_unpoison_memory_region((start), (size))
#define VALGRIND_MEMPOOL_ALLOC(pool, start, size) __asan_unpoison_memory_region((start), (size))

#define VALGRIND_CHECK_MEM_IS_DEFINED(start, size) ((void)0)
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) ((void)0)
#define VALGRIND_DESTROY_MEMPOOL(pool) ((void)0)
#define VALGRIND_MEMPOOL_FREE(pool, start) ((void)0)
#define VALGRIND_MEMPOOL_CHANGE(pool, from, to, size) ((void)0)
#define VALGRIND_MEMPOOL_TRIM(pool, start, size) ((void)0)

#endif
