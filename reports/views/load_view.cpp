#include "reports/views/load_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/time.h"
#include "reports/render/cell_text.h"
#include "reports/views/load_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::LoadFindings;
using analysis::LoadStageFindings;

Cell knee_cell(const LoadFindings& findings) {
  if (!findings.knee) return Unknown{};
  return record_cell({{"concurrency", figure_cell(findings.knee->concurrency)},
                      {"requests_per_s", figure_cell(findings.knee->requests_per_s)},
                      {"seconds_per_request", figure_cell(findings.knee->seconds_per_request)}});
}

Cell highest_cell(const LoadFindings& findings) {
  if (!findings.highest) return Unknown{};
  const analysis::HighestRate& highest = *findings.highest;
  TableBuilder stages("stages", "");
  stages.data("stage");
  for (const std::uint32_t stage : highest.stages) stages.row({IntegerCell{stage}});
  return record_cell({{"kept_per_s", number_cell(highest.kept, 2)},
                      {"broken_per_s", number_cell(highest.broken, 2)},
                      {"resolved", BooleanCell{highest.resolved}},
                      {"objectives", objectives_cell(highest.objectives)},
                      {"decided_by", table_cell(stages.build())}});
}

// Of all stages together; unknown where one has none or currencies differ.
Cell whole_spent(const LoadFindings& findings) {
  std::optional<analysis::LoadMoney> whole;
  for (const LoadStageFindings& stage : findings.stages) {
    if (!stage.money || (whole && whole->currency != stage.money->currency)) return Unknown{};
    if (!whole) {
      whole = stage.money;
      continue;
    }
    const auto or_spent = [](const std::optional<Money>& end, const Money& spent) {
      return end.value_or(spent);
    };
    if (whole->spent_low || stage.money->spent_low)
      whole->spent_low =
          or_spent(whole->spent_low, whole->spent) + or_spent(stage.money->spent_low, stage.money->spent);
    if (whole->spent_high || stage.money->spent_high)
      whole->spent_high =
          or_spent(whole->spent_high, whole->spent) + or_spent(stage.money->spent_high, stage.money->spent);
    whole->spent += stage.money->spent;
    whole->lower_bound = whole->lower_bound || stage.money->lower_bound;
  }
  return whole ? spent_cell(*whole) : Cell{Unknown{}};
}

std::vector<std::pair<std::string, Cell>> load_facts(const LoadFindings& findings) {
  const LoadHeader& header = findings.header;
  const LoadStageFindings* answer = answer_stage(findings);
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  bool complete = true;
  for (const LoadStageFindings& stage : findings.stages) {
    calls += stage.calls;
    failed += stage.failed;
    complete = complete && stage.row.complete;
  }
  return {{"verdict", TextCell{std::string(load_verdict_name(findings.verdict.kind))}},
          {"reasons", words_cell(findings.verdict.reasons)},
          {"cautions", words_cell(findings.verdict.cautions)},
          {"run", text_cell(header.id)},
          {"label", text_cell(header.label)},
          {"mode", text_cell(header.mode)},
          {"model", TextCell{header.model.name}},
          {"effort", text_cell(header.effort)},
          {"service_class", text_cell(header.service_class)},
          {"created", header.created.ns != 0 ? Cell{TextCell{format_wall(header.created)}} : Cell{Unknown{}}},
          {"costwar_version", text_cell(header.costwar_version)},
          {"plan", text_cell(header.plan)},
          {"seed", TextCell{std::to_string(header.seed)}},
          {"threads", IntegerCell{header.threads}},
          {"settings", text_cell(header.settings)},
          {"machine", text_cell(header.machine)},
          {"level", NumberCell{stats::kDefaultLevel, 2}},
          {"complete", BooleanCell{complete}},
          {"calls", count_cell(calls)},
          {"failed", count_cell(failed)},
          {"spent", whole_spent(findings)},
          {"answer_stage", answer != nullptr ? Cell{IntegerCell{answer->row.stage}} : Cell{Unknown{}}},
          {"knee", knee_cell(findings)},
          {"why_no_knee", text_cell(findings.why_no_knee)},
          {"highest_rate", highest_cell(findings)}};
}

}  // namespace

Document load_document(const LoadFindings& findings) {
  Document document;
  document.kind = "load";
  document.headline = load_headline(findings);
  document.facts = load_facts(findings);
  const auto add = [&document](Table table) { document.tables.push_back(std::move(table)); };
  const auto add_all = [&add](std::vector<Table> tables) {
    for (Table& table : tables) add(std::move(table));
  };
  add(load_stages_table(findings));
  add_all(load_shown_stages(findings));
  add(load_latency_table(findings));
  if (const LoadStageFindings* stage = answer_stage(findings))
    add(load_shown_latency(*stage, !one_stage(findings)));
  add_all(load_goodput_tables(findings));
  add(load_failures_table(findings));
  add_all(load_tokens_tables(findings));
  add_all(load_audit_tables(findings));
  add_all(load_slices_tables(findings));
  document.notes = load_notes(findings);
  document.charts = load_charts(findings);
  return document;
}

}  // namespace costwar::reports
