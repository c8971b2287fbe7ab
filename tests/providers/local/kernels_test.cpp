#include "providers/local/kernels.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "providers/local/matrix.h"
#include "tests/providers/local/local_support.h"

using namespace costwar;
using namespace costwar::local;

namespace {

std::vector<float> noise(std::size_t count, const char* name) {
  RandomStream random(1, name);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(random.unit() * 2 - 1);
  return out;
}

void check_product(const Kernels& set, std::size_t inputs, std::size_t outputs, std::size_t rows) {
  const auto weights = noise(inputs * outputs, "weights");
  Matrix packed(inputs, outputs);
  for (std::size_t o = 0; o < outputs; ++o) packed.set_row(o, weights.data() + o * inputs);
  const std::size_t x_stride = inputs + 3, y_stride = outputs + 2;
  const auto x = noise(rows * x_stride, "x");
  std::vector<float> y(rows * y_stride, 42.0f);
  product(set, packed.storage(), packed.view(), {x.data(), x_stride}, {nullptr, 0}, {y.data(), y_stride},
          rows);
  double worst = 0;
  bool kept = true;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t o = 0; o < outputs; ++o) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs; ++i)
        sum += double{weights[o * inputs + i]} * double{x[r * x_stride + i]};
      worst = test::worse(worst, std::abs(double{y[r * y_stride + o]} - sum));
    }
    kept = kept && y[r * y_stride + outputs] == 42.0f && y[r * y_stride + outputs + 1] == 42.0f;
  }
  CHECK(worst < 1e-5);
  CHECK(kept);
}

void check_functions(const Kernels& set, std::size_t n) {
  auto x = noise(n, "softmax");
  for (float& value : x) value *= 40;
  const auto up = noise(n, "up");
  double sum = 0, squares = 0;
  for (const float value : x) {
    sum += std::exp(double{value});
    squares += double{value} * double{value};
  }
  auto soft = x, silu = x, norm = x;
  set.softmax(soft.data(), n);
  set.silu_multiply(silu.data(), up.data(), n);
  set.rms_norm(x.data(), up.data(), norm.data(), n, 1e-5f);
  double worst = 0;  // relative, so that small values count as much as large ones
  for (std::size_t i = 0; i < n; ++i) {
    const double v = x[i], u = up[i];
    worst = test::worse(worst, std::abs(double{soft[i]} / (std::exp(v) / sum) - 1));
    worst = test::worse(worst, std::abs(double{silu[i]} / (v / (1 + std::exp(-v)) * u) - 1));
    worst =
        test::worse(worst, std::abs(double{norm[i]} / (v / std::sqrt(squares / double(n) + 1e-5) * u) - 1));
  }
  CHECK(worst < 1e-5);
}

}  // namespace

TEST_CASE("a packed product equals the plain sum, for every count of rows, and writes nothing else") {
  for (const Kernels* set : supported_kernels()) {
    CAPTURE(set->name);
    for (const std::size_t inputs : {1u, 7u, 64u}) {
      for (const std::size_t outputs : {1u, 31u, 32u, 33u, 80u}) {
        for (std::size_t rows = 1; rows <= 19; ++rows) check_product(*set, inputs, outputs, rows);
      }
    }
  }
}

TEST_CASE("softmax, SiLU and RMS norm equal their formulas in double precision") {
  for (const Kernels* set : supported_kernels()) {
    CAPTURE(set->name);
    for (const std::size_t n : {1u, 5u, 16u, 100u}) check_functions(*set, n);
  }
}

TEST_CASE("softmax of values far apart is finite and sums to one") {
  std::vector<float> x{-1e30f, 0.0f, 1e30f, -200.0f};
  kernels().softmax(x.data(), x.size());
  CHECK(x[2] == doctest::Approx(1.0));
  CHECK(x[0] < 1e-37f);
}

TEST_CASE("a value that is not a number stays one") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernels* set : supported_kernels()) {
    CAPTURE(set->name);
    std::vector<float> soft{1.0f, nan, 2.0f}, silu{-nan, nan, 1.0f};
    set->softmax(soft.data(), soft.size());
    for (const float value : soft) CHECK(std::isnan(value));
    set->silu_multiply(silu.data(), std::vector<float>{1, 1, 1}.data(), silu.size());
    CHECK(std::isnan(silu[0]));
    CHECK(std::isnan(silu[1]));
    CHECK(silu[2] == doctest::Approx(0.731059));
  }
}

TEST_CASE("half precision covers zero, subnormal, normal, infinite and not-a-number values") {
  CHECK(half_to_float(0x0000) == 0.0f);
  CHECK(std::signbit(half_to_float(0x8000)));
  CHECK(half_to_float(0x0001) == 0x1p-24f);
  CHECK(half_to_float(0x83ff) == -1023 * 0x1p-24f);
  CHECK(half_to_float(0x0400) == 0x1p-14f);
  CHECK(half_to_float(0x3c00) == 1.0f);
  CHECK(half_to_float(0xc248) == -3.140625f);
  CHECK(half_to_float(0x7bff) == 65504.0f);
  CHECK(std::isinf(half_to_float(0x7c00)));
  CHECK(std::isnan(half_to_float(0x7e00)));
}
