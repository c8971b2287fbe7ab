// Runs out of the store: summaries, rows, columns, recordings and batches.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/error.h"
#include "harness/store/batches.h"
#include "harness/store/recordings.h"
#include "harness/store/run_lookup.h"
#include "harness/store/store_state.h"

namespace costwar::harness {

// An attempt that is open while nobody works on its run will never end.
void Store::Impl::read(const RowSelection& selection, const std::function<void(const RunRow&)>& each) {
  const bool live = claims->live(selection.run);
  read_selection(database, selection, [&](const RunRow& row) {
    const auto* open = std::get_if<AttemptRow>(&row);
    if (live || open == nullptr || open->ended) return each(row);
    AttemptRow doubtful = *open;
    doubtful.attempt.outcome = Outcome::in_doubt;
    each(doubtful);
  });
}

RunSummary Store::Impl::summary(std::int64_t run, std::string_view line) {
  RunSummary summary{header(line), 0, 0, 0, 0, 0, claims->live(run)};
  const auto count = [&](std::string_view sql) {
    Statement statement = database.use(sql);
    return statement.bind(run).step() ? statement.integer(0) : 0;
  };
  summary.trials = count("SELECT count(*) FROM trials WHERE run=?");
  summary.complete = count("SELECT count(DISTINCT trial) FROM scores WHERE run=?");
  summary.attempts = count("SELECT count(*) FROM attempts WHERE run=?");
  summary.in_doubt = count("SELECT count(*) FROM attempts WHERE run=? AND ended=1 AND outcome='in_doubt'");
  summary.in_batch = count_in_batches(database, run);
  if (!summary.live)
    summary.in_doubt += count("SELECT count(*) FROM attempts WHERE run=? AND ended=0") - summary.in_batch;
  return summary;
}

std::vector<RunSummary> Store::list_runs() const {
  const ReadSnapshot snapshot(impl_->database);
  Statement statement = impl_->database.use("SELECT run,header FROM runs ORDER BY created_ns,run");
  std::vector<RunSummary> runs;
  while (statement.step()) runs.push_back(impl_->summary(statement.integer(0), statement.text(1)));
  return runs;
}

std::optional<RunHeader> Store::find_run(std::string_view id_or_prefix) const {
  const auto line = header_by_id(impl_->database, "runs", "runs", id_or_prefix);
  return line ? std::optional(impl_->header(*line)) : std::nullopt;
}

std::optional<RunHeader> Store::find_run_by_plan(std::string_view plan) const {
  Statement statement =
      impl_->database.use("SELECT header FROM runs WHERE plan=? ORDER BY created_ns DESC, run DESC LIMIT 1");
  if (!statement.bind_text(plan).step()) return std::nullopt;
  return impl_->header(statement.text(0));
}

std::optional<RunHeader> Store::find_run_by_label(std::string_view label) const {
  Statement statement = impl_->database.use(
      "SELECT header FROM runs WHERE json_extract(header,'$.label')=? ORDER BY created_ns DESC, run DESC "
      "LIMIT 1");
  if (label.empty() || !statement.bind_text(label).step()) return std::nullopt;
  return impl_->header(statement.text(0));
}

void Store::read_rows(std::string_view run, const std::function<void(const RunRow&)>& each,
                      bool texts) const {
  RowSelection selection;
  selection.run = impl_->number(run);
  selection.texts = texts;
  impl_->read(selection, each);
}

RunColumns Store::read_columns(std::string_view run) const {
  const ReadSnapshot snapshot(impl_->database);
  Statement statement = impl_->database.use("SELECT header FROM runs WHERE run=?");
  RowSelection selection;
  selection.run = impl_->number(run);
  selection.texts = false;
  statement.bind(selection.run).step();
  RunColumnsBuilder builder(impl_->header(statement.text(0)));
  impl_->read(selection, [&](const RunRow& row) { builder.add(row); });
  return builder.finish();
}

TrialRecord Store::read_trial(std::string_view run, std::int64_t trial) const {
  RowSelection selection{impl_->number(run), trial, trial, true};
  std::optional<TrialRow> found;
  TrialRecord record;
  impl_->read(selection, [&](const RunRow& row) {
    if (const auto* known = std::get_if<TrialRow>(&row)) found = *known;
    if (const auto* attempt = std::get_if<AttemptRow>(&row)) record.attempts.push_back(*attempt);
    if (const auto* score = std::get_if<ScoreRow>(&row)) record.scores.push_back(*score);
  });
  if (!found) throw Error(ErrorKind::usage, fmt::format("run {} has no trial {}", run, trial));
  record.trial = std::move(*found);
  return record;
}

std::vector<ServedAnswer> Store::served_answers(std::string_view run) const {
  Statement statement = impl_->database.use(
      "SELECT DISTINCT trials.model,attempts.served_model,coalesce(answers.system_fingerprint,'') "
      "FROM attempts JOIN trials USING(run,trial) LEFT JOIN answers USING(attempt) "
      "WHERE attempts.run=? AND attempts.role='subject' AND attempts.outcome IN "
      "('ok','refused','content_filter') ORDER BY 1,2,3");
  statement.bind(impl_->number(run));
  std::vector<ServedAnswer> served;
  while (statement.step())
    served.push_back({static_cast<std::uint32_t>(statement.integer(0)), std::string(statement.text(1)),
                      std::string(statement.text(2))});
  return served;
}

bool Store::has_recording(std::string_view run) const {
  return recording_header(impl_->database, impl_->number(run)).has_value();
}

void Store::read_recording(std::string_view run, const std::function<void(std::string_view)>& each) const {
  const ReadSnapshot snapshot(impl_->database);
  const std::int64_t number = impl_->number(run);
  const auto header = recording_header(impl_->database, number);
  if (!header)
    throw Error(ErrorKind::input, fmt::format("run {} was not recorded", run),
                "--record records what is measured");
  each(*header);
  read_exchanges(impl_->database, number, each);
}

std::vector<BatchRow> Store::read_batches(std::string_view run) const {
  return harness::read_batches(impl_->database, impl_->number(run));
}

std::vector<OpenBatch> Store::open_batches(std::string_view run) const {
  return harness::open_batches(impl_->database, impl_->number(run));
}

}  // namespace costwar::harness
