// Coverage of the intervals by batch means over an autoregressive series of first order, beside what the same
// series gets when its values are taken for independent. Of n values with correlation phi as many as
// n (1 - phi) / (1 + phi) would know the mean as well.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "simulation.h"
#include "stats/batch_means.h"
#include "stats/proportion.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

using namespace costwar::coverage;
using namespace costwar::stats;
using costwar::RandomStream;

namespace {

// Standard normal, each value with correlation phi to the one before.
std::vector<double> autoregressive(RandomStream& random, std::size_t n, double phi) {
  std::vector<double> series(n);
  double value = normal_draw(random);
  for (double& one : series) {
    one = value;
    value = phi * value + std::sqrt(1 - phi * phi) * normal_draw(random);
  }
  return series;
}

struct Covered {
  double mean = 0;
  double naive_mean = 0;
  double p90 = 0;
  double naive_p90 = 0;
  double bounded = 0;  // share of samples whose p90 has an interval
};

Covered covered(RandomStream& random, std::size_t n, double phi, int count) {
  const double quantile = normal_quantile(0.9);
  Covered result;
  for (int sample = 0; sample < count; ++sample) {
    const std::vector<double> series = autoregressive(random, n, phi);
    std::vector<double> sorted = series;
    std::sort(sorted.begin(), sorted.end());
    result.mean += batch_means(series)->interval()->contains(0) ? 1 : 0;
    result.naive_mean += mean_t_interval(series)->contains(0) ? 1 : 0;
    result.naive_p90 += quantile_interval(sorted, 0.9)->contains(quantile) ? 1 : 0;
    const auto interval = batch_quantile_interval(series, sorted, 0.9);
    result.bounded += interval ? 1 : 0;
    result.p90 += !interval || interval->contains(quantile) ? 1 : 0;
  }
  for (double* share : {&result.mean, &result.naive_mean, &result.p90, &result.naive_p90, &result.bounded})
    *share /= count;
  return result;
}

}  // namespace

TEST_CASE("batch means of an autoregressive series") {
  const int count = samples(1000);
  RandomStream random(8, "batch coverage");
  fmt::print("\nIntervals by batch means, 95 %, {} samples each; naive: as if values were independent\n",
             count);
  fmt::print("{:>6} {:>5} {:>9} {:>7} {:>7} {:>7} {:>9} {:>8}\n", "n", "phi", "worth", "mean", "naive", "p90",
             "naive", "bounded");
  for (const std::size_t n : {100U, 300U, 1000U, 5000U})
    for (const double phi : {0.0, 0.5, 0.8, 0.9, 0.95}) {
      const Covered share = covered(random, n, phi, count);
      const double worth = static_cast<double>(n) * (1 - phi) / (1 + phi);
      fmt::print("{:>6} {:>5.2f} {:>9.1f} {:>7.3f} {:>7.3f} {:>7.3f} {:>9.3f} {:>8.3f}\n", n, phi, worth,
                 share.mean, share.naive_mean, share.p90, share.naive_p90, share.bounded);
      CAPTURE(n);
      CAPTURE(phi);
      // Of fewer independent values' worth the series has hardly turned round, and no batches can tell.
      if (worth < 30) continue;
      CHECK(share.mean >= required(0.92, count));
      CHECK(share.p90 >= required(0.90, count));
      if (phi >= 0.8) CHECK(share.naive_mean < share.mean);
    }
}

TEST_CASE("batch rates of a Poisson stream and of a regular one") {
  const int count = samples(2000);
  RandomStream random(9, "rate coverage");
  fmt::print("\nRates by batches, 95 %, {} samples each\n", count);
  for (const double events : {20.0, 100.0, 1000.0}) {
    int poisson = 0;
    int regular = 0;
    for (int sample = 0; sample < count; ++sample) {
      std::vector<double> slots(kRateSlots, 0);
      for (double at = 0; (at -= std::log(1 - random.unit()) / events) < 1;)
        slots[static_cast<std::size_t>(at * static_cast<double>(kRateSlots))] += 1;
      const RateEstimate rate = batch_rate(slots, 1);
      poisson += rate.interval && rate.interval->contains(events) ? 1 : 0;
      std::vector<double> even(kRateSlots, 0);
      for (double at = random.unit() / events; at < 1; at += 1 / events)
        even[static_cast<std::size_t>(at * static_cast<double>(kRateSlots))] += 1;
      const RateEstimate same = batch_rate(even, 1);
      regular += same.interval && same.interval->contains(events) ? 1 : 0;
    }
    const double share = static_cast<double>(poisson) / count;
    fmt::print("{:>6.0f} events: Poisson {:.3f}, regular {:.3f}\n", events, share,
               static_cast<double>(regular) / count);
    CAPTURE(events);
    CHECK(share >= required(0.90, count));
    CHECK(regular == count);
  }
}
