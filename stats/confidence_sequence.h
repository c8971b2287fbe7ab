// A confidence sequence for a mean of values in [-1, 1]: intervals that hold for all sample sizes at once, so
// one may look after every value and stop when the answer is clear (Waudby-Smith and Ramdas 2024, "Estimating
// means of bounded random variables by betting", JRSS B 86, 1-27, section 4: hedged capital). For each
// candidate mean m a gambler stakes on the values being larger, another on their being smaller; where m is
// the true mean neither can hope to gain, and by Ville's inequality the chance that one ever multiplies his
// stake by 2 / alpha is at most alpha / 2. Each splits his stake over a fixed grid of bets, so no guess of
// the variance is needed.
//
// Needs: each value's expectation, given those before, is the mean: independent draws, or clusters in a
// random order drawn before. The mean is over clusters, whatever their sizes.
//
// A value costs time in proportion to the candidates not yet rejected: at first 2,001, after 1,000 values
// about a tenth. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/interval.h"

namespace costwar::stats {

class ConfidenceSequence {
 public:
  // Covers at all times together with probability at least 1 - alpha. 0 < alpha < 1.
  explicit ConfidenceSequence(double alpha);

  // -1 <= x <= 1; values outside are programming errors and throw std::domain_error.
  void add(double x);

  // All that no value so far has ruled out: only ever narrows. [-1, 1] at first; never of zero width.
  Interval interval() const { return {candidate(first_), candidate(last_)}; }

  std::int64_t values() const { return values_; }
  // Mean of the values so far. 0 without values. Biased where stopping depended on it.
  double mean() const;

 private:
  static constexpr std::size_t kBets = 8;
  struct Capitals {
    double above[kBets];
    double below[kBets];
  };
  static double candidate(std::size_t index);
  void drop_lost_bets();

  double threshold_;
  std::vector<Capitals> capitals_;  // by candidate; those outside [first_, last_] are no longer kept up
  std::size_t first_ = 0;
  std::size_t last_;
  std::int64_t values_ = 0;
  double sum_ = 0;
};

}  // namespace costwar::stats
