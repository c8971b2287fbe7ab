// What attempts of imported runs cost where their source says so: the source's word where nothing can be
// billed here, and beside the bill otherwise. Used while one run is costed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/columns.h"

namespace costwar::cli {

class ImportedCosts {
 public:
  // `prefer_reported`: the source's word counts also where there is a bill.
  ImportedCosts(const RunColumns& run, bool prefer_reported);

  // What counts of the two. A bill without any counted tokens is none.
  analysis::AttemptCost choose(std::size_t attempt, const analysis::AttemptCost& billed);

  // `billed`: how the model's attempts are priced here. For people.
  std::string basis(std::size_t model, const std::string& billed) const;

 private:
  struct Tally {
    std::int64_t attempts = 0;  // of the model itself
    std::int64_t taken = 0;     // of them, the source's word
    std::int64_t both = 0;
    std::optional<Money> reported;  // sums over those with both
    std::optional<Money> billed;
  };

  const RunColumns& run_;
  bool prefer_reported_;
  std::vector<Tally> tallies_;  // by model
};

}  // namespace costwar::cli
