#include "providers/local/gguf_writer.h"

#include <cstring>
#include <type_traits>

namespace costwar::local {

namespace {

template <class T>
std::string raw(T value) {
  static_assert(std::is_arithmetic_v<T>);
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string sized(std::string_view text) {
  return raw(std::uint64_t{text.size()}) + std::string(text);
}

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kGgufAlignment - 1) / kGgufAlignment * kGgufAlignment;
}

}  // namespace

void GgufHeader::pair(std::string_view key, GgufType type, const std::string& value) {
  pairs_ += sized(key) + raw(static_cast<std::uint32_t>(type)) + value;
  ++pair_count_;
}

GgufHeader& GgufHeader::u32(std::string_view key, std::uint32_t value) {
  pair(key, GgufType::u32, raw(value));
  return *this;
}

GgufHeader& GgufHeader::f32(std::string_view key, float value) {
  pair(key, GgufType::f32, raw(value));
  return *this;
}

GgufHeader& GgufHeader::flag(std::string_view key, bool value) {
  pair(key, GgufType::boolean, raw(static_cast<std::uint8_t>(value ? 1 : 0)));
  return *this;
}

GgufHeader& GgufHeader::string(std::string_view key, std::string_view value) {
  pair(key, GgufType::string, sized(value));
  return *this;
}

GgufHeader& GgufHeader::strings(std::string_view key, const std::vector<std::string>& values) {
  std::string body = raw(static_cast<std::uint32_t>(GgufType::string)) + raw(std::uint64_t{values.size()});
  for (const std::string& value : values) body += sized(value);
  pair(key, GgufType::array, body);
  return *this;
}

GgufHeader& GgufHeader::i32s(std::string_view key, const std::vector<std::int32_t>& values) {
  std::string body = raw(static_cast<std::uint32_t>(GgufType::i32)) + raw(std::uint64_t{values.size()});
  for (const std::int32_t value : values) body += raw(value);
  pair(key, GgufType::array, body);
  return *this;
}

GgufHeader& GgufHeader::tensor(std::string_view name, const std::array<std::int64_t, 4>& size,
                               unsigned dimensions, TensorType type, std::uint64_t bytes) {
  tensors_ += sized(name) + raw(std::uint32_t{dimensions});
  for (unsigned d = 0; d < dimensions; ++d) tensors_ += raw(static_cast<std::uint64_t>(size[d]));
  tensors_ += raw(static_cast<std::uint32_t>(type)) + raw(data_bytes_);
  data_bytes_ += padded(bytes);
  ++tensor_count_;
  return *this;
}

std::string GgufHeader::build() const {
  std::string header =
      "GGUF" + raw(std::uint32_t{3}) + raw(tensor_count_) + raw(pair_count_) + pairs_ + tensors_;
  header.resize(padded(header.size()));
  return header;
}

}  // namespace costwar::local
