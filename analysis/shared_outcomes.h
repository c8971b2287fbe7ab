// The tries that every one of several models completed, as columns: who solved them, and what each paid,
// waited and used. What follows from several models at once (a frontier, a route, a claim) is worked out on
// these, so that all of it is paired. Rows stand cluster by cluster; a cluster is what is resampled whole.
// Money is a floating-point number here: it only goes into statistics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/columns.h"
#include "core/money.h"
#include "core/run.h"
#include "stats/paired.h"

namespace costwar::analysis {

// Of one model, parallel to the rows. NaN: not known.
struct ModelOutcomes {
  std::size_t model = 0;  // of the run
  std::string name;       // as it was asked for
  std::string label;      // the shortest that is unique
  Evidence evidence = Evidence::measured;
  bool own_machine = false;
  std::vector<std::uint32_t> trial;
  std::vector<std::uint8_t> solved;
  std::vector<double> cost;      // of all attempts of the try, in the currency
  std::vector<double> cost_low;  // where the price is a range, else the same
  std::vector<double> cost_high;
  std::vector<float> seconds;
  std::vector<float> joules;
  std::int64_t unpriced = 0;   // rows of which some attempt has no known price: their cost is a lower bound
  std::int64_t ranges = 0;     // rows whose price is known as a range only: the middle stands for it
  std::int64_t completed = 0;  // tries with a result, shared or not
  bool priced() const { return unpriced == 0; }
  double quality() const;                       // share solved
  std::optional<double> cost_per_task() const;  // nullopt: some row is unpriced
};

struct SharedOutcomes {
  std::vector<std::uint32_t> task;  // index into the header's tasks, by row
  std::vector<std::uint32_t> item;
  std::vector<std::uint32_t> repeat;
  std::vector<std::uint32_t> cluster;  // dense from 0, ascending
  std::size_t clusters = 0;
  std::vector<ModelOutcomes> models;
  std::optional<Currency> currency;  // nullopt: nothing is priced
  std::size_t rows() const { return cluster.size(); }
  bool clustered() const { return clusters < rows(); }
  bool priced() const;  // every model is
};

// All models of the run. Error{input} where no try was completed by all of them, where a try is there twice,
// and on mixed currencies. costs: one per attempt.
SharedOutcomes shared_outcomes(const RunColumns& run, const CostColumns& costs);

// By who solved a row: one count per cluster, or one of all rows.
std::vector<stats::PairedCounts> counts_by_cluster(const SharedOutcomes& shared, std::size_t first,
                                                   std::size_t second);
stats::PairedCounts counts_of(const SharedOutcomes& shared, std::size_t first, std::size_t second);

}  // namespace costwar::analysis
