// From tensors of a file to what the kernels compute with. Weights of F32, F16 and Q8_0 are all expanded to
// F32 panels once, at load: exact for F32 and F16, and for Q8_0 the very product scale * integer, so that
// results differ from a float reference by rounding alone. It costs 4 bytes a weight in memory, which small
// models can afford; a limit refuses the others. Nothing here refers to the file's bytes after it returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "providers/local/gguf.h"
#include "providers/local/kernels.h"

namespace costwar::local {

// Cache-line aligned, so that no vector load of a panel straddles two lines.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  explicit AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* at, std::size_t) { ::operator delete (at, std::align_val_t{64}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};
using Floats = std::vector<float, AlignedAllocator<float>>;

// IEEE 754 binary16 to binary32, exactly.
float half_to_float(std::uint16_t half);

// Row `row` (of shape[0] values) as floats. The type must be one that can be computed with.
void dequantise_row(const GgufTensor& tensor, std::uint64_t row, float* out);

class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(std::size_t inputs, std::size_t outputs);
  static std::size_t bytes_for(std::size_t inputs, std::size_t outputs);

  void set_row(std::size_t output, const float* weights);  // `inputs` floats
  void set(std::size_t output, std::size_t input, float weight);
  PanelView view() const { return {data_.data(), inputs_, outputs_, inputs_ * kPanel}; }
  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }

 private:
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  Floats data_;
};

// Takes the tensors of one file by name, checks each shape and type before touching data, and counts the
// memory that they and the cache need against a limit. finish() refuses a file that has tensors which nobody
// asked for: ignoring a bias or a scale would give wrong answers without a word.
class WeightReader {
 public:
  WeightReader(const Gguf& file, std::uint64_t memory_limit) : file_(file), memory_left_(memory_limit) {}

  const Gguf& file() const { return file_; }
  bool has(const std::string& name) const { return file_.has_tensor(name); }
  Floats vector(const std::string& name, std::size_t size);
  PackedMatrix matrix(const std::string& name, std::size_t inputs, std::size_t outputs);
  std::vector<PackedMatrix> matrices(const std::string& name, std::size_t inputs, std::size_t outputs,
                                     std::size_t count);
  // Rows as floats, unpacked: for lookups and rearrangements.
  Floats rows(const std::string& name, std::size_t width, std::size_t count);
  // Counts memory that is not a tensor's.
  void reserve(std::uint64_t bytes);
  Floats scratch(std::size_t size) {
    reserve(std::uint64_t{size} * sizeof(float));
    return Floats(size);
  }
  void finish(const std::vector<std::string>& ignored_prefixes) const;

 private:
  const GgufTensor& checked(const std::string& name, std::size_t a, std::size_t b, std::size_t c);

  const Gguf& file_;
  std::uint64_t memory_left_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace costwar::local
