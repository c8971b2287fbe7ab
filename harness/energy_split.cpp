#include "harness/energy_split.h"

#include <cmath>

namespace costwar::harness {

void EnergySplit::begins(std::uint64_t call, Mono now) {
  share_out(now);
  if (computing_.empty()) meter_.computing(true, now);
  computing_.try_emplace(call).first->second.known = last_.has_value();
}

std::optional<std::int64_t> EnergySplit::ends(std::uint64_t call, Mono now) {
  const auto found = computing_.find(call);
  if (found == computing_.end()) return std::nullopt;
  share_out(now);
  const Part part = found->second;
  computing_.erase(found);
  if (computing_.empty()) meter_.computing(false, now);
  return part.known ? std::optional(static_cast<std::int64_t>(std::llround(part.microjoules))) : std::nullopt;
}

void EnergySplit::share_out(Mono now) {
  const auto reading = meter_.microjoules(now);
  const bool known = reading && last_;
  const std::int64_t since = known ? *reading - *last_ : 0;
  last_ = reading;
  if (computing_.empty()) idle_ += since;
  for (auto& [call, part] : computing_) {
    part.known = part.known && known;
    part.microjoules += static_cast<double>(since) / static_cast<double>(computing_.size());
  }
}

}  // namespace costwar::harness
