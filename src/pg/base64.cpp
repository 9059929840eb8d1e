#include "pg/base64.hpp"

#include <algorithm>

#include "core/base/base64.hpp"

namespace objectset::pg {
namespace {

// Whole groups of 3 bytes and 4 characters.
constexpr Size raw_piece = 3 << 18;
constexpr Size coded_piece = 4 << 18;

Size coded_size(const Bytes& raw) { return (raw.size + 2) / 3 * 4; }

// Gives the end.
char* encode(const Bytes& raw, char* to) {
  for (Size done = 0; done < raw.size; done += raw_piece) {
    CHECK_FOR_INTERRUPTS();
    to = encode_base64(raw.data + done, std::min(raw.size - done, raw_piece), to);
  }
  return to;
}

// Others break the lines of their base64. False where there is nothing to drop.
bool drop_blanks(const char** coded, Size* length) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const char* const end = *coded + *length;
  if (std::none_of(*coded, end, is_blank)) return false;
  auto* kept = static_cast<char*>(palloc_extended(*length, MCXT_ALLOC_HUGE));
  *length = static_cast<Size>(
      std::copy_if(*coded, end, kept, [&](char c) { return !is_blank(c); }) - kept);
  *coded = kept;
  return true;
}

// Where the bytes end that the text without blanks stands for; nullptr where it is no base64.
char* decode(const char* coded, Size length, char* to) {
  for (Size done = 0; done < length && to != nullptr; done += coded_piece) {
    CHECK_FOR_INTERRUPTS();
    const Size left = length - done;
    char* const end = decode_base64(coded + done, std::min(left, coded_piece), to);
    // Padding may only stand at the end of it all.
    const bool whole = left <= coded_piece || end == to + raw_piece;
    to = whole ? end : nullptr;
  }
  return to;
}

}  // namespace

char* base64_encode(const char* prefix, const Bytes& raw) {
  const Size prefix_length = strlen(prefix);
  auto* coded = static_cast<char*>(palloc(prefix_length + coded_size(raw) + 1));
  memcpy(coded, prefix, prefix_length);
  *encode(raw, coded + prefix_length) = '\0';
  return coded;
}

text* base64_text(const Bytes& raw) {
  const Size size = VARHDRSZ + coded_size(raw);
  auto* coded = static_cast<text*>(palloc(size));
  SET_VARSIZE(coded, size);
  encode(raw, VARDATA(coded));
  return coded;
}

bool base64_decode(const char* coded, Size length, Size before, Bytes& raw) {
  raw.data = static_cast<char*>(palloc(before + length / 4 * 3));
  char* const begin = raw.data + before;
  char* end = decode(coded, length, begin);
  if (end == nullptr && drop_blanks(&coded, &length)) end = decode(coded, length, begin);
  if (end == nullptr) return false;
  raw.size = static_cast<Size>(end - begin);
  return true;
}

}  // namespace objectset::pg
