// The binomial probabilities behind the exact McNemar test, as logarithms: a saddle-point form of one term
// (Loader 2000, "Fast and accurate computation of binomial probabilities") and a falling series from there,
// so nothing underflows and no digits are lost between large logarithms of factorials.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "stats/paired.h"

namespace costwar::stats {
namespace {

// log n! less Stirling's sqrt(2 pi n) (n / e)^n.
double stirling_error(double n) {
  if (n < 16) {
    const double leading = (n + 0.5) * std::log(n) - n + 0.5 * std::log(2 * std::numbers::pi);
    return std::lgamma(n + 1) - leading;
  }
  const double square = n * n;
  return (1.0 / 12 -
          (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square) /
         n;
}

// (1 - x) log(1 - x) + (1 + x) log(1 + x) for 0 <= x < 1.
double deviance(double x) {
  if (x > 0.1) return (1 - x) * std::log1p(-x) + (1 + x) * std::log1p(x);
  double sum = 0;
  double power = x * x;
  for (int j = 1; j <= 10; ++j, power *= x * x) sum += power / (j * (2 * j - 1));
  return sum;
}

// log of C(n, k) / 2^n, k <= n - k.
double log_term(double n, double k) {
  if (k == 0) return -n * std::numbers::ln2;
  const double rest = n - k;
  return stirling_error(n) - stirling_error(k) - stirling_error(rest) - n / 2 * deviance((rest - k) / n) +
         0.5 * std::log(n / (2 * std::numbers::pi * k * rest));
}

double log_p(std::int64_t only_first, std::int64_t only_second) {
  const double n = static_cast<double>(only_first + only_second);
  const double least = static_cast<double>(std::min(only_first, only_second));
  if (only_first == only_second) return 0;
  // The terms below the observed one, each as a share of it; from the first that no longer counts they all do
  // not.
  double sum = 1;
  double term = 1;
  for (double k = least; k > 0 && term > 1e-18 * sum; --k) {
    term *= k / (n - k + 1);
    sum += term;
  }
  return std::min(0.0, std::numbers::ln2 + log_term(n, least) + std::log(sum));
}

}  // namespace

double mcnemar_exact_p(std::int64_t only_first, std::int64_t only_second) {
  return std::exp(log_p(only_first, only_second));
}

double mcnemar_exact_log10_p(std::int64_t only_first, std::int64_t only_second) {
  return log_p(only_first, only_second) / std::numbers::ln10;
}

}  // namespace costwar::stats
