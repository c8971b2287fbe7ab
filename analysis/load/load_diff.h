// Two load runs compared, stage by stage where both asked the same. Pure: from their findings alone.
//
// Intervals of differences and ratios come from the two intervals by the method of variance estimates
// recovery (MOVER; Zou and Donner 2008): each end of a difference takes the distance of one estimate to its
// own end and of the other to its opposite end, added in quadrature; ratios the same on logarithms. The runs
// are independent of each other, and within a run the intervals already allow for requests that depend on
// each other (batches in time), which resampling single calls would ignore. So the differences agree with the
// figures beside them, and no call has to be read again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/load/load_findings.h"

namespace costwar::analysis {

enum class Better : std::uint8_t { lower, higher, neither };

// One figure of both runs.
struct LoadDifference {
  std::string key;    // "service_ttft_p50"
  std::string title;  // "service TTFT, p50"
  // "s", "1/s", "tok/s", "share", "at once", of money its currency ("USD"), "1/USD", "tok/USD"
  std::string unit;
  Better better = Better::lower;
  std::optional<LoadFigure> base{};
  std::optional<LoadFigure> head{};
  std::optional<LoadFigure> difference{};  // head - base
  std::optional<LoadFigure> ratio{};       // head / base
  // Whether the interval of the difference leaves out 0; nullopt: one side has no interval.
  std::optional<bool> resolved{};
};

// A stage of each run that asked the same.
struct LoadStageDiff {
  std::uint32_t base_stage = 0;  // LoadStageRow::stage
  std::uint32_t head_stage = 0;
  LoadStage asked{};
  LoadVerdictKind base_verdict = LoadVerdictKind::valid;
  LoadVerdictKind head_verdict = LoadVerdictKind::valid;
  std::vector<LoadDifference> rows{};
  std::vector<std::string> notes{};
};

struct LoadDiffFindings {
  LoadHeader base;
  LoadHeader head;
  // False: either run is INVALID, or no stage asked the same. What is given all the same is not to be relied
  // on.
  bool comparable = true;
  std::vector<std::string> refusals{};     // why it is not; sentences with a remedy
  std::vector<std::string> differences{};  // what else was not the same; sentences
  std::vector<LoadStageDiff> stages{};
  std::vector<std::uint32_t> only_base{};  // stages without a counterpart
  std::vector<std::uint32_t> only_head{};
  std::vector<LoadDifference> run{};  // of whole runs: the knee, the highest rate under objectives
};

// Stages are paired by what they asked, in order. Never throws: what cannot be compared is said.
LoadDiffFindings load_diff(const LoadFindings& base, const LoadFindings& head);

// Head against base. Intervals are nullopt where a side has none; a ratio where base or head is not above 0.
LoadDifference compare_figures(std::string key, std::string title, std::string unit, Better better,
                               const std::optional<LoadFigure>& base, const std::optional<LoadFigure>& head);

}  // namespace costwar::analysis
