// Where core's memory comes from: the host. Every byte of a set, CRoaring's containers included, is taken
// through allocate(), so that a host that counts memory (a PostgreSQL memory context) sees all of it.
//
// The one idea: an allocation fails by throwing, through CRoaring's frames too, because CRoaring does not
// check all of its own. What it was building is then half-built and must not be touched again, so the first
// failure puts core into the *abandoned* state: from then on release() and every destructor here do nothing,
// and the host takes back the memory as a whole. resume() ends that state.
//
// What lives no longer than one computation can come from *scratch memory*, a fixed block that is filled from one end
// and emptied as a whole: small sets are opened, combined and written in less time than a host takes for its blocks.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace objectset {

struct Host {
  void* (*allocate)(std::size_t bytes);                 // nullptr when out of memory
  void* (*reallocate)(void* block, std::size_t bytes);  // nullptr when out of memory, block kept
  void (*release)(void* block);
  bool (*interrupted)();  // true: the host wants to stop and will raise an error of its own
};

void set_host(const Host& host) noexcept;

/// Throws std::bad_alloc, or Interrupted where the host wants to stop.
[[nodiscard]] void* allocate(std::size_t bytes);
[[nodiscard]] void* reallocate(void* block, std::size_t bytes);
/// For a nullptr, and in the abandoned state, nothing.
void release(void* block) noexcept;

/// The same, never from scratch memory: for what outlives it.
[[nodiscard]] void* allocate_lasting(std::size_t bytes);

/// While it lives, allocate() takes from scratch memory, or does not, as long as there is some left. Scopes nest; with
/// the end of one all that was taken within it is gone.
class ScratchScope {
 public:
  explicit ScratchScope(bool use) noexcept;
  ScratchScope(const ScratchScope&) = delete;
  ScratchScope& operator=(const ScratchScope&) = delete;
  ~ScratchScope();

 private:
  std::size_t outer_used_;
  std::size_t outer_room_;
};

/// For what must leave no trace where it fails: while one lives, all blocks that are taken are remembered, and those that
/// have not been released go back to the host as it ends, unless commit() came before. In the abandoned state, too: then
/// nothing that was made of them is touched again. One at a time; scratch memory needs none.
class Rollback {
 public:
  Rollback() noexcept;
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback();

  /// Nothing that follows is remembered.
  void commit() noexcept;
};

/// Throws Interrupted where the host wants to stop. For loops that allocate nothing; cheap enough for
/// every few thousand turns.
void check_interrupts();

bool is_abandoned() noexcept;
void resume() noexcept;

/// memcpy() that can be interrupted.
void copy_bytes(char* to, const char* from, std::size_t size);

/// A growing array of plain values. Move-only; owns its block.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>, "Buffer moves its values as bytes");

 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() { release(data_); }

  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T& back() noexcept { return data_[size_ - 1]; }
  const T& back() const noexcept { return data_[size_ - 1]; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    const std::size_t bytes = capacity * sizeof(T);
    data_ = static_cast<T*>(data_ == nullptr ? allocate(bytes) : reallocate(data_, bytes));
    capacity_ = capacity;
  }
  /// Growing leaves the new values unset.
  void resize(std::size_t size) {
    reserve(size);
    size_ = size;
  }
  void clear() noexcept { size_ = 0; }
  /// Gives the block away, to be released by whoever takes it.
  [[nodiscard]] T* take() noexcept {
    T* data = data_;
    data_ = nullptr;
    size_ = capacity_ = 0;
    return data;
  }
  void push_back(const T& value) {
    if (size_ == capacity_) {
      const T kept = value;  // may live in this very block
      reserve(capacity_ == 0 ? 8 : capacity_ * 2);
      data_[size_++] = kept;
    } else {
      data_[size_++] = value;
    }
  }
  /// Makes room for so many more values, unset, and returns where they start.
  T* extend(std::size_t count) {
    if (size_ + count > capacity_) {
      const std::size_t doubled = capacity_ * 2;
      reserve(size_ + count > doubled ? size_ + count : doubled);
    }
    size_ += count;
    return data_ + size_ - count;
  }
  /// `values` must not lie in this buffer.
  void append(const T* values, std::size_t count) {
    if (count != 0) std::memcpy(extend(count), values, count * sizeof(T));
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A read-only run of values that someone else owns.
template <class T>
class Span {
 public:
  Span() = default;
  Span(const T* begin, const T* end) noexcept : begin_(begin), end_(end) {}
  Span(const T* begin, std::size_t size) noexcept : begin_(begin), end_(begin + size) {}
  // cppcheck-suppress noExplicitConstructor ; a view of a buffer is what a Span is for
  Span(const Buffer<T>& buffer) noexcept : begin_(buffer.begin()), end_(buffer.end()) {}
  Span(const Buffer<T>&& buffer) = delete;

  const T* begin() const noexcept { return begin_; }
  const T* end() const noexcept { return end_; }
  const T* data() const noexcept { return begin_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
  bool empty() const noexcept { return begin_ == end_; }
  const T& operator[](std::size_t i) const noexcept { return begin_[i]; }
  const T& front() const noexcept { return *begin_; }
  const T& back() const noexcept { return end_[-1]; }

 private:
  const T* begin_ = nullptr;
  const T* end_ = nullptr;
};

}  // namespace objectset
