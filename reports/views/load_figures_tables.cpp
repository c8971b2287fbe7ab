// What is known of a load run besides its stages: latencies, objectives, what the client noticed of itself,
// failures, parts in time, and by what tokens were counted.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "analysis/load/load_run.h"
#include "reports/views/load_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::LatencyFigures;
using analysis::LoadFindings;
using analysis::LoadStageFindings;

constexpr std::size_t kMostSlicesShown = 24;

// A column that tells stages apart: for data a count from 0, for people from 1 and only where there are
// several.
void stage_columns(TableBuilder& table, bool several) {
  table.data("stage");
  if (several) table.shown("Stage");
}

std::vector<Cell> stage_cells(const LoadStageFindings& stage, bool several) {
  std::vector<Cell> cells{IntegerCell{stage.row.stage}};
  if (several) cells.emplace_back(IntegerCell{stage.row.stage + 1});
  return cells;
}

Cell load_bool_cell(const std::optional<bool>& value) {
  return value ? Cell{BooleanCell{*value}} : Cell{Unknown{}};
}

Table load_audit_table(const LoadFindings& findings) {
  TableBuilder table("audit", "What the client noticed of itself");
  table.show(Show::data_only);
  for (const char* key : {"stage", "key", "title", "seen", "figure", "unit", "bound", "kept"})
    table.data(key);
  for (const LoadStageFindings& stage : findings.stages)
    for (const analysis::AuditLine& line : stage.audit)
      table.row({IntegerCell{stage.row.stage}, TextCell{line.key}, TextCell{line.title},
                 text_cell(line.value), number_cell(line.figure, 3), text_cell(line.unit),
                 text_cell(line.bound), load_bool_cell(line.kept)});
  return table.build();
}

// All lines of one stage; of several only what was not kept.
Table shown_audit_table(const LoadFindings& findings) {
  const bool several = !one_stage(findings);
  TableBuilder table("self_audit", several ? "What the client noticed of itself: bounds that were not kept"
                                           : "What the client noticed of itself");
  table.show(Show::text_only).detail();
  if (several) table.shown("Stage");
  table.shown("What", Align::left).shown("Seen").shown("Bound", Align::left).shown("Kept", Align::left);
  for (const LoadStageFindings& stage : findings.stages) {
    for (const analysis::AuditLine& line : stage.audit) {
      if (several && line.kept != false) continue;
      std::vector<Cell> row;
      if (several) row.emplace_back(IntegerCell{stage.row.stage + 1});
      row.emplace_back(TextCell{line.title});
      row.push_back(text_cell(line.value));
      // No dash for what has no bound: nothing is unknown there.
      row.emplace_back(TextCell{line.bound});
      row.emplace_back(line.kept ? Cell{BooleanCell{*line.kept}}
                                 : Cell{TextCell{line.bound.empty() ? "" : "not judged"}});
      table.row(std::move(row));
    }
  }
  return table.build();
}

Table goodput_data_table(const LoadFindings& findings) {
  TableBuilder table("goodput", "Goodput");
  table.show(Show::data_only);
  for (const char* key : {"stage", "asked", "objectives", "met", "of", "share", "kept", "requests_per_s",
                          "output_tokens_per_s", "requests_per_dollar", "output_tokens_per_dollar"})
    table.data(key);
  for (const LoadStageFindings& stage : findings.stages) {
    for (std::size_t i = 0; i < stage.goodput.size(); ++i) {
      const analysis::Goodput& goodput = stage.goodput[i];
      table.row({IntegerCell{stage.row.stage}, TextCell{objectives_words(goodput.objectives)},
                 objectives_cell(goodput.objectives), count_cell(goodput.met), count_cell(goodput.of),
                 figure_cell(goodput.share, 1, NumberStyle::share),
                 load_bool_cell(analysis::objectives_kept(stage, i)), figure_cell(goodput.requests_per_s),
                 figure_cell(goodput.tokens_per_s), figure_cell(goodput.requests_per_dollar),
                 figure_cell(goodput.tokens_per_dollar)});
    }
  }
  return table.build();
}

// The objectives, where all stages are held to the same one set; else empty.
std::string only_objectives(const LoadFindings& findings) {
  std::set<std::string> words;
  for (const LoadStageFindings& stage : findings.stages)
    for (const analysis::Goodput& goodput : stage.goodput) words.insert(objectives_words(goodput.objectives));
  return words.size() == 1 ? *words.begin() : std::string();
}

// Without the ends of what follows from the share and the rate, which the data has: a line each.
Cell plain_cell(const std::optional<analysis::LoadFigure>& figure) {
  if (!figure) return Unknown{};
  return NumberCell{figure->value, three_digits(figure->value)};
}

