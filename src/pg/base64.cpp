#include "base64.hpp"

extern "C" {
#include "common/base64.h"
}

#include <algorithm>

namespace objectset::pg {
namespace {

// Whole groups of 3 bytes and 4 characters.
constexpr int raw_piece = 3 << 18;
constexpr int coded_piece = 4 << 18;

// pg_b64_* take unsigned char from PostgreSQL 18 on.
#if PG_VERSION_NUM >= 180000
using Base64Byte = uint8;
#else
using Base64Byte = char;
#endif

int encode_piece(const char* from, int length, char* to, int room) {
  return pg_b64_encode(reinterpret_cast<const Base64Byte*>(from), length, to, room);
}

int decode_piece(const char* from, int length, char* to, int room) {
  return pg_b64_decode(from, length, reinterpret_cast<Base64Byte*>(to), room);
}

// Others break the lines of their base64; the server's function reads none that is broken.
void drop_blanks(const char** coded, Size* length) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const char* const end = *coded + *length;
  if (std::none_of(*coded, end, is_blank)) return;
  auto* kept = static_cast<char*>(palloc_extended(*length, MCXT_ALLOC_HUGE));
  *length = static_cast<Size>(
      std::copy_if(*coded, end, kept, [&](char c) { return !is_blank(c); }) - kept);
  *coded = kept;
}

}  // namespace

char* base64_encode(const char* prefix, const Bytes& raw) {
  const Size prefix_length = strlen(prefix);
  const Size room = prefix_length + (raw.size + 2) / 3 * 4 + 1;
  auto* text = static_cast<char*>(palloc(room));
  memcpy(text, prefix, prefix_length);
  char* at = text + prefix_length;
  for (Size done = 0; done < raw.size; done += raw_piece) {
    CHECK_FOR_INTERRUPTS();
    const int length = static_cast<int>(raw.size - done < raw_piece ? raw.size - done : raw_piece);
    const Size left = room - static_cast<Size>(at - text);
    const int coded = encode_piece(raw.data + done, length, at,
                                   static_cast<int>(left < coded_piece ? left : coded_piece));
    if (coded < 0) elog(ERROR, "could not encode object set");
    at += coded;
  }
  *at = '\0';
  return text;
}

bool base64_decode(const char* coded, Size length, Size before, Bytes& raw) {
  drop_blanks(&coded, &length);
  raw.data = static_cast<char*>(palloc(before + length / 4 * 3 + 3));
  raw.size = 0;
  for (Size done = 0; done < length; done += coded_piece) {
    CHECK_FOR_INTERRUPTS();
    const int piece = static_cast<int>(length - done < coded_piece ? length - done : coded_piece);
    const int bytes =
        decode_piece(coded + done, piece, raw.data + before + raw.size, piece / 4 * 3 + 3);
    // Padding may only stand at the end of it all.
    if (bytes < 0 || (bytes != raw_piece && done + coded_piece < length)) return false;
    raw.size += static_cast<Size>(bytes);
  }
  return true;
}

}  // namespace objectset::pg
