#include "providers/local/gguf.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "providers/local/gguf_detail.h"

namespace costwar::local {

static_assert(std::endian::native == std::endian::little, "GGUF numbers are read in place");

using detail::load;

namespace detail {

std::size_t scalar_bytes(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::boolean:
      return 1;
    case GgufType::u16:
    case GgufType::i16:
      return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32:
      return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64:
      return 8;
    case GgufType::string:
    case GgufType::array:
      break;
  }
  return 0;
}

GgufValue scalar_value(GgufType type, const std::byte* at) {
  switch (type) {
    case GgufType::u8:
      return std::uint64_t{load<std::uint8_t>(at)};
    case GgufType::i8:
      return std::int64_t{load<std::int8_t>(at)};
    case GgufType::u16:
      return std::uint64_t{load<std::uint16_t>(at)};
    case GgufType::i16:
      return std::int64_t{load<std::int16_t>(at)};
    case GgufType::u32:
      return std::uint64_t{load<std::uint32_t>(at)};
    case GgufType::i32:
      return std::int64_t{load<std::int32_t>(at)};
    case GgufType::f32:
      return double{load<float>(at)};
    case GgufType::boolean:
      return load<std::uint8_t>(at) != 0;
    case GgufType::u64:
      return load<std::uint64_t>(at);
    case GgufType::i64:
      return load<std::int64_t>(at);
    case GgufType::f64:
      return load<double>(at);
    case GgufType::string:
    case GgufType::array:
      break;
  }
  return std::uint64_t{0};
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c < 127 ? c : '?';
  return out + (text.size() > 80 ? "...'" : "'");
}

}  // namespace detail

using detail::quoted;
using detail::scalar_bytes;
using detail::scalar_value;

void Gguf::fail(const std::string& what, const std::string& hint) const {
  throw Error(ErrorKind::input, name_ + ": " + what, hint);
}

const GgufValue* Gguf::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufValue& Gguf::required(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) fail("has no key " + quoted(key), "the model needs it; convert the file again");
  return *value;
}

std::uint32_t Gguf::as_u32(std::string_view key, const GgufValue& value) const {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  if (const auto* u = std::get_if<std::uint64_t>(&value)) {
    if (*u <= most) return static_cast<std::uint32_t>(*u);
  } else if (const auto* i = std::get_if<std::int64_t>(&value)) {
    if (*i >= 0 && static_cast<std::uint64_t>(*i) <= most) return static_cast<std::uint32_t>(*i);
  } else {
    fail("the value of " + quoted(key) + " is not an integer");
  }
  fail("the value of " + quoted(key) + " is not between 0 and " + std::to_string(most));
}

float Gguf::as_f32(std::string_view key, const GgufValue& value) const {
  double number = 0;
  if (const auto* f = std::get_if<double>(&value)) {
    number = *f;
  } else if (const auto* u = std::get_if<std::uint64_t>(&value)) {
    number = static_cast<double>(*u);
  } else if (const auto* i = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*i);
  } else {
    fail("the value of " + quoted(key) + " is not a number");
  }
  if (!std::isfinite(number) || std::abs(number) > double{std::numeric_limits<float>::max()})
    fail("the value of " + quoted(key) + " is not a finite number");
  return static_cast<float>(number);
}

std::vector<std::uint32_t> Gguf::as_u32s(std::string_view key, const GgufArray& array) const {
  const std::size_t size = scalar_bytes(array.type);
  if (size == 0) fail("the value of " + quoted(key) + " is not an array of integers");
  std::vector<std::uint32_t> numbers;
  numbers.reserve(array.count);
  for (std::size_t i = 0; i < array.count; ++i)
    numbers.push_back(as_u32(key, scalar_value(array.type, array.raw.data() + i * size)));
  return numbers;
}

std::uint32_t Gguf::u32(std::string_view key) const {
  return as_u32(key, required(key));
}

std::optional<std::uint32_t> Gguf::optional_u32(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? std::nullopt : std::optional(as_u32(key, *value));
}

float Gguf::f32(std::string_view key) const {
  return as_f32(key, required(key));
}

std::optional<float> Gguf::optional_f32(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? std::nullopt : std::optional(as_f32(key, *value));
}

std::optional<bool> Gguf::optional_bool(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const bool* flag = std::get_if<bool>(value)) return *flag;
  fail("the value of " + quoted(key) + " is not true or false");
}

std::optional<std::string_view> Gguf::optional_string(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* found = std::get_if<std::string_view>(value)) return *found;
  fail("the value of " + quoted(key) + " is not a string");
}

std::string_view Gguf::string(std::string_view key) const {
  required(key);
  return *optional_string(key);
}

std::span<const std::string_view> Gguf::strings(std::string_view key) const {
  const auto* array = std::get_if<GgufArray>(&required(key));
  // Some writers give an empty array the type of nothing in particular.
  if (array == nullptr || (array->type != GgufType::string && array->count != 0))
    fail("the value of " + quoted(key) + " is not an array of strings");
  return array->strings;
}

std::optional<std::vector<std::uint32_t>> Gguf::optional_u32s(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* array = std::get_if<GgufArray>(value)) return as_u32s(key, *array);
  fail("the value of " + quoted(key) + " is not an array");
}

std::optional<std::vector<std::uint32_t>> Gguf::optional_per_layer(std::string_view key,
                                                                   std::size_t count) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(value);
  if (array == nullptr) return std::vector<std::uint32_t>(count, as_u32(key, *value));
  if (array->count != count)
    fail("the value of " + quoted(key) + " has " + std::to_string(array->count) + " entries for " +
         std::to_string(count) + " layers");
  return as_u32s(key, *array);
}

std::vector<std::uint32_t> Gguf::optional_pattern(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* array = std::get_if<GgufArray>(value)) {
    if (array->type != GgufType::boolean) return as_u32s(key, *array);
    std::vector<std::uint32_t> flags;
    for (const std::byte flag : array->raw) flags.push_back(flag != std::byte{0} ? 1 : 0);
    return flags;
  }
  return {as_u32(key, *value)};
}

const GgufTensor* Gguf::find_tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

const GgufTensor& Gguf::tensor(std::string_view name) const {
  const GgufTensor* found = find_tensor(name);
  if (found == nullptr) fail("has no tensor " + quoted(name), "the model needs it; convert the file again");
  return *found;
}

}  // namespace costwar::local
