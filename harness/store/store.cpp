#include "harness/store/store.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "harness/plan.h"
#include "harness/store/batches.h"
#include "harness/store/ledger.h"
#include "harness/store/recordings.h"
#include "harness/store/schema.h"
#include "harness/store/sinks.h"
#include "harness/store/store_state.h"

namespace costwar::harness {
namespace {

void make_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  std::error_code cause;
  if (!folder.empty()) std::filesystem::create_directories(folder, cause);
  if (cause)
    throw Error(ErrorKind::input,
                fmt::format("cannot make the folder {}: {}", folder.string(), cause.message()),
                "check that you may write there");
}

std::int64_t insert_run(Database& database, const RunHeader& header) {
  Statement taken = database.use("SELECT 1 FROM runs WHERE id=?");
  if (taken.bind_text(header.id).step())
    throw Error(ErrorKind::input,
                fmt::format("the store {} has a run {} already", database.path(), header.id),
                "delete that one first if it is to be replaced");
  const std::string line = to_json_line(header);
  Statement insert = database.use("INSERT INTO runs(id,plan,created_ns,header) VALUES(?,?,?,?)");
  insert.bind_text(header.id).bind_text(header.plan).bind(header.created.ns).bind_text(line).step();
  return database.last_row();
}

std::vector<std::int64_t> missing_trials(Database& database, std::int64_t run) {
  Statement statement = database.use(
      "SELECT trial FROM trials t WHERE run=? AND NOT EXISTS "
      "(SELECT 1 FROM scores s WHERE s.run=t.run AND s.trial=t.trial) ORDER BY trial");
  statement.bind(run);
  std::vector<std::int64_t> missing;
  while (statement.step()) missing.push_back(statement.integer(0));
  return missing;
}

std::int64_t mark_open_attempts(Database& database, std::int64_t run) {
  Statement mark = database.use(
      "UPDATE attempts SET ended=1, outcome=? WHERE run=? AND ended=0 AND batch IS NULL "
      "RETURNING attempt");
  mark.bind_text(outcome_row(Outcome::in_doubt).name).bind(run);
  std::int64_t count = 0;
  while (mark.step()) ++count;
  return count;
}

std::function<TrialRow(std::int64_t)> rows_of(std::span<const TrialRow> trials) {
  return [trials](std::int64_t trial) { return trials[static_cast<std::size_t>(trial)]; };
}

std::function<TrialRow(std::int64_t)> rows_of(const Plan& plan) {
  return [&plan](std::int64_t trial) { return plan.trial_row(trial); };
}

}  // namespace

ClaimGuard Store::Impl::claim(std::string_view id, std::int64_t run) const {
  if (database.read_only())
    throw Error(ErrorKind::input, fmt::format("the store {} may not be written", name),
                "check the permissions of the file and its folder");
  if (!claims->claim(run))
    throw Error(ErrorKind::input, fmt::format("another process works on run {}", id),
                "wait for it to end, or stop it; what it has measured is kept");
  return {*claims, run};
}

void Store::Impl::create_run(WriteTransaction& transaction, const RunHeader& header, std::size_t trials,
                             const TrialSource& trial) {
  const std::int64_t run = insert_run(database, header);
  for (std::size_t i = 0; i < trials; ++i) write_row(database, run, trial(static_cast<std::int64_t>(i)));
  // Before others can see the run, and take it for an abandoned one.
  ClaimGuard guard = claim(header.id, run);
  transaction.commit();
  guard.keep();
}

