#include "core/base/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

namespace objectset {
namespace {

void* default_allocate(std::size_t bytes) { return std::malloc(bytes); }
void* default_reallocate(void* block, std::size_t bytes) { return std::realloc(block, bytes); }
void default_release(void* block) { std::free(block); }
bool never_interrupted() { return false; }

Host host = {default_allocate, default_reallocate, default_release, never_interrupted};
bool abandoned = false;

[[noreturn]] void abandon_for_memory() {
  abandoned = true;
  throw std::bad_alloc();
}

// The blocks that a Rollback remembers: most that are released were taken last.
struct Remembered {
  bool is_on;
  void** blocks;
  std::size_t count;
  std::size_t room;

  void** find(const void* block) noexcept {
    for (std::size_t i = count; i-- > 0;) {
      if (blocks[i] == block) return blocks + i;
    }
    return nullptr;
  }

  void forget(const void* block) noexcept {
    if (void** found = find(block)) *found = blocks[--count];
  }

  bool reserve_one() noexcept {
    if (count < room) return true;
    const std::size_t more = room == 0 ? 64 : room * 2;
    const std::size_t bytes = more * sizeof(void*);
    void* moved = blocks == nullptr ? host.allocate(bytes) : host.reallocate(blocks, bytes);
    if (moved == nullptr) return false;
    blocks = static_cast<void**>(moved);
    room = more;
    return true;
  }

  void clear() noexcept {
    if (blocks != nullptr) host.release(blocks);
    *this = {};
  }
};
Remembered remembered = {};

void* allocate_from_host(std::size_t bytes) {
  if (remembered.is_on && !remembered.reserve_one()) abandon_for_memory();
  void* block = host.allocate(bytes);
  if (block == nullptr) abandon_for_memory();
  if (remembered.is_on) remembered.blocks[remembered.count++] = block;
  return block;
}

// Scratch memory: blocks one behind the other, each after its size. The last one can grow, and goes when it is released;
// all others stay until their scope ends. Pages that were never needed are never touched.
#if defined(OBJECTSET_SANITIZED)
constexpr std::size_t scratch_size = 0;  // a sanitizer sees into the host's blocks only
#else
constexpr std::size_t scratch_size = 256 * 1024;
#endif
constexpr std::size_t scratch_alignment = 16;
alignas(scratch_alignment) char scratch[scratch_size + scratch_alignment];
std::size_t scratch_used = 0;
std::size_t scratch_room = 0;  // scratch_size, or 0 where it is not to be used

std::size_t scratch_space(std::size_t bytes) noexcept {
  return scratch_alignment +
         (bytes + scratch_alignment - 1) / scratch_alignment * scratch_alignment;
}

bool is_scratch(const void* block) noexcept {
  return reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(scratch) <=
         scratch_size;
}

std::size_t scratch_bytes_of(const void* block) noexcept {
  return load<std::size_t>(static_cast<const char*>(block) - scratch_alignment);
}

bool is_last_scratch(const void* block) noexcept {
  const char* const start = static_cast<const char*>(block) - scratch_alignment;
  return start + scratch_space(scratch_bytes_of(block)) == scratch + scratch_used;
}

// Takes the block that begins where `used` ends; nullptr where there is too little left.
void* take_scratch(std::size_t used, std::size_t bytes) noexcept {
  if (bytes >= scratch_room || scratch_space(bytes) > scratch_room - used) return nullptr;
  store(scratch + used, bytes);
  scratch_used = used + scratch_space(bytes);
  return scratch + used + scratch_alignment;
}

}  // namespace

void set_host(const Host& new_host) noexcept { host = new_host; }

void* allocate_lasting(std::size_t bytes) {
  check_interrupts();
  return allocate_from_host(bytes);
}

void* allocate(std::size_t bytes) {
  check_interrupts();
  void* block = take_scratch(scratch_used, bytes);
  return block != nullptr ? block : allocate_from_host(bytes);
}

void* reallocate(void* block, std::size_t bytes) {
  check_interrupts();
  if (is_scratch(block)) {
    const std::size_t old_bytes = scratch_bytes_of(block);
    if (is_last_scratch(block)) {
      const std::size_t before = scratch_used - scratch_space(old_bytes);
      if (take_scratch(before, bytes) != nullptr) return block;
    }
    void* moved = allocate(bytes);
    std::memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    return moved;
  }
  void** const found = remembered.is_on ? remembered.find(block) : nullptr;
  void* moved = host.reallocate(block, bytes);
  if (moved == nullptr) abandon_for_memory();
  if (found != nullptr) *found = moved;
  return moved;
}

void release(void* block) noexcept {
  if (block == nullptr || abandoned) return;
  if (!is_scratch(block)) {
    if (remembered.is_on) remembered.forget(block);
    host.release(block);
  } else if (is_last_scratch(block)) {
    scratch_used -= scratch_space(scratch_bytes_of(block));
  }
}

ScratchScope::ScratchScope(bool use) noexcept
    : outer_used_(scratch_used), outer_room_(scratch_room) {
  scratch_room = use ? scratch_size : 0;
}

ScratchScope::~ScratchScope() {
  scratch_used = outer_used_;
  scratch_room = outer_room_;
}

Rollback::Rollback() noexcept { remembered.is_on = true; }

Rollback::~Rollback() {
  for (std::size_t i = 0; i < remembered.count; ++i) host.release(remembered.blocks[i]);
  commit();
}

void Rollback::commit() noexcept { remembered.clear(); }

void check_interrupts() {
  if (__builtin_expect(host.interrupted(), false)) {
    abandoned = true;
    throw Interrupted();
  }
}

bool is_abandoned() noexcept { return abandoned; }
void resume() noexcept { abandoned = false; }

void copy_bytes(char* to, const char* from, std::size_t size) {
  constexpr std::size_t piece = std::size_t{8} << 20;
  for (; size > piece; to += piece, from += piece, size -= piece) {
    check_interrupts();
    std::memcpy(to, from, piece);
  }
  if (size != 0) std::memcpy(to, from, size);
}

}  // namespace objectset
