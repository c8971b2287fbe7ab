// The arithmetic over quantised weights and over rows as they lie in a file; included by kernels.cpp after
// kernels_float.h for the same instruction set, whose _NAMESPACE, _TARGET and _LANES it uses and undefines at
// its end. _INTEGER_TILE is the number of rows of x that share one pass over panels; _DOT(sum, a, b) adds the
// products of 16-bit integers, pair by pair, to 32-bit sums; _WIDEN(bytes) makes 16-bit integers of a
// register of bytes; _HALVES(from) reads _LANES half-precision values: all three have plain forms. Where a
// register holds a whole block, _NIBBLES(from) reads one of Q4_0. Not for inclusion anywhere else.

#ifndef COSTWAR_KERNEL_DOT
#define COSTWAR_KERNEL_DOT(sum, a, b) plain_dot(sum, a, b)
#endif
#ifndef COSTWAR_KERNEL_WIDEN
#define COSTWAR_KERNEL_WIDEN(bytes) __builtin_convertvector(bytes, ShortVector)
#endif

namespace costwar::local::COSTWAR_KERNEL_NAMESPACE {

typedef std::int32_t IntVector __attribute__((vector_size(COSTWAR_KERNEL_LANES * 4), may_alias));
typedef std::int16_t ShortVector __attribute__((vector_size(COSTWAR_KERNEL_LANES * 4), may_alias));
typedef std::int8_t ByteVector __attribute__((vector_size(COSTWAR_KERNEL_LANES * 2), may_alias));
typedef std::uint16_t HalfVector __attribute__((vector_size(COSTWAR_KERNEL_LANES * 2), may_alias));
typedef std::uint32_t WordVector __attribute__((vector_size(COSTWAR_KERNEL_LANES * 4), may_alias));
constexpr std::size_t kPairBytes = 2 * kLanes;         // weights of a pair of inputs in one register
constexpr std::size_t kParts = kBlock / (2 * kLanes);  // registers of a block of activations
constexpr std::size_t kPanelVectors = kPanel / kLanes;
static_assert(kParts >= 1);

template <class V>
COSTWAR_KERNEL_TARGET inline V load(const void* from) {
  V out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

#if !defined(__x86_64__)
inline IntVector plain_dot(IntVector sum, ShortVector a, ShortVector b) {
  const IntVector x = reinterpret_cast<IntVector>(a), y = reinterpret_cast<IntVector>(b);
  const IntVector low_x = reinterpret_cast<IntVector>(reinterpret_cast<WordVector>(x) << 16) >> 16;
  const IntVector low_y = reinterpret_cast<IntVector>(reinterpret_cast<WordVector>(y) << 16) >> 16;
  return sum + low_x * low_y + (x >> 16) * (y >> 16);
}
#endif

COSTWAR_KERNEL_TARGET inline ShortVector widen(const std::byte* from) {
  return COSTWAR_KERNEL_WIDEN(load<ByteVector>(from));
}
COSTWAR_KERNEL_TARGET inline ShortVector low_nibbles(const std::byte* from) {
  return COSTWAR_KERNEL_WIDEN((load<ByteVector>(from) & 15) - 8);
}
COSTWAR_KERNEL_TARGET inline ShortVector high_nibbles(const std::byte* from) {
  const HalfVector bytes = load<HalfVector>(from) >> 4;
  return COSTWAR_KERNEL_WIDEN((reinterpret_cast<ByteVector>(bytes) & 15) - 8);
}
COSTWAR_KERNEL_TARGET inline ShortVector broadcast_pair(const std::byte* from) {
  return reinterpret_cast<ShortVector>(IntVector{} + load<std::int32_t>(from));
}
COSTWAR_KERNEL_TARGET inline Vector halves(const std::byte* from) {
#ifdef COSTWAR_KERNEL_HALVES
  return COSTWAR_KERNEL_HALVES(from);
#else
  std::uint16_t bits[kLanes];
  std::memcpy(bits, from, sizeof bits);
  float out[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) out[lane] = half_to_float(bits[lane]);
  return load<Vector>(out);
#endif
}
COSTWAR_KERNEL_TARGET inline float one_half(const std::byte* from) {
  std::uint16_t bits;
  std::memcpy(&bits, from, 2);
#ifdef COSTWAR_KERNEL_HALVES
  return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(bits)));
#else
  return half_to_float(bits);
#endif
}

