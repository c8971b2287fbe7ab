// Weights as the kernels compute with them. A matrix of a GGUF file is either repacked at load into panels
// (Q8_0 and Q4_0 keep their size and values; F32, F16 and BF16 become F32, exactly) or used in place, row by
// row, where the file's bytes stay. Repacked products are faster, several times so for prompts; in place
// costs no memory of its own and no time at load. Immutable once built; what is in place refers to the file's
// bytes, everything else owns its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "providers/local/gguf.h"
#include "providers/local/half.h"
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
using Bytes = std::vector<std::byte, AlignedAllocator<std::byte>>;

// The types that can be computed with: F32, F16, BF16, Q8_0 and Q4_0.
bool can_compute(TensorType type);

std::size_t row_bytes(TensorType type, std::size_t width);

// `width` values, a whole number of blocks of a type that can be computed with, as floats.
void dequantise(TensorType type, const std::byte* from, std::size_t width, float* out);

class Matrix {
 public:
  Matrix() = default;
  // Panels of floats, all zero until set.
  Matrix(std::size_t inputs, std::size_t outputs);
  void set(std::size_t output, std::size_t input, float weight);
  void set_row(std::size_t output, const float* weights);  // `inputs` floats

  // Rows [first, first + outputs) of a tensor.
  static Matrix repacked(const GgufTensor& tensor, std::size_t first, std::size_t outputs);
  static Matrix in_place(const GgufTensor& tensor, std::size_t first, std::size_t outputs);
  static std::uint64_t repacked_bytes(TensorType type, std::size_t inputs, std::size_t outputs);

  Storage storage() const { return storage_; }
  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }
  // Outputs [first, first + count); first is a multiple of kPanel.
  WeightView view(std::size_t first, std::size_t count) const;
  WeightView view() const { return view(0, outputs_); }

 private:
  Matrix(Storage storage, std::size_t inputs, std::size_t outputs, std::size_t stride);
  void pack_integers(const GgufTensor& tensor, std::size_t first);

  Storage storage_ = Storage::f32_panels;
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  std::size_t stride_ = 0;  // bytes
  Bytes owned_;
  const std::byte* outside_ = nullptr;  // in place
};

// Rows to look up, in the file's type: copied, or in place.
class RowTable {
 public:
  RowTable() = default;
  RowTable(const GgufTensor& tensor, bool in_place);
  void row(std::size_t index, float* out) const;

 private:
  TensorType type_ = TensorType::f32;
  std::size_t width_ = 0;
  std::vector<std::byte> owned_;
  const std::byte* outside_ = nullptr;
};

// y = w x for `rows` rows; of x, the floats or the integers are read as the matrix wants. The view is of `w`.
void product(const Kernels& kernels, Storage storage, const WeightView& view, Rows x, IntegerRows integers,
             MutableRows y, std::size_t rows);

}  // namespace costwar::local
