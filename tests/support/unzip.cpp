#include "tests/support/unzip.h"

#include <zlib.h>

#include <cstdint>
#include <stdexcept>

namespace costwar::testing {
namespace {

// Little endian, as zip has it.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) throw std::runtime_error("the archive ends early");
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

std::string inflated(std::string_view packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int end = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (end != Z_STREAM_END || stream.total_out != size) throw std::runtime_error("a part is damaged");
  return out;
}

}  // namespace

std::map<std::string, std::string> unzip(std::string_view bytes) {
  const std::size_t end = bytes.rfind("PK\x05\x06");
  if (end == std::string_view::npos) throw std::runtime_error("no zip archive");
  std::map<std::string, std::string> parts;
  std::size_t at = number(bytes, end + 16, 4);
  for (std::uint32_t left = number(bytes, end + 10, 2); left > 0; --left) {
    const std::uint32_t method = number(bytes, at + 10, 2);
    const std::uint32_t checksum = number(bytes, at + 16, 4);
    const std::uint32_t packed = number(bytes, at + 20, 4);
    const std::uint32_t size = number(bytes, at + 24, 4);
    const std::uint32_t name_size = number(bytes, at + 28, 2);
    const std::uint32_t local = number(bytes, at + 42, 4);
    const std::string name(bytes.substr(at + 46, name_size));
    const std::size_t data = local + 30 + number(bytes, local + 26, 2) + number(bytes, local + 28, 2);
    const std::string_view content = bytes.substr(data, packed);
    std::string part = method == 0 ? std::string(content) : inflated(content, size);
    const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    if (sum != checksum) throw std::runtime_error("the checksum of " + name + " is wrong");
    parts.emplace(name, std::move(part));
    at += 46 + name_size + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
  }
  return parts;
}

}  // namespace costwar::testing
