// Scratch memory, and the host's where there is none of it.
#include "core/base/memory.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/stored/stored_set.hpp"
#include "support.hpp"

namespace objectset::test {
namespace {

// The host's blocks, counted.
std::int64_t host_blocks = 0;
std::int64_t host_requests = 0;

class CountingHost {
 public:
  CountingHost() {
    host_blocks = host_requests = 0;
    set_host(Host{[](std::size_t bytes) {
                    ++host_blocks;
                    ++host_requests;
                    return std::malloc(bytes);
                  },
                  [](void* block, std::size_t bytes) {
                    ++host_requests;
                    return std::realloc(block, bytes);
                  },
                  [](void* block) {
                    --host_blocks;
                    std::free(block);
                  },
                  [] { return false; }});
  }
  ~CountingHost() {
    set_host(Host{std::malloc, std::realloc, std::free, [] { return false; }});
  }
  CountingHost(const CountingHost&) = delete;
  CountingHost& operator=(const CountingHost&) = delete;
};

struct Block {
  char* at;
  std::size_t bytes;
  char fill;
};

void fill(Block& block, char with) {
  block.fill = with;
  std::fill_n(block.at, block.bytes, with);
}

bool is_intact(const Block& block) {
  return std::all_of(block.at, block.at + block.bytes, [&](char c) { return c == block.fill; });
}

TEST(Memory, blocks_keep_what_is_in_them_whether_scratch_or_the_hosts) {
  OBJECTSET_TRACE_SEED();
  Random random(61);
  const CountingHost host;
  for (int round = 0; round < 200; ++round) {
    const ScratchScope scope(round % 4 != 0);
    std::vector<Block> blocks;
    const std::size_t largest = std::size_t{1} << random.below(18);
    for (int step = 0; step < 200; ++step) {
      const std::size_t bytes = 1 + random.below(largest);
      const std::size_t which = blocks.empty() ? 0 : random.below(blocks.size());
      const bool last = random.one_in(2);  // the one that can grow where it is
      switch (blocks.empty() ? 0 : random.below(4)) {
        case 0:
        case 1:
          blocks.push_back({static_cast<char*>(allocate(bytes)), bytes, 0});
          fill(blocks.back(), static_cast<char>(random.bits()));
          break;
        case 2: {
          Block& block = last ? blocks.back() : blocks[which];
          ASSERT_TRUE(is_intact(block));
          block.at = static_cast<char*>(reallocate(block.at, bytes));
          block.bytes = std::min(block.bytes, bytes);
          ASSERT_TRUE(is_intact(block));
          block.bytes = bytes;
          fill(block, static_cast<char>(random.bits()));
          break;
        }
        default:
          std::swap(blocks[last ? blocks.size() - 1 : which], blocks.back());
          ASSERT_TRUE(is_intact(blocks.back()));
          release(blocks.back().at);
          blocks.pop_back();
      }
      for (const Block& block : blocks)
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block.at) % 16, 0u);
    }
    for (const Block& block : blocks) {
      ASSERT_TRUE(is_intact(block));
      release(block.at);
    }
    ASSERT_EQ(host_blocks, 0) << "all given back";
  }
}

TEST(Memory, what_lasts_is_the_hosts) {
  const CountingHost host;
  const ScratchScope scope(true);
  void* block = allocate_lasting(10);
  EXPECT_EQ(host_blocks, 1);
  release(block);
  EXPECT_EQ(host_blocks, 0);
}

#if !defined(OBJECTSET_SANITIZED)
TEST(Memory, scratch_is_used_within_its_scope_only_and_emptied_with_it) {
  const CountingHost host;
  void* first = nullptr;
  for (int round = 0; round < 1000; ++round) {
    const ScratchScope scope(true);
    void* block = allocate(10000);  // never released
    if (first == nullptr) first = block;
    ASSERT_EQ(block, first);
    {
      const ScratchScope none(false);
      release(allocate(10));
    }
    ASSERT_EQ(host_requests, round + 1);
  }
}

TEST(Memory, small_sets_are_combined_without_the_host) {
  const CountingHost host;
  const AlignedBytes a(stored_bytes(set_of(united({run_of(1, 50), {100000, 70000000000}}))));
  const AlignedBytes b(stored_bytes(set_of(run_of(40, 90))));
  char result[100];
  std::size_t size = 0;
  const std::int64_t before = host_requests;
  {
    const ScratchScope scope(true);
    const StoredSet open_a(a.data(), a.size());
    const StoredSet open_b(b.data(), b.size());
    const Set both = combine(Operation::unite, open_a.view(), open_b.view());
    const StoredWriter writer(both);
    size = writer.size();
    ASSERT_LE(size, sizeof result);
    writer.write(result);
  }
  EXPECT_EQ(host_requests, before);
  EXPECT_EQ(std::string(result, size),
            stored_bytes(set_of(united({run_of(1, 90), {100000, 70000000000}}))));
}
#endif

}  // namespace
}  // namespace objectset::test
