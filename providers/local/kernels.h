// The arithmetic that costs time: matrix products, softmax, SiLU and RMS normalisation. The same source
// (kernels_float.h, kernels_integer.h) is compiled once per instruction set and the best one that this
// processor has is chosen at the first use; any x86-64 and arm64 has the plain one. Pure functions on the
// caller's memory, safe from any thread.
//
// Weights of Q8_0 and Q4_0 are multiplied as the integers that they are: activations are first written as
// blocks of 32 integers of 16 bits with one scale each (an error of at most 1/65534 of the block's largest),
// sums of 32 products are exact in 32 bits, and only their scaling is floating-point. Other engines round
// activations to 8 bits here; 16 keep the logits of the shipped models within 1e-4 of double precision, for
// half the peak rate.
//
// The sums of a row are formed in one order, whatever the number of rows computed at once: on one machine a
// prompt processed at once gives bit for bit the values of the same tokens processed one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace costwar::local {

inline constexpr std::size_t kPanel = 32;  // outputs stored side by side
inline constexpr std::size_t kBlock = 32;  // inputs that share a scale

// A matrix of floats in panels: panel p holds outputs [32 p, 32 p + 32), and in it input i holds 32 adjacent
// floats, one per output. Panels are `stride` floats apart (at least inputs * 32); outputs beyond the last
// are padding that is never read as a result.
struct PanelView {
  const float* data = nullptr;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t stride = 0;
};

// How the weights of a matrix lie in memory. Rows are those of a GGUF file, one per output. Panels have 32
// outputs side by side: of floats as in PanelView; of integers one block of inputs after the other, each 32
// half-precision scales and then the 16 pairs of inputs, a pair being two adjacent bytes per output. A pair
// of q4_panels is a nibble per weight, pair j in the low one and pair j + 8 in the high one.
enum class Storage : std::uint8_t {
  f32_panels,
  q8_panels,
  q4_panels,
  f32_rows,
  f16_rows,
  bf16_rows,
  q8_rows,
  q4_rows
};
inline constexpr std::size_t kQ8PanelBlock = 2 * kPanel + kPanel * kBlock;      // bytes
inline constexpr std::size_t kQ4PanelBlock = 2 * kPanel + kPanel * kBlock / 2;  // bytes
inline constexpr std::size_t kQ8RowBlock = 34, kQ4RowBlock = 18;                // bytes

constexpr bool wants_integers(Storage storage) {
  return storage == Storage::q8_panels || storage == Storage::q4_panels || storage == Storage::q8_rows ||
         storage == Storage::q4_rows;
}

struct WeightView {
  const std::byte* data = nullptr;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t stride = 0;  // bytes from one panel or row to the next
};

struct Rows {
  const float* data;
  std::size_t stride;  // floats from one row to the next
};

struct MutableRows {
  float* data;
  std::size_t stride;
};

// Rows of activations as integers: `inputs` values of 16 bits, then one float per block, its scale.
struct IntegerRows {
  const std::byte* data;
  std::size_t stride;  // bytes
};
constexpr std::size_t integer_row_bytes(std::size_t inputs) {
  return (inputs * 2 + inputs / kBlock * sizeof(float) + 63) / 64 * 64;
}

using FloatProduct = void (*)(const WeightView& w, Rows x, MutableRows y, std::size_t rows);
using IntegerProduct = void (*)(const WeightView& w, IntegerRows x, MutableRows y, std::size_t rows);

// Products: y[r][o] = sum over i of w(o, i) * x[r][i].
struct Kernels {
  std::string_view name;
  void (*matmul)(const PanelView& w, Rows x, MutableRows y, std::size_t rows);
  FloatProduct f32_rows, f16_rows, bf16_rows;
  IntegerProduct q8_panels, q4_panels, q8_rows, q4_rows;
  // One row; inputs is a multiple of kBlock. A block with a value that is not finite gets a scale that is not
  // a number, so that every result of it is none either.
  void (*to_integers)(const float* x, std::size_t inputs, std::byte* out);
  // In place; n > 0.
  void (*softmax)(float* x, std::size_t n);
  // gate[i] = silu(gate[i]) * up[i].
  void (*silu_multiply)(float* gate, const float* up, std::size_t n);
  // y = x / sqrt(mean(x^2) + epsilon) * weight; x may be y.
  void (*rms_norm)(const float* x, const float* weight, float* y, std::size_t n, float epsilon);
};

// The sets that this processor can run, the fastest first; and the fastest.
std::vector<const Kernels*> supported_kernels();
const Kernels& kernels();
// For tests and benchmarks: what kernels() says from now on. Nothing may be computing meanwhile.
void use_kernels(const Kernels& set);

}  // namespace costwar::local
