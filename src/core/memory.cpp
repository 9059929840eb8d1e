#include "memory.hpp"

#include <cstdlib>
#include <new>

#include "error.hpp"

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

}  // namespace

void set_host(const Host& new_host) noexcept { host = new_host; }

void* allocate(std::size_t bytes) {
  check_interrupts();
  void* block = host.allocate(bytes);
  if (block == nullptr) abandon_for_memory();
  return block;
}

void* reallocate(void* block, std::size_t bytes) {
  check_interrupts();
  void* moved = host.reallocate(block, bytes);
  if (moved == nullptr) abandon_for_memory();
  return moved;
}

void release(void* block) noexcept {
  if (block != nullptr && !abandoned) host.release(block);
}

void check_interrupts() {
  if (__builtin_expect(host.interrupted(), false)) {
    abandoned = true;
    throw Interrupted();
  }
}

bool is_abandoned() noexcept { return abandoned; }
void resume() noexcept { abandoned = false; }

}  // namespace objectset
