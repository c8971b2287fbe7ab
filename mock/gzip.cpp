#include "mock/gzip.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace costwar::mock {
namespace {

constexpr std::size_t kMostStored = 0xFFFF;  // bytes of one stored block
constexpr std::uint32_t kAdlerModulus = 65521;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
    table[i] = value;
  }
  return table;
}

// RFC 1952 section 8.
std::uint32_t crc32(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

// RFC 1950 section 9.
std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t low = 1;
  std::uint32_t high = 0;
  for (const char c : bytes) {
    low = (low + static_cast<unsigned char>(c)) % kAdlerModulus;
    high = (high + low) % kAdlerModulus;
  }
  return (high << 16U) | low;
}

void append_little(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void append_stored(std::string& out, std::string_view bytes) {
  do {
    const std::string_view block = bytes.substr(0, std::min(bytes.size(), kMostStored));
    bytes.remove_prefix(block.size());
    out += bytes.empty() ? '\1' : '\0';  // the last block says so
    const auto length = static_cast<std::uint32_t>(block.size());
    append_little(out, length, 2);
    append_little(out, ~length, 2);
    out += block;
  } while (!bytes.empty());
}

}  // namespace

std::string encode(ContentCoding coding, std::string_view bytes) {
  if (coding == ContentCoding::identity) return std::string(bytes);
  std::string out;
  if (coding == ContentCoding::gzip) {
    out.assign("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF", 10);
    append_stored(out, bytes);
    append_little(out, crc32(bytes), 4);
    append_little(out, static_cast<std::uint32_t>(bytes.size()), 4);
    return out;
  }
  out.assign("\x78\x01", 2);
  append_stored(out, bytes);
  const std::uint32_t sum = adler32(bytes);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((sum >> shift) & 0xFFU);
  return out;
}

std::string_view coding_header(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::identity:
      return {};
    case ContentCoding::gzip:
      return "Content-Encoding: gzip\r\n";
    case ContentCoding::deflate:
      return "Content-Encoding: deflate\r\n";
  }
  return {};
}

}  // namespace costwar::mock
