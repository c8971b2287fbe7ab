// The search for the highest rate that keeps the service objectives: the rate doubles until they are broken
// (or halves until they are kept), and then the interval between the highest rate that kept them and the
// lowest that did not is halved geometrically until it is narrow. While the rate doubles, a stage that could
// not tell is passed by: at higher rates more requests decide. Between the ends it is repeated once for
// longer; if it cannot tell then either it counts as broken, since it was not shown that they were kept.
// Every decision is a function of the outcomes alone.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/load/steering.h"

namespace costwar::harness {

struct RateSearchSettings {
  LoadStage stage{};                // open arrivals, duration; its rate is what changes
  double from = 1;                  // sessions a second; where the search begins
  double to = 10'000;               // lowered to what a stage of this duration can hold
  double tolerance = 0.04;          // (broken - kept) / kept at which it ends
  double longer = 2;                // a repeated stage lasts at least so many times as long
  double requests_per_session = 1;  // mean: what is to be delivered of a rate of sessions
  double least_requests = 0;        // between the ends, stages are so long that they have as many; see below
  std::size_t most_stages = 24;
};

// How many requests it takes to show that a share of them keeps the objectives, twice what it takes when all
// do: n / (n + z^2) >= share, the lower end of Wilson's 95 % interval (1927). 760 for 99 %, 70 for 90 %; at
// most 4,000.
double requests_to_resolve(double share);

class RateSearch final : public Steering {
 public:
  // Error{usage} for bounds that are none, or a closed stage.
  explicit RateSearch(const RateSearchSettings& settings);
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override;
  std::string conclusion() const override { return conclusion_; }

  // What the stages so far have shown.
  struct Bracket {
    std::optional<double> kept{};    // the highest rate below `broken` that kept them
    std::optional<double> broken{};  // the lowest rate that did not
    bool unclear = false;            // `broken` is a rate that could not tell, twice
    std::vector<double> open{};      // rates between that could not tell once; ascending
  };
  Bracket bracket(std::span<const StageOutcome> done) const;

 private:
  enum class Answer : std::uint8_t { kept, broken, unclear };
  Answer answer(const StageOutcome& outcome) const;
  std::optional<double> next_rate(const Bracket& bracket) const;  // nullopt: narrow enough, or at a bound
  LoadStage stage_at(double rate, bool decides) const;
  LoadStage repeated(double rate, std::span<const StageOutcome> done) const;
  std::optional<LoadStage> end(const Bracket& bracket, const std::string& why);

  RateSearchSettings settings_;
  std::string conclusion_{};
};

}  // namespace costwar::harness
