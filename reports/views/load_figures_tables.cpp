// What is known of a load run besides its stages: latencies, objectives, what the client noticed of itself,
// failures, parts in time, and by what tokens were counted.
#include <fmt/format.h>

#include <algorithm>
#include <map>

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
  for (const char* key : {"stage", "key", "title", "seen", "figure", "unit", "bound", "kept"}) table.data(key);
  for (const LoadStageFindings& stage : findings.stages)
    for (const analysis::AuditLine& line : stage.audit)
      table.row({IntegerCell{stage.row.stage}, TextCell{line.key}, TextCell{line.title}, text_cell(line.value),
                 number_cell(line.figure, 3), text_cell(line.unit), text_cell(line.bound), load_bool_cell(line.kept)});
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

std::vector<Cell> slice_row(const LoadStageFindings& stage, const analysis::LoadSlice& slice) {
  return {IntegerCell{stage.row.stage},
          NumberCell{slice.from_s, 1},
          NumberCell{slice.until_s, 1},
          NumberCell{slice.in_flight, 2},
          NumberCell{slice.requests_per_s, 2},
          NumberCell{slice.tokens_per_s, 1},
          number_cell(slice.ttft_p50, 4),
          count_cell(slice.failed)};
}

Table shown_slices_table(const LoadStageFindings& stage) {
  const std::size_t every = (stage.slices.size() + kMostSlicesShown - 1) / kMostSlicesShown;
  TableBuilder table("over_time",
                     every > 1 ? fmt::format("Over time (every {} of {} parts)",
                                             every == 2 ? "2nd" : every == 3 ? "3rd" : fmt::format("{}th", every),
                                             stage.slices.size())
                               : "Over time");
  table.show(Show::text_only).detail().shown("From, s").shown("In flight").shown("Requests/s");
  table.shown("Output tokens/s").shown("TTFT p50, ms").shown("Failed");
  for (std::size_t i = 0; i < stage.slices.size(); i += every) {
    const analysis::LoadSlice& slice = stage.slices[i];
    table.row({NumberCell{slice.from_s, 1}, NumberCell{slice.in_flight, 1},
               NumberCell{slice.requests_per_s, three_digits(slice.requests_per_s)},
               NumberCell{slice.tokens_per_s, 0}, milli_cell(slice.ttft_p50), count_cell(slice.failed)});
  }
  return table.build();
}

}  // namespace

Table load_latency_table(const LoadFindings& findings) {
  TableBuilder table("latency", "Latency");
  table.show(Show::data_only);
  for (const char* key : {"stage", "latency", "title", "n", "exact", "mean_s", "p50_s", "p90_s", "p95_s", "p99_s",
                          "p999_s", "max_s"})
    table.data(key);
  for (const LoadStageFindings& stage : findings.stages) {
    for (const LatencyKind& kind : latency_kinds()) {
      const LatencyFigures& figures = stage.*kind.figures;
      table.row({IntegerCell{stage.row.stage}, TextCell{std::string(kind.key)}, TextCell{std::string(kind.title)},
                 count_cell(figures.n), BooleanCell{figures.exact}, number_cell(figures.mean, 6),
                 figure_cell(figures.p50), figure_cell(figures.p90), figure_cell(figures.p95),
                 figure_cell(figures.p99), figure_cell(figures.p999), number_cell(figures.max, 6)});
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

Table load_goodput_table(const LoadFindings& findings) {
  const bool several = !one_stage(findings);
  TableBuilder table("goodput", "Goodput: requests that kept the objectives");
  stage_columns(table, several);
  table.shown("Objectives", Align::left).data("objectives");
  table.number("share", "Kept them").number("asked_share", "Asked for").shown("Enough", Align::left);
  table.data("kept").number("requests_per_s", "Requests/s").number("tokens_per_s", "Output tokens/s");
  table.number("requests_per_dollar", "Requests per $").number("tokens_per_dollar", "Output tokens per $");
  table.data("met").data("of");
  for (const LoadStageFindings& stage : findings.stages) {
    for (const analysis::Goodput& goodput : stage.goodput) {
      std::vector<Cell> row = stage_cells(stage, several);
      for (Cell cell :
           {Cell{TextCell{objectives_words(goodput.objectives)}}, objectives_cell(goodput.objectives),
            figure_cell(goodput.share, 1, NumberStyle::share),
            Cell{NumberCell{goodput.objectives.share, 0, NumberStyle::share}},
            Cell{TextCell{goodput.kept ? (*goodput.kept ? "yes" : "no") : "not resolved"}},
            load_bool_cell(goodput.kept), figure_cell(goodput.requests_per_s), figure_cell(goodput.tokens_per_s),
            figure_cell(goodput.requests_per_dollar), figure_cell(goodput.tokens_per_dollar),
            count_cell(goodput.met), count_cell(goodput.of)})
        row.push_back(std::move(cell));
      table.row(std::move(row));
    }
  }
  return table.build();
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
  if (one_stage(findings) && findings.stages.front().row.asked.ramp() && !findings.stages.front().slices.empty())
    tables.push_back(shown_slices_table(findings.stages.front()));
  return tables;
}

Table load_tokens_table(const LoadFindings& findings) {
  const bool several = !one_stage(findings);
  TableBuilder table("tokens", "Output tokens, by what counted them");
  table.detail();
  stage_columns(table, several);
  table.text("counted_by", "Counted by").number("output_tokens", "Output tokens").number("share", "Share");
  for (const LoadStageFindings& stage : findings.stages) {
    std::uint64_t sum = 0;
    for (const auto& [by, tokens] : stage.output_tokens_by_provenance) sum += tokens;
    for (const auto& [by, tokens] : stage.output_tokens_by_provenance) {
      std::vector<Cell> row = stage_cells(stage, several);
      row.emplace_back(TextCell{by});
      row.push_back(count_cell(tokens));
      row.push_back(sum == 0 ? Cell{Unknown{}}
                             : Cell{NumberCell{static_cast<double>(tokens) / static_cast<double>(sum), 1,
                                               NumberStyle::share}});
      table.row(std::move(row));
    }
  }
  return table.build();
}

}  // namespace costwar::reports
