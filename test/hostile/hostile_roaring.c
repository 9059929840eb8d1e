/*
 * A module that exports CRoaring's names, as a module does that carries a copy of it. It goes further: each
 * function aborts, so that a call which goes astray cannot pass unnoticed.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

#define HOSTILE(name)                                                      \
  extern __attribute__((visibility("default"))) void name(void);           \
  void name(void) {                                                        \
    fprintf(stderr, "hostile_roaring: somebody called " #name "\n");       \
    abort();                                                               \
  }
#include "hostile_roaring.inc"

extern PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {}
