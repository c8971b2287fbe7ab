#include "stats/confidence_sequence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

using costwar::stats::ConfidenceSequence;
using costwar::stats::Interval;
using doctest::Approx;

namespace {

// The definition, without any economy: products over all values for each candidate mean.
Interval by_definition(const std::vector<double>& values, double alpha) {
  const double stakes[] = {0.5, 0.3, 0.15, 0.06};
  const double weights[] = {0.2, 0.4, 0.25, 0.15};
  Interval bounds{-1, 1};
  for (int i = 0; i <= 2000; ++i) {
    const double m = (i - 1000) / 1000.0;
    std::vector<double> capital(8);
    for (std::size_t bet = 0; bet < 4; ++bet) capital[bet] = capital[bet + 4] = weights[bet];
    for (const double x : values) {
      double above = 0;
      double below = 0;
      for (std::size_t bet = 0; bet < 4; ++bet) {
        above += capital[bet] *= 1 + stakes[bet] * (x - m);
        below += capital[bet + 4] *= 1 - stakes[bet] * (x - m);
      }
      if (above >= 2 / alpha) bounds.low = std::max(bounds.low, m);
      if (below >= 2 / alpha) bounds.high = std::min(bounds.high, m);
    }
  }
  return bounds;
}

std::vector<double> pattern(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i % 10 == 0 ? 1 : i % 17 == 3 ? -0.5 : 0);
  return values;
}

}  // namespace

TEST_CASE("the sequence is the betting capital of its definition") {
  for (const int n : {1, 10, 60, 400}) {
    ConfidenceSequence sequence(0.05);
    for (const double x : pattern(n)) sequence.add(x);
    const Interval expected = by_definition(pattern(n), 0.05);
    CAPTURE(n);
    CHECK(sequence.interval().low == Approx(expected.low).epsilon(1e-12));
    CHECK(sequence.interval().high == Approx(expected.high).epsilon(1e-12));
  }
}

TEST_CASE("it starts without a claim and only ever narrows") {
  ConfidenceSequence sequence(0.05);
  CHECK(sequence.interval() == Interval{-1, 1});
  CHECK(sequence.values() == 0);
  CHECK(sequence.mean() == 0);
  Interval before = sequence.interval();
  for (const double x : pattern(3000)) {
    sequence.add(x);
    const Interval now = sequence.interval();
    REQUIRE(now.low >= before.low);
    REQUIRE(now.high <= before.high);
    REQUIRE(now.width() > 0);
    before = now;
  }
  CHECK(sequence.values() == 3000);
  CHECK(before.contains(sequence.mean()));
  CHECK(before.width() < 0.06);
}

TEST_CASE("values that mirror each other mirror the interval") {
  ConfidenceSequence one(0.01);
  ConfidenceSequence other(0.01);
  for (const double x : pattern(500)) {
    one.add(x);
    other.add(-x);
  }
  CHECK(one.interval().low == Approx(-other.interval().high));
  CHECK(one.interval().high == Approx(-other.interval().low));
}

TEST_CASE("a smaller alpha takes longer") {
  ConfidenceSequence strict(0.001);
  ConfidenceSequence lax(0.1);
  for (const double x : pattern(500)) {
    strict.add(x);
    lax.add(x);
  }
  CHECK(strict.interval().width() > lax.interval().width());
}

TEST_CASE("equal values never make it certain, and values that contradict each other never make it empty") {
  ConfidenceSequence sequence(0.05);
  for (int i = 0; i < 20000; ++i) sequence.add(1);
  CHECK(sequence.interval().high == 1);
  CHECK(sequence.interval().low > 0.99);
  CHECK(sequence.interval().width() > 0);
  for (int i = 0; i < 20000; ++i) sequence.add(-1);
  CHECK(sequence.interval().width() > 0);
}

TEST_CASE("what is no value or no alpha is refused") {
  ConfidenceSequence sequence(0.05);
  CHECK_THROWS_AS(sequence.add(1.01), std::domain_error);
  CHECK_THROWS_AS(sequence.add(std::numeric_limits<double>::quiet_NaN()), std::domain_error);
  CHECK_THROWS_AS(ConfidenceSequence(0), std::domain_error);
  CHECK_THROWS_AS(ConfidenceSequence(1), std::domain_error);
}
