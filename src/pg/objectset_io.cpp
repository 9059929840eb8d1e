// The type's text and binary forms.
//
// Text is a pure function of the value: a plain list while that is short, beyond that the portable bytes in
// base64 behind a prefix, so that any set can be dumped. Input takes both, of any length, and these bytes as the text of
// a bytea has them.
#include "pg/base64.hpp"
#include "pg/datum.hpp"
#include "pg/explain_literal.hpp"
#include "pg/toast_slices.hpp"

#include "core/base/hex.hpp"
#include "core/stored/portable_format.hpp"
#include "core/stored/text_format.hpp"

#include <algorithm>

namespace objectset::pg {
namespace {

constexpr std::uint64_t max_listed_ids = 10000;
constexpr char blanks[] = " \t\n\v\f\r";
constexpr char base64_prefix[] = "roaring64:";
constexpr std::size_t base64_prefix_length = sizeof base64_prefix - 1;
constexpr char hex_prefix[] = "\\x";
constexpr std::size_t hex_prefix_length = sizeof hex_prefix - 1;

Bytes take_bytes(objectset::Buffer<char>& buffer, Size before) {
  const Size size = buffer.size() - before;
  return {buffer.take(), size};
}

using Write = void (*)(const SetView&, objectset::Buffer<char>&);
using Read = Set (*)(const char*, std::size_t);

// Zones A to D: a set in one of the portable forms, behind room for a varlena header.
Bytes write_portable(FunctionCallInfo fcinfo, Write write) {
  const SetArgument set = stored_argument(fcinfo, 0);
  Bytes raw = {};
  guarded([&] {
    const OpenSet open(set);
    objectset::Buffer<char> out;
    out.extend(VARHDRSZ);
    write(open, out);
    raw = take_bytes(out, VARHDRSZ);
  });
  return raw;
}

Datum portable_bytea(FunctionCallInfo fcinfo, Write write) {
  const Bytes raw = write_portable(fcinfo, write);
  if (!AllocSizeIsValid(VARHDRSZ + raw.size)) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("object set is too large for a bytea")));
  }
  SET_VARSIZE(raw.data, VARHDRSZ + raw.size);
  PG_RETURN_POINTER(raw.data);
}

Datum portable_base64(FunctionCallInfo fcinfo, Write write) {
  const Bytes raw = write_portable(fcinfo, write);
  PG_RETURN_TEXT_P(base64_text(Bytes{raw.data + VARHDRSZ, raw.size}));
}

Datum set_of_bytes(const char* bytes, Size size, Read read) {
  struct varlena* flat = nullptr;
  guarded([&] {
    const Set set = read(bytes, size);
    flat = write_set(set);
  });
  PG_RETURN_POINTER(flat);
}

Datum set_of_bytea(FunctionCallInfo fcinfo, Read read) {
  bytea* const bytes = PG_GETARG_BYTEA_PP(0);
  return set_of_bytes(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), read);
}

Datum set_of_base64(FunctionCallInfo fcinfo, Read read) {
  text* const coded = PG_GETARG_TEXT_PP(0);
  Bytes raw = {};
  if (!base64_decode(VARDATA_ANY(coded), VARSIZE_ANY_EXHDR(coded), 0, raw)) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid base64 form of an object set")));
  }
  return set_of_bytes(raw.data, raw.size, read);
}

// 1234567 as "1,234,567".
void append_grouped(StringInfo out, uint64 number) {
  if (number < 1000) {
    appendStringInfo(out, UINT64_FORMAT, number);
    return;
  }
  append_grouped(out, number / 1000);
  appendStringInfo(out, ",%03d", static_cast<int>(number % 1000));
}

// Zone A: what the digits stand for; false where they are none. Blanks at the end count for nothing.
bool hex_decode(const char* digits, Bytes& raw) {
  Size length = strlen(digits);
  while (length > 0 && strchr(blanks, digits[length - 1]) != nullptr) --length;
  raw = {static_cast<char*>(palloc(length / 2 + 1)), length / 2};
  constexpr Size piece = 1 << 20;
  char* to = raw.data;
  for (Size done = 0; done < length && to != nullptr; done += piece) {
    CHECK_FOR_INTERRUPTS();
    to = decode_hex(digits + done, std::min(piece, length - done), to);
  }
  return to != nullptr;
}

// A literal that is bytes, and not a list.
struct CodedLiteral {
  const char* code;  // behind its prefix; nullptr where it is a list
  bool (*decode)(const char*, Bytes&);
  const char* trouble;  // what is wrong where it cannot be decoded
};

CodedLiteral coded_literal(const char* literal) {
  literal += strspn(literal, blanks);
  if (strncmp(literal, base64_prefix, base64_prefix_length) == 0) {
    return {literal + base64_prefix_length,
            [](const char* code, Bytes& raw) { return base64_decode(code, strlen(code), 0, raw); },
            "What follows \"roaring64:\" is not base64."};
  }
  if (strncmp(literal, hex_prefix, hex_prefix_length) == 0) {
    return {literal + hex_prefix_length, hex_decode,
            "What follows \"\\x\" is not an even number of hexadecimal digits."};
  }
  return {};
}

