// The search for the highest rate that keeps the service objectives: the rate doubles until they are broken
// (or halves until they are kept), and then the interval between the highest rate that kept them and the
// lowest that did not is halved geometrically until it is narrow. A stage that could not tell is repeated
// once for longer; one that cannot tell then either counts as broken, since it was not shown that they were
// kept. Every decision is a function of the outcomes alone.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "harness/load/steering.h"

namespace costwar::harness {

struct RateSearchSettings {
  LoadStage stage{};  // open arrivals, duration; its rate is what changes
  double from = 1;    // sessions a second; where the search begins
  double to = 10'000;
  double tolerance = 0.04;          // (broken - kept) / kept at which it ends
  double longer = 2;                // a repeated stage lasts so many times as long
  double requests_per_session = 1;  // mean: what is to be delivered of a rate of sessions
  std::size_t most_stages = 24;
};

class RateSearch final : public Steering {
 public:
  // Error{usage} for bounds that are none, or a closed stage.
  explicit RateSearch(const RateSearchSettings& settings);
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override;
  std::string conclusion() const override { return conclusion_; }

  // What the stages so far have shown. unclear: the lowest broken rate is one that was never resolved.
  struct Bracket {
    std::optional<double> kept{};
    std::optional<double> broken{};
    bool unclear = false;
  };
  Bracket bracket(std::span<const StageOutcome> done) const;

 private:
  enum class Answer : std::uint8_t { kept, broken, unclear };
  Answer answer(const StageOutcome& outcome) const;
  std::optional<double> next_rate(const Bracket& bracket) const;  // nullopt: narrow enough, or at a bound
  std::optional<LoadStage> end(const Bracket& bracket, const std::string& why);

  RateSearchSettings settings_;
  std::string conclusion_{};
};

}  // namespace costwar::harness