COSTWAR_KERNEL_TARGET void to_integers(const float* x, std::size_t inputs, std::byte* out) {
  std::int16_t* const values = reinterpret_cast<std::int16_t*>(out);
  float* const scales = reinterpret_cast<float*>(out + inputs * 2);
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer held in the low bits
  for (std::size_t b = 0; b < inputs / kBlock; ++b) {
    const float* const from = x + b * kBlock;
    std::uint32_t top_bits = 0;  // of magnitudes, which order as their bits do
    for (std::size_t i = 0; i < kBlock; ++i) {
      const std::uint32_t bits = std::bit_cast<std::uint32_t>(from[i]) & 0x7fffffffu;
      top_bits = bits > top_bits ? bits : top_bits;
    }
    std::int16_t* const to = values + b * kBlock;
    const float top = std::bit_cast<float>(top_bits);
    if (top_bits >= 0x7f800000u || top < 1e-30f) {
      scales[b] = top_bits >= 0x7f800000u ? std::bit_cast<float>(0x7fc00000u) : 0.0f;
      for (std::size_t i = 0; i < kBlock; ++i) to[i] = 0;
      continue;
    }
    scales[b] = top / 32767.0f;
    const float inverse = 32767.0f / top;
    for (std::size_t i = 0; i < kBlock; ++i)
      to[i] = static_cast<std::int16_t>(
          std::bit_cast<std::uint32_t>(COSTWAR_KERNEL_FMA1(from[i], inverse, kRound)) -
          std::bit_cast<std::uint32_t>(kRound));
  }
}

// `RowCount` rows of x against `Panels` adjacent panels from `w` on, `Vectors` registers of each from `first`
// on. Pair j and pair j + 8 of a block go into sums of their own where few sums are under way; being exact
// integers, they may be added in any order.
template <bool Nibbles, std::size_t RowCount, std::size_t Panels, std::size_t Vectors>
COSTWAR_KERNEL_TARGET inline void integer_tile(const WeightView& view, const std::byte* w, std::size_t first,
                                               const std::byte* x, std::size_t x_stride, float* out) {
  constexpr std::size_t kSplit = RowCount * Panels * Vectors <= 4 ? 2 : 1;
  constexpr std::size_t kBlockBytes = Nibbles ? kQ4PanelBlock : kQ8PanelBlock;
  const std::size_t inputs = view.inputs, stride = view.stride;
  Vector total[RowCount][Panels][Vectors] = {};
  for (std::size_t b = 0; b < inputs / kBlock; ++b) {
    const std::byte* const block = w + b * kBlockBytes;
    IntVector sum[RowCount][Panels][Vectors][kSplit] = {};
#pragma GCC unroll 2
    for (std::size_t j = 0; j < 8; ++j) {
      ShortVector low[Panels][Vectors], high[Panels][Vectors];
#pragma GCC unroll 4
      for (std::size_t p = 0; p < Panels; ++p)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v) {
          const std::byte* const at =
              block + p * stride + 2 * kPanel + j * 2 * kPanel + (first + v) * kPairBytes;
          low[p][v] = Nibbles ? low_nibbles(at) : widen(at);
          high[p][v] = Nibbles ? high_nibbles(at) : widen(at + 8 * 2 * kPanel);
        }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < RowCount; ++r) {
        const std::byte* const at = x + r * x_stride + (b * kBlock + j * 2) * 2;
        const ShortVector a = broadcast_pair(at), c = broadcast_pair(at + 32);
#pragma GCC unroll 4
        for (std::size_t p = 0; p < Panels; ++p)
#pragma GCC unroll 8
          for (std::size_t v = 0; v < Vectors; ++v) {
            sum[r][p][v][0] = COSTWAR_KERNEL_DOT(sum[r][p][v][0], low[p][v], a);
            sum[r][p][v][kSplit - 1] = COSTWAR_KERNEL_DOT(sum[r][p][v][kSplit - 1], high[p][v], c);
          }
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < RowCount; ++r) {
      const std::byte* const row = x + r * x_stride;
      const float scale = load<float>(row + inputs * 2 + b * sizeof(float));
#pragma GCC unroll 4
      for (std::size_t p = 0; p < Panels; ++p)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v) {
          IntVector all = sum[r][p][v][0];
          if constexpr (kSplit == 2) all += sum[r][p][v][1];
          const Vector scales = halves(block + p * stride + (first + v) * kPairBytes) * scale;
          total[r][p][v] = COSTWAR_KERNEL_FMA(__builtin_convertvector(all, Vector), scales, total[r][p][v]);
        }
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < RowCount; ++r)
#pragma GCC unroll 4
    for (std::size_t p = 0; p < Panels; ++p)
