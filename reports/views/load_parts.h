// The parts of a load run's Document. Internal to reports/views.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/load_findings.h"
#include "core/document.h"
#include "reports/views/load_view.h"

namespace costwar::reports {

// --- words ---

// "ttft ≤ 2 s, tpot ≤ 80 ms"; the preset's name in front, where there is one.
std::string objectives_words(const analysis::ServiceObjectives& objectives);
// "0.23 ms", "182 ms", "2.84 s": about three digits, in the unit that people say.
std::string duration_words(double seconds);
// "0.79", "12.3", "1,574": three digits, more only for what is large.
std::string rate_words(double per_second);
// A capital in front and a full stop behind.
std::string sentence(std::string_view words);
std::string with_stop(std::string_view words);  // the full stop alone
// "stage 3 (64 at once)"
std::string stage_words(const analysis::LoadStageFindings& stage);
// "12.3 requests and 1,574 output tokens a second"
std::string throughput_words(const analysis::LoadStageFindings& stage);
// "the first token comes after 182 ms at the median and 403 ms at p99"; empty: nothing is known.
std::string latency_words(const analysis::LoadStageFindings& stage);
std::string load_headline(const analysis::LoadFindings& findings);

// --- which ---

// TTFT of an open loop is the user's, since ranking hides no waiting there; of a closed one the service's.
const analysis::LatencyFigures& ranked_ttft(const LoadStage& asked, const analysis::LoadStageFindings& stage);
const analysis::LatencyFigures& ranked_e2e(const LoadStage& asked, const analysis::LoadStageFindings& stage);
// The stage that the run's answer is read off: the only one, that of the highest rate kept, that at the knee,
// else the last that is not INVALID. nullptr: there is none.
const analysis::LoadStageFindings* answer_stage(const analysis::LoadFindings& findings);
// Whether people look at one stage and not at a curve.
inline bool one_stage(const analysis::LoadFindings& findings) {
  return findings.stages.size() == 1;
}
// Of all sets of objectives: false where one was not kept, nullopt where one is not resolved or none was
// given.
std::optional<bool> kept_all(const analysis::LoadStageFindings& stage);

// One of the latencies of a stage.
struct LatencyKind {
  std::string_view key;    // "user_ttft"
  std::string_view title;  // "TTFT, user"
  analysis::LatencyFigures analysis::LoadStageFindings::*figures;
  bool drawn;  // in the chart of distributions
};
std::span<const LatencyKind> latency_kinds();

// --- cells ---

// An estimate with its ends where it has them, `scale` times as large, at the decimals that the interval
// supports, at most so many as give three digits.
Cell figure_cell(const analysis::LoadFigure& figure, double scale = 1,
                 NumberStyle style = NumberStyle::plain);
Cell figure_cell(const std::optional<analysis::LoadFigure>& figure, double scale = 1,
                 NumberStyle style = NumberStyle::plain);
// Seconds for people: in milliseconds.
inline constexpr double kMilli = 1000;
Cell milli_cell(const std::optional<double>& seconds);
Cell milli_cell(const std::optional<analysis::LoadFigure>& seconds, bool ends);
// Decimals with which a value has three digits, and none from 100 on.
int three_digits(double value);
Cell count_cell(std::uint64_t count);
Cell spent_cell(const analysis::LoadMoney& money);
// [{"text"}]
Cell words_cell(const std::vector<std::string>& words);
// {"name", "source", "ttft_s", ..., "share"}
Cell objectives_cell(const analysis::ServiceObjectives& objectives);

// --- tables: one of data per kind, and what people see ---

Table load_stages_table(const analysis::LoadFindings& findings);   // data; carries the row verdicts
Table load_latency_table(const analysis::LoadFindings& findings);  // data
std::vector<Table> load_shown_stages(const analysis::LoadFindings& findings);
Table load_shown_latency(const analysis::LoadStageFindings& stage, bool several);
std::vector<Table> load_goodput_tables(const analysis::LoadFindings& findings);
std::vector<Table> load_audit_tables(const analysis::LoadFindings& findings);
Table load_failures_table(const analysis::LoadFindings& findings);
std::vector<Table> load_slices_tables(const analysis::LoadFindings& findings);
std::vector<Table> load_tokens_tables(const analysis::LoadFindings& findings);

std::vector<Note> load_notes(const analysis::LoadFindings& findings);
std::vector<Chart> load_charts(const analysis::LoadFindings& findings);

}  // namespace costwar::reports
