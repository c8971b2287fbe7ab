#include "simulation.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace costwar::coverage {
namespace {

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kSmallBuild = false;
#else
constexpr bool kSmallBuild = true;
#endif

// Marsaglia and Tsang 2000; below a shape of 1 by a power of a uniform.
double gamma_draw(RandomStream& random, double shape) {
  if (shape < 1) return gamma_draw(random, shape + 1) * std::pow(1 - random.unit(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal_draw(random);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - random.unit()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

int samples(int optimised) {
  const char* factor = std::getenv("COSTWAR_COVERAGE_FACTOR");
  const int times = factor == nullptr ? 1 : std::max(1, std::atoi(factor));
  return kSmallBuild ? std::max(1, optimised / 20) * times : optimised * times;
}

double required(double coverage, int count) {
  return kSmallBuild ? coverage - 3 * std::sqrt(coverage * (1 - coverage) / count) : coverage;
}

double normal_draw(RandomStream& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return radius * std::cos(2 * std::numbers::pi * random.unit());
}

double cluster_chance(RandomStream& random, double mean, double correlation) {
  if (correlation <= 0) return mean;
  if (correlation >= 1) return random.unit() < mean ? 1 : 0;
  const double size = 1 / correlation - 1;
  const double a = gamma_draw(random, mean * size);
  const double b = gamma_draw(random, (1 - mean) * size);
  // Both can underflow where the distribution is all but two points.
  return a + b > 0 ? a / (a + b) : cluster_chance(random, mean, 1);
}

void print_and_check(const std::string& title, const std::vector<Row>& rows, int count) {
  fmt::print("\n{}: coverage of 95 % intervals, {} samples a cell\n", title, count);
  std::size_t vouched = 0;
  for (const Row& row : rows) {
    const bool weak = stats::weak_cell(row.expected);
    vouched += weak ? 0 : 1;
    fmt::print("  {}  {:5.1f} %{}{}\n", row.label, 100 * row.coverage, weak ? "  not vouched for" : "",
               row.coverage < 0.92 ? "  below 92 %" : "");
    if (!weak) CHECK_MESSAGE(row.coverage >= required(0.92, count), title << ": " << row.label);
  }
  CHECK(vouched > 0);
}

}  // namespace costwar::coverage