#pragma GCC unroll 8
      for (std::size_t v = 0; v < Vectors; ++v)
        std::memcpy(out + ((r * Panels + p) * Vectors + v) * kLanes, &total[r][p][v], sizeof(Vector));
}

template <bool Nibbles, std::size_t RowCount, std::size_t Panels>
COSTWAR_KERNEL_TARGET inline void integer_block(const WeightView& view, std::size_t first, IntegerRows x,
                                                MutableRows y) {
  constexpr std::size_t kPass = RowCount == 1 || kPanelVectors < 2 ? kPanelVectors : 2;
  constexpr std::size_t kWidth = kPass * kLanes;
  alignas(64) float out[RowCount * Panels * kPanel];
  for (std::size_t at = 0; at < kPanelVectors; at += kPass) {
    integer_tile<Nibbles, RowCount, Panels, kPass>(view, view.data + first * view.stride, at, x.data,
                                                   x.stride, out);
    for (std::size_t r = 0; r < RowCount; ++r) {
      for (std::size_t p = 0; p < Panels; ++p) {
        const std::size_t output = (first + p) * kPanel + at * kLanes;
        if (output >= view.outputs) continue;
        const std::size_t count = view.outputs - output < kWidth ? view.outputs - output : kWidth;
        std::memcpy(y.data + r * y.stride + output, out + (r * Panels + p) * kWidth, count * sizeof(float));
      }
    }
  }
}

template <bool Nibbles>
COSTWAR_KERNEL_TARGET inline void integer_panels(const WeightView& w, IntegerRows x, MutableRows y,
                                                 std::size_t rows) {
  constexpr std::size_t kTile = COSTWAR_KERNEL_INTEGER_TILE;
  const std::size_t panels = (w.outputs + kPanel - 1) / kPanel;
  if (rows == 1) {
    std::size_t p = 0;
    for (; p + 2 <= panels; p += 2) integer_block<Nibbles, 1, 2>(w, p, x, y);
    for (; p < panels; ++p) integer_block<Nibbles, 1, 1>(w, p, x, y);
    return;
  }
  for (std::size_t p = 0; p < panels; ++p) {
    std::size_t r = 0;
    for (; r + kTile <= rows; r += kTile)
      integer_block<Nibbles, kTile, 1>(w, p, {x.data + r * x.stride, x.stride},
                                       {y.data + r * y.stride, y.stride});
    if constexpr (kTile > 4)
      for (; r + 4 <= rows; r += 4)
        integer_block<Nibbles, 4, 1>(w, p, {x.data + r * x.stride, x.stride},
                                     {y.data + r * y.stride, y.stride});
    if constexpr (kTile > 2)
      for (; r + 2 <= rows; r += 2)
        integer_block<Nibbles, 2, 1>(w, p, {x.data + r * x.stride, x.stride},
                                     {y.data + r * y.stride, y.stride});
    for (; r < rows; ++r)
      integer_block<Nibbles, 1, 1>(w, p, {x.data + r * x.stride, x.stride},
                                   {y.data + r * y.stride, y.stride});
  }
}

COSTWAR_KERNEL_TARGET void q8_panels(const WeightView& w, IntegerRows x, MutableRows y, std::size_t rows) {
  integer_panels<false>(w, x, y, rows);
}
COSTWAR_KERNEL_TARGET void q4_panels(const WeightView& w, IntegerRows x, MutableRows y, std::size_t rows) {
  integer_panels<true>(w, x, y, rows);
}

// 32 weights of a row as they lie in a file, in registers that match those of a block of activations.
template <bool Nibbles>
COSTWAR_KERNEL_TARGET inline void unpack(const std::byte* from, ShortVector* out) {
  if constexpr (!Nibbles) {
#pragma GCC unroll 4
    for (std::size_t part = 0; part < kParts; ++part) out[part] = widen(from + part * 2 * kLanes);
  } else if constexpr (kParts == 1) {
#ifdef COSTWAR_KERNEL_NIBBLES
    out[0] = COSTWAR_KERNEL_NIBBLES(from);
#else
    static_assert(kParts > 1, "registers of a whole block need COSTWAR_KERNEL_NIBBLES");
#endif
  } else {
#pragma GCC unroll 4
    for (std::size_t part = 0; part < kParts / 2; ++part) {
      out[part] = low_nibbles(from + part * 2 * kLanes);
      out[kParts / 2 + part] = high_nibbles(from + part * 2 * kLanes);
    }
  }
}

