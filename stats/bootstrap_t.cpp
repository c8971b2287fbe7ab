// Bootstrap-t on the log ratio. log(sum a / sum b) has the linearised error sum_i (a_i / A - b_i / B) with
// the sums A and B, so its variance over n items is n / (n - 1) times the sum of the squares of these terms;
// a ratio of two ratios has four parts instead of two.
#include <array>
#include <cmath>

#include "stats/infinity.h"
#include "stats/resampler.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

// What an item adds to each sum; sums with an even number stand above the line, after the first two the line
// turns.
template <std::size_t Parts>
using Terms = std::array<double, Parts>;

constexpr double kSigns[] = {1, -1, -1, 1};

// A few items, of which one costs more than all others together, leave the end open: whatever finite number
// comes out beyond a thousand times the estimate stands for nothing.
const double kSaysNothing = std::log(1000.0);

template <std::size_t Parts>
struct LogRatio {
  double value = 0;
  double standard_error = 0;
};

template <std::size_t Parts>
class Studentised {
 public:
  Studentised(std::vector<Terms<Parts>> items, const BootstrapOptions& options, bool resampled)
      : items_(std::move(items)), options_(options), resampled_(resampled) {}

  std::optional<Interval> interval() {
    if (items_.size() < 2) return std::nullopt;
    const Terms<Parts> all = sums(items_.size(), [](std::size_t i) { return i; });
    for (const double sum : all)
      if (!(sum > 0)) return std::nullopt;
    const LogRatio<Parts> sample = log_ratio(all, [](std::size_t i) { return i; });
    if (!(sample.standard_error > 1e-12)) return std::nullopt;
    if (resampled_) {
      resample(sample.value);
    } else {
      const double t = student_t_critical(options_.level, static_cast<double>(items_.size() - 1));
      for_low_ = {t};
      for_high_ = {-t};
    }
    // The tail that a sample has not seen lies above; in a ratio of two models, on either side.
    const double allowance = tail_allowance(all);
    const double outer = allowance * allowance;
    const double high_t = (Parts == 2 ? allowance : outer) * high_end(for_low_, options_.level);
    const double low_t = outer * low_end(for_high_, options_.level);
    const double low = high_t * sample.standard_error, high = -low_t * sample.standard_error;
    return Interval{low > kSaysNothing ? 0 : std::exp(sample.value - low),
                    high > kSaysNothing ? kInfinity : std::exp(sample.value + high)};
  }

 private:
  // index_of: of the k-th item drawn.
  template <typename IndexOf>
  Terms<Parts> sums(std::size_t drawn, IndexOf index_of) const {
    Terms<Parts> totals{};
    for (std::size_t k = 0; k < drawn; ++k)
      for (std::size_t part = 0; part < Parts; ++part) totals[part] += items_[index_of(k)][part];
    return totals;
  }

  template <typename IndexOf>
  LogRatio<Parts> log_ratio(const Terms<Parts>& totals, IndexOf index_of) const {
    LogRatio<Parts> result;
    Terms<Parts> weights;
    for (std::size_t part = 0; part < Parts; ++part) {
      result.value += kSigns[part] * std::log(totals[part]);
      weights[part] = kSigns[part] / totals[part];
    }
    double squares = 0;
    for (std::size_t k = 0; k < items_.size(); ++k) {
      const Terms<Parts>& item = items_[index_of(k)];
      double error = 0;
      for (std::size_t part = 0; part < Parts; ++part) error += weights[part] * item[part];
      squares += error * error;
    }
    const double n = static_cast<double>(items_.size());
    result.standard_error = std::sqrt(squares * n / (n - 1));
    return result;
  }

  // How much wider t is with half of the variance's own degrees of freedom than with n - 1. Half, because a
  // sample that misses its tail also shows too little of the fourth moment; the coverage table is what holds
  // it there.
  double tail_allowance(const Terms<Parts>& totals) const {
    double squares = 0;
    double fourths = 0;
    for (const Terms<Parts>& item : items_) {
      double error = 0;
      for (std::size_t part = 0; part < Parts; ++part) error += kSigns[part] * item[part] / totals[part];
      squares += error * error;
      fourths += error * error * error * error;
    }
    const double n = static_cast<double>(items_.size());
    const double degrees = variance_degrees(squares, fourths, n) / 2;
    return student_t_critical(options_.level, degrees) / student_t_critical(options_.level, n - 1);
  }

  // Studentised distances of the resamples from the sample: one list for the low end of the interval (large
  // distances move it), one for the high end.
  void resample(double centre) {
    Resampler resampler(items_.size(), options_);
    std::vector<std::uint32_t> drawn(items_.size());
    const auto index_of = [&drawn](std::size_t k) { return std::size_t{drawn[k]}; };
    for (std::int64_t r = 0; r < resamples_of(items_.size(), options_); ++r) {
      std::size_t next = 0;
      resampler.draw([&](std::size_t i) { drawn[next++] = static_cast<std::uint32_t>(i); });
      const Terms<Parts> totals = sums(drawn.size(), index_of);
      bool opens_high = false;
      bool opens_low = false;
      for (std::size_t part = 0; part < Parts; ++part)
        if (!(totals[part] > 0)) (kSigns[part] < 0 ? opens_high : opens_low) = true;
      if (opens_high || opens_low) {
        if (opens_low) for_low_.push_back(kInfinity);
        if (opens_high) for_high_.push_back(-kInfinity);
        continue;
      }
      const LogRatio<Parts> found = log_ratio(totals, index_of);
      const double distance = found.value - centre;
      const double t = distance == 0 ? 0 : distance / found.standard_error;
      for_low_.push_back(t);
      for_high_.push_back(t);
    }
  }

  std::vector<Terms<Parts>> items_;
  const BootstrapOptions& options_;
  bool resampled_;
  std::vector<double> for_low_;
  std::vector<double> for_high_;
};

std::vector<Terms<2>> terms_of(std::span<const RatioItem> items) {
  std::vector<Terms<2>> terms;
  terms.reserve(items.size());
  for (const RatioItem& item : items) terms.push_back({item.numerator, item.denominator});
  return terms;
}

std::vector<Terms<4>> terms_of(std::span<const RatioPairItem> items) {
  std::vector<Terms<4>> terms;
  terms.reserve(items.size());
  for (const RatioPairItem& item : items)
    terms.push_back(
        {item.first.numerator, item.first.denominator, item.second.numerator, item.second.denominator});
  return terms;
}

bool is_resampled(std::size_t items, const BootstrapOptions& options) {
  return options.always || items < kDeltaFrom;
}

BootstrapOptions at_level(double level) {
  BootstrapOptions options;
  options.level = level;
  return options;
}

}  // namespace

std::optional<Interval> bootstrap_t_ratio(std::span<const RatioItem> items, const BootstrapOptions& options) {
  return Studentised<2>(terms_of(items), options, is_resampled(items.size(), options)).interval();
}

std::optional<Interval> bootstrap_t_ratio_of_ratios(std::span<const RatioPairItem> items,
                                                    const BootstrapOptions& options) {
  return Studentised<4>(terms_of(items), options, is_resampled(items.size(), options)).interval();
}

std::optional<Interval> delta_ratio(std::span<const RatioItem> items, double level) {
  return Studentised<2>(terms_of(items), at_level(level), false).interval();
}

std::optional<Interval> delta_ratio_of_ratios(std::span<const RatioPairItem> items, double level) {
  return Studentised<4>(terms_of(items), at_level(level), false).interval();
}

}  // namespace costwar::stats
