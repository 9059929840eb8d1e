#include "core/base/error.hpp"

#include <cstdio>

namespace objectset {

void fail(ErrorCode code, const char* format, ...) {
  Error error;
  error.code = code;
  va_list args;
  va_start(args, format);
  std::vsnprintf(error.message, sizeof error.message, format, args);
  va_end(args);
  throw error;
}

void fail_with(ErrorCode code, const char* message, const char* hint, const char* detail_format,
               ...) {
  Error error;
  error.code = code;
  std::snprintf(error.message, sizeof error.message, "%s", message);
  if (hint != nullptr) std::snprintf(error.hint, sizeof error.hint, "%s", hint);
  va_list args;
  va_start(args, detail_format);
  std::vsnprintf(error.detail, sizeof error.detail, detail_format, args);
  va_end(args);
  throw error;
}

void fail_at(std::size_t position, ErrorCode code, const char* message, const char* hint,
             const char* detail) {
  Error error;
  error.code = code;
  error.position = position;
  std::snprintf(error.message, sizeof error.message, "%s", message);
  std::snprintf(error.hint, sizeof error.hint, "%s", hint);
  std::snprintf(error.detail, sizeof error.detail, "%s", detail);
  throw error;
}

}  // namespace objectset