COSTWAR_KERNEL_TARGET inline float sum_lanes(Vector v) {
  float lanes[kLanes];
  std::memcpy(lanes, &v, sizeof v);
#pragma GCC unroll 4
  for (std::size_t half = kLanes / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
}

template <bool Nibbles, std::size_t Outputs, std::size_t RowCount>
COSTWAR_KERNEL_TARGET inline void integer_row_tile(const WeightView& view, std::size_t first, IntegerRows x,
                                                   MutableRows y) {
  constexpr std::size_t kBytes = Nibbles ? kQ4RowBlock : kQ8RowBlock;
  const std::byte* const w = view.data + first * view.stride;
  const std::size_t inputs = view.inputs;
  Vector total[Outputs][RowCount] = {};
  for (std::size_t b = 0; b < inputs / kBlock; ++b) {
    ShortVector weights[Outputs][kParts];
    float scales[Outputs];
#pragma GCC unroll 4
    for (std::size_t o = 0; o < Outputs; ++o) {
      const std::byte* const at = w + o * view.stride + b * kBytes;
      // The same place of the next tile: rows are too short for the processor to see the streams.
      __builtin_prefetch(at + Outputs * view.stride);
      unpack<Nibbles>(at + 2, weights[o]);
      scales[o] = one_half(at);
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < RowCount; ++r) {
      const std::byte* const row = x.data + r * x.stride;
      const float scale = load<float>(row + inputs * 2 + b * sizeof(float));
#pragma GCC unroll 4
      for (std::size_t o = 0; o < Outputs; ++o) {
        IntVector sum = {};
#pragma GCC unroll 4
        for (std::size_t part = 0; part < kParts; ++part)
          sum = COSTWAR_KERNEL_DOT(sum, weights[o][part],
                                   load<ShortVector>(row + b * kBlock * 2 + part * sizeof(ShortVector)));
        const Vector both = scales[o] * scale - Vector{};
        total[o][r] = COSTWAR_KERNEL_FMA(__builtin_convertvector(sum, Vector), both, total[o][r]);
      }
    }
  }
  for (std::size_t r = 0; r < RowCount; ++r)
    for (std::size_t o = 0; o < Outputs; ++o) y.data[r * y.stride + first + o] = sum_lanes(total[o][r]);
}

enum class FloatKind { f32, f16, bf16 };

template <FloatKind Kind>
COSTWAR_KERNEL_TARGET inline Vector load_floats(const std::byte* from) {
  if constexpr (Kind == FloatKind::f32) return load<Vector>(from);
  if constexpr (Kind == FloatKind::f16) return halves(from);
  return reinterpret_cast<Vector>(__builtin_convertvector(load<HalfVector>(from), WordVector) << 16);
}

template <FloatKind Kind, std::size_t Outputs, std::size_t RowCount>
COSTWAR_KERNEL_TARGET inline void float_row_tile(const WeightView& view, std::size_t first, Rows x,
                                                 MutableRows y) {
  constexpr std::size_t kSize = Kind == FloatKind::f32 ? 4 : 2;
  const std::byte* const w = view.data + first * view.stride;
  Vector total[Outputs][RowCount] = {};
  std::size_t i = 0;
  for (; i + kLanes <= view.inputs; i += kLanes) {
    Vector weights[Outputs];
#pragma GCC unroll 4
    for (std::size_t o = 0; o < Outputs; ++o) weights[o] = load_floats<Kind>(w + o * view.stride + i * kSize);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < RowCount; ++r) {
      const Vector at = load<Vector>(x.data + r * x.stride + i);
#pragma GCC unroll 4
      for (std::size_t o = 0; o < Outputs; ++o) total[o][r] = COSTWAR_KERNEL_FMA(weights[o], at, total[o][r]);
    }
  }
  // The rest as a register that zeros fill, so that a compiler has no choice of how to round here either.
  if (const std::size_t rest = view.inputs - i; rest > 0) {
    for (std::size_t o = 0; o < Outputs; ++o) {
      std::byte weights[kLanes * kSize] = {};
      std::memcpy(weights, w + o * view.stride + i * kSize, rest * kSize);
      for (std::size_t r = 0; r < RowCount; ++r) {
        float at[kLanes] = {};
        std::memcpy(at, x.data + r * x.stride + i, rest * sizeof(float));
        const Vector weight = load_floats<Kind>(weights), at_all = load<Vector>(at);
        total[o][r] = COSTWAR_KERNEL_FMA(weight, at_all, total[o][r]);
      }
    }
  }
  for (std::size_t r = 0; r < RowCount; ++r)
    for (std::size_t o = 0; o < Outputs; ++o) y.data[r * y.stride + first + o] = sum_lanes(total[o][r]);
}

