#include "harness/load/second_try.h"

#include <cstddef>
#include <vector>

namespace costwar::harness {

std::optional<LoadStage> SecondTry::next(std::span<const StageOutcome> done) {
  std::vector<StageOutcome> counted;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const bool second = !counted.empty() && !counted.back().valid && counted.back().stage == done[i].stage;
    if (second) counted.pop_back();
    counted.push_back(done[i]);
    if (!done[i].valid && !second && i + 1 == done.size()) return done[i].stage;
  }
  return inside_->next(counted);
}

}  // namespace costwar::harness
