// Bootstrap-t on the log ratio. log(sum a / sum b) has the linearised error sum_i (a_i / A - b_i / B) with
// the sums A and B, so its variance over n items is n / (n - 1) times the sum of the squares of these terms;
// a ratio of two ratios has four parts instead of two.
#include <array>
#include <cmath>
#include <limits>

#include "stats/resampler.h"

namespace costwar::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What an item adds to each sum; sums with an even number stand above the line, after the first two the line
// turns.
template <std::size_t Parts>
using Terms = std::array<double, Parts>;

constexpr double kSigns[] = {1, -1, -1, 1};

template <std::size_t Parts>
struct LogRatio {
  double value = 0;
  double standard_error = 0;
};

template <std::size_t Parts>
class Studentised {
 public:
  Studentised(std::vector<Terms<Parts>> items, const BootstrapOptions& options)
      : items_(std::move(items)), options_(options), drawn_(items_.size()) {}

  std::optional<Interval> interval() {
    if (items_.size() < 2) return std::nullopt;
    for (std::size_t i = 0; i < items_.size(); ++i) drawn_[i] = i;
    const Terms<Parts> all = sums();
    for (const double sum : all)
      if (!(sum > 0)) return std::nullopt;
    const LogRatio<Parts> sample = log_ratio(all);
    if (!(sample.standard_error > 1e-12)) return std::nullopt;
    resample(sample.value);
    const double high_t = high_end(for_low_, options_.level);
    const double low_t = low_end(for_high_, options_.level);
    return Interval{std::exp(sample.value - high_t * sample.standard_error),
                    std::exp(sample.value - low_t * sample.standard_error)};
  }

 private:
  Terms<Parts> sums() const {
    Terms<Parts> totals{};
    for (const std::size_t i : drawn_)
      for (std::size_t part = 0; part < Parts; ++part) totals[part] += items_[i][part];
    return totals;
  }

  LogRatio<Parts> log_ratio(const Terms<Parts>& totals) const {
    LogRatio<Parts> result;
    Terms<Parts> weights;
    for (std::size_t part = 0; part < Parts; ++part) {
      result.value += kSigns[part] * std::log(totals[part]);
      weights[part] = kSigns[part] / totals[part];
    }
    double squares = 0;
    for (const std::size_t i : drawn_) {
      double error = 0;
      for (std::size_t part = 0; part < Parts; ++part) error += weights[part] * items_[i][part];
      squares += error * error;
    }
    const double n = static_cast<double>(items_.size());
    result.standard_error = std::sqrt(squares * n / (n - 1));
    return result;
  }

  // Studentised distances of the resamples from the sample: one list for the low end of the interval (large
  // distances move it), one for the high end.
  void resample(double centre) {
    Resampler resampler(items_.size(), options_);
    for (std::int64_t r = 0; r < options_.resamples; ++r) {
      std::size_t next = 0;
      resampler.draw([&](std::size_t i) { drawn_[next++] = i; });
      const Terms<Parts> totals = sums();
      bool opens_high = false;
      bool opens_low = false;
      for (std::size_t part = 0; part < Parts; ++part)
        if (!(totals[part] > 0)) (kSigns[part] < 0 ? opens_high : opens_low) = true;
      if (opens_high || opens_low) {
        if (opens_low) for_low_.push_back(kInfinity);
        if (opens_high) for_high_.push_back(-kInfinity);
        continue;
      }
      const LogRatio<Parts> drawn = log_ratio(totals);
      const double distance = drawn.value - centre;
      const double t = distance == 0 ? 0 : distance / drawn.standard_error;
      for_low_.push_back(t);
      for_high_.push_back(t);
    }
  }

  std::vector<Terms<Parts>> items_;
  const BootstrapOptions& options_;
  std::vector<std::size_t> drawn_;
  std::vector<double> for_low_;
  std::vector<double> for_high_;
};

}  // namespace

std::optional<Interval> bootstrap_t_ratio(std::span<const RatioItem> items, const BootstrapOptions& options) {
  std::vector<Terms<2>> terms;
  terms.reserve(items.size());
  for (const RatioItem& item : items) terms.push_back({item.numerator, item.denominator});
  return Studentised<2>(std::move(terms), options).interval();
}

std::optional<Interval> bootstrap_t_ratio_of_ratios(std::span<const RatioPairItem> items,
                                                    const BootstrapOptions& options) {
  std::vector<Terms<4>> terms;
  terms.reserve(items.size());
  for (const RatioPairItem& item : items)
    terms.push_back(
        {item.first.numerator, item.first.denominator, item.second.numerator, item.second.denominator});
  return Studentised<4>(std::move(terms), options).interval();
}

}  // namespace costwar::stats
