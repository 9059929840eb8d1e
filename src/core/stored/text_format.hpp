// The text form of a set: {1,2,5}, and with ranges {1..1000,2000}, both ends included; or, as in JSON, [1,2,5]. As in
// the text of arrays each item may be quoted, {"1","2"}, which is how drivers write lists.
#pragma once

#include "core/set/set.hpp"

namespace objectset {

/// Reads a literal: ids, and in braces ranges, in any order, repeats, blanks and quotes allowed. Raises invalid_text for
/// anything else, out_of_range for a number beyond bigint, too_large where the set would not fit a value.
Set parse_literal(const char* text, std::size_t size);

/// Appends the plain list: ascending, no blanks, no ranges.
void append_literal(const SetView& set, Buffer<char>& out);

/// Appends the same list in brackets: a JSON array of numbers.
void append_json(const SetView& set, Buffer<char>& out);

/// How many characters either has; asks for counts alone.
std::uint64_t list_length(const SetView& set) noexcept;

}  // namespace objectset
