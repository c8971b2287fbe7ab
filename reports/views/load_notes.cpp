// What changes how a load run's figures are read, and what to do next.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/render/cell_text.h"
#include "reports/views/load_parts.h"

namespace costwar::reports {
namespace {

using analysis::LoadFindings;
using analysis::LoadStageFindings;
using analysis::LoadVerdictKind;

void load_note(std::vector<Note>& notes, NoteKind kind, std::string text) {
  notes.push_back({kind, std::move(text)});
}

void add_load_money_notes(std::vector<Note>& notes, const LoadFindings& findings) {
  std::uint64_t unpriced = 0;
  std::set<std::string> bases;
  for (const LoadStageFindings& stage : findings.stages) {
    if (!stage.money) continue;
    unpriced += stage.money->unpriced;
    if (!stage.money->basis.empty()) bases.insert(stage.money->basis);
  }
  if (unpriced > 0)
    load_note(notes, NoteKind::warning,
              fmt::format("{} no known price: money is a lower bound.",
                          unpriced == 1 ? "1 request has"
                                        : grouped(static_cast<std::int64_t>(unpriced)) + " requests have"));
  for (const std::string& basis : bases) load_note(notes, NoteKind::note, fmt::format("Money: {}.", basis));
  const bool any_money = std::any_of(findings.stages.begin(), findings.stages.end(),
                                     [](const LoadStageFindings& stage) { return stage.money.has_value(); });
  if (!any_money && !findings.stages.empty())
    load_note(
        notes, NoteKind::note,
        "No price is known for this model: costs are unknown, not zero. A price book (--book) or what the "
        "hardware costs an hour (--machine-rate) tells them, without measuring again.");
}

void add_objective_notes(std::vector<Note>& notes, const LoadFindings& findings) {
  std::set<std::string> told;
  for (const LoadStageFindings& stage : findings.stages)
    for (const analysis::Goodput& goodput : stage.goodput)
      if (!goodput.objectives.source.empty() && told.insert(goodput.objectives.source).second)
        load_note(notes, NoteKind::note,
                  fmt::format("Objectives {}: {}.", objectives_words(goodput.objectives),
                              goodput.objectives.source));
  if (!findings.why_no_knee.empty())
    load_note(notes, NoteKind::note, "No knee: " + findings.why_no_knee + ".");
}

void add_load_next(std::vector<Note>& notes, const LoadFindings& findings) {
  const std::string& id = findings.header.id.empty() ? std::string("RUN") : findings.header.id;
  const std::string& model = findings.header.model.name;
  const auto next = [&notes](std::string text) { load_note(notes, NoteKind::next_step, std::move(text)); };
  const bool incomplete = std::any_of(findings.stages.begin(), findings.stages.end(),
                                      [](const LoadStageFindings& stage) { return !stage.row.complete; });
  if (incomplete) next(fmt::format("costwar load resume {} (the stages that are missing)", id));
  std::uint64_t well = 0;
  for (const LoadStageFindings& stage : findings.stages) well += stage.ok + stage.cut;
  const bool objectives = std::any_of(findings.stages.begin(), findings.stages.end(),
                                      [](const LoadStageFindings& stage) { return !stage.goodput.empty(); });
  if (well == 0) return;
  if (!objectives)
    next(
        fmt::format("costwar load report {} --slo ttft=2s,tpot=80ms (goodput, without measuring again)", id));
  if (findings.knee)
    next(fmt::format("costwar load {} --slo ttft=2s,tpot=80ms --find-rate (the highest rate that users bear)",
                     model));
  if (!findings.verdict.reasons.empty()) return;
  next(fmt::format("costwar load diff {} OTHER (whether another run differs)", id));
}

}  // namespace

std::vector<Note> load_notes(const LoadFindings& findings) {
  std::vector<Note> notes;
  for (const std::string& reason : findings.verdict.reasons)
    load_note(notes, NoteKind::warning, "INVALID: " + with_stop(reason));
  for (const std::string& caution : findings.verdict.cautions)
    load_note(notes, NoteKind::warning, sentence(caution));
  for (const std::string& words : findings.verdict.notes) load_note(notes, NoteKind::note, sentence(words));
  add_objective_notes(notes, findings);
  add_load_money_notes(notes, findings);
  add_load_next(notes, findings);
  return notes;
}

}  // namespace costwar::reports
