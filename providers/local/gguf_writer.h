// The header of a GGUF file (version 3, little endian): keys and tensor descriptions. Data is written behind
// it by the caller, each tensor at the place that was described, padded to kGgufAlignment. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "providers/local/gguf.h"

namespace costwar::local {

inline constexpr std::uint64_t kGgufAlignment = 32;

class GgufHeader {
 public:
  GgufHeader& u32(std::string_view key, std::uint32_t value);
  GgufHeader& f32(std::string_view key, float value);
  GgufHeader& flag(std::string_view key, bool value);
  GgufHeader& string(std::string_view key, std::string_view value);
  GgufHeader& strings(std::string_view key, const std::vector<std::string>& values);
  GgufHeader& i32s(std::string_view key, const std::vector<std::int32_t>& values);

  // Placed behind the last one. `bytes` is what its type takes.
  GgufHeader& tensor(std::string_view name, const std::array<std::int64_t, 4>& size, unsigned dimensions,
                     TensorType type, std::uint64_t bytes);

  // Padded, so that the first tensor may follow at once.
  std::string build() const;
  std::uint64_t data_bytes() const { return data_bytes_; }

 private:
  void pair(std::string_view key, GgufType type, const std::string& value);

  std::string pairs_, tensors_;
  std::uint64_t pair_count_ = 0, tensor_count_ = 0;
  std::uint64_t data_bytes_ = 0;  // padded
};

}  // namespace costwar::local
