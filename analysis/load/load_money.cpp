// Goodput and money of a stage.
#include <algorithm>
#include <cmath>

#include "analysis/load/load_rates.h"
#include "core/durations.h"
#include "stats/batch_means.h"
#include "stats/proportion.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

bool within(const std::optional<double>& bound, double seconds) {
  return !bound || seconds <= *bound;
}

double seconds_between(std::int64_t from, std::int64_t until) {
  return static_cast<double>(until - from) / 1e9;
}

// Share of calls that kept their objectives. Calls that are in flight together meet a slow server together,
// so they count as many as would know the share as well if they were independent.
LoadFigure share_kept(const std::vector<double>& kept) {
  double sum = 0;
  for (const double one : kept) sum += one;
  const auto n = static_cast<double>(kept.size());
  LoadFigure share{sum / n, stats::wilson_interval(static_cast<std::int64_t>(sum),
                                                   static_cast<std::int64_t>(kept.size()))};
  const auto batches = stats::batch_means(kept);
  if (!batches || !(batches->standard_error > 0)) return share;
  const stats::Interval wider = stats::quantile_shares(share.value, batches->standard_error, n,
                                                       static_cast<double>(batches->batches) - 1);
  share.interval =
      stats::Interval{std::min(share.interval->low, wider.low), std::max(share.interval->high, wider.high)};
  return share;
}

// What calls that ended in the span cost, failed ones too. nullopt: a machine pays, or nothing has a price.
std::optional<Money> cost_of_ended(const LoadStageInput& input, std::span<const CallNumbers> numbers,
                                   const LoadSpan& span) {
  if (input.machine_per_hour || input.costs == nullptr) return std::nullopt;
  std::optional<Money> sum;
  for (const CallNumbers& call : numbers) {
    if (!span.contains(call.end)) continue;
    const std::optional<Money> amount = (*input.costs)[call.index].amount;
    if (amount) sum = sum ? *sum + *amount : *amount;
  }
  return sum;
}

std::optional<LoadFigure> per_dollar(const LoadFigure& per_second, double dollars_per_second) {
  if (!(dollars_per_second > 0)) return std::nullopt;
  LoadFigure figure{per_second.value / dollars_per_second, std::nullopt};
  if (per_second.interval)
    figure.interval = stats::Interval{per_second.interval->low / dollars_per_second,
                                      per_second.interval->high / dollars_per_second};
  return figure;
}

LoadMoney machine_money(const Money& per_hour, const std::string& basis, const LoadStageFindings& findings) {
  LoadMoney money;
  money.currency = per_hour.currency();
  const std::int64_t ran = std::max<std::int64_t>(0, (findings.row.end - findings.row.begin).count);
  money.spent = per_hour.scaled(ran, kNanosPerHour);
  money.per_hour = per_hour;
  const double hourly = per_hour.approximate();
  const double tokens = findings.output_tokens_per_s.value * 3600;
  const double requests = findings.requests_per_s.value * 3600;
  if (tokens > 0 && findings.calls_without_count == 0)
    money.per_million_output = Money::from_statistic(money.currency, hourly / tokens * 1e6);
  if (requests > 0) money.per_request = Money::from_statistic(money.currency, hourly / requests);
  money.basis = basis.empty() ? "machine at " + format_price(per_hour) + " an hour" : basis;
  return money;
}

}  // namespace

bool meets(const ServiceObjectives& objectives, const CallNumbers& call, bool open) {
  if (!call.ok) return false;
  const std::int64_t since = open ? call.due : call.issued;
  const auto payload_within = [&](const std::optional<double>& bound, const std::optional<std::int64_t>& at) {
    return !bound || (at && call.streamed && seconds_between(since, *at) <= *bound);
  };
  if (!payload_within(objectives.ttft, call.first)) return false;
  if (!payload_within(objectives.ttft_visible, call.visible)) return false;
  if (objectives.tpot) {
    const std::optional<double> tpot = call.tpot();
    // An answer of one token has no time between tokens to be too long.
    const bool single = call.streamed && call.sent_tokens && *call.sent_tokens < 2;
    if (!single && !(tpot && *tpot <= *objectives.tpot)) return false;
  }
  return within(objectives.e2e, seconds_between(since, call.end)) &&
         within(objectives.gap, static_cast<double>(call.longest_gap) / 1e9);
}

