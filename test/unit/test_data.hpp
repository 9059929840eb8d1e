// Where the unit tests find their data: test/data in the tree (golden bytes, crash inputs), and the shared
// data sets, which are larger, live outside and may be absent. The build says where by default; the
// environment variable OBJECTSET_SHARED_DATA says otherwise.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace objectset::test {

inline std::string test_data(const std::string& name) {
  return std::string(OBJECTSET_TEST_DATA) + "/" + name;
}

inline std::string shared_data(const std::string& name) {
  const char* directory = std::getenv("OBJECTSET_SHARED_DATA");
  return std::string(directory != nullptr ? directory : OBJECTSET_SHARED_DATA) + "/" + name;
}

inline bool is_readable(const std::string& path) { return std::ifstream(path).good(); }

/// The bytes of a file; fails the test where there is none.
inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace objectset::test

/// First line of a test that reads the shared file `name`: without it the test is skipped, and says so.
#define OBJECTSET_NEEDS_SHARED_DATA(name)                                     \
  if (!objectset::test::is_readable(objectset::test::shared_data(name))) {    \
    GTEST_SKIP() << "no shared data: " << objectset::test::shared_data(name); \
  }                                                                           \
  static_assert(true, "")
