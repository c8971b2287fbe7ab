#include "harness/load/rate_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "harness/load/arrivals.h"

namespace costwar::harness {
namespace {

// Less than this of the rate delivered, beyond the error: calls pile up, whatever their latencies still are.
constexpr double kSustained = 0.95;
// The search gives up below this part of the rate that it began with.
constexpr double kLowestPart = 1.0 / 1024;

}  // namespace

RateSearch::RateSearch(const RateSearchSettings& settings) : settings_(settings) {
  if (!settings_.stage.open() || settings_.stage.arrivals == Arrivals::trace)
    throw Error(ErrorKind::usage, "--search needs open arrivals that are drawn",
                "write --arrivals poisson, constant or gamma");
  if (!(settings_.from > 0) || !(settings_.to > settings_.from) || !std::isfinite(settings_.to))
    throw Error(ErrorKind::usage,
                fmt::format("--search: {}..{} is no range of rates", settings_.from, settings_.to),
                "write --search 1..100");
  if (!(settings_.tolerance > 0 && settings_.tolerance < 1) || !(settings_.longer >= 1))
    throw Error(ErrorKind::usage, fmt::format("--tolerance: {} is not between 0 and 1", settings_.tolerance),
                "0.04 narrows the rate down to 4 %");
  LoadStage fastest = settings_.stage;
  fastest.rate = settings_.to;
  check_stage(fastest);
}

RateSearch::Answer RateSearch::answer(const StageOutcome& outcome) const {
  if (outcome.objectives_kept == false) return Answer::broken;
  const double wanted = outcome.stage.rate * settings_.requests_per_session;
  if (outcome.steady && outcome.requests_per_s + outcome.requests_per_s_error < kSustained * wanted)
    return Answer::broken;
  return outcome.objectives_kept == true && outcome.steady ? Answer::kept : Answer::unclear;
}

RateSearch::Bracket RateSearch::bracket(std::span<const StageOutcome> done) const {
  Bracket bracket;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (!done[i].valid) continue;
    const double rate = done[i].stage.rate;
    const Answer said = answer(done[i]);
    if (said == Answer::kept) {
      bracket.kept = std::max(bracket.kept.value_or(0), rate);
      continue;
    }
    const bool repeated = i > 0 && done[i - 1].stage.rate == rate;
    if (said == Answer::unclear && !repeated) continue;
    if (bracket.broken && *bracket.broken <= rate) continue;
    bracket.broken = rate;
    bracket.unclear = said == Answer::unclear;
  }
  return bracket;
}

std::optional<double> RateSearch::next_rate(const Bracket& bracket) const {
  if (!bracket.kept && !bracket.broken) return settings_.from;
  if (!bracket.broken) {
    if (*bracket.kept >= settings_.to) return std::nullopt;
    return std::min(2 * *bracket.kept, settings_.to);
  }
  if (!bracket.kept) {
    const double half = *bracket.broken / 2;
    return half < settings_.from * kLowestPart ? std::nullopt : std::optional(half);
  }
  if ((*bracket.broken - *bracket.kept) / *bracket.kept <= settings_.tolerance) return std::nullopt;
  return std::sqrt(*bracket.kept * *bracket.broken);
}

std::optional<LoadStage> RateSearch::end(const Bracket& bracket, const std::string& why) {
  std::string text = why;
  if (bracket.kept && bracket.broken)
    text += fmt::format("The objectives were kept at {:.4g} sessions/s and {} at {:.4g}.", *bracket.kept,
                        bracket.unclear ? "not shown to be kept" : "broken", *bracket.broken);
  else if (bracket.kept)
    text +=
        fmt::format("The objectives were kept at {:.4g} sessions/s, and no rate broke them.", *bracket.kept);
  else if (bracket.broken)
    text +=
        fmt::format("No rate kept the objectives; the lowest tried was {:.4g} sessions/s.", *bracket.broken);
  else
    text += "No rate was measured.";
  conclusion_ = text;
  return std::nullopt;
}

std::optional<LoadStage> RateSearch::next(std::span<const StageOutcome> done) {
  const Bracket known = bracket(done);
  LoadStage stage = settings_.stage;
  if (!done.empty()) {
    const StageOutcome& last = done.back();
    if (!last.valid)
      return end(known,
                 fmt::format("The search ended at {:.4g} sessions/s: the client was the bottleneck there. ",
                             last.stage.rate));
    if (done.size() >= settings_.most_stages)
      return end(known, fmt::format("The search ended after {} stages. ", done.size()));
    const bool repeated = done.size() > 1 && done[done.size() - 2].stage.rate == last.stage.rate;
    if (answer(last) == Answer::unclear && !repeated) {
      stage.rate = last.stage.rate;
      stage.duration =
          nanoseconds(std::llround(static_cast<double>(stage.duration.count) * settings_.longer));
      return stage;
    }
  }
  const std::optional<double> rate = next_rate(known);
  if (!rate) return end(known, "");
  stage.rate = *rate;
  return stage;
}

}  // namespace costwar::harness
