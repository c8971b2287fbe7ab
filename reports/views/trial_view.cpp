#include "reports/views/trial_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

Cell seconds_cell(const std::optional<Mono>& stamp, Mono since) {
  return stamp ? Cell{NumberCell{(*stamp - since).seconds(), 3}} : Cell{Unknown{}};
}

Cell meter_cell(const Attempt& attempt, Meter meter) {
  const auto& count = attempt.usage[meter];
  return count ? Cell{IntegerCell{count->value}} : Cell{Unknown{}};
}

std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += (text.empty() ? "" : "; ") + note;
  return text;
}

Outcome outcome_of(const AttemptRow& row) {
  return row.ended ? row.attempt.outcome : Outcome::in_doubt;
}

// A line of the shown table, a member of the JSON. Instants count from `issued`.
struct Fact {
  std::string_view key;
  std::string_view title;
  Cell (*cell)(const AttemptRow& row);
};

constexpr std::array kFacts{
    Fact{"outcome", "Outcome",
         [](const AttemptRow& row) -> Cell {
           return TextCell{std::string(outcome_row(outcome_of(row)).name)};
         }},
    Fact{"finish_reason", "Finish reason",
         [](const AttemptRow& row) { return text_cell(row.attempt.finish_reason); }},
    Fact{"http_status", "HTTP status",
         [](const AttemptRow& row) -> Cell {
           if (row.attempt.http_status == 0) return Unknown{};
           return IntegerCell{row.attempt.http_status};
         }},
    Fact{"error_code", "Error code", [](const AttemptRow& row) { return text_cell(row.attempt.error_code); }},
    Fact{"error_message", "Error",
         [](const AttemptRow& row) { return text_cell(row.attempt.error_message); }},
    Fact{"served_model", "Served model",
         [](const AttemptRow& row) { return text_cell(row.attempt.billing.served_model); }},
    Fact{"served_provider", "Served by",
         [](const AttemptRow& row) { return text_cell(row.attempt.served_provider); }},
    Fact{"service_class", "Service class",
         [](const AttemptRow& row) { return text_cell(row.attempt.billing.service_class); }},
    Fact{"region", "Region", [](const AttemptRow& row) { return text_cell(row.attempt.billing.region); }},
    Fact{"endpoint", "Endpoint", [](const AttemptRow& row) { return text_cell(row.attempt.endpoint); }},
    Fact{"request_id", "Request id", [](const AttemptRow& row) { return text_cell(row.attempt.request_id); }},
    Fact{"system_fingerprint", "Fingerprint",
         [](const AttemptRow& row) { return text_cell(row.attempt.system_fingerprint); }},
    Fact{"requested", "Requested",
         [](const AttemptRow& row) -> Cell { return TextCell{format_wall(row.attempt.billing.requested)}; }},
    Fact{"completed", "Completed",
         [](const AttemptRow& row) -> Cell {
           const auto& completed = row.attempt.billing.completed;
           return text_cell(completed ? format_wall(*completed) : "");
         }},
    Fact{"limited_s", "s waited for limits",
         [](const AttemptRow& row) -> Cell {
           const Timeline& timeline = row.attempt.timeline;
           return NumberCell{(timeline.issued - timeline.due).seconds(), 3};
         }},
    Fact{"headers_s", "s to headers",
         [](const AttemptRow& row) {
           return seconds_cell(row.attempt.timeline.headers, row.attempt.timeline.issued);
         }},
    Fact{"ttft_s", "s to first token",
         [](const AttemptRow& row) {
           return seconds_cell(row.attempt.timeline.first_any, row.attempt.timeline.issued);
         }},
    Fact{"ttft_visible_s", "s to first visible",
         [](const AttemptRow& row) {
           return seconds_cell(row.attempt.timeline.first_visible, row.attempt.timeline.issued);
         }},
    Fact{"total_s", "s in all",
         [](const AttemptRow& row) {
           return seconds_cell(row.attempt.timeline.end, row.attempt.timeline.issued);
         }},
    Fact{"server_wait_s", "s the server asked to wait",
         [](const AttemptRow& row) {
           const auto& wait = row.attempt.advice.wait;
           return number_cell(wait ? std::optional(wait->seconds()) : std::nullopt, 3);
         }},
    Fact{"input", "Tokens in",
         [](const AttemptRow& row) { return integer_cell(row.attempt.usage.prompt_tokens()); }},
    Fact{"cached", "of it cached",
         [](const AttemptRow& row) { return meter_cell(row.attempt, Meter::cache_read); }},
    Fact{"output", "Tokens out",
         [](const AttemptRow& row) { return integer_cell(row.attempt.usage.output_tokens()); }},
    Fact{"reasoning", "of it reasoning",
         [](const AttemptRow& row) { return meter_cell(row.attempt, Meter::reasoning); }},
    Fact{"notes", "Notes", [](const AttemptRow& row) { return text_cell(joined(row.attempt.notes)); }},
    Fact{"answer", "Answer", [](const AttemptRow& row) { return text_cell(row.attempt.text); }},
};