Table shown_goodput_table(const LoadFindings& findings) {
  const bool several = !one_stage(findings);
  const std::string only = only_objectives(findings);
  TableBuilder table("kept", only.empty() ? "Goodput: requests that kept the objectives"
                                          : fmt::format("Goodput: requests that kept {}", only));
  table.show(Show::text_only);
  if (several) table.shown("Stage");
  if (only.empty()) table.shown("Objectives", Align::left);
  table.shown("Kept them").shown("Asked for").shown("Enough", Align::left).shown("Requests/s");
  table.shown("Tokens/s").shown("Requests per $").shown("Tokens per $");
  for (const LoadStageFindings& stage : findings.stages) {
    for (std::size_t i = 0; i < stage.goodput.size(); ++i) {
      const analysis::Goodput& goodput = stage.goodput[i];
      const std::optional<bool> kept = analysis::objectives_kept(stage, i);
      std::vector<Cell> row;
      if (several) row.emplace_back(IntegerCell{stage.row.stage + 1});
      if (only.empty()) row.emplace_back(TextCell{objectives_words(goodput.objectives)});
      for (Cell cell : {figure_cell(goodput.share, 1, NumberStyle::share),
                        Cell{NumberCell{goodput.objectives.share, 0, NumberStyle::share}},
                        Cell{TextCell{!kept   ? "unresolved"
                                      : *kept ? "yes"
                                              : "no"}},
                        plain_cell(goodput.requests_per_s), plain_cell(goodput.tokens_per_s),
                        plain_cell(goodput.requests_per_dollar), plain_cell(goodput.tokens_per_dollar)})
        row.push_back(std::move(cell));
      table.row(std::move(row));
    }
  }
  return table.build();
}

Table tokens_table(const LoadFindings& findings, bool shown) {
  const bool several = !one_stage(findings);
  TableBuilder table(shown ? "tokens_shown" : "tokens", "Output tokens, by what counted them");
  table.show(shown ? Show::text_only : Show::data_only);
  if (shown) table.detail();
  if (!shown) table.data("stage");
  if (shown && several) table.shown("Stage");
  table.text("counted_by", "Counted by").number("output_tokens", "Output tokens").number("share", "Share");
  for (const LoadStageFindings& stage : findings.stages) {
    // Chunks of answers that nobody counted are no tokens: they are in no share.
    const auto counted = [](const std::string& by) { return by != "chunks"; };
    std::uint64_t sum = 0;
    for (const auto& [by, tokens] : stage.output_tokens_by_provenance) sum += counted(by) ? tokens : 0;
    for (const auto& [by, tokens] : stage.output_tokens_by_provenance) {
      std::vector<Cell> row;
      if (!shown || several) row.emplace_back(IntegerCell{stage.row.stage + (shown ? 1 : 0)});
      row.emplace_back(TextCell{shown && !counted(by) ? "nobody: chunks" : by});
      row.push_back(count_cell(tokens));
      row.push_back(sum == 0 || !counted(by)
                        ? Cell{Unknown{}}
                        : Cell{NumberCell{static_cast<double>(tokens) / static_cast<double>(sum), 1,
                                          NumberStyle::share}});
      table.row(std::move(row));
    }
  }
  return table.build();
}

std::vector<Cell> slice_row(const LoadStageFindings& stage, const analysis::LoadSlice& slice) {
  return {IntegerCell{stage.row.stage},        NumberCell{slice.from_s, 1},
          NumberCell{slice.until_s, 1},        NumberCell{slice.in_flight, 2},
          NumberCell{slice.requests_per_s, 2}, NumberCell{slice.tokens_per_s, 1},
          number_cell(slice.ttft_p50, 4),      count_cell(slice.failed)};
}

// Neighbours together, so that people see few lines: means, the highest TTFT, all failures.
Table shown_slices_table(const LoadStageFindings& stage) {
  const std::size_t every = (stage.slices.size() + kMostSlicesShown - 1) / kMostSlicesShown;
  TableBuilder table("over_time", "Over time");
  table.show(Show::text_only).detail().shown("From, s").shown("In flight").shown("Requests/s");
  table.shown("Output tokens/s").shown(every > 1 ? "TTFT p50, ms, at most" : "TTFT p50, ms").shown("Failed");
  for (std::size_t i = 0; i < stage.slices.size(); i += every) {
    analysis::LoadSlice whole;
    const std::size_t count = std::min(every, stage.slices.size() - i);
    for (const analysis::LoadSlice& slice : std::span(stage.slices).subspan(i, count)) {
      whole.in_flight += slice.in_flight / static_cast<double>(count);
      whole.requests_per_s += slice.requests_per_s / static_cast<double>(count);
      whole.tokens_per_s += slice.tokens_per_s / static_cast<double>(count);
      if (slice.ttft_p50) whole.ttft_p50 = std::max(whole.ttft_p50.value_or(0), *slice.ttft_p50);
      whole.failed += slice.failed;
    }
    table.row({NumberCell{stage.slices[i].from_s, 1}, NumberCell{whole.in_flight, 1},
               NumberCell{whole.requests_per_s, three_digits(whole.requests_per_s)},
               NumberCell{whole.tokens_per_s, 0}, milli_cell(whole.ttft_p50), count_cell(whole.failed)});
  }
  return table.build();
}

}  // namespace

