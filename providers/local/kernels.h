// The arithmetic that costs time: matrix products over packed weights, softmax, SiLU and RMS normalisation in
// F32. The same source (kernels_body.h) is compiled once per instruction set and the best one that this
// processor has is chosen at the first use; any x86-64 and arm64 has the plain one. Pure functions on the
// caller's memory, safe from any thread.
//
// A row of a product is always summed over the inputs in ascending order, whatever the number of rows
// computed at once: on one machine a prompt processed at once gives bit for bit the values of the same tokens
// processed one by one.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace costwar::local {

inline constexpr std::size_t kPanel = 32;  // outputs stored side by side

// A matrix in panels: panel p holds outputs [32 p, 32 p + 32), and in it input i holds 32 adjacent floats,
// one per output. Panels are `stride` floats apart (at least inputs * 32); outputs beyond the last are
// padding that is never read as a result.
struct PanelView {
  const float* data = nullptr;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t stride = 0;
};

struct Rows {
  const float* data;
  std::size_t stride;  // floats from one row to the next
};

struct MutableRows {
  float* data;
  std::size_t stride;
};

struct Kernels {
  std::string_view name;
  // y[r][o] = sum over i of w(o, i) * x[r][i].
  void (*matmul)(const PanelView& w, Rows x, MutableRows y, std::size_t rows);
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

}  // namespace costwar::local