Table attempts_data(std::span<const AttemptRow> attempts) {
  TableBuilder table("attempts", "");
  table.show(Show::data_only).data("attempt").data("role").data("turn");
  for (const Fact& fact : kFacts) table.data(std::string(fact.key));
  for (const AttemptRow& row : attempts) {
    std::vector<Cell> cells{IntegerCell{row.number}, TextCell{std::string(call_role_name(row.role))},
                            IntegerCell{row.turn}};
    for (const Fact& fact : kFacts) cells.push_back(fact.cell(row));
    table.row(std::move(cells));
  }
  return table.build();
}

// "#1"; where a trial took several calls, "turn 2 #1" or "judge 1 #1".
std::string attempt_title(const AttemptRow& row, bool several_calls) {
  if (!several_calls) return fmt::format("#{}", row.number);
  return fmt::format("{} {} #{}", row.role == CallRole::subject ? "turn" : call_role_name(row.role),
                     row.turn + 1, row.number);
}

// Facts that no attempt has are left out.
Table attempts_shown(std::span<const AttemptRow> attempts) {
  TableBuilder table("attempts_shown", "Attempts");
  table.show(Show::text_only).shown("", Align::left);
  const bool several_calls = std::any_of(attempts.begin(), attempts.end(), [](const AttemptRow& row) {
    return row.turn > 0 || row.role != CallRole::subject;
  });
  for (const AttemptRow& row : attempts) table.shown(attempt_title(row, several_calls), Align::left);
  if (attempts.empty()) return table.build();
  for (const Fact& fact : kFacts) {
    std::vector<Cell> cells{TextCell{std::string(fact.title)}};
    for (const AttemptRow& row : attempts) cells.push_back(fact.cell(row));
    const bool known = std::any_of(cells.begin() + 1, cells.end(),
                                   [](const Cell& cell) { return !std::holds_alternative<Unknown>(cell); });
    if (known) table.row(std::move(cells));
  }
  return table.build();
}

}  // namespace

Document trial_document(const RunHeader& run, const TrialRow& trial, std::span<const AttemptRow> attempts,
                        std::span<const ScoreRow> scores) {
  const ScoreRow* score = scores.empty() ? nullptr : &scores.back();
  Document document;
  document.kind = "trial";
  document.headline = fmt::format("Trial {} of run {}: {} on {}, item {}: {}.", trial.trial, run.id,
                                  run.models.at(trial.model).name, run.tasks.at(trial.task).name, trial.item,
                                  score == nullptr ? "no result yet"
                                  : score->solved  ? "solved"
                                                   : "not solved");
  document.facts = {{"run", TextCell{run.id}},
                    {"trial", IntegerCell{trial.trial}},
                    {"model", TextCell{run.models.at(trial.model).name}},
                    {"task", TextCell{run.tasks.at(trial.task).name}},
                    {"item", TextCell{trial.item}},
                    {"prompt", text_cell(trial.prompt)},
                    {"expected", text_cell(trial.expected)},
                    {"solved", score ? Cell{BooleanCell{score->solved}} : Cell{Unknown{}}},
                    {"detail", score ? text_cell(score->detail) : Cell{Unknown{}}}};
  TableBuilder trial_table("trial_shown", "");
  trial_table.show(Show::text_only).shown("Prompt", Align::left).shown("Expected", Align::left);
  trial_table.shown("Scored as", Align::left);
  trial_table.row({text_cell(trial.prompt), text_cell(trial.expected),
                   score ? text_cell(score->detail) : Cell{Unknown{}}});
  document.tables.push_back(trial_table.build());
  document.tables.push_back(attempts_shown(attempts));
  document.tables.push_back(attempts_data(attempts));
  if (attempts.empty())
    document.notes.push_back({NoteKind::note, "It was never put to its model: no attempt has left."});
  return document;
}

}  // namespace costwar::reports
