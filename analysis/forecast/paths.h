// The paths of one scenario: what every option costs in every month of every path. Internal to
// analysis/forecast.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/forecast/forecast.h"

namespace costwar::analysis {

class PathCosts {
 public:
  PathCosts(std::size_t options, std::size_t paths, std::size_t months)
      : paths_(paths), months_(months), costs_(options, std::vector<double>(paths * months)) {}

  double& at(std::size_t option, std::size_t path, std::size_t month) {
    return costs_[option][path * months_ + month];
  }
  double at(std::size_t option, std::size_t path, std::size_t month) const {
    return costs_[option][path * months_ + month];
  }
  std::size_t paths() const { return paths_; }
  std::size_t months() const { return months_; }

 private:
  std::size_t paths_;
  std::size_t months_;
  std::vector<std::vector<double>> costs_;
};

PathCosts draw_paths(const ForecastInput& input, const PriceScenario& scenario);

// Quantiles and mean; `values` are sorted.
CostBand band_of(std::vector<double>& values);

// Option `to` against the first one.
SwitchFinding judge_switch(const ForecastInput& input, const PathCosts& costs, std::size_t to);

}  // namespace costwar::analysis
