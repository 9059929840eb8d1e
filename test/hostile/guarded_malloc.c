/*
 * To be preloaded into a server: malloc() whose blocks of more than 8 kB, the size from which the server's memory
 * contexts give a chunk a block of its own, end where a page begins that nobody may touch, and which stay out of bounds
 * for good once they are freed. Whoever reads or writes beyond a block dies there of SIGSEGV.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

enum { guarded_from = 8192 };
static const size_t arena_size = (size_t) 1 << 38;
static const size_t largest = (size_t) 1 << 30;

/* Before each block of the arena, which is used once from its beginning to its end. */
typedef struct Header
{
  char *pages;
  size_t size;
} Header;

static size_t page_size;
static char *arena;
static size_t used;

static int is_guarded(const void *block)
{
  return arena != NULL && (const char *) block >= arena && (const char *) block < arena + arena_size;
}

static Header *header_of(void *block) { return (Header *) block - 1; }

static void *allocate(size_t size)
{
  size_t aligned = (size + 7) & ~(size_t) 7;
  size_t room, at;
  char *block;

  if (arena == NULL)
  {
    void *mapped = mmap(NULL, arena_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return NULL;
    page_size = (size_t) sysconf(_SC_PAGESIZE);
    arena = mapped;
  }
  room = (aligned + sizeof(Header) + page_size - 1) & ~(page_size - 1);
  at = __atomic_fetch_add(&used, room + page_size, __ATOMIC_RELAXED);
  if (at + room + page_size > arena_size || mprotect(arena + at, room, PROT_READ | PROT_WRITE) != 0)
    return NULL;
  block = arena + at + room - aligned;
  header_of(block)->pages = arena + at;
  header_of(block)->size = size;
  return block;
}

void *malloc(size_t size)
{
  void *block = size > guarded_from && size <= largest ? allocate(size) : NULL;
  return block != NULL ? block : __libc_malloc(size);
}

void free(void *block)
{
  Header *header;
  size_t room;

  if (!is_guarded(block))
  {
    __libc_free(block);
    return;
  }
  header = header_of(block);
  room = (size_t) ((char *) block - header->pages) + ((header->size + 7) & ~(size_t) 7);
  /* Gives the memory back, and never the addresses. */
  mmap(header->pages, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

void *calloc(size_t count, size_t size)
{
  size_t bytes;

  if (__builtin_mul_overflow(count, size, &bytes) || bytes <= guarded_from) return __libc_calloc(count, size);
  void *block = malloc(bytes);
  /* Fresh pages are zero; a block of the C library's need not be. */
  return block != NULL && !is_guarded(block) ? memset(block, 0, bytes) : block;
}

void *realloc(void *block, size_t size)
{
  void *moved;
  size_t before;

  if (block == NULL) return malloc(size);
  if (!is_guarded(block)) return __libc_realloc(block, size);
  moved = malloc(size);
  if (moved == NULL) return NULL;
  before = header_of(block)->size;
  memcpy(moved, block, before < size ? before : size);
  free(block);
  return moved;
}
