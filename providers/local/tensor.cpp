#include "providers/local/tensor.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace costwar::local {

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float tiny = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(tiny));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

void dequantise_row(const GgufTensor& tensor, std::uint64_t row, float* out) {
  const auto width = static_cast<std::size_t>(tensor.shape[0]);
  const TensorTypeInfo& info = *tensor_type_info(tensor.type);
  const std::size_t row_bytes = width / info.block_elements * info.block_bytes;
  const std::byte* from = tensor.data.data() + static_cast<std::size_t>(row) * row_bytes;
  if (tensor.type == TensorType::f32) {
    std::memcpy(out, from, row_bytes);
    return;
  }
  if (tensor.type == TensorType::f16) {
    for (std::size_t i = 0; i < width; ++i) {
      std::uint16_t half;
      std::memcpy(&half, from + i * 2, 2);
      out[i] = half_to_float(half);
    }
    return;
  }
  for (std::size_t i = 0; i < width;
       i += 32, from += 34) {  // Q8_0: a half-precision scale, then 32 signed bytes
    std::uint16_t half;
    std::memcpy(&half, from, 2);
    const float scale = half_to_float(half);
    for (std::size_t k = 0; k < 32; ++k)
      out[i + k] = scale * static_cast<float>(static_cast<std::int8_t>(from[2 + k]));
  }
}

PackedMatrix::PackedMatrix(std::size_t inputs, std::size_t outputs)
    : inputs_(inputs), outputs_(outputs), data_(bytes_for(inputs, outputs) / sizeof(float)) {}

std::size_t PackedMatrix::bytes_for(std::size_t inputs, std::size_t outputs) {
  return (outputs + kPanel - 1) / kPanel * kPanel * inputs * sizeof(float);
}

void PackedMatrix::set(std::size_t output, std::size_t input, float weight) {
  data_[output / kPanel * inputs_ * kPanel + input * kPanel + output % kPanel] = weight;
}

void PackedMatrix::set_row(std::size_t output, const float* weights) {
  for (std::size_t i = 0; i < inputs_; ++i) set(output, i, weights[i]);
}

const GgufTensor& WeightReader::checked(const std::string& name, std::size_t a, std::size_t b,
                                        std::size_t c) {
  const GgufTensor& tensor = file_.tensor(name);
  const std::string what = "tensor '" + name + "'";
  if (tensor.shape[0] != a || tensor.shape[1] != b || tensor.shape[2] != c || tensor.shape[3] != 1) {
    const auto shape = [](std::uint64_t x, std::uint64_t y, std::uint64_t z) {
      return std::to_string(x) + " x " + std::to_string(y) + " x " + std::to_string(z);
    };
    file_.fail(what + " has the shape " + shape(tensor.shape[0], tensor.shape[1], tensor.shape[2]) +
               (tensor.shape[3] == 1 ? "" : " x " + std::to_string(tensor.shape[3])) + "; its keys ask for " +
               shape(a, b, c));
  }
  if (tensor.type != TensorType::f32 && tensor.type != TensorType::f16 && tensor.type != TensorType::q8_0)
    file_.fail(what + " has the type " + std::string(tensor_type_info(tensor.type)->name) +
                   "; the built-in engine computes with F32, F16 and Q8_0",
               "serve this file with llama-server and name its address, or convert it to Q8_0");
  used_.insert(name);
  return tensor;
}

void WeightReader::reserve(std::uint64_t bytes) {
  if (bytes > memory_left_)
    file_.fail(
        "needs more memory than the built-in engine allows",
        "the built-in engine is for small models; serve this file with llama-server and name its address");
  memory_left_ -= bytes;
}

Floats WeightReader::vector(const std::string& name, std::size_t size) {
  return rows(name, size, 1);
}

Floats WeightReader::rows(const std::string& name, std::size_t width, std::size_t count) {
  const GgufTensor& tensor = checked(name, width, count, 1);
  reserve(tensor.elements * sizeof(float));
  Floats out(width * count);
  for (std::size_t r = 0; r < count; ++r) dequantise_row(tensor, r, out.data() + r * width);
  return out;
}

PackedMatrix WeightReader::matrix(const std::string& name, std::size_t inputs, std::size_t outputs) {
  return std::move(matrices(name, inputs, outputs, 1).front());
}

std::vector<PackedMatrix> WeightReader::matrices(const std::string& name, std::size_t inputs,
                                                 std::size_t outputs, std::size_t count) {
  const GgufTensor& tensor = checked(name, inputs, outputs, count);
  reserve(std::uint64_t{PackedMatrix::bytes_for(inputs, outputs)} * count);
  Floats row(inputs);
  std::vector<PackedMatrix> out;
  out.reserve(count);
  for (std::size_t m = 0; m < count; ++m) {
    PackedMatrix& packed = out.emplace_back(inputs, outputs);
    for (std::size_t r = 0; r < outputs; ++r) {
      dequantise_row(tensor, m * outputs + r, row.data());
      packed.set_row(r, row.data());
    }
  }
  return out;
}

void WeightReader::finish(const std::vector<std::string>& ignored_prefixes) const {
  for (const auto& tensor : file_.tensors()) {
    const bool ignored =
        std::any_of(ignored_prefixes.begin(), ignored_prefixes.end(),
                    [&](const std::string& prefix) { return tensor.name.starts_with(prefix); });
    if (!ignored && !used_.contains(tensor.name))
      file_.fail("has the tensor '" + std::string(tensor.name) + "', which the built-in engine does not know",
                 "serve this file with llama-server and name its address");
  }
}

}  // namespace costwar::local
