// Shared outcomes made by hand: models by what they solved and paid on the same rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/shared_outcomes.h"

namespace costwar::testing {

class OutcomeSample {
 public:
  // Every row is an item of its own, unless `per_cluster` of them stand together.
  explicit OutcomeSample(std::vector<std::string> models, std::size_t per_cluster = 1);

  // The next row; one entry per model.
  void row(const std::vector<bool>& solved, const std::vector<double>& cost);

  const analysis::SharedOutcomes& shared() const { return shared_; }
  RunColumns run() const;  // with the models' names and a seed; without rows

 private:
  analysis::SharedOutcomes shared_;
  std::size_t per_cluster_;
};

}  // namespace costwar::testing