Table load_latency_table(const LoadFindings& findings) {
  TableBuilder table("latency", "Latency");
  table.show(Show::data_only);
  for (const char* key : {"stage", "latency", "title", "n", "exact", "mean_s", "p50_s", "p90_s", "p95_s",
                          "p99_s", "p999_s", "max_s"})
    table.data(key);
  for (const LoadStageFindings& stage : findings.stages) {
    for (const LatencyKind& kind : latency_kinds()) {
      const LatencyFigures& figures = stage.*kind.figures;
      table.row({IntegerCell{stage.row.stage}, TextCell{std::string(kind.key)},
                 TextCell{std::string(kind.title)}, count_cell(figures.n), BooleanCell{figures.exact},
                 number_cell(figures.mean, 6), figure_cell(figures.p50), figure_cell(figures.p90),
                 figure_cell(figures.p95), figure_cell(figures.p99), figure_cell(figures.p999),
                 number_cell(figures.max, 6)});
    }
  }
  return table.build();
}

Table load_shown_latency(const LoadStageFindings& stage, bool several) {
  TableBuilder table("latencies",
                     several ? fmt::format("Latency of {}, in ms", stage_words(stage)) : "Latency, in ms");
  table.show(Show::text_only).shown("", Align::left).shown("n").shown("Mean").shown("p50").shown("p90");
  table.shown("p99").shown("Longest");
  for (const LatencyKind& kind : latency_kinds()) {
    const LatencyFigures& figures = stage.*kind.figures;
    if (figures.n == 0) continue;
    // Most requests wait for no limit.
    if (kind.key == "limited" && figures.max.value_or(0) <= 0) continue;
    table.row({TextCell{std::string(kind.title)}, count_cell(figures.n), milli_cell(figures.mean),
               milli_cell(figures.p50, true), milli_cell(figures.p90, false), milli_cell(figures.p99, false),
               milli_cell(figures.max)});
  }
  return table.build();
}

std::vector<Table> load_goodput_tables(const LoadFindings& findings) {
  return {goodput_data_table(findings), shown_goodput_table(findings)};
}

std::vector<Table> load_audit_tables(const LoadFindings& findings) {
  return {load_audit_table(findings), shown_audit_table(findings)};
}

Table load_failures_table(const LoadFindings& findings) {
  const bool several = !one_stage(findings);
  TableBuilder table("failures", "Failures");
  stage_columns(table, several);
  table.text("outcome", "Outcome").text("error_code", "Code").number("calls", "Requests");
  table.text("example", "One of them said");
  for (const LoadStageFindings& stage : findings.stages) {
    for (const analysis::FailureCount& failure : stage.failures) {
      std::vector<Cell> row = stage_cells(stage, several);
      row.emplace_back(TextCell{failure.outcome});
      row.push_back(text_cell(failure.error_code));
      row.push_back(count_cell(failure.calls));
      row.push_back(text_cell(failure.example));
      table.row(std::move(row));
    }
  }
  return table.build();
}

std::vector<Table> load_slices_tables(const LoadFindings& findings) {
  TableBuilder table("slices", "Over time");
  table.show(Show::data_only);
  for (const char* key : {"stage", "from_s", "until_s", "in_flight", "requests_per_s", "output_tokens_per_s",
                          "ttft_p50_s", "failed"})
    table.data(key);
  for (const LoadStageFindings& stage : findings.stages)
    for (const analysis::LoadSlice& slice : stage.slices) table.row(slice_row(stage, slice));
  std::vector<Table> tables{table.build()};
  if (one_stage(findings) && findings.stages.front().row.asked.ramp() &&
      !findings.stages.front().slices.empty())
    tables.push_back(shown_slices_table(findings.stages.front()));
  return tables;
}

std::vector<Table> load_tokens_tables(const LoadFindings& findings) {
  // Where every server counted for itself there is nothing to look up.
  const bool plain =
      std::all_of(findings.stages.begin(), findings.stages.end(), [](const LoadStageFindings& stage) {
        return stage.output_tokens_by_provenance.size() <= stage.output_tokens_by_provenance.count("usage");
      });
  std::vector<Table> tables{tokens_table(findings, false)};
  if (!plain) tables.push_back(tokens_table(findings, true));
  return tables;
}

}  // namespace costwar::reports
