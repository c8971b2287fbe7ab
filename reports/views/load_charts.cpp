// The curves of a load run: how latencies are distributed, what more load brings, and a ramp over time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/views/load_parts.h"

namespace costwar::reports {
namespace {

using analysis::LatencyFigures;
using analysis::LoadFindings;
using analysis::LoadStageFindings;

constexpr std::size_t kFewestPoints = 2;

std::optional<Chart> distributions(const LoadFindings& findings) {
  const LoadStageFindings* stage = answer_stage(findings);
  if (stage == nullptr) return std::nullopt;
  LineChart chart{"latency_distribution",
                  one_stage(findings) ? "Milliseconds: share that took at most so long"
                                      : fmt::format("Milliseconds of {}: share that took at most so long",
                                                    stage_words(*stage)),
                  {"Milliseconds", NumberStyle::plain, 2, {}, true},
                  {"Share", NumberStyle::share, 0, {}, false},
                  {}};
  for (const LatencyKind& kind : latency_kinds()) {
    // In a closed loop the two TTFT say the same.
    if (!kind.drawn || (kind.key == "user_ttft" && !stage->row.asked.open())) continue;
    const LatencyFigures& figures = stage->*kind.figures;
    LineSeries series{std::string(kind.title), {}, fmt::format("n = {}", figures.n)};
    for (const analysis::DistributionPoint& point : figures.distribution)
      if (point.value > 0) series.points.emplace_back(point.value * kMilli, point.share);
    if (series.points.size() >= kFewestPoints) chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return std::nullopt;
  return chart;
}

// Stages whose loads are steady and comparable: all closed or all open.
std::vector<const LoadStageFindings*> load_levels(const LoadFindings& findings) {
  std::vector<const LoadStageFindings*> levels;
  for (const LoadStageFindings& stage : findings.stages)
    if (stage.calls > 0 && !stage.row.asked.ramp() &&
        stage.row.asked.open() == findings.stages.front().row.asked.open())
      levels.push_back(&stage);
  return levels;
}

double load_of(const LoadStageFindings& stage) {
  return stage.row.asked.open() ? stage.row.asked.rate : static_cast<double>(stage.row.asked.concurrency);
}

Estimate figure_estimate(const analysis::LoadFigure& figure, double scale) {
  Estimate estimate{figure.value * scale};
  if (!figure.interval || std::isnan(figure.interval->low)) return estimate;
  estimate.low = figure.interval->low * scale;
  if (std::isfinite(figure.interval->high)) estimate.high = figure.interval->high * scale;
  return estimate;
}

std::string stage_detail(const LoadStageFindings& stage) {
  return fmt::format("{}; n = {}; {}", stage_words(stage), stage.calls,
                     load_verdict_name(stage.verdict.kind));
}

// At p99 where every stage has one, else at the median.
std::optional<Chart> throughput_latency(const LoadFindings& findings) {
  std::vector<const LoadStageFindings*> levels = load_levels(findings);
  const bool tail = std::all_of(levels.begin(), levels.end(), [](const LoadStageFindings* stage) {
    return ranked_ttft(stage->row.asked, *stage).p99.has_value();
  });
  const bool tokens = std::all_of(levels.begin(), levels.end(), [](const LoadStageFindings* stage) {
    return stage->output_tokens_per_s.value > 0;
  });
  ScatterChart chart{
      "throughput_latency",
      "Throughput and latency, by load",
      {fmt::format("TTFT at {}, ms", tail ? "p99" : "the median"), NumberStyle::plain, 0, {}, true},
      {tokens ? "Output tokens per second" : "Requests per second", NumberStyle::plain, 1, {}, false},
      {},
      "Load"};
  for (const LoadStageFindings* stage : levels) {
    const LatencyFigures& ttft = ranked_ttft(stage->row.asked, *stage);
    const auto& figure = tail ? ttft.p99 : ttft.p50;
    if (!figure || stage->verdict.kind == analysis::LoadVerdictKind::invalid) continue;
    chart.points.push_back({asked_words(stage->row.asked), figure_estimate(*figure, kMilli),
                            figure_estimate(tokens ? stage->output_tokens_per_s : stage->requests_per_s, 1),
                            false, stage_detail(*stage)});
  }
  if (chart.points.size() < kFewestPoints) return std::nullopt;
  for (ScatterPoint& point : chart.points)
    point.on_frontier =
        std::none_of(chart.points.begin(), chart.points.end(), [&](const ScatterPoint& other) {
          return other.x.value <= point.x.value && other.y.value >= point.y.value &&
                 (other.x.value < point.x.value || other.y.value > point.y.value);
        });
  return chart;
}

std::string load_axis(const LoadFindings& findings) {
  return findings.stages.front().row.asked.open() ? "Sessions asked for per second" : "Sessions at once";
}

void sort_points(LineSeries& series) {
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::optional<Chart> throughput_by_load(const LoadFindings& findings) {
  const std::vector<const LoadStageFindings*> levels = load_levels(findings);
  if (levels.size() < kFewestPoints) return std::nullopt;
  LineSeries measured{"Measured", {}, "requests that ended well"};
  for (const LoadStageFindings* stage : levels)
    measured.points.emplace_back(load_of(*stage), stage->requests_per_s.value);
  sort_points(measured);
  LineChart chart{"throughput",
                  "Requests per second, by load",
                  {load_axis(findings), NumberStyle::plain, 0, {}, false},
                  {"Requests per second", NumberStyle::plain, 1, {}, false},
                  {}};
  if (findings.knee && !findings.stages.front().row.asked.open()) {
    const analysis::Knee& knee = *findings.knee;
    const double first = measured.points.front().first;
    const double last = std::max(measured.points.back().first, knee.concurrency.value);
    LineSeries bounds{"Bounds that cross at the knee", {}, "min(N / R0, Xmax)"};
    for (const double n : {first, knee.concurrency.value, last})
      if (bounds.points.empty() || n > bounds.points.back().first)
        bounds.points.emplace_back(n,
                                   std::min(n / knee.seconds_per_request.value, knee.requests_per_s.value));
    chart.series.push_back(std::move(measured));
    chart.series.push_back(std::move(bounds));
  } else {
    chart.series.push_back(std::move(measured));
  }
  return chart;
}

std::optional<Chart> latency_by_load(const LoadFindings& findings) {
  LineChart chart{"latency_by_load",
                  "Time to first token, by load",
                  {load_axis(findings), NumberStyle::plain, 0, {}, false},
                  {"Milliseconds", NumberStyle::plain, 0, {}, true},
                  {}};
  LineSeries median{"p50", {}, ""};
  LineSeries tail{"p99", {}, ""};
  for (const LoadStageFindings* stage : load_levels(findings)) {
    const LatencyFigures& ttft = ranked_ttft(stage->row.asked, *stage);
    if (ttft.p50) median.points.emplace_back(load_of(*stage), ttft.p50->value * kMilli);
    if (ttft.p99) tail.points.emplace_back(load_of(*stage), ttft.p99->value * kMilli);
  }
  for (LineSeries* series : {&median, &tail}) {
    sort_points(*series);
    if (series->points.size() >= kFewestPoints) chart.series.push_back(std::move(*series));
  }
  if (chart.series.empty()) return std::nullopt;
  return chart;
}

using SliceFigure = std::optional<double> (*)(const analysis::LoadSlice&);

std::optional<Chart> over_time(const LoadStageFindings& stage, std::string key, std::string title,
                               std::string unit, int decimals, SliceFigure figure) {
  LineSeries series{unit, {}, ""};
  for (const analysis::LoadSlice& slice : stage.slices)
    if (const auto value = figure(slice))
      series.points.emplace_back((slice.from_s + slice.until_s) / 2, *value);
  if (series.points.size() < kFewestPoints) return std::nullopt;
  return LineChart{std::move(key),
                   std::move(title),
                   {"Seconds since the begin", NumberStyle::plain, 0, {}, false},
                   {std::move(unit), NumberStyle::plain, decimals, {}, false},
                   {std::move(series)}};
}

// Of a ramp: what is steady is not worth a curve.
void add_over_time(std::vector<Chart>& charts, const LoadStageFindings& stage) {
  const auto add = [&charts](std::optional<Chart> chart) {
    if (chart) charts.push_back(std::move(*chart));
  };
  if (!stage.row.asked.ramp()) return;
  add(over_time(stage, "requests_over_time", "Requests per second, over time", "Requests per second", 1,
                [](const analysis::LoadSlice& slice) { return std::optional(slice.requests_per_s); }));
  add(over_time(stage, "in_flight_over_time", "Requests in flight, over time", "In flight", 0,
                [](const analysis::LoadSlice& slice) { return std::optional(slice.in_flight); }));
  add(over_time(stage, "ttft_over_time", "Time to first token at the median, over time", "Milliseconds", 0,
                [](const analysis::LoadSlice& slice) {
                  return slice.ttft_p50 ? std::optional(*slice.ttft_p50 * kMilli) : std::nullopt;
                }));
}

}  // namespace

std::vector<Chart> load_charts(const LoadFindings& findings) {
  std::vector<Chart> charts;
  if (findings.stages.empty()) return charts;
  if (!one_stage(findings))
    for (auto* build : {throughput_latency, throughput_by_load, latency_by_load})
      if (std::optional<Chart> chart = build(findings)) charts.push_back(std::move(*chart));
  if (std::optional<Chart> chart = distributions(findings)) charts.push_back(std::move(*chart));
  if (one_stage(findings)) add_over_time(charts, findings.stages.front());
  return charts;
}

}  // namespace costwar::reports
