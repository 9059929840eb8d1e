#include "core/roaring/container_check.hpp"

#define VECTOR_BYTES 16
#include "core/roaring/container_check_loops.hpp"

namespace objectset {

extern const ContainerCheck container_check_any;
const ContainerCheck container_check_any = {array_ascends, ids_ascend, runs_ascend, count_bits,
                                            count_bits_between};

const ContainerCheck& container_check() noexcept {
#if defined(__x86_64__)
  static const bool have_avx2 =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("popcnt") != 0;
  if (have_avx2) return container_check_avx2;
#endif
  return container_check_any;
}

}  // namespace objectset
