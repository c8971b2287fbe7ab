#include "analysis/load/load_stage.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "analysis/load/load_audit.h"
#include "analysis/load/load_calls.h"
#include "analysis/load/load_latency.h"
#include "analysis/load/load_rates.h"
#include "core/error.h"

namespace costwar::analysis {
namespace {

void count_outcomes(LoadStageFindings& findings, std::span<const LoadCall> calls,
                    std::span<const CallNumbers> numbers) {
  std::map<std::pair<Outcome, std::string_view>, FailureCount> failures;
  findings.calls = numbers.size();
  for (const CallNumbers& call : numbers) {
    const LoadCall& whole = calls[call.index];
    findings.window_calls += call.in_window ? 1U : 0U;
    findings.ok += call.ok ? 1U : 0U;
    findings.cut += call.cut ? 1U : 0U;
    findings.not_streaming += call.streamed || !call.ok ? 0 : 1;
    if (!call.failed()) continue;
    ++findings.failed;
    FailureCount& failure = failures[{whole.outcome, whole.error_code}];
    failure.outcome = outcome_row(whole.outcome).name;
    failure.error_code = whole.error_code;
    if (failure.example.empty()) failure.example = whole.error_message;
    ++failure.calls;
  }
  for (auto& failure : failures) findings.failures.push_back(std::move(failure.second));
  std::stable_sort(findings.failures.begin(), findings.failures.end(),
                   [](const FailureCount& a, const FailureCount& b) { return a.calls > b.calls; });
}

// Each latency as a series in the order of due instants.
struct LatencySeries {
  std::vector<double> user_ttft, service_ttft, visible_ttft, headers, tpot, user_e2e, service_e2e, limited,
      delay;
};

LatencySeries series_of(std::span<const LoadCall> calls, std::span<const CallNumbers> numbers) {
  LatencySeries series;
  const auto add = [](std::vector<double>& values, std::int64_t from, std::int64_t until) {
    values.push_back(static_cast<double>(std::max<std::int64_t>(0, until - from)) / 1e9);
  };
  for (const CallNumbers& call : numbers) {
    if (!call.in_window) continue;
    const std::int64_t limited = calls[call.index].limited.count;
    add(series.limited, 0, limited);
    add(series.delay, call.due, call.issued - limited);
    if (call.failed()) continue;
    if (call.headers) add(series.headers, call.issued, *call.headers);
    if (call.streamed && call.first) {
      add(series.user_ttft, call.due, *call.first);
      add(series.service_ttft, call.issued, *call.first);
    }
    if (call.streamed && call.visible) add(series.visible_ttft, call.issued, *call.visible);
    if (!call.ok) continue;
    if (const auto tpot = call.tpot()) series.tpot.push_back(*tpot);
    add(series.user_e2e, call.due, call.end);
    add(series.service_e2e, call.issued, call.end);
  }
  return series;
}

void fill_latencies(LoadStageFindings& findings, std::span<const LoadCall> calls,
                    std::span<const CallNumbers> numbers) {
  const LatencySeries series = series_of(calls, numbers);
  findings.user_ttft = latency_figures(series.user_ttft);
  findings.service_ttft = latency_figures(series.service_ttft);
  findings.visible_ttft = latency_figures(series.visible_ttft);
  findings.headers = latency_figures(series.headers);
  findings.tpot = latency_figures(series.tpot);
  findings.user_e2e = latency_figures(series.user_e2e);
  findings.service_e2e = latency_figures(series.service_e2e);
  findings.limited = latency_figures(series.limited);
  findings.schedule_delay = latency_figures(series.delay);
  findings.gaps = gap_figures(calls, numbers);
}

void count_stalls(LoadStageFindings& findings, std::span<const LoadCall> calls,
                  std::span<const CallNumbers> numbers) {
  const double bound = std::max(kStallLeast.seconds(), kStallMedians * median_gap(findings.gaps).value_or(0));
  for (const CallNumbers& call : numbers) {
    if (!call.in_window || static_cast<double>(call.longest_gap) / 1e9 <= bound) continue;
    ++findings.stalled_calls;
    std::int64_t previous = -1;
    walk_events(calls[call.index].timeline, [&](std::int64_t micros) {
      const double gap = previous >= 0 ? static_cast<double>(micros - previous) / 1e6 : 0;
      previous = micros;
      if (gap <= bound) return;
      ++findings.stalls;
      findings.stalled_s += gap;
    });
  }
}

// What rates are taken over: the steady window; without one all that was asked for in an open loop or a ramp,
// since what runs out afterwards is no load, and else the whole stage.
LoadSpan span_of(const LoadStageRow& row, std::span<const CallNumbers> numbers,
                 const stats::SteadyWindow& window) {
  if (window.steady) return {window.from, window.until};
  const std::int64_t last_due = (row.last_due - row.begin).count;
  if ((row.asked.open() || row.asked.ramp()) && last_due > 0) return {0, last_due};
  std::int64_t end = (row.end - row.begin).count;
  for (const CallNumbers& call : numbers) end = std::max(end, call.end + 1);
  return {0, std::max<std::int64_t>(0, end)};
}

}  // namespace

LoadStageFindings load_stage(const LoadStageInput& input) {
  const LoadStageRow& row = *input.row;
  if (input.costs != nullptr && input.costs->size() != input.calls.size())
    throw Error(ErrorKind::internal, "a stage has as many bills as calls");
  LoadStageFindings findings;
  findings.row = row;
  std::vector<CallNumbers> numbers = call_numbers(row, input.calls);
  const stats::SteadyWindow window = find_window(row, input.calls, numbers);
  findings.steady = window.steady;
  findings.why_not_steady = window.why_not;
  findings.growing = window.growing;
  const LoadSpan span = span_of(row, numbers, window);
  findings.window_from_s = static_cast<double>(span.from) / 1e9;
  findings.window_until_s = static_cast<double>(span.until) / 1e9;
  const std::vector<stats::Stay> stays = service_stays(numbers);
  const stats::LittlesLaw law = stats::littles_law(stays, span.from, span.until);
  findings.mean_in_flight = law.inside;
  findings.littles_residual = law.residual;
  count_outcomes(findings, input.calls, numbers);
  fill_rates(findings, input.calls, numbers, span);
  fill_latencies(findings, input.calls, numbers);
  count_stalls(findings, input.calls, numbers);
  for (const ServiceObjectives& objectives : input.objectives)
    findings.goodput.push_back(goodput_of(objectives, input, numbers, span));
  findings.money = load_money(input, findings, numbers, span);
  findings.slices = load_slices(row, input.calls, numbers);
  AuditFacts facts = audit_facts(row, input.calls, numbers, span.from, span.until);
  facts.ended_early = window.ended_early;
  facts.places_filled = window.places_filled;
  audit_stage(findings, facts);
  return findings;
}

}  // namespace costwar::analysis
