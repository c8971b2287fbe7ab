#include "analysis/usage_findings.h"

#include <algorithm>
#include <array>

#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

constexpr std::array kTokenMeters{Meter::fresh_input,    Meter::cache_read,     Meter::cache_write_5m,
                                  Meter::cache_write_1h, Meter::visible_output, Meter::reasoning};

std::optional<std::int64_t> value_of(const Usage& usage, Meter meter) {
  const auto& count = usage[meter];
  return count ? std::optional(count->value) : std::nullopt;
}

// Tokens over seconds, summed over the attempts that have both.
struct RateSum {
  double tokens = 0;
  double seconds = 0;
  std::optional<double> rate() const {
    return tokens > 0 && seconds > 0 ? std::optional(tokens / seconds) : std::nullopt;
  }
};

std::optional<double> median_of(std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return stats::quantile_of_sorted(values, 0.5);
}

void add_item_times(TimeFindings& time, std::span<const std::size_t> trials,
                    std::span<const TrialTally> tallies) {
  std::vector<double> seconds;
  for (const std::size_t trial : trials)
    if (tallies[trial].timed && tallies[trial].attempts > 0) seconds.push_back(tallies[trial].seconds);
  time.median_s = median_of(seconds);
  time.median_bounds = stats::quantile_interval(seconds, 0.5);
  time.timed_items = static_cast<std::int64_t>(seconds.size());
  time.distribution = distribution_of_sorted(seconds);
  // Clocks tick: equal times are a coarse clock, not certainty.
  if (time.median_bounds && time.median_bounds->width() == 0) time.median_bounds.reset();
}

}  // namespace

TokenFindings find_tokens(const RunColumns& run, std::span<const std::size_t> attempts) {
  TokenFindings found;
  Usage total;
  for (const std::size_t attempt : attempts) {
    const Usage usage = run.attempts.usage[attempt];
    if (!usage.prompt_tokens() && !usage.output_tokens() && !run.used_nothing(attempt))
      ++found.attempts_without;
    total.add(usage);
  }
  found.input = total.prompt_tokens();
  found.cached = value_of(total, Meter::cache_read);
  found.output = total.output_tokens();
  found.reasoning = value_of(total, Meter::reasoning);
  for (const Meter meter : kTokenMeters)
    if (const auto& count = total[meter])
      found.weakest = std::max(found.weakest.value_or(count->provenance), count->provenance);
  for (const MeterRow& row : meters())
    if (const auto& count = total[row.meter])
      found.meters.push_back({row.meter, count->value, count->provenance});
  return found;
}

TimeFindings find_time(const RunColumns& run, std::span<const std::size_t> attempts,
                       std::span<const std::size_t> trials, std::span<const TrialTally> tallies,
                       bool own_machine) {
  TimeFindings time;
  add_item_times(time, trials, tallies);
  std::vector<double> ttft;
  RateSum prefill;
  RateSum decode;
  for (const std::size_t attempt : attempts) {
    const AttemptColumns& columns = run.attempts;
    const Usage usage = columns.usage[attempt];
    const std::int64_t total_ns = columns.total_ns[attempt];
    const std::int64_t first_ns = columns.ttft_any_ns[attempt];
    if (total_ns != kUnknown) time.total_s = time.total_s.value_or(0) + nanoseconds(total_ns).seconds();
    if (const auto machine_ns = value_of(usage, Meter::machine_ns))
      time.machine_s = time.machine_s.value_or(0) + nanoseconds(*machine_ns).seconds();
    if (columns.limited_ns[attempt] > 0) {
      time.limited_s += nanoseconds(columns.limited_ns[attempt]).seconds();
      ++time.limited_attempts;
    }
    if (first_ns == kUnknown) continue;
    ttft.push_back(nanoseconds(first_ns).seconds());
    if (const auto fresh = value_of(usage, Meter::fresh_input); fresh && own_machine) {
      prefill.tokens += static_cast<double>(*fresh);
      prefill.seconds += nanoseconds(first_ns).seconds();
    }
    if (const auto output = usage.output_tokens(); output && *output > 1 && total_ns != kUnknown) {
      decode.tokens += static_cast<double>(*output - 1);
      decode.seconds += nanoseconds(total_ns - first_ns).seconds();
    }
  }
  time.median_ttft_s = median_of(ttft);
  time.prefill_tokens_per_s = prefill.rate();
  time.decode_tokens_per_s = decode.rate();
  return time;
}

std::vector<OutcomeCount> find_failures(const RunColumns& run, std::span<const std::size_t> attempts) {
  std::vector<OutcomeCount> counts;
  for (const OutcomeRow& row : outcomes()) {
    if (row.outcome == Outcome::ok) continue;
    const auto seen = std::count_if(attempts.begin(), attempts.end(), [&](std::size_t attempt) {
      return run.attempts.outcome[attempt] == row.outcome;
    });
    if (seen > 0) counts.push_back({row.outcome, seen});
  }
  return counts;
}

}  // namespace costwar::analysis
