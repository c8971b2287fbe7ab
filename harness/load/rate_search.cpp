#include "harness/load/rate_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "harness/load/arrivals.h"
#include "harness/load/throughput_error.h"

namespace costwar::harness {
namespace {

// Less than this of the rate delivered, beyond the error: calls pile up, whatever their latencies still are.
constexpr double kSustained = 0.95;
// The search gives up below this part of the rate that it began with.
constexpr double kLowestPart = 1.0 / 1024;
// Stages that decide last at most so many times as long as was asked.
constexpr double kLongestPart = 20;
// While the rate doubles, so many stages may pass that could not tell.
constexpr std::size_t kMostOpen = 3;

Nanos times(Nanos duration, double factor) {
  return nanoseconds(std::llround(static_cast<double>(duration.count) * factor));
}

}  // namespace

double requests_to_resolve(double share) {
  constexpr double kWilson = 1.96 * 1.96;
  constexpr double kMost = 4000;
  return std::min(2 * kWilson * share / std::max(1 - share, 1e-9), kMost);
}

RateSearch::RateSearch(const RateSearchSettings& settings) : settings_(settings) {
  if (!settings_.stage.open() || settings_.stage.arrivals == Arrivals::trace)
    throw Error(ErrorKind::usage, "--find-rate needs open arrivals that are drawn",
                "write --arrivals poisson, constant or gamma");
  if (!(settings_.from > 0) || !(settings_.to > settings_.from) || !std::isfinite(settings_.to))
    throw Error(ErrorKind::usage,
                fmt::format("--rate: {}..{} is no range to search", settings_.from, settings_.to),
                "write --find-rate --rate 1..100");
  if (!(settings_.tolerance > 0 && settings_.tolerance < 1) || !(settings_.longer >= 1))
    throw Error(ErrorKind::internal, "the tolerance of a search is between 0 and 1, and repeats last longer");
  check_stage(stage_at(settings_.from, false));
  const double longest = settings_.stage.duration.seconds() * std::max(settings_.longer, 1.0);
  settings_.to =
      std::max(settings_.from, std::min(settings_.to, static_cast<double>(kMostSessions) / longest));
}

RateSearch::Answer RateSearch::answer(const StageOutcome& outcome) const {
  if (outcome.objectives_kept == false) return Answer::broken;
  const double wanted = outcome.stage.rate * settings_.requests_per_session;
  if (outcome.steady && outcome.requests_per_s + throughput_error(outcome) < kSustained * wanted)
    return Answer::broken;
  return outcome.objectives_kept == true && outcome.steady ? Answer::kept : Answer::unclear;
}

RateSearch::Bracket RateSearch::bracket(std::span<const StageOutcome> done) const {
  struct Tried {
    std::size_t times = 0;
    Answer said = Answer::unclear;
  };
  std::map<double, Tried> rates;
  for (const StageOutcome& outcome : done) {
    if (!outcome.valid) continue;
    Tried& tried = rates[outcome.stage.rate];
    ++tried.times;
    tried.said = answer(outcome);
  }
  Bracket bracket;
  for (const auto& [rate, tried] : rates) {
    if (tried.said == Answer::kept) {
      bracket.kept = rate;
      bracket.open.clear();
    } else if (tried.said == Answer::unclear && tried.times < 2) {
      bracket.open.push_back(rate);
    } else {
      bracket.broken = rate;
      bracket.unclear = tried.said == Answer::unclear;
      break;
    }
  }
  return bracket;
}

std::optional<double> RateSearch::next_rate(const Bracket& bracket) const {
  if (!bracket.broken) {
    const double highest = bracket.open.empty() ? bracket.kept.value_or(0) : bracket.open.back();
    if (highest <= 0) return settings_.from;
    if (highest >= settings_.to) return std::nullopt;
    return std::min(2 * highest, settings_.to);
  }
  if (!bracket.kept) {
    const double half = *bracket.broken / 2;
    return half < settings_.from * kLowestPart ? std::nullopt : std::optional(half);
  }
  if ((*bracket.broken - *bracket.kept) / *bracket.kept <= settings_.tolerance) return std::nullopt;
  return std::sqrt(*bracket.kept * *bracket.broken);
}

// decides: the stage has to tell whether the objectives are kept.
LoadStage RateSearch::stage_at(double rate, bool decides) const {
  LoadStage stage = settings_.stage;
  stage.rate = rate;
  if (!decides) return stage;
  const double needed = settings_.least_requests / (rate * settings_.requests_per_session);
  const double factor = std::clamp(needed / stage.duration.seconds(), 1.0, kLongestPart);
  stage.duration = times(stage.duration, factor);
  return stage;
}

LoadStage RateSearch::repeated(double rate, std::span<const StageOutcome> done) const {
  LoadStage stage = stage_at(rate, true);
  for (const StageOutcome& outcome : done)
    if (outcome.stage.rate == rate)
      stage.duration = std::max(stage.duration, times(outcome.stage.duration, settings_.longer));
  return stage;
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
    text += fmt::format("No rate kept the objectives; the lowest that {} was {:.4g} sessions/s.",
                        bracket.unclear ? "could not show it" : "broke them", *bracket.broken);
  else
    text += "No rate was shown to keep the objectives or to break them.";
  conclusion_ = text;
  return std::nullopt;
}

std::optional<LoadStage> RateSearch::next(std::span<const StageOutcome> done) {
  const Bracket known = bracket(done);
  if (!done.empty()) {
    const double rate = done.back().stage.rate;
    if (!done.back().valid)
      return end(
          known,
          fmt::format("The search ended at {:.4g} sessions/s: the client was the bottleneck there. ", rate));
    if (done.size() >= settings_.most_stages)
      return end(known, fmt::format("The search ended after {} stages. ", done.size()));
  }
  const std::optional<double> rate = next_rate(known);
  if (!known.open.empty() && (known.broken || !rate || known.open.size() >= kMostOpen))
    return repeated(known.open.back(), done);
  if (!rate) return end(known, "");
  return stage_at(*rate, known.broken.has_value());
}

}  // namespace costwar::harness
