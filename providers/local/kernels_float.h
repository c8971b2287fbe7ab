// The arithmetic in floats, included by kernels.cpp once per instruction set with COSTWAR_KERNEL_NAMESPACE,
// _TARGET, _LANES (floats in a register) and _TILE (rows of x that share one pass over the weights) defined.
// Not for inclusion anywhere else. No lambdas and no calls to templates of the
// library on hot paths: only functions that carry the target attribute themselves are compiled for the
// instruction set.

namespace costwar::local::COSTWAR_KERNEL_NAMESPACE {

constexpr std::size_t kLanes = COSTWAR_KERNEL_LANES;
typedef float Vector
    __attribute__((vector_size(COSTWAR_KERNEL_LANES * sizeof(float)), aligned(4), may_alias));

// Rows of x against `Vectors` vectors of each of `Panels` adjacent panels. w points at the first output of
// the first panel; out receives the sums by row, panel and vector.
template <std::size_t RowCount, std::size_t Panels, std::size_t Vectors>
COSTWAR_KERNEL_TARGET inline void tile(const PanelView& view, const float* w, Rows x, float* out) {
  Vector sum[RowCount][Panels][Vectors] = {};
  const float* const x_data = x.data;
  const std::size_t inputs = view.inputs, stride = view.stride, x_stride = x.stride;
  for (std::size_t i = 0; i < inputs; ++i) {
#pragma GCC unroll 4
    for (std::size_t p = 0; p < Panels; ++p) {
      const float* const at = w + p * stride + i * kPanel;
#pragma GCC unroll 8
      for (std::size_t v = 0; v < Vectors; ++v) {
        const Vector weight = *reinterpret_cast<const Vector*>(at + v * kLanes);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < RowCount; ++r) {
          const Vector at_all = x_data[r * x_stride + i] - Vector{};
          sum[r][p][v] = COSTWAR_KERNEL_FMA(weight, at_all, sum[r][p][v]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < RowCount; ++r)
#pragma GCC unroll 4
    for (std::size_t p = 0; p < Panels; ++p)
#pragma GCC unroll 8
      for (std::size_t v = 0; v < Vectors; ++v)
        *reinterpret_cast<Vector*>(out + ((r * Panels + p) * Vectors + v) * kLanes) = sum[r][p][v];
}

// `RowCount` rows of y from `Panels` panels at panel `first`. A register holds few enough sums when a pass
// takes two vectors of a panel; one row alone takes all of them, to have enough sums under way.
template <std::size_t RowCount, std::size_t Panels>
COSTWAR_KERNEL_TARGET inline void block(const PanelView& view, std::size_t first, Rows x, MutableRows y) {
  constexpr std::size_t kVectors = kPanel / kLanes;
  constexpr std::size_t kPass = RowCount == 1 ? kVectors : 2;
  constexpr std::size_t kWidth = kPass * kLanes;
  alignas(64) float out[RowCount * Panels * kPanel];
  for (std::size_t at = 0; at < kPanel; at += kWidth) {
    tile<RowCount, Panels, kPass>(view, view.data + first * view.stride + at, x, out);
    for (std::size_t r = 0; r < RowCount; ++r) {
      for (std::size_t p = 0; p < Panels; ++p) {
        const std::size_t output = (first + p) * kPanel + at;
        if (output >= view.outputs) continue;
        const std::size_t count = view.outputs - output < kWidth ? view.outputs - output : kWidth;
        std::memcpy(y.data + r * y.stride + output, out + (r * Panels + p) * kWidth, count * sizeof(float));
      }
    }
  }
}

COSTWAR_KERNEL_TARGET void matmul(const PanelView& w, Rows x, MutableRows y, std::size_t rows) {
  constexpr std::size_t kTile = COSTWAR_KERNEL_TILE;
  const std::size_t panels = (w.outputs + kPanel - 1) / kPanel;
  if (rows == 1) {
    std::size_t p = 0;
    for (; p + 2 <= panels; p += 2) block<1, 2>(w, p, x, y);
    for (; p < panels; ++p) block<1, 1>(w, p, x, y);
    return;
  }
  for (std::size_t p = 0; p < panels; ++p) {
    std::size_t r = 0;
    for (; r + kTile <= rows; r += kTile)
      block<kTile, 1>(w, p, {x.data + r * x.stride, x.stride}, {y.data + r * y.stride, y.stride});
    for (; r + 4 <= rows; r += 4)
      block<4, 1>(w, p, {x.data + r * x.stride, x.stride}, {y.data + r * y.stride, y.stride});
    for (; r + 2 <= rows; r += 2)
      block<2, 1>(w, p, {x.data + r * x.stride, x.stride}, {y.data + r * y.stride, y.stride});
    for (; r < rows; ++r)
      block<1, 1>(w, p, {x.data + r * x.stride, x.stride}, {y.data + r * y.stride, y.stride});
  }
}

// e^x within 2e-7 of the true value: x = n ln 2 + r, a polynomial of degree 6 for e^r (Taylor's, r is at most
// 0.35), n put into the exponent. Branch-free, so that loops over it become vector code. x is clamped to
// where the result is normal.
COSTWAR_KERNEL_TARGET inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer held in the low bits
  const float shifted = COSTWAR_KERNEL_FMA1(x, 1.44269504f, kRound);
  const float n = shifted - kRound;
  const float r = COSTWAR_KERNEL_FMA1(n, 2.12194440e-4f, COSTWAR_KERNEL_FMA1(n, -0.693359375f, x));
  float p = 1.0f / 720.0f;
  p = COSTWAR_KERNEL_FMA1(p, r, 1.0f / 120.0f);
  p = COSTWAR_KERNEL_FMA1(p, r, 1.0f / 24.0f);
  p = COSTWAR_KERNEL_FMA1(p, r, 1.0f / 6.0f);
  p = COSTWAR_KERNEL_FMA1(p, r, 0.5f);
  p = COSTWAR_KERNEL_FMA1(p, r, 1.0f);
  p = COSTWAR_KERNEL_FMA1(p, r, 1.0f);
  // Unsigned, and a product: whatever bits a NaN has, the arithmetic is defined and the result is a NaN.
  const std::uint32_t exponent =
      (std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound) + 127u) << 23;
  return p * std::bit_cast<float>(exponent);
}

COSTWAR_KERNEL_TARGET void softmax(float* x, std::size_t n) {
  float top = x[0];
  for (std::size_t i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
  for (std::size_t i = 0; i < n; ++i) x[i] = exponential(x[i] - top);
  float partial[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (std::size_t lane = 0; lane < 16; ++lane) partial[lane] += x[i + lane];
  float sum = 0;
  for (; i < n; ++i) sum += x[i];
  for (const float part : partial) sum += part;
  const float scale = 1.0f / sum;
  for (i = 0; i < n; ++i) x[i] *= scale;
}

COSTWAR_KERNEL_TARGET void silu_multiply(float* gate, const float* up, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) gate[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
}

COSTWAR_KERNEL_TARGET void rms_norm(const float* x, const float* weight, float* y, std::size_t n,
                                    float epsilon) {
  float partial[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (std::size_t lane = 0; lane < 16; ++lane) partial[lane] += x[i + lane] * x[i + lane];
  float sum = 0;
  for (; i < n; ++i) sum += x[i] * x[i];
  for (const float part : partial) sum += part;
  const float scale = 1.0f / std::sqrt(sum / static_cast<float>(n) + epsilon);
  for (i = 0; i < n; ++i) y[i] = x[i] * scale * weight[i];
}

}  // namespace costwar::local::COSTWAR_KERNEL_NAMESPACE
