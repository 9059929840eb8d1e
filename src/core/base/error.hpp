// What core throws: a code, and text in the user's words. The binding turns each into one SQLSTATE
// (pg/boundary.cpp); core knows none of them.
#pragma once

#include <cstdarg>
#include <cstddef>

namespace objectset {

enum class ErrorCode {
  invalid_text,       // a literal that does not parse
  invalid_binary,     // bytes from outside that are not what they should be
  out_of_range,       // a number beyond 64 bits, or beyond what an argument may be
  too_large,          // a set beyond what one value can hold
  data_corrupted,     // a stored value that is damaged
  invalid_parameter,  // an argument without a meaning here
  null_not_allowed,   // a NULL among ids
  syntax,             // an expression that does not parse
  too_complex,        // an expression beyond what is evaluated
  internal,           // a broken promise of our own
};

/// Plain data: copying and throwing one allocates nothing beyond the exception itself.
struct Error {
  ErrorCode code = ErrorCode::internal;
  char message[192] = {};
  char detail[192] = {};
  char hint[192] = {};
  std::size_t position = 0;  // in the text that was read: the byte, from 1; 0 where it is not told
};

/// Thrown where the host asked for a stop. The host raises its own error for it.
struct Interrupted {};

/// Throws Error; message and detail are printf formats. `detail` may be nullptr.
[[noreturn]] void fail(ErrorCode code, const char* format, ...)
    __attribute__((format(printf, 2, 3), cold));

/// The same with a detail line of its own.
[[noreturn]] void fail_with(ErrorCode code, const char* message, const char* hint,
                            const char* detail_format, ...)
    __attribute__((format(printf, 4, 5), cold));

/// The same with a position in the text that was read: the byte, from 1.
[[noreturn]] void fail_at(std::size_t position, ErrorCode code, const char* message,
                          const char* hint, const char* detail) __attribute__((cold));

}  // namespace objectset
