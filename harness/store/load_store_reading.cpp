// Load runs out of the store: load_store.h.

#include <fmt/format.h>

#include "harness/store/ledger.h"
#include "harness/store/load_store_state.h"
#include "harness/store/run_lookup.h"

namespace costwar::harness {

LoadRunSummary LoadStore::Impl::summary(std::int64_t run, std::string_view header_line) const {
  LoadRunSummary summary;
  summary.header = header(header_line);
  Statement stages = database.use("SELECT count(*), coalesce(sum(complete),0) FROM load_stages WHERE run=?");
  stages.bind(run).step();
  summary.stages = stages.integer(0);
  summary.complete = stages.integer(1);
  const LoadCallCounts counts = count_load_calls(database, run);
  summary.calls = counts.calls;
  summary.failed = counts.failed;
  Statement ledger =
      database.use("SELECT l.name FROM load_runs r JOIN ledgers l USING(ledger) WHERE r.run=?");
  if (ledger.bind(run).step()) summary.ledger = std::string(ledger.text(0));
  summary.live = live(run);
  return summary;
}

std::vector<LoadRunSummary> LoadStore::list() const {
  std::vector<LoadRunSummary> runs;
  if (!has_load_runs(impl_->database)) return runs;
  const ReadSnapshot snapshot(impl_->database);
  Statement statement = impl_->database.use("SELECT run,header FROM load_runs ORDER BY created_ns,run");
  while (statement.step()) runs.push_back(impl_->summary(statement.integer(0), statement.text(1)));
  return runs;
}

LoadRunSummary LoadStore::summary(std::string_view run) const {
  const ReadSnapshot snapshot(impl_->database);
  const std::int64_t number = impl_->number(run);
  Statement statement = impl_->database.use("SELECT header FROM load_runs WHERE run=?");
  statement.bind(number).step();
  return impl_->summary(number, statement.text(0));
}

std::optional<LoadHeader> LoadStore::find(std::string_view id_or_prefix) const {
  if (!has_load_runs(impl_->database)) return std::nullopt;
  const auto line = header_by_id(impl_->database, "load_runs", "load runs", id_or_prefix);
  return line ? std::optional(impl_->header(*line)) : std::nullopt;
}

std::optional<LoadHeader> LoadStore::find_by_label(std::string_view label) const {
  if (label.empty() || !has_load_runs(impl_->database)) return std::nullopt;
  Statement statement = impl_->database.use(
      "SELECT header FROM load_runs WHERE json_extract(header,'$.label')=? ORDER BY created_ns DESC, run "
      "DESC "
      "LIMIT 1");
  if (!statement.bind_text(label).step()) return std::nullopt;
  return impl_->header(statement.text(0));
}

std::optional<LoadHeader> LoadStore::find_by_plan(std::string_view plan) const {
  if (!has_load_runs(impl_->database)) return std::nullopt;
  Statement statement = impl_->database.use(
      "SELECT header FROM load_runs WHERE plan=? ORDER BY created_ns DESC, run DESC LIMIT 1");
  if (!statement.bind_text(plan).step()) return std::nullopt;
  return impl_->header(statement.text(0));
}

LoadHeader LoadStore::require(std::string_view label_or_id) const {
  if (auto header = find_by_label(label_or_id)) return *std::move(header);
  if (auto header = find(label_or_id)) return *std::move(header);
  throw Error(ErrorKind::usage, fmt::format("there is no load run {}", label_or_id),
              "costwar load runs lists them");
}

std::vector<LoadStageRow> LoadStore::read_stages(std::string_view run) const {
  return read_load_stages(impl_->database, impl_->number(run));
}

void LoadStore::read_calls(std::string_view run, std::uint32_t stage,
                           const std::function<void(const LoadCall&)>& each) const {
  read_load_calls(impl_->database, impl_->number(run), stage, each);
}

void LoadStore::export_run(std::string_view run, const std::function<void(std::string_view)>& each) const {
  const ReadSnapshot snapshot(impl_->database);
  const std::int64_t number = impl_->number(run);
  {
    Statement statement = impl_->database.use("SELECT header FROM load_runs WHERE run=?");
    statement.bind(number).step();
    each(statement.text(0));
  }
  LoadCounts counts;
  for (const LoadStageRow& stage : read_load_stages(impl_->database, number)) {
    each(to_json_line(stage));
    ++counts.stages;
    read_load_calls(impl_->database, number, stage.stage, [&](const LoadCall& call) {
      each(to_json_line(call));
      ++counts.calls;
    });
  }
  each(load_end_line(counts));
}

std::optional<LedgerState> LoadStore::ledger_of(std::string_view run) const {
  const ReadSnapshot snapshot(impl_->database);
  Statement statement = impl_->database.use("SELECT ledger FROM load_runs WHERE run=?");
  if (!statement.bind(impl_->number(run)).step() || statement.is_null(0)) return std::nullopt;
  return read_ledger(impl_->database, statement.integer(0));
}

}  // namespace costwar::harness
