// Casts from and to json and jsonb: an array of whole numbers.
//
// That of jsonb is written where it stands, in the form that jsonb.h tells. The server's way to it, through an array of
// values, ends at 16,777,216 of them, takes a hundred bytes for each, and cannot be cancelled.
#include "pg/datum.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
}

#include <new>

#include "core/set/set_builder.hpp"
#include "core/stored/text_format.hpp"

namespace objectset::pg {
namespace {

constexpr std::size_t batch_size = 1024;

[[noreturn]] void raise_not_whole_numbers() {
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("object set is made from a JSON array of whole numbers")));
  pg_unreachable();
}

// May leave garbage in the current context.
Id id_of_element(const JsonbValue& element) {
  if (element.type == jbvNull) {
    ereport(ERROR,
            (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("object set cannot contain NULL")));
  }
  if (element.type != jbvNumeric) raise_not_whole_numbers();
  const Datum number = NumericGetDatum(element.val.numeric);
  const Id id = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));  // rounds
  if (!DatumGetBool(
          DirectFunctionCall2(numeric_eq, number, NumericGetDatum(int64_to_numeric(id))))) {
    raise_not_whole_numbers();
  }
  return id;
}

// ---- Writing ----------------------------------------------------------------------------------------------

// What the elements of an array take together, each number at a multiple of 4; the server's own bound.
constexpr Size most_element_bytes = JENTRY_OFFLENMASK;

Size size_of_zero() { return VARHDRSZ + sizeof(uint16); }

// Of the numeric that int64_to_numeric() makes: behind its headers stand the digits to base 10000, without the zeros
// at either end.
Size numeric_size(Id id) {
  uint64 rest = id < 0 ? 0 - static_cast<uint64>(id) : static_cast<uint64>(id);
  if (rest == 0) return size_of_zero();
  while (rest % 10000 == 0) rest /= 10000;
  Size digits = 0;
  for (; rest != 0; rest /= 10000) ++digits;
  return size_of_zero() + digits * sizeof(int16);
}

[[noreturn]] void raise_too_large() {
  ereport(ERROR,
          (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("object set is too large for jsonb"),
           errdetail("The numbers of a jsonb array take up to %zu bytes together, 8 to 16 each.",
                     most_element_bytes)));
  pg_unreachable();
}

// How many bytes all elements take.
Size element_bytes_of(const SetView& set) {
  if (cardinality(set) > most_element_bytes / size_of_zero()) raise_too_large();
  Cursor cursor(set);
  Id ids[batch_size];
  Size bytes = 0;
  while (const std::size_t n = cursor.next(ids, batch_size)) {
    CHECK_FOR_INTERRUPTS();
    for (std::size_t i = 0; i < n; ++i) bytes = INTALIGN(bytes) + numeric_size(ids[i]);
    if (bytes > most_element_bytes) raise_too_large();
  }
  return bytes;
}

// The elements of an array, one behind the other, and their entries in front.
class ArrayWriter {
 public:
  ArrayWriter(Jsonb* jsonb, Size count)
      : entries_(jsonb->root.children), elements_(reinterpret_cast<char*>(entries_ + count)) {
    jsonb->root.header = static_cast<uint32>(count) | JB_FARRAY;
  }

  void add(Id id) {
    const Size padding = INTALIGN(size_) - size_;
    memset(elements_ + size_, 0, padding);
    Numeric const number = int64_to_numeric(id);
    const Size length = VARSIZE(number);
    if (length != numeric_size(id)) elog(ERROR, "numeric of an unexpected size");
    memcpy(elements_ + size_ + padding, number, length);
    pfree(number);
    size_ += padding + length;
    const bool tells_offset = count_ % JB_OFFSET_STRIDE == 0;
    entries_[count_++] = JENTRY_ISNUMERIC | (tells_offset ? JENTRY_HAS_OFF : 0) |
                         static_cast<JEntry>(tells_offset ? size_ : padding + length);
  }

 private:
  JEntry* entries_;
  char* elements_;
  Size count_ = 0;
  Size size_ = 0;
};

}  // namespace
}  // namespace objectset::pg

using namespace objectset;      // NOLINT
using namespace objectset::pg;  // NOLINT

OBJECTSET_FUNCTION(objectset_from_jsonb) {
  Jsonb* const jsonb = PG_GETARG_JSONB_P(0);
  if (!JB_ROOT_IS_ARRAY(jsonb) || JB_ROOT_IS_SCALAR(jsonb)) raise_not_whole_numbers();

  // The builder is in this context's memory, which an error takes away.
  MemoryContext const context = CurrentMemoryContext;
  MemoryContext const scratch =
      AllocSetContextCreate(context, "numbers of a jsonb array", ALLOCSET_DEFAULT_SIZES);
  auto* const builder = new (palloc(sizeof(SetBuilder))) SetBuilder();
  Id ids[batch_size];
  std::size_t count = 0;
  const auto add_batch = [&] {
    CHECK_FOR_INTERRUPTS();
    MemoryContextReset(scratch);
    guarded(context, [&] {
      for (std::size_t i = 0; i < count; ++i) builder->add(ids[i]);
    });
    count = 0;
  };
  JsonbIterator* iterator = JsonbIteratorInit(&jsonb->root);
  JsonbValue value;
  for (JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, true); token != WJB_DONE;
       token = JsonbIteratorNext(&iterator, &value, true)) {
    if (token != WJB_ELEM) continue;
    MemoryContextSwitchTo(scratch);
    ids[count++] = id_of_element(value);
    MemoryContextSwitchTo(context);
    if (count == batch_size) add_batch();
  }
  add_batch();
  MemoryContextDelete(scratch);
  struct varlena* flat = nullptr;
  guarded([&] {
    flat = write_set(builder->finish());
    builder->~SetBuilder();
  });
  PG_RETURN_POINTER(flat);
}

OBJECTSET_FUNCTION(objectset_to_jsonb) {
  const SetView set = pinned_view(set_argument(fcinfo, 0));
  const Size bytes = element_bytes_of(set);
  const auto count = static_cast<Size>(cardinality(set));
  const Size size =
      offsetof(Jsonb, root) + offsetof(JsonbContainer, children) + count * sizeof(JEntry) + bytes;
  auto* const jsonb = static_cast<Jsonb*>(palloc(size));
  SET_VARSIZE(jsonb, size);
  ArrayWriter writer(jsonb, count);
  Cursor cursor(set);
  Id ids[batch_size];
  while (const std::size_t n = cursor.next(ids, batch_size)) {
    CHECK_FOR_INTERRUPTS();
    for (std::size_t i = 0; i < n; ++i) writer.add(ids[i]);
  }
  PG_RETURN_POINTER(jsonb);
}

OBJECTSET_FUNCTION(objectset_to_json) {
  const SetArgument argument = set_argument(fcinfo, 0);
  char* json = nullptr;
  guarded([&] {
    const OpenSet open(argument);
    if (list_length(open) > MaxAllocSize - VARHDRSZ) {
      fail(ErrorCode::too_large, "object set has too many ids for json");
    }
    objectset::Buffer<char> out;
    out.extend(VARHDRSZ);
    append_json(open, out);
    const Size size = out.size();
    json = out.take();
    SET_VARSIZE(json, size);
  });
  PG_RETURN_POINTER(json);
}
