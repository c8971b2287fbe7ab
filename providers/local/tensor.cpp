#include "providers/local/tensor.h"

#include <algorithm>

namespace costwar::local {

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
  if (!can_compute(tensor.type))
    file_.fail(what + " has the type " + std::string(tensor_type_info(tensor.type)->name) +
                   "; the built-in engine computes with F32, F16, BF16, Q8_0 and Q4_0",
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
  dequantise(tensor.type, tensor.data.data(), width * count, out.data());
  return out;
}

RowTable WeightReader::table(const std::string& name, std::size_t width, std::size_t count) {
  const GgufTensor& tensor = checked(name, width, count, 1);
  if (!in_place_) reserve(tensor.bytes);
  return RowTable(tensor, in_place_);
}

void WeightReader::enlarge(Floats& scratch, std::size_t size) {
  if (size <= scratch.size()) return;
  reserve(std::uint64_t{size - scratch.size()} * sizeof(float));
  scratch.resize(size);
}

Matrix WeightReader::matrix(const std::string& name, std::size_t inputs, std::size_t outputs) {
  return std::move(matrices(name, inputs, outputs, 1).front());
}

std::vector<Matrix> WeightReader::matrices(const std::string& name, std::size_t inputs, std::size_t outputs,
                                           std::size_t count) {
  const GgufTensor& tensor = checked(name, inputs, outputs, count);
  if (!in_place_) reserve(Matrix::repacked_bytes(tensor.type, inputs, outputs) * count);
  std::vector<Matrix> out;
  out.reserve(count);
  for (std::size_t m = 0; m < count; ++m)
    out.push_back((in_place_ ? Matrix::in_place : Matrix::repacked)(tensor, m * outputs, outputs));
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