uint64 count_of(Datum datum) {
  uint64 count = 0;
  if (read_cardinality(datum, count)) return count;
  const SetArgument set = set_argument(datum);
  guarded([&] {
    const OpenSet open(set);
    count = cardinality(open);
  });
  return count;
}

// The plain list, of any length.
Bytes list_of(Datum datum) {
  const SetArgument set = set_argument(datum);
  Bytes list = {};
  guarded([&] {
    const OpenSet open(set);
    objectset::Buffer<char> out;
    append_literal(open, out);
    list = take_bytes(out, 0);
  });
  return list;
}

}  // namespace

bool is_coded_literal(const char* text) { return coded_literal(text).code != nullptr; }

}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_in) {
  const char* const literal = PG_GETARG_CSTRING(0);
  const CodedLiteral coded = coded_literal(literal);
  Bytes raw = {};
  if (coded.code != nullptr && !coded.decode(coded.code, raw)) {
    raise_soft(failure_of(ErrorCode::invalid_text, "malformed object set literal", coded.trouble),
               fcinfo->context);
    PG_RETURN_NULL();
  }
  struct varlena* flat = nullptr;
  const Failure& result = try_guarded(CurrentMemoryContext, [&] {
    try {
      const Set set = coded.code != nullptr ? read_portable64_untrusted(raw.data, raw.size)
                                            : parse_literal(literal, strlen(literal));
      flat = write_set(set);
    } catch (Error& error) {
      // Bytes written as text are text all the same.
      if (error.code == ErrorCode::invalid_binary) error.code = ErrorCode::invalid_text;
      throw;
    }
  });
  if (result.kind != Failure::Kind::none) {
    raise_soft(result, fcinfo->context);
    PG_RETURN_NULL();
  }
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_out) {
  const SetArgument set = stored_argument(fcinfo, 0);
  if (is_plan_printed()) {
    const SetView view = pinned_view(set);
    if (cardinality(view) > few_ids) PG_RETURN_CSTRING(describe(view));
  }
  Bytes written = {};
  bool listed = false;
  guarded([&] {
    const OpenSet open(set);
    objectset::Buffer<char> out;
    listed = cardinality(open) <= max_listed_ids;
    if (listed) {
      append_literal(open, out);
      out.push_back('\0');
    } else {
      write_portable64(open, out);
    }
    written = take_bytes(out, 0);
  });
  PG_RETURN_CSTRING(listed ? written.data : base64_encode(base64_prefix, written));
}

// For people: the first ids, and how many there are besides.
OBJECTSET_FUNCTION(objectset_show) {
  const int64 most = PG_GETARG_INT64(1);
  if (most < 0) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
                    errmsg("number of ids to show must not be negative")));
  }
  const Datum set = PG_GETARG_DATUM(0);
  const uint64 count = count_of(set);
  const uint64 shown = std::min(count, static_cast<uint64>(most));
  const Bytes list = list_of(shown == count ? set : slice_of(set, 0, shown));
  StringInfoData out;
  initStringInfo(&out);
  appendBinaryStringInfo(&out, list.data, static_cast<int>(list.size));
  if (shown < count) {
    appendStringInfoString(&out, " and ");
    append_grouped(&out, count - shown);
    appendStringInfoString(&out, " more");
  }
  PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

OBJECTSET_FUNCTION(objectset_recv) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const int length = message->len - message->cursor;
  const char* bytes = pq_getmsgbytes(message, length);
  return set_of_bytes(bytes, static_cast<Size>(length), read_portable64_untrusted);
}

// The binary form is the portable one, and so is the bytea that a set casts to.
OBJECTSET_FUNCTION(objectset_send) { return portable_bytea(fcinfo, write_portable64); }

OBJECTSET_FUNCTION(objectset_to_roaring64) { return portable_bytea(fcinfo, write_portable64); }
OBJECTSET_FUNCTION(objectset_to_roaring32) { return portable_bytea(fcinfo, write_portable32); }
OBJECTSET_FUNCTION(objectset_from_roaring64) {
  return set_of_bytea(fcinfo, read_portable64_untrusted);
}
OBJECTSET_FUNCTION(objectset_from_roaring32) {
  return set_of_bytea(fcinfo, read_portable32_untrusted);
}

OBJECTSET_FUNCTION(objectset_to_roaring64_base64) {
  return portable_base64(fcinfo, write_portable64);
}
OBJECTSET_FUNCTION(objectset_to_roaring32_base64) {
  return portable_base64(fcinfo, write_portable32);
}
OBJECTSET_FUNCTION(objectset_from_roaring64_base64) {
  return set_of_base64(fcinfo, read_portable64_untrusted);
}
OBJECTSET_FUNCTION(objectset_from_roaring32_base64) {
  return set_of_base64(fcinfo, read_portable32_untrusted);
}