// All outputs in fours, all rows in fours, then the rest one by one.
#define COSTWAR_KERNEL_SWEEP(name, tile_name, kind, rows_type)                                         \
  COSTWAR_KERNEL_TARGET void name(const WeightView& w, rows_type x, MutableRows y, std::size_t rows) { \
    for (std::size_t o = 0; o < w.outputs;) {                                                          \
      const bool four = o + 4 <= w.outputs;                                                            \
      std::size_t r = 0;                                                                               \
      for (; r + 4 <= rows; r += 4) {                                                                  \
        const rows_type from{x.data + r * x.stride, x.stride};                                         \
        const MutableRows to{y.data + r * y.stride, y.stride};                                         \
        four ? tile_name<kind, 4, 4>(w, o, from, to) : tile_name<kind, 1, 4>(w, o, from, to);          \
      }                                                                                                \
      for (; r < rows; ++r) {                                                                          \
        const rows_type from{x.data + r * x.stride, x.stride};                                         \
        const MutableRows to{y.data + r * y.stride, y.stride};                                         \
        four ? tile_name<kind, 4, 1>(w, o, from, to) : tile_name<kind, 1, 1>(w, o, from, to);          \
      }                                                                                                \
      o += four ? 4 : 1;                                                                               \
    }                                                                                                  \
  }
COSTWAR_KERNEL_SWEEP(q8_rows, integer_row_tile, false, IntegerRows)
COSTWAR_KERNEL_SWEEP(q4_rows, integer_row_tile, true, IntegerRows)
COSTWAR_KERNEL_SWEEP(f32_rows, float_row_tile, FloatKind::f32, Rows)
COSTWAR_KERNEL_SWEEP(f16_rows, float_row_tile, FloatKind::f16, Rows)
COSTWAR_KERNEL_SWEEP(bf16_rows, float_row_tile, FloatKind::bf16, Rows)

constexpr Kernels table{
#define COSTWAR_KERNEL_TEXT(name) #name
#define COSTWAR_KERNEL_QUOTE(name) COSTWAR_KERNEL_TEXT(name)
    .name = COSTWAR_KERNEL_QUOTE(COSTWAR_KERNEL_NAMESPACE),
    .matmul = matmul,
    .f32_rows = f32_rows,
    .f16_rows = f16_rows,
    .bf16_rows = bf16_rows,
    .q8_panels = q8_panels,
    .q4_panels = q4_panels,
    .q8_rows = q8_rows,
    .q4_rows = q4_rows,
    .to_integers = to_integers,
    .softmax = softmax,
    .silu_multiply = silu_multiply,
    .rms_norm = rms_norm};

}  // namespace costwar::local::COSTWAR_KERNEL_NAMESPACE

#undef COSTWAR_KERNEL_SWEEP
#undef COSTWAR_KERNEL_TEXT
#undef COSTWAR_KERNEL_QUOTE
#undef COSTWAR_KERNEL_NAMESPACE
#undef COSTWAR_KERNEL_TARGET
#undef COSTWAR_KERNEL_LANES
#undef COSTWAR_KERNEL_TILE
#undef COSTWAR_KERNEL_INTEGER_TILE
#undef COSTWAR_KERNEL_DOT
#undef COSTWAR_KERNEL_FMA
#undef COSTWAR_KERNEL_FMA1
#undef COSTWAR_KERNEL_NIBBLES
#undef COSTWAR_KERNEL_WIDEN
#undef COSTWAR_KERNEL_HALVES
