// Reader of GGUF model files: header, key-value pairs and tensor descriptions over bytes that the caller
// owns. Every count, length and offset in the file is checked before it is used; whatever is wrong becomes
// one Error{ErrorKind::input} that names the file and the place. Nothing is copied: strings, arrays and
// tensor data are views into the bytes, which must outlive the Gguf. Immutable after parsing, so any thread
// may read it.
//
// Limits, far above real files: 65,536 keys, 65,536 tensors, names of 1,024 bytes, 2^24 array elements, 4
// dimensions, alignment a power of two from 8 to 65,536. Versions 2 and 3, little endian; arrays of arrays
// are refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace costwar::local {

// Values as stored in the file. Those with names can be computed with; the others are known by size alone.
enum class TensorType : std::uint32_t { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8, bf16 = 30 };

struct TensorTypeInfo {
  TensorType type;
  std::string_view name;
  std::uint32_t block_elements;
  std::uint32_t block_bytes;
};

// nullptr for a type that no known GGUF writer uses.
const TensorTypeInfo* tensor_type_info(TensorType type);

struct GgufTensor {
  std::string_view name;
  TensorType type = TensorType::f32;
  std::array<std::uint64_t, 4> shape{1, 1, 1, 1};  // shape[0] is contiguous
  unsigned dimensions = 0;
  std::uint64_t elements = 0;
  std::uint64_t offset = 0;  // from the first byte of the file
  std::uint64_t bytes = 0;
  std::span<const std::byte> data;
};

enum class GgufType : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

struct GgufArray {
  GgufType type = GgufType::u8;
  std::size_t count = 0;
  std::span<const std::byte> raw;         // numbers and booleans
  std::vector<std::string_view> strings;  // strings
};

using GgufValue = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, GgufArray>;

class Gguf {
 public:
  // `bytes` is the whole file. `name` is what errors call it.
  static Gguf parse(std::span<const std::byte> bytes, std::string name);

  const std::string& name() const { return name_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t file_bytes() const { return file_bytes_; }

  // Typed access. A missing key gives nothing (optional_*) or an Error; a key of another type, or a number
  // that does not fit, is always an Error that names the key.
  bool has(std::string_view key) const { return values_.contains(key); }
  std::uint32_t u32(std::string_view key) const;
  std::optional<std::uint32_t> optional_u32(std::string_view key) const;
  float f32(std::string_view key) const;
  std::optional<float> optional_f32(std::string_view key) const;
  std::optional<bool> optional_bool(std::string_view key) const;
  std::string_view string(std::string_view key) const;
  std::optional<std::string_view> optional_string(std::string_view key) const;
  std::span<const std::string_view> strings(std::string_view key) const;
  std::optional<std::vector<std::uint32_t>> optional_u32s(std::string_view key) const;
  // A number for every one of `count` layers: one value for all, or an array of exactly `count`.
  std::optional<std::vector<std::uint32_t>> optional_per_layer(std::string_view key, std::size_t count) const;

  // The entries of an array of integers or booleans, or one number; empty when there is no such key.
  std::vector<std::uint32_t> optional_pattern(std::string_view key) const;

  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  const GgufTensor* find_tensor(std::string_view name) const;
  bool has_tensor(std::string_view name) const { return find_tensor(name) != nullptr; }
  const GgufTensor& tensor(std::string_view name) const;

  // The Error of this file: "NAME: WHAT".
  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const;

 private:
  friend class GgufParser;
  const GgufValue& required(std::string_view key) const;
  const GgufValue* find(std::string_view key) const;
  std::uint32_t as_u32(std::string_view key, const GgufValue& value) const;
  float as_f32(std::string_view key, const GgufValue& value) const;
  std::vector<std::uint32_t> as_u32s(std::string_view key, const GgufArray& array) const;

  std::string name_;
  std::uint32_t version_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::map<std::string_view, GgufValue> values_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string_view, std::size_t> tensor_index_;
};

}  // namespace costwar::local
