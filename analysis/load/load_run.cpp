#include "analysis/load/load_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "stats/proportion.h"
#include "stats/saturation_knee.h"

namespace costwar::analysis {
namespace {

bool is_invalid(const LoadStageFindings& stage) {
  return stage.verdict.kind == LoadVerdictKind::invalid;
}

bool levels_of_concurrency(const LoadStageFindings& stage) {
  return !stage.row.asked.open() && !stage.row.asked.ramp() && stage.calls > 0;
}

LoadFigure figure_from(const stats::Estimate& estimate) {
  return {estimate.value, estimate.interval};
}

void find_knee(LoadFindings& findings) {
  std::vector<stats::SaturationPoint> points;
  std::size_t levels = 0;
  for (const LoadStageFindings& stage : findings.stages) {
    if (!levels_of_concurrency(stage)) continue;
    ++levels;
    if (is_invalid(stage) || !stage.steady) continue;
    const LoadFigure& rate = stage.requests_per_s;
    const double error =
        rate.interval ? rate.interval->width() / 2 / stats::normal_quantile((1 + stats::kDefaultLevel) / 2)
                      : 0;
    points.push_back({static_cast<double>(stage.row.asked.concurrency), rate.value, error});
  }
  if (levels < 3 && findings.header.mode != "sweep") return;
  const stats::SaturationFit fit = stats::saturation_knee(points);
  findings.why_no_knee = fit.why_not;
  if (!fit.knee) return;
  findings.knee = Knee{figure_from(fit.knee->concurrency), figure_from(fit.knee->per_second),
                       figure_from(fit.knee->seconds)};
}

// Kept by the point estimate, where nothing is resolved.
bool kept_anyhow(const LoadStageFindings& stage) {
  if (const auto kept = objectives_kept(stage)) return *kept;
  const Goodput& goodput = stage.goodput.front();
  return goodput.share.value >= goodput.objectives.share;
}

bool has_rate(const LoadStageFindings& stage) {
  return stage.row.asked.open() && !stage.row.asked.ramp() && stage.row.asked.rate > 0 &&
         !stage.goodput.empty() && stage.calls > 0;
}

void find_highest(LoadFindings& findings) {
  const auto rates =
      static_cast<std::size_t>(std::count_if(findings.stages.begin(), findings.stages.end(), has_rate));
  if (rates == 0 || (rates < 2 && findings.header.mode != "search")) return;
  HighestRate highest;
  std::optional<std::uint32_t> kept_by;
  std::optional<std::uint32_t> broken_by;
  for (const LoadStageFindings& stage : findings.stages) {
    if (!has_rate(stage) || is_invalid(stage)) continue;
    highest.objectives = stage.goodput.front().objectives;
    const double rate = stage.row.asked.rate;
    if (!kept_anyhow(stage) && (!highest.broken || rate < *highest.broken)) {
      highest.broken = rate;
      broken_by = stage.row.stage;
    }
  }
  // Kept only below the lowest rate that broke them: above, it was luck.
  for (const LoadStageFindings& stage : findings.stages) {
    if (!has_rate(stage) || is_invalid(stage) || !kept_anyhow(stage)) continue;
    const double rate = stage.row.asked.rate;
    if ((highest.broken && rate >= *highest.broken) || (highest.kept && rate <= *highest.kept)) continue;
    highest.kept = rate;
    kept_by = stage.row.stage;
  }
  for (const auto& stage : {kept_by, broken_by})
    if (stage) highest.stages.push_back(*stage);
  for (const LoadStageFindings& stage : findings.stages)
    if ((kept_by == stage.row.stage || broken_by == stage.row.stage) && !objectives_kept(stage))
      highest.resolved = false;
  findings.highest = highest;
}

// The client could not measure the stage, and measured the same one later.
bool asked_again(const LoadFindings& findings, const LoadStageFindings& stage) {
  return is_invalid(stage) &&
         std::any_of(findings.stages.begin(), findings.stages.end(), [&](const LoadStageFindings& other) {
           return other.row.stage > stage.row.stage && !is_invalid(other) &&
                  other.row.asked == stage.row.asked;
         });
}

// Whether what the run says would be the same without the stage: one that was asked again, a stage of a sweep
// that the knee was found without, a stage of a search above a rate that broke its objectives.
bool answer_rests_on(const LoadFindings& findings, const LoadStageFindings& stage) {
  if (stage.calls == 0 && !stage.row.complete && findings.stages.size() > 1) return false;
  if (asked_again(findings, stage)) return false;
  if (findings.knee && levels_of_concurrency(stage) && is_invalid(stage)) return false;
  if (findings.highest && has_rate(stage))
    return !(findings.highest->broken && stage.row.asked.rate > *findings.highest->broken);
  return true;
}

std::string stage_words(const LoadStageFindings& stage) {
  const LoadStage& asked = stage.row.asked;
  return asked.open() ? fmt::format("stage {} ({:.4g}/s)", stage.row.stage + 1, asked.rate)
                      : fmt::format("stage {} ({} at once)", stage.row.stage + 1, asked.concurrency);
}

void append_words(std::vector<std::string>& to, const std::vector<std::string>& from,
                  const std::string& whose) {
  for (const std::string& words : from) {
    const std::string whole = whose.empty() ? words : fmt::format("{}: {}", whose, words);
    if (std::find(to.begin(), to.end(), whole) == to.end()) to.push_back(whole);
  }
}

void judge(LoadFindings& findings) {
  LoadVerdict& verdict = findings.verdict;
  const bool several = findings.stages.size() > 1;
  // A sweep and a search go beyond what the server serves, on purpose: that is no flaw of the run.
  const bool seeks = findings.knee || findings.highest;
  for (const LoadStageFindings& stage : findings.stages) {
    const std::string whose = several ? stage_words(stage) : std::string();
    if (!answer_rests_on(findings, stage)) {
      if (is_invalid(stage))
        verdict.cautions.push_back(whose + " is INVALID and was left out: " + stage.verdict.reasons.front());
      continue;
    }
    append_words(verdict.reasons, stage.verdict.reasons, whose);
    if (!seeks || stage.steady) append_words(verdict.cautions, stage.verdict.cautions, whose);
    append_words(verdict.notes, stage.verdict.notes, "");  // what is true of every stage is said once
  }
  if (findings.stages.empty()) verdict.reasons.emplace_back("no stage was run: nothing was measured");
  verdict.kind = !verdict.reasons.empty()    ? LoadVerdictKind::invalid
                 : !verdict.cautions.empty() ? LoadVerdictKind::valid_with_notes
                                             : LoadVerdictKind::valid;
}

}  // namespace

std::optional<bool> objectives_kept(const LoadStageFindings& stage, std::size_t objectives) {
  if (objectives >= stage.goodput.size()) return std::nullopt;
  if (stage.row.asked.open() && stage.growing) return false;
  return stage.goodput[objectives].kept;
}

LoadFindings load_run(const LoadHeader& header, std::vector<LoadStageFindings> stages) {
  LoadFindings findings;
  findings.header = header;
  findings.stages = std::move(stages);
  find_knee(findings);
  find_highest(findings);
  judge(findings);
  return findings;
}

}  // namespace costwar::analysis
