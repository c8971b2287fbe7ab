#include "harness/load/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "stats/draws.h"

namespace costwar::harness {
namespace {

constexpr double kMostRate = 1e6;
constexpr std::size_t kMostConcurrency = 1'000'000;

[[noreturn]] void refuse_stage(const std::string& what, const std::string& remedy) {
  throw Error(ErrorKind::usage, what, remedy);
}

void check_rate(double rate, bool may_be_zero) {
  if (!std::isfinite(rate) || rate < 0 || rate > kMostRate || (rate == 0 && !may_be_zero))
    refuse_stage(fmt::format("--rate: {} is no rate of sessions a second", rate),
                 fmt::format("write a number above 0, at most {}", kMostRate));
}

void check_open(const LoadStage& stage) {
  check_rate(stage.rate, stage.rate_from.has_value());
  if (stage.rate_from) check_rate(*stage.rate_from, stage.rate > 0);
  if (stage.concurrency_from)
    refuse_stage("an open stage has no ramp of its concurrency", "let the rate grow: --rate 1..20");
  if (stage.arrivals == Arrivals::gamma &&
      !(stage.burstiness >= kLeastBurstiness && stage.burstiness <= kMostBurstiness))
    refuse_stage(fmt::format("--burstiness: {} is not from {} to {}", stage.burstiness, kLeastBurstiness,
                             kMostBurstiness),
                 "1 is Poisson, 0.25 is bursty (gaps vary twice as much), 4 is regular");
  const double sessions = expected_sessions(stage);
  if (!stage.sessions && sessions > static_cast<double>(kMostSessions))
    refuse_stage(fmt::format("--rate: {:.0f} sessions in {:g} s are more than the {} that a stage may have",
                             sessions, stage.duration.seconds(), kMostSessions),
                 "shorten --duration or lower --rate");
}

void check_closed(const LoadStage& stage) {
  if (stage.rate_from || stage.rate != 0)
    refuse_stage("a closed stage has no rate", "name either --rate or --concurrency");
  if (stage.concurrency < 1 || stage.concurrency > kMostConcurrency)
    refuse_stage(fmt::format("--concurrency: {} is not from 1 to {}", stage.concurrency, kMostConcurrency),
                 "name how many sessions are to be open at once");
  if (stage.concurrency_from && (*stage.concurrency_from < 1 || *stage.concurrency_from > stage.concurrency))
    refuse_stage(fmt::format("--concurrency: a ramp from {} to {} does not grow", *stage.concurrency_from,
                             stage.concurrency),
                 "write the smaller number first: --concurrency 1..64");
}

// When the integrated rate is `points`: from r(t) = from + (to - from) t / length follows from t + slope t^2
// / 2 = points, solved in the form that does not cancel. NaN or beyond the length: not within the stage.
double instant_of(double points, double from, double to, double length) {
  const double slope = (to - from) / length;
  return 2 * points / (from + std::sqrt(from * from + 2 * slope * points));
}

// The gap to the next point of a process of unit rate.
double unit_gap(const LoadStage& stage, RandomStream& stream) {
  if (stage.arrivals == Arrivals::constant) return 1;
  if (stage.arrivals == Arrivals::poisson) return stats::draw_exponential(stream);
  return stats::draw_gamma(stream, stage.burstiness) / stage.burstiness;
}

}  // namespace

void check_stage(const LoadStage& stage) {
  if (stage.duration.count <= 0)
    refuse_stage(fmt::format("--duration: {:g} s is no time to measure in", stage.duration.seconds()),
                 "name a longer one: --duration 30s");
  if (stage.sessions && (*stage.sessions < 1 || *stage.sessions > kMostSessions))
    refuse_stage(fmt::format("--requests: {} is not from 1 to {}", *stage.sessions, kMostSessions),
                 "leave it out to let --duration decide");
  if (stage.arrivals == Arrivals::trace) return;
  if (stage.open())
    check_open(stage);
  else
    check_closed(stage);
}

double expected_sessions(const LoadStage& stage) {
  return (stage.rate_from.value_or(stage.rate) + stage.rate) / 2 * stage.duration.seconds();
}

std::vector<Nanos> arrival_instants(const LoadStage& stage, RandomStream stream) {
  check_stage(stage);
  if (!stage.open() || stage.arrivals == Arrivals::trace)
    throw Error(ErrorKind::internal, "only constant, Poisson and gamma arrivals are drawn");
  const double length = stage.duration.seconds();
  const double from = stage.rate_from.value_or(stage.rate);
  const double last = expected_sessions(stage);
  const std::uint64_t most = stage.sessions.value_or(kMostSessions);
  std::vector<Nanos> instants;
  instants.reserve(static_cast<std::size_t>(std::min(last + 1, static_cast<double>(most))));
  double points = stage.arrivals == Arrivals::constant ? 0 : unit_gap(stage, stream);
  for (; points < last && instants.size() < most; points += unit_gap(stage, stream)) {
    const double at = points > 0 ? instant_of(points, from, stage.rate, length) : 0;
    const Nanos due = nanoseconds(std::llround(at * 1e9));
    if (!(at < length) || due >= stage.duration) break;
    instants.push_back(due);
  }
  return instants;
}

Nanos place_opens(const LoadStage& stage, std::size_t place) {
  const std::size_t from = stage.concurrency_from.value_or(stage.concurrency);
  if (place < from || place >= stage.concurrency) return {};
  const double share =
      static_cast<double>(place - from + 1) / static_cast<double>(stage.concurrency - from + 1);
  return nanoseconds(std::llround(share * static_cast<double>(stage.duration.count)));
}

}  // namespace costwar::harness
