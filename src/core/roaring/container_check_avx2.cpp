// The checks once more, compiled for AVX2 and POPCNT. Nothing but their loops stands between the pragmas, and nothing of
// it can be linked elsewhere: all of it is static.
#include "core/roaring/container_check.hpp"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,popcnt")
#endif

#define VECTOR_BYTES 32
#include "core/roaring/container_check_loops.hpp"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace objectset {

extern const ContainerCheck container_check_avx2;
const ContainerCheck container_check_avx2 = {array_ascends, ids_ascend, runs_ascend, count_bits,
                                             count_bits_between};

}  // namespace objectset

#endif
