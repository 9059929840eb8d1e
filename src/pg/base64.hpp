// Base64, for the text forms of what is bytes. Both directions work in pieces, so that a large value can be
// cancelled.
#pragma once

#include "pg/prelude.hpp"

namespace objectset::pg {

/// Bytes in the current memory context.
struct Bytes {
  char* data;
  Size size;
};

/// Zone A: `prefix` and the bytes in base64, as a C string in the current context.
char* base64_encode(const char* prefix, const Bytes& raw);

/// Zone A: the bytes in base64.
text* base64_text(const Bytes& raw);

/// Zone A: what the text stands for, behind `before` bytes of room that `raw.size` does not count. Gives false
/// where the text is no base64; blanks and line breaks count for nothing.
bool base64_decode(const char* coded, Size length, Size before, Bytes& raw);

}  // namespace objectset::pg
