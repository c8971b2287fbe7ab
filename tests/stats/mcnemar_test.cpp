#include <doctest/doctest.h>

#include <cmath>

#include "stats/paired.h"

using costwar::stats::mcnemar_exact_log10_p;
using costwar::stats::mcnemar_exact_p;
using doctest::Approx;

TEST_CASE("McNemar equals the exact sum of whole binomial coefficients") {
  // Python: Fraction(2 * sum(comb(n, i) for i in range(k + 1)), 2 ** n).
  CHECK(mcnemar_exact_p(383, 95) == Approx(5.116157326697435e-42).epsilon(1e-12));
  CHECK(mcnemar_exact_p(360, 76) == Approx(2.891394635034685e-45).epsilon(1e-12));
  CHECK(mcnemar_exact_p(9, 2) == 0.0654296875);  // to the last digit up to 50 items
  CHECK(mcnemar_exact_p(2, 9) == 0.0654296875);
  CHECK(mcnemar_exact_p(7, 6) == 1);
  CHECK(mcnemar_exact_p(40, 39) == 1);
}

TEST_CASE("the logarithm goes on where a double cannot") {
  // mpmath with 40 digits, log-gamma and the same sum. Compared as absolute errors of the natural logarithm,
  // which are the relative errors of p.
  struct Row {
    std::int64_t first;
    std::int64_t second;
    double log10_p;
    double error;
  };
  for (const Row& row :
       {Row{5001000, 4999000, -0.27794564159032607, 1e-9}, Row{5010000, 4990000, -9.5943462600803689, 1e-9},
        Row{5500000, 4500000, -21753.61533596987, 1e-9}, Row{10000000, 0, -3010299.6556098163, 2e-9},
        Row{9999990, 10, -3010236.2153743692, 2e-9}, Row{1000, 0, -300.72896566831721, 1e-12},
        Row{100, 2000, -458.62803896733795, 1e-12}}) {
    CAPTURE(row.first);
    CHECK(std::abs(mcnemar_exact_log10_p(row.first, row.second) - row.log10_p) < row.error);
  }
  CHECK(mcnemar_exact_p(2000, 100) == 0);
  CHECK(mcnemar_exact_log10_p(0, 0) == 0);
}

TEST_CASE("the counted and the summed p are one function") {
  for (std::int64_t first = 0; first <= 50; ++first)
    for (std::int64_t second = 0; first + second <= 50; ++second)
      CHECK(std::log10(mcnemar_exact_p(first, second)) ==
            Approx(mcnemar_exact_log10_p(first, second)).epsilon(1e-12));
}

TEST_CASE("one more discordant item on the larger side never raises p") {
  for (std::int64_t second = 0; second <= 40; ++second)
    for (std::int64_t first = second; first <= 80; ++first)
      CHECK(mcnemar_exact_log10_p(first + 1, second) <= mcnemar_exact_log10_p(first, second) + 1e-12);
}
