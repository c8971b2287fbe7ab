#include "harness/load/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "harness/load/arrivals.h"
#include "harness/load/throughput_error.h"

namespace costwar::harness {
namespace {

// A last step is at least so much of its load, so that growth over it can be told.
constexpr double kLeastStep = 1.4;
// A growth is told from none when its error is at most so many times the growth that is looked for.
constexpr double kClearError = 2;
// An open stage that delivers less than this of its rate, beyond the error, is beyond the server.
constexpr double kDelivered = 0.95;
// Where most calls fail, more load tells nothing.
constexpr double kMostFailed = 0.5;
// R0 comes from the lowest stage, and from the next where it is no slower than this.
constexpr double kStillIdle = 1.05;

struct Growth {
  double per_doubling = 0;
  double error = 0;
};

Growth growth_between(const StageOutcome& before, const StageOutcome& after, double ratio) {
  if (!(before.requests_per_s > 0)) return {1, 0};
  const double factor = after.requests_per_s / before.requests_per_s;
  const double power = 1 / std::log2(ratio);
  const double error =
      std::hypot(throughput_error(before) / before.requests_per_s,
                 after.requests_per_s > 0 ? throughput_error(after) / after.requests_per_s : 0);
  const double grown = std::pow(factor, power);
  return {grown - 1, error * power * grown};
}

// Of the last two stages: their mean where their errors do not tell them apart, since the larger of two that
// are equal but for noise is too large.
double highest_throughput(std::span<const StageOutcome> done) {
  const StageOutcome& last = done.back();
  if (done.size() < 2) return last.requests_per_s;
  const StageOutcome& before = done[done.size() - 2];
  const double error = std::hypot(throughput_error(last), throughput_error(before));
  if (std::abs(last.requests_per_s - before.requests_per_s) <= error)
    return (last.requests_per_s + before.requests_per_s) / 2;
  return std::max(last.requests_per_s, before.requests_per_s);
}

// Mean of the time of a request in the lowest stages.
double idle_seconds(std::span<const StageOutcome> done) {
  const double first = done[0].seconds_per_request;
  const bool second = done.size() > 2 && done[1].seconds_per_request <= first * kStillIdle;
  return second ? (first + done[1].seconds_per_request) / 2 : first;
}

}  // namespace

Sweep::Sweep(const SweepSettings& settings) : settings_(settings) {
  const bool open = settings_.stage.open();
  if (!(settings_.from > 0) || !(settings_.to > settings_.from) || !std::isfinite(settings_.to) ||
      (!open && (settings_.from != std::floor(settings_.from) || settings_.to != std::floor(settings_.to))))
    throw Error(ErrorKind::usage,
                fmt::format("{}: {}..{} is no range to sweep", open ? "--rate" : "--concurrency",
                            settings_.from, settings_.to),
                open ? "write --sweep --rate 1..64" : "write --sweep --concurrency 1..256");
  check_stage(stage_at(settings_.from));
  check_stage(stage_at(settings_.to));
}

double Sweep::load_of(const StageOutcome& outcome) const {
  return settings_.stage.open() ? outcome.stage.rate : static_cast<double>(outcome.stage.concurrency);
}

LoadStage Sweep::stage_at(double load) const {
  LoadStage stage = settings_.stage;
  if (stage.open())
    stage.rate = load;
  else
    stage.concurrency = static_cast<std::size_t>(std::llround(load));
  return stage;
}

bool Sweep::saturated(std::span<const StageOutcome> done, std::size_t place) const {
  const StageOutcome& outcome = done[place];
  if (settings_.stage.open() && outcome.requests_per_s + throughput_error(outcome) <
                                    kDelivered * outcome.stage.rate * settings_.requests_per_session)
    return true;
  if (place == 0) return false;
  const auto growth_at = [&](std::size_t at) {
    return growth_between(done[at - 1], done[at], load_of(done[at]) / load_of(done[at - 1]));
  };
  const Growth growth = growth_at(place);
  if (growth.per_doubling > settings_.least_growth) return false;
  if (growth.error <= kClearError * settings_.least_growth) return true;
  return place > 1 && growth_at(place - 1).per_doubling <= settings_.least_growth;
}

std::optional<std::size_t> Sweep::first_saturated(std::span<const StageOutcome> done) const {
  for (std::size_t i = 0; i < done.size(); ++i)
    if (saturated(done, i)) return i;
  return std::nullopt;
}

std::optional<KneeEstimate> Sweep::knee(std::span<const StageOutcome> done) const {
  const std::optional<std::size_t> saturated = first_saturated(done);
  if (!saturated) return std::nullopt;
  KneeEstimate knee;
  knee.requests_per_s = highest_throughput(done.first(*saturated + 1));
  if (settings_.stage.open()) {
    knee.load = knee.requests_per_s / settings_.requests_per_session;
  } else {
    knee.seconds_per_request = idle_seconds(done.first(*saturated + 1));
    knee.load = knee.requests_per_s * knee.seconds_per_request;
  }
  return knee;
}

std::vector<double> Sweep::closer(std::span<const StageOutcome> done, std::size_t saturated) const {
  const bool open = settings_.stage.open();
  const double knee = this->knee(done).value_or(KneeEstimate{}).load;
  const std::array<double, 3> around = open ? std::array{0.8, 0.9, 1.0} : std::array{0.8, 1.0, 1.25};
  std::vector<double> loads;
  for (const double share : around) {
    const double load = open ? share * knee : std::round(share * knee);
    if (load < settings_.from || load > settings_.to) continue;
    bool known = std::find(loads.begin(), loads.end(), load) != loads.end();
    for (const StageOutcome& outcome : done.first(saturated + 1)) known = known || load_of(outcome) == load;
    if (!known) loads.push_back(load);
  }
  return loads;
}

std::string Sweep::saturation_text(std::span<const StageOutcome> done) const {
  const std::optional<std::size_t> saturated = first_saturated(done);
  if (!saturated) return {};
  const bool open = settings_.stage.open();
  if (*saturated <= (open ? 0U : 1U))
    return fmt::format("Throughput did not grow from the lowest load on: the knee is at or below {:g} {}.",
                       settings_.from, open ? "sessions/s" : "sessions at once");
  if (!open)
    return fmt::format("Throughput stopped growing at {:g} sessions at once.", load_of(done[*saturated]));
  const KneeEstimate knee = this->knee(done).value_or(KneeEstimate{});
  return fmt::format("Throughput stopped growing at {:.3g} requests/s, or {:.3g} sessions/s.",
                     knee.requests_per_s, knee.load);
}

std::optional<LoadStage> Sweep::end(std::span<const StageOutcome> done, std::string why) {
  const std::string saturation = saturation_text(done);
  if (!why.empty() && !saturation.empty()) why += ' ';
  why += saturation;
  conclusion_ = std::move(why);
  return std::nullopt;
}

std::optional<LoadStage> Sweep::next(std::span<const StageOutcome> done) {
  const char* unit = settings_.stage.open() ? "sessions/s" : "sessions at once";
  if (done.empty()) return stage_at(settings_.from);
  const StageOutcome& last = done.back();
  const double load = load_of(last);
  if (!last.valid)
    return end(done,
               fmt::format("The sweep ended at {:g} {}: the client was the bottleneck there.", load, unit));
  if (last.failed_share > kMostFailed || !(last.requests_per_s > 0))
    return end(done, fmt::format("The sweep ended at {:g} {}: {:.0f} % of the calls failed there.", load,
                                 unit, last.failed_share * 100));
  const std::optional<std::size_t> saturated = first_saturated(done);
  if (saturated) {
    const std::vector<double> loads = closer(done, *saturated);
    const std::size_t next = done.size() - *saturated - 1;
    if (next < loads.size() && done.size() < settings_.most_stages) return stage_at(loads[next]);
    return end(done, "");
  }
  if (load >= settings_.to)
    return end(done,
               fmt::format("Throughput still grew at {:g} {}, the most that was asked: it never saturated.",
                           load, unit));
  if (done.size() >= settings_.most_stages)
    return end(done, fmt::format("The sweep ended after {} stages, and throughput still grew.", done.size()));
  const double twice = 2 * load;
  return stage_at(twice * kLeastStep > settings_.to ? settings_.to : twice);
}

}  // namespace costwar::harness
