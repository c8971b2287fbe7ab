#include "mock/gzip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace costwar::mock {
namespace {

constexpr std::size_t kStoredBlock = 65'535;  // RFC 1951: its length has 16 bits

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
    table[byte] = value;
  }
  return table;
}

std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

// The body without HTTP's chunks, which this server wrote itself.
std::string joined(std::string_view chunks) {
  std::string body;
  while (!chunks.empty()) {
    const std::size_t line = chunks.find("\r\n");
    const std::size_t size = std::stoul(std::string(chunks.substr(0, line)), nullptr, 16);
    if (size == 0) break;
    body += chunks.substr(line + 2, size);
    chunks.remove_prefix(line + 2 + size + 2);
  }
  return body;
}

}  // namespace

std::string gzip_stored(std::string_view bytes) {
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  std::string_view left = bytes;
  do {
    const std::string_view block = left.substr(0, kStoredBlock);
    left.remove_prefix(block.size());
    const auto size = static_cast<std::uint32_t>(block.size());
    out += left.empty() ? '\x01' : '\x00';
    append_little_endian(out, size, 2);
    append_little_endian(out, ~size, 2);
    out += block;
  } while (!left.empty());
  append_little_endian(out, crc32(bytes), 4);
  append_little_endian(out, static_cast<std::uint32_t>(bytes.size()), 4);
  return out;
}

void compress(Reply& reply) {
  const std::size_t head_end = reply.bytes.find("\r\n\r\n") + 2;
  std::string head = reply.bytes.substr(0, head_end);
  const std::string_view body = std::string_view(reply.bytes).substr(head_end + 2);
  const bool chunked = head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos;
  const std::string packed = gzip_stored(chunked ? joined(body) : std::string(body));
  for (const std::string_view name : {"\r\nTransfer-Encoding: ", "\r\nContent-Length: "}) {
    const std::size_t at = head.find(name);
    if (at != std::string::npos) head.erase(at, head.find("\r\n", at + 2) - at);
  }
  fmt::format_to(std::back_inserter(head), "Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                 packed.size());
  unsigned tokens = 0;
  Nanos last{};
  for (const Piece& piece : reply.pieces) {
    tokens += piece.tokens;
    last = std::max(last, piece.after);
  }
  reply.bytes = std::move(head) + packed;
  reply.pieces.clear();
  add_piece(reply, last, tokens);
}

}  // namespace costwar::mock
