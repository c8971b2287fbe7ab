// Histories of prices with a known truth, and how often predictions from them hold.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "analysis/forecast/price_trend.h"
#include "core/random.h"
#include "stats/draws.h"

namespace costwar::analysis::test {

// An artificial history with known truth: models of so many vendors over so many months.
struct Truth {
  double per_month = 0.08;
  double mean = -0.3;
  double deviation = 0.4;
};
inline PriceHistory draw_history(const Truth& truth, int models, double months, RandomStream& random) {
  PriceHistory history;
  history.models = static_cast<std::size_t>(models);
  history.model_months = models * months;
  for (int model = 0; model < models; ++model)
    for (double at = stats::draw_exponential(random) / truth.per_month; at < months;
         at += stats::draw_exponential(random) / truth.per_month) {
      PriceChange change;
      change.provider = "vendor" + std::to_string(model);
      change.model = "m";
      change.at.ns = static_cast<std::int64_t>(at * 1e15);
      change.before = 1;
      change.after = std::exp(truth.mean + truth.deviation * stats::draw_normal(random));
      history.changes.push_back(change);
    }
  return history;
}

inline double draw_future(const Truth& truth, double months, RandomStream& random) {
  double log_price = 0;
  for (double at = stats::draw_exponential(random) / truth.per_month; at < months;
       at += stats::draw_exponential(random) / truth.per_month)
    log_price += truth.mean + truth.deviation * stats::draw_normal(random);
  return std::exp(log_price);
}

struct Coverage {
  int fitted = 0;
  int in80 = 0;  // of those fitted: the future was inside the interval of 80 %
  int in95 = 0;
};

// Fits so many histories, and predicts a year ahead of each.
inline Coverage predict_again(const Truth& truth, int models, double months, int histories) {
  RandomStream random(2026, "backtest");
  constexpr double kAhead = 12;
  Coverage coverage;
  for (int i = 0; i < histories; ++i) {
    const auto model = JumpModel::fit(draw_history(truth, models, months, random));
    if (!model) continue;
    ++coverage.fitted;
    const double future = draw_future(truth, kAhead, random);
    const auto holds = [&](double level) {
      return model->predict(kAhead, level, static_cast<std::uint64_t>(i)).interval.contains(future) ? 1 : 0;
    };
    coverage.in80 += holds(0.8);
    coverage.in95 += holds(0.95);
  }
  return coverage;
}

}  // namespace costwar::analysis::test