Goodput goodput_of(const ServiceObjectives& objectives, const LoadStageInput& input,
                   std::span<const CallNumbers> numbers, const LoadSpan& span) {
  Goodput goodput;
  goodput.objectives = objectives;
  const bool open = input.row->asked.open();
  std::vector<double> kept;
  std::vector<double> requests(stats::kRateSlots, 0);
  std::vector<double> tokens(stats::kRateSlots, 0);
  double largest = 1;
  for (const CallNumbers& call : numbers) {
    const bool met = meets(objectives, call, open);
    if (call.in_window && !call.cut) {
      kept.push_back(met ? 1 : 0);
      goodput.met += met ? 1U : 0U;
    }
    if (!met || !span.contains(call.end)) continue;
    const std::size_t slot = slot_of(span, call.end, requests.size());
    requests[slot] += 1;
    const auto count = static_cast<double>(call.tokens.value_or(0));
    tokens[slot] += count;
    largest = std::max(largest, count);
  }
  goodput.of = kept.size();
  if (kept.empty() || span.until <= span.from) return goodput;
  goodput.share = share_kept(kept);
  if (goodput.share.interval->low >= objectives.share) goodput.kept = true;
  if (goodput.share.interval->high < objectives.share) goodput.kept = false;
  const stats::RateEstimate request_rate = stats::batch_rate(requests, span.seconds());
  const stats::RateEstimate token_rate = stats::batch_rate(tokens, span.seconds(), largest);
  goodput.requests_per_s = {request_rate.per_second, request_rate.interval};
  goodput.tokens_per_s = {token_rate.per_second, token_rate.interval};
  double dollars = 0;  // a second
  if (input.machine_per_hour)
    dollars = input.machine_per_hour->approximate() / 3600;
  else if (const auto cost = cost_of_ended(input, numbers, span))
    dollars = cost->approximate() / span.seconds();
  goodput.requests_per_dollar = per_dollar(goodput.requests_per_s, dollars);
  goodput.tokens_per_dollar = per_dollar(goodput.tokens_per_s, dollars);
  return goodput;
}

std::optional<LoadMoney> load_money(const LoadStageInput& input, const LoadStageFindings& findings,
                                    std::span<const CallNumbers> numbers, const LoadSpan& span) {
  if (input.machine_per_hour) return machine_money(*input.machine_per_hour, input.cost_basis, findings);
  if (input.costs == nullptr) return std::nullopt;
  LoadMoney money;
  std::optional<Money> spent;
  std::optional<Money> low;
  std::optional<Money> high;
  bool ranges = false;
  const auto add = [](std::optional<Money>& sum, const std::optional<Money>& amount) {
    if (amount) sum = sum ? *sum + *amount : *amount;
  };
  for (const CallNumbers& call : numbers) {
    const AttemptCost cost = (*input.costs)[call.index];
    add(spent, cost.amount);
    add(low, cost.low ? cost.low : cost.amount);
    add(high, cost.high ? cost.high : cost.amount);
    ranges = ranges || cost.low || cost.high;
    if (cost.unpriced || (!cost.amount && !cost.low)) ++money.unpriced;
  }
  if (!low) return std::nullopt;
  money.spent = spent.value_or(*low);
  money.currency = money.spent.currency();
  money.lower_bound = money.unpriced > 0 || !spent;
  if (ranges) {
    money.spent_low = low;
    money.spent_high = high;
  }
  money.basis = input.cost_basis;
  const std::optional<Money> in_span = cost_of_ended(input, numbers, span);
  if (!in_span || span.until <= span.from) return money;
  money.per_hour = in_span->scaled(kNanosPerHour, span.until - span.from);
  std::int64_t tokens = 0;
  std::int64_t ok = 0;
  bool counted = true;
  for (const CallNumbers& call : numbers) {
    if (!span.contains(call.end)) continue;
    tokens += call.tokens.value_or(0);
    counted = counted && (call.tokens || call.chunks == 0);
    ok += call.ok ? 1 : 0;
  }
  if (tokens > 0 && counted) money.per_million_output = in_span->scaled(1'000'000, tokens);
  if (ok > 0) money.per_request = in_span->scaled(1, ok);
  return money;
}

}  // namespace costwar::analysis
