// A sweep to saturation: the load doubles until throughput stops growing, then two or three stages look
// closer at the knee. Closed: the load is sessions at once, and the knee is where the two asymptotes of a
// closed system cross, N* = Xmax R0 (Denning and Buzen 1978; Lazowska and others, Quantitative System
// Performance, 1984, chapter 5): Xmax the highest throughput, R0 the time of a request when the server is
// nearly idle. Open: the load is the rate, and the knee is the highest rate that is delivered. Every decision
// is a function of the outcomes alone, so a sweep that was interrupted goes on where it was.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/load/steering.h"

namespace costwar::harness {

struct SweepSettings {
  LoadStage stage{};  // arrivals, duration, sessions; its concurrency (closed) or rate (open) is what changes
  double from = 1;
  double to = 256;
  double least_growth = 0.05;       // of throughput, for each doubling of the load; less is saturation
  double requests_per_session = 1;  // mean; open: what is to be delivered of a rate of sessions
  std::size_t most_stages = 24;
};

// Good enough to choose the stages that look closer. What a report says is fitted to all stages
// (stats/saturation_knee.h).
struct KneeEstimate {
  double load = 0;                 // sessions at once, or sessions a second
  double requests_per_s = 0;       // Xmax
  double seconds_per_request = 0;  // R0; 0 for open sweeps
};

class Sweep final : public Steering {
 public:
  // Error{usage} for bounds that are none: names --concurrency or --rate.
  explicit Sweep(const SweepSettings& settings);
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override;
  std::string conclusion() const override { return conclusion_; }

  // From the stages up to the first that is saturated; nullopt: none is.
  std::optional<KneeEstimate> knee(std::span<const StageOutcome> done) const;

 private:
  double load_of(const StageOutcome& outcome) const;
  LoadStage stage_at(double load) const;
  bool saturated(std::span<const StageOutcome> done, std::size_t place) const;
  std::optional<std::size_t> first_saturated(std::span<const StageOutcome> done) const;
  std::vector<double> closer(std::span<const StageOutcome> done, std::size_t saturated) const;
  std::string saturation_text(std::span<const StageOutcome> done) const;
  std::optional<LoadStage> end(std::span<const StageOutcome> done, std::string why);

  SweepSettings settings_;
  std::string conclusion_{};
};

}  // namespace costwar::harness
