// Tensors of every type that can be computed with, as bytes: floats rounded to the type by the plainest rule.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "providers/local/matrix.h"
#include "tests/providers/local/local_support.h"

namespace costwar::local::test {

inline constexpr TensorType kEveryType[] = {TensorType::f32, TensorType::f16, TensorType::bf16,
                                            TensorType::q8_0, TensorType::q4_0};

// Rounded towards zero; of magnitudes below 65504.
inline std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const int exponent = static_cast<int>((bits >> 23) & 0xffu) - 112;
  if (exponent <= 0) return sign;
  return static_cast<std::uint16_t>(sign | (exponent << 10) | static_cast<int>((bits >> 13) & 0x3ffu));
}

inline std::string block_of(TensorType type, const float* values) {
  float top = 0;
  for (std::size_t i = 0; i < kBlock; ++i) top = std::max(top, std::abs(values[i]));
  const std::uint16_t scale = to_half(top / (type == TensorType::q8_0 ? 127.0f : 7.0f) * 1.001f);
  const float inverse = half_to_float(scale) > 0 ? 1.0f / half_to_float(scale) : 0.0f;
  std::string out = GgufBuilder::number(scale);
  const auto rounded = [&](std::size_t i) { return static_cast<int>(std::lround(values[i] * inverse)); };
  if (type == TensorType::q8_0)
    for (std::size_t i = 0; i < kBlock; ++i) out += static_cast<char>(rounded(i));
  else
    for (std::size_t i = 0; i < kBlock / 2; ++i)
      out += static_cast<char>((rounded(i) + 8) | ((rounded(i + 16) + 8) << 4));
  return out;
}

// A multiple of 32 values for the quantised types.
inline std::string stored_as(TensorType type, const std::vector<float>& values) {
  std::string out;
  if (type == TensorType::q8_0 || type == TensorType::q4_0) {
    for (std::size_t i = 0; i < values.size(); i += kBlock) out += block_of(type, values.data() + i);
    return out;
  }
  for (const float value : values) {
    if (type == TensorType::f32) out += GgufBuilder::number(value);
    if (type == TensorType::f16) out += GgufBuilder::number(to_half(value));
    if (type == TensorType::bf16)
      out += GgufBuilder::number(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
  }
  return out;
}

// The same file with its matrices (tensors of two and more dimensions) in another type; `exact` instead keeps
// that type's values, but in F32.
inline std::vector<std::byte> retyped(const std::vector<std::byte>& bytes, TensorType type, bool exact) {
  const Gguf file = Gguf::parse(bytes, "m.gguf");
  const auto* const begin = reinterpret_cast<const char*>(bytes.data());
  std::uint64_t keys = 0;
  std::memcpy(&keys, begin + 16, sizeof keys);
  GgufBuilder out;
  // Magic, version and counts have 24 bytes; the keys end where the first tensor's name begins.
  out.keys_of({begin + 24, static_cast<std::size_t>(file.tensors().front().name.data() - begin) - 8 - 24},
              keys);
  for (const auto& tensor : file.tensors()) {
    std::vector<float> values(static_cast<std::size_t>(tensor.elements));
    dequantise(tensor.type, tensor.data.data(), values.size(), values.data());
    TensorType to = TensorType::f32;
    if (tensor.dimensions > 1 && tensor.name.find("gate_inp") == std::string_view::npos) {
      const std::string stored = stored_as(type, values);
      dequantise(type, reinterpret_cast<const std::byte*>(stored.data()), values.size(), values.data());
      if (!exact) to = type;
    }
    out.raw_tensor(tensor.name, {tensor.shape.begin(), tensor.shape.begin() + tensor.dimensions},
                   static_cast<std::uint32_t>(to), stored_as(to, values));
  }
  return out.build();
}

}  // namespace costwar::local::test
