#include "core/roaring/croaring.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "core/base/memory.hpp"

#ifndef OBJECTSET_CROARING_SONAME
#error "the build defines OBJECTSET_CROARING_SONAME, the shared library's soname"
#endif

namespace objectset {

CRoaring croaring = {};

namespace {

// CRoaring asks for aligned blocks of 32 bytes (bitset containers). The host's blocks are aligned for any
// scalar; the true start is kept in front of the block handed out.
void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  char* block = static_cast<char*>(allocate(bytes + alignment + sizeof(void*)));
  const auto start = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
  const std::uintptr_t aligned = (start + alignment - 1) / alignment * alignment;
  void* result = reinterpret_cast<void*>(aligned);
  std::memcpy(static_cast<char*>(result) - sizeof(void*), &block, sizeof(void*));
  return result;
}

void release_aligned(void* block) {
  if (block == nullptr) return;
  void* start;
  std::memcpy(&start, static_cast<char*>(block) - sizeof(void*), sizeof(void*));
  release(start);
}

void* allocate_zeroed(std::size_t count, std::size_t bytes) {
  void* block = allocate(count * bytes);
  std::memset(block, 0, count * bytes);
  return block;
}

void* allocate_or_grow(void* block, std::size_t bytes) {
  return block == nullptr ? allocate(bytes) : reallocate(block, bytes);
}

void release_block(void* block) { release(block); }

void* open_library() noexcept {
#if defined(OBJECTSET_SANITIZED)
  // The sanitizers' run-time library must be the one that answers, so no namespace of our own.
  return dlopen(OBJECTSET_CROARING_SONAME, RTLD_NOW | RTLD_LOCAL);
#else
#ifdef LM_ID_NEWLM
  if (void* library = dlmopen(LM_ID_NEWLM, OBJECTSET_CROARING_SONAME, RTLD_NOW | RTLD_LOCAL)) {
    return library;
  }
#endif
#ifdef RTLD_DEEPBIND
  return dlopen(OBJECTSET_CROARING_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
#else
  return dlopen(OBJECTSET_CROARING_SONAME, RTLD_NOW | RTLD_LOCAL);
#endif
#endif
}

}  // namespace

const char* open_croaring() noexcept {
  static bool opened = false;
  static char reason[256];
  if (opened) return nullptr;

  void* library = open_library();
  if (library == nullptr) {
    std::snprintf(reason, sizeof reason, "%s", dlerror());
    return reason;
  }
  CRoaring table = {};
#define OBJECTSET_FIND(name)                                                \
  {                                                                         \
    void* symbol = dlsym(library, "roaring_" #name);                        \
    if (symbol == nullptr) {                                                \
      std::snprintf(reason, sizeof reason, "%s has no function roaring_%s", \
                    OBJECTSET_CROARING_SONAME, #name);                      \
      dlclose(library);                                                     \
      return reason;                                                        \
    }                                                                       \
    std::memcpy(&table.name, &symbol, sizeof symbol);                       \
  }
  OBJECTSET_CROARING_FUNCTIONS(OBJECTSET_FIND)
#undef OBJECTSET_FIND
  table.init_memory_hook(roaring_memory_t{allocate, allocate_or_grow, allocate_zeroed,
                                          release_block, allocate_aligned, release_aligned});
  croaring = table;
  opened = true;
  return nullptr;
}

}  // namespace objectset
