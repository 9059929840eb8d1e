// Saved sets: a program of changes beside a model that knows nothing of how they are kept.
#include "../unit/saved_model.hpp"
#include "fuzz.hpp"

// The first byte says when edits are folded: always, once they have grown, or never.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace objectset::fuzz;
  constexpr std::size_t base_bytes[] = {0, 1000, std::size_t{1} << 40};
  return run([&] {
    Reader reader(data, size);
    const std::uint64_t choice = reader.below(3);
    objectset::test::saved_model::SavedProgram<Reader> program(reader, base_bytes[choice]);
    for (int step = 0; step < 20 && !reader.is_empty(); ++step) program.step();
  });
}
