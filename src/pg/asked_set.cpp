#include "pg/asked_set.hpp"

#include <algorithm>

namespace objectset::pg {
namespace {

// What the table may take, as what a hash join would have.
Size most_words() {
  return std::min<Size>(static_cast<Size>(work_mem) * 1024, MaxAllocSize) / sizeof(uint64);
}

}  // namespace

AskedSet asked_set(const SetView& set, MemoryContext context) {
  AskedSet asked = {Membership(set), 0, context};
  const Size words = asked.membership.table_words(most_words());
  if (words > 0) asked.lookups = asked.membership.paying_lookups(words);
  return asked;
}

void make_table(AskedSet* asked) {
  // Less memory than before may be allowed by now.
  const Size words = asked->membership.table_words(most_words());
  if (words == 0) return;
  auto* const table =
      static_cast<uint64*>(MemoryContextAllocZero(asked->context, words * sizeof(uint64)));
  guarded([&] { asked->membership.use_table(table, words); });
}

}  // namespace objectset::pg
