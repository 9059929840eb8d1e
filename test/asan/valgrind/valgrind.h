/* The part of valgrind's headers that PostgreSQL uses beside memcheck.h: there is no valgrind. */
#ifndef OBJECTSET_TEST_ASAN_VALGRIND_H
#define OBJECTSET_TEST_ASAN_VALGRIND_H

#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_DISABLE_ERROR_REPORTING ((void)0)
#define VALGRIND_ENABLE_ERROR_REPORTING ((void)0)
#define VALGRIND_PRINTF(...) ((void)0)

#endif