std::unique_ptr<Store> Store::open(const std::filesystem::path& path, EventLoop& loop) {
  make_folder(path);
  auto claims = std::make_unique<RunClaims>(path);
  Database database = [&] {
    const RunClaims::Setup alone(*claims);
    return open_for_writing(path);
  }();
  auto impl = std::make_unique<Impl>(path, std::move(database), std::move(claims));
  impl->writer = std::make_unique<Writer>(open_for_writing(path), loop);
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

std::unique_ptr<Store> Store::open_existing(const std::filesystem::path& path) {
  Database database = open_for_reading(path);
  return std::unique_ptr<Store>(
      new Store(std::make_unique<Impl>(path, std::move(database), std::make_unique<RunClaims>(path))));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

void Store::create_run(const RunHeader& header, std::span<const TrialRow> trials) {
  WriteTransaction transaction(impl_->database);
  impl_->create_run(transaction, header, trials.size(), rows_of(trials));
}

void Store::create_planned_run(const RunHeader& header, const Plan& plan) {
  WriteTransaction transaction(impl_->database);
  impl_->create_run(transaction, header, plan.size(), rows_of(plan));
}

bool Store::create_first_run(const RunHeader& header, std::span<const TrialRow> trials) {
  WriteTransaction transaction(impl_->database);
  if (find_run_by_plan(header.plan)) return false;
  impl_->create_run(transaction, header, trials.size(), rows_of(trials));
  return true;
}

bool Store::create_first_planned_run(const RunHeader& header, const Plan& plan) {
  WriteTransaction transaction(impl_->database);
  if (find_run_by_plan(header.plan)) return false;
  impl_->create_run(transaction, header, plan.size(), rows_of(plan));
  return true;
}

Resumption Store::resume_run(std::string_view run) {
  const std::int64_t number = impl_->number(run);
  const bool mine = impl_->claims->mine(number);
  ClaimGuard claim = impl_->claim(run, number);
  if (mine) {  // what is open here is on its way, not in doubt
    claim.keep();
    flush();
  }
  WriteTransaction transaction(impl_->database);
  Resumption resumption;
  if (!mine) {
    resumption.in_doubt = mark_open_attempts(impl_->database, number);
    give_up_holds(impl_->database, number, run);
  }
  resumption.missing = missing_trials(impl_->database, number);
  transaction.commit();
  claim.keep();
  return resumption;
}

void Store::name_judge(std::string_view run, const ModelCard& judge) {
  const std::int64_t number = impl_->mine(run);
  WriteTransaction transaction(impl_->database);
  RunHeader header;
  {
    Statement statement = impl_->database.use("SELECT header FROM runs WHERE run=?");
    statement.bind(number).step();
    header = impl_->header(statement.text(0));
  }
  if (header.judge && header.judge->name == judge.name) return;
  if (header.judge)
    throw Error(ErrorKind::usage,
                fmt::format("the judge of run {} is {}, and a run has one", run, header.judge->name),
                fmt::format("--judge {}", header.judge->name));
  header.judge = judge;
  const std::string line = to_json_line(header);
  impl_->database.use("UPDATE runs SET header=? WHERE run=?").bind_text(line).bind(number).step();
  transaction.commit();
}

void Store::add_servers(std::string_view run, std::string_view servers) {
  constexpr std::size_t kMostServers = 64;  // of all calls that went on with the run
  const std::int64_t number = impl_->mine(run);
  WriteTransaction transaction(impl_->database);
  RunHeader header;
  {
    Statement statement = impl_->database.use("SELECT header FROM runs WHERE run=?");
    statement.bind(number).step();
    header = impl_->header(statement.text(0));
  }
  Json machine = header.machine.empty() ? Json::object() : parse_json(header.machine, "the run's machine");
  Json& all = machine["servers"];
  if (!all.is_array()) all = Json::array();
  for (const Json& server : parse_json(servers, "what servers told")) all.push_back(server);
  while (all.size() > kMostServers) all.erase(all.begin());
  header.machine = machine.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string line = to_json_line(header);
  impl_->database.use("UPDATE runs SET header=? WHERE run=?").bind_text(line).bind(number).step();
  transaction.commit();
}

std::unique_ptr<RunSink> Store::sink(std::string_view run) {
  const std::int64_t number = impl_->written_by_me(run);
  return make_run_sink(*impl_->writer, number, run, ledger_of_run(impl_->database, number));
}

void Store::begin_recording(const RecordingHeader& header) {
  const std::int64_t run = impl_->number(header.run);
  WriteTransaction transaction(impl_->database);
  write_recording_header(impl_->database, run, header);
  transaction.commit();
}

std::unique_ptr<RecordingSink> Store::recording_sink(std::string_view run,
                                                     std::function<void(Exchange&)> redact) {
  const std::int64_t number = impl_->number(run);
  if (!impl_->claims->mine(number) || !impl_->writer || !recording_header(impl_->database, number))
    throw Error(ErrorKind::internal, fmt::format("the recording of run {} was not begun by this store", run));
  return make_recording_sink(*impl_->writer, number, std::move(redact));
}

std::unique_ptr<BatchLog> Store::batch_log(std::string_view run) {
  const std::int64_t number = impl_->written_by_me(run);
  return make_batch_log(*impl_->writer, number);
}

void Store::import_run(const RunHeader& header, const std::function<bool(RunRow&)>& next) {
  WriteTransaction transaction(impl_->database);
  const std::int64_t run = insert_run(impl_->database, header);
  RunRow row;
  while (next(row)) write_row(impl_->database, run, row);
  transaction.commit();
}

void Store::delete_run(std::string_view run) {
  const std::int64_t number = impl_->number(run);
  if (impl_->claims->mine(number))
    throw Error(ErrorKind::input, fmt::format("this process works on run {}", run), "wait for it to end");
  const ClaimGuard claim = impl_->claim(run, number);
  WriteTransaction transaction(impl_->database);
  impl_->database.use("DELETE FROM runs WHERE run=?").bind(number).step();
  transaction.commit();
}

void Store::flush() {
  if (impl_->writer) impl_->writer->flush();
}

}  // namespace costwar::harness
