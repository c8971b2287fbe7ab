// Cells and choices that the parts of a load run's Document share.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "analysis/load/load_run.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/load_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::LatencyFigures;
using analysis::LoadFigure;
using analysis::LoadFindings;
using analysis::LoadStageFindings;

constexpr double kNoEnd = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<LatencyKind, 10> kLatencyKinds = {
    {{"user_ttft", "TTFT, user", &LoadStageFindings::user_ttft, true},
     {"service_ttft", "TTFT, service", &LoadStageFindings::service_ttft, true},
     {"visible_ttft", "TTFT, visible", &LoadStageFindings::visible_ttft, false},
     {"headers", "Headers", &LoadStageFindings::headers, false},
     {"tpot", "TPOT", &LoadStageFindings::tpot, true},
     {"gaps", "Chunk gaps", &LoadStageFindings::gaps, true},
     {"user_e2e", "E2E, user", &LoadStageFindings::user_e2e, false},
     {"service_e2e", "E2E, service", &LoadStageFindings::service_e2e, true},
     {"limited", "Waiting for limits", &LoadStageFindings::limited, false},
     {"schedule_delay", "Schedule delay", &LoadStageFindings::schedule_delay, false}}};

const LoadStageFindings* load_stage_at_knee(const LoadFindings& findings) {
  const LoadStageFindings* best = nullptr;
  for (const LoadStageFindings& stage : findings.stages) {
    if (stage.row.asked.open() || stage.calls == 0 ||
        stage.verdict.kind == analysis::LoadVerdictKind::invalid)
      continue;
    const auto distance = [&](const LoadStageFindings& of) {
      return std::abs(static_cast<double>(of.row.asked.concurrency) - findings.knee->concurrency.value);
    };
    if (best == nullptr || distance(stage) < distance(*best)) best = &stage;
  }
  return best;
}

}  // namespace

const LatencyFigures& ranked_ttft(const LoadStage& asked, const LoadStageFindings& stage) {
  return asked.open() ? stage.user_ttft : stage.service_ttft;
}

const LatencyFigures& ranked_e2e(const LoadStage& asked, const LoadStageFindings& stage) {
  return asked.open() ? stage.user_e2e : stage.service_e2e;
}

const LoadStageFindings* answer_stage(const LoadFindings& findings) {
  if (findings.stages.empty()) return nullptr;
  if (one_stage(findings)) return &findings.stages.front();
  if (findings.highest && findings.highest->kept)
    for (const LoadStageFindings& stage : findings.stages)
      if (stage.row.asked.open() && stage.row.asked.rate == *findings.highest->kept) return &stage;
  if (findings.knee)
    if (const LoadStageFindings* stage = load_stage_at_knee(findings)) return stage;
  for (auto stage = findings.stages.rbegin(); stage != findings.stages.rend(); ++stage)
    if (stage->calls > 0 && stage->verdict.kind != analysis::LoadVerdictKind::invalid) return &*stage;
  return &findings.stages.back();
}

std::optional<bool> kept_all(const LoadStageFindings& stage) {
  bool resolved = !stage.goodput.empty();
  for (std::size_t i = 0; i < stage.goodput.size(); ++i) {
    const std::optional<bool> kept = analysis::objectives_kept(stage, i);
    if (kept == false) return false;
    resolved = resolved && kept.has_value();
  }
  return resolved ? std::optional(true) : std::nullopt;
}

std::span<const LatencyKind> latency_kinds() {
  return kLatencyKinds;
}

int three_digits(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(size) || size >= 100 || size == 0) return 0;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 0, 4);
}

Cell figure_cell(const LoadFigure& figure, double scale, NumberStyle style) {
  if (std::isnan(figure.value)) return Unknown{};
  const double percent = style == NumberStyle::share || style == NumberStyle::points ? 100 : 1;
  const int most = percent > 1 ? 1 : three_digits(figure.value * scale);
  if (!figure.interval || std::isnan(figure.interval->low))
    return IntervalCell{figure.value * scale, kNoEnd, kNoEnd, three_digits(figure.value * scale * percent),
                        style};
  const double width = figure.interval->width() * scale * percent;
  return IntervalCell{figure.value * scale, figure.interval->low * scale, figure.interval->high * scale,
                      width > 0 ? supported_decimals(width, most) : most, style};
}

Cell figure_cell(const std::optional<LoadFigure>& figure, double scale, NumberStyle style) {
  return figure ? figure_cell(*figure, scale, style) : Cell{Unknown{}};
}

Cell milli_cell(const std::optional<double>& seconds) {
  if (!seconds) return Unknown{};
  return NumberCell{*seconds * kMilli, std::min(3, three_digits(*seconds * kMilli))};
}

Cell milli_cell(const std::optional<LoadFigure>& seconds, bool ends) {
  if (!seconds) return Unknown{};
  return ends ? figure_cell(*seconds, kMilli) : milli_cell(std::optional(seconds->value));
}

Cell count_cell(std::uint64_t count) {
  return IntegerCell{static_cast<std::int64_t>(count)};
}

Cell spent_cell(const analysis::LoadMoney& money) {
  if (money.lower_bound) return CostCell{money.currency, {}, money.spent, {}};
  if (money.spent_low || money.spent_high)
    return CostCell{money.currency, money.spent, money.spent_low, money.spent_high};
  return CostCell{money.currency, money.spent, {}, {}};
}

Cell words_cell(const std::vector<std::string>& words) {
  TableBuilder table("words", "");
  table.data("text");
  for (const std::string& text : words) table.row({TextCell{text}});
  return table_cell(table.build());
}

Cell objectives_cell(const analysis::ServiceObjectives& objectives) {
  return record_cell({{"name", text_cell(objectives.name)},
                      {"source", text_cell(objectives.source)},
                      {"ttft_s", number_cell(objectives.ttft, 3)},
                      {"visible_ttft_s", number_cell(objectives.ttft_visible, 3)},
                      {"tpot_s", number_cell(objectives.tpot, 3)},
                      {"e2e_s", number_cell(objectives.e2e, 3)},
                      {"gap_s", number_cell(objectives.gap, 3)},
                      {"share", NumberCell{objectives.share, 3}}});
}

}  // namespace costwar::reports
