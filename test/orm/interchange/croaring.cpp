// CRoaring's three interfaces: reads `bits, name, hex, ids`, holds the bytes against the ids, and writes
// `library, bits, name, hex` with bytes of its own making.
#include <roaring/roaring.h>
#include <roaring/roaring64.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <roaring/roaring64map.hh>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string hex_of(const std::string& bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex.push_back(digits[byte >> 4]);
    hex.push_back(digits[byte & 15]);
  }
  return hex;
}

// Ids are signed in a set and unsigned, as two's complement, for CRoaring.
std::vector<std::uint64_t> ids_of(const std::string& list) {
  std::vector<std::uint64_t> ids;
  std::istringstream stream(list);
  for (std::string id; std::getline(stream, id, ',');) {
    ids.push_back(static_cast<std::uint64_t>(std::stoll(id)));
  }
  return ids;
}

void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

std::string with_c32(const std::string& bytes, const std::vector<std::uint64_t>& ids) {
  roaring_bitmap_t* read = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  check(read != nullptr, "not read");
  const char* reason = nullptr;
  check(roaring_bitmap_internal_validate(read, &reason), "not valid");
  roaring_bitmap_t* made = roaring_bitmap_create();
  for (const std::uint64_t id : ids) roaring_bitmap_add(made, static_cast<std::uint32_t>(id));
  check(roaring_bitmap_equals(read, made), "other ids");
  std::string out(roaring_bitmap_portable_size_in_bytes(made), '\0');
  roaring_bitmap_portable_serialize(made, out.data());
  roaring_bitmap_free(read);
  roaring_bitmap_free(made);
  return out;
}

std::string with_c64(const std::string& bytes, const std::vector<std::uint64_t>& ids) {
  roaring64_bitmap_t* read = roaring64_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  check(read != nullptr, "not read");
  roaring64_bitmap_t* made = roaring64_bitmap_create();
  for (const std::uint64_t id : ids) roaring64_bitmap_add(made, id);
  check(roaring64_bitmap_equals(read, made), "other ids");
  std::string out(roaring64_bitmap_portable_size_in_bytes(made), '\0');
  roaring64_bitmap_portable_serialize(made, out.data());
  roaring64_bitmap_free(read);
  roaring64_bitmap_free(made);
  return out;
}

std::string with_map(const std::string& bytes, const std::vector<std::uint64_t>& ids) {
  const roaring::Roaring64Map read = roaring::Roaring64Map::readSafe(bytes.data(), bytes.size());
  roaring::Roaring64Map made;
  for (const std::uint64_t id : ids) made.add(id);
  check(read == made, "other ids");
  made.runOptimize();
  std::string out(made.getSizeInBytes(), '\0');
  made.write(out.data());
  return out;
}

using With = std::string (*)(const std::string&, const std::vector<std::uint64_t>&);

}  // namespace

int main() {
  const struct {
    const char* name;
    const char* bits;
    With with;
  } libraries[] = {{"CRoaring, roaring_bitmap_t", "32", with_c32},
                   {"CRoaring, roaring64_bitmap_t", "64", with_c64},
                   {"CRoaring, Roaring64Map", "64", with_map}};
  for (std::string bits, name, hex, ids;
       std::getline(std::cin, bits, '\t') && std::getline(std::cin, name, '\t') &&
       std::getline(std::cin, hex, '\t') && std::getline(std::cin, ids);) {
    for (const auto& library : libraries) {
      if (bits != library.bits) continue;
      try {
        const std::string out = library.with(bytes_of(hex), ids_of(ids));
        std::cout << library.name << '\t' << bits << '\t' << name << '\t' << hex_of(out) << '\n';
      } catch (const std::exception& error) {
        std::cerr << library.name << ", " << name << ": " << error.what() << '\n';
      }
    }
  }
}
