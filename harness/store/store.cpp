#include "harness/store/store.h"

#include <fmt/format.h>

#include <map>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "harness/plan.h"
#include "harness/store/batches.h"
#include "harness/store/ledger.h"
#include "harness/store/recordings.h"
#include "harness/store/rows.h"
#include "harness/store/run_claims.h"
#include "harness/store/schema.h"
#include "harness/store/sinks.h"
#include "harness/store/sqlite.h"
#include "harness/store/writer.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostCandidates = 5;

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

// Gives a claim up again unless it is kept.
class ClaimGuard {
 public:
  ClaimGuard(RunClaims& claims, std::int64_t run) : claims_(claims), run_(run) {}
  ClaimGuard(const ClaimGuard&) = delete;
  ClaimGuard& operator=(const ClaimGuard&) = delete;
  ~ClaimGuard() {
    if (!kept_) claims_.release(run_);
  }
  void keep() { kept_ = true; }

 private:
  RunClaims& claims_;
  std::int64_t run_;
  bool kept_ = false;
};

}  // namespace

// Members are destroyed from the last to the first: the writer commits before the claims are given up.
struct Store::Impl {
  Impl(const std::filesystem::path& path, Database opened, std::unique_ptr<RunClaims> held)
      : claims(std::move(held)), database(std::move(opened)), name(path.string()) {}

  std::unique_ptr<RunClaims> claims;
  mutable Database database;
  std::string name;
  std::unique_ptr<Writer> writer;  // null without an event loop

  RunHeader header(std::string_view line) const { return parse_run_header(line, name); }

  std::int64_t number(std::string_view run) {
    Statement statement = database.use("SELECT run FROM runs WHERE id=?");
    if (statement.bind_text(run).step()) return statement.integer(0);
    throw Error(ErrorKind::usage, fmt::format("there is no run {} in {}", run, name),
                "costwar runs lists them");
  }

  void read(const RowSelection& selection, const std::function<void(const RunRow&)>& each);
  RunSummary summary(std::int64_t run, std::string_view line);
  ClaimGuard claim(std::string_view id, std::int64_t run) const;
  using TrialSource = std::function<TrialRow(std::int64_t trial)>;
  void create_run(WriteTransaction& transaction, const RunHeader& header, std::size_t trials,
                  const TrialSource& trial);
  std::vector<HoldRow> with_doubts(std::vector<HoldRow> holds);
  LedgerState ledger_state(std::int64_t ledger);
};

// A hold that is out while nobody works on its run is in doubt, like its attempt; not one that left in a
// batch, which may still come back.
std::vector<HoldRow> Store::Impl::with_doubts(std::vector<HoldRow> holds) {
  std::map<std::string, bool, std::less<>> live;  // by run
  for (HoldRow& hold : holds) {
    auto known = live.find(hold.run);
    if (known == live.end()) {
      Statement statement = database.use("SELECT run FROM runs WHERE id=?");
      const bool there = statement.bind_text(hold.run).step();
      known = live.emplace(hold.run, there && claims->live(statement.integer(0))).first;
    }
    hold.in_doubt = hold.ended || !known->second;
  }
  return holds;
}

LedgerState Store::Impl::ledger_state(std::int64_t ledger) {
  LedgerState state = read_ledger(database, ledger);
  for (const HoldRow& hold : with_doubts(harness::open_holds_of_ledger(database, ledger))) {
    ++state.open;
    if (!hold.in_doubt) continue;
    ++state.in_doubt;
    state.total.in_doubt += hold.worst;
    for (LedgerLine& line : state.models)
      if (line.model == hold.model) line.in_doubt += hold.worst;
  }
  return state;
}

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

std::vector<RunSummary> Store::list_runs() const {
  const ReadSnapshot snapshot(impl_->database);
  Statement statement = impl_->database.use("SELECT run,header FROM runs ORDER BY created_ns,run");
  std::vector<RunSummary> runs;
  while (statement.step()) runs.push_back(impl_->summary(statement.integer(0), statement.text(1)));
  return runs;
}

std::optional<RunHeader> Store::find_run(std::string_view id_or_prefix) const {
  if (id_or_prefix.empty()) return std::nullopt;
  Statement statement =
      impl_->database.use("SELECT id,header FROM runs WHERE substr(id,1,length(?1))=?1 ORDER BY id");
  statement.bind_text(id_or_prefix);
  std::optional<RunHeader> found;
  std::vector<std::string> candidates;
  while (statement.step()) {
    candidates.emplace_back(statement.text(0));
    if (candidates.size() == 1) found = impl_->header(statement.text(1));
    if (candidates.front() == id_or_prefix)
      return found;  // a whole id, which sorts before those that it begins
  }
  if (candidates.size() <= 1) return found;
  std::string list;
  for (std::size_t i = 0; i < candidates.size() && i < kMostCandidates; ++i)
    list += fmt::format("{}{}", i == 0 ? "" : ", ", candidates[i]);
  if (candidates.size() > kMostCandidates)
    list += fmt::format(" and {} more", candidates.size() - kMostCandidates);
  throw Error(ErrorKind::usage,
              fmt::format("{} runs begin with '{}': {}", candidates.size(), id_or_prefix, list),
              "write more of the id");
}

std::optional<RunHeader> Store::find_run_by_plan(std::string_view plan) const {
  Statement statement =
      impl_->database.use("SELECT header FROM runs WHERE plan=? ORDER BY created_ns DESC, run DESC LIMIT 1");
  if (!statement.bind_text(plan).step()) return std::nullopt;
  return impl_->header(statement.text(0));
}

void Store::read_rows(std::string_view run, const std::function<void(const RunRow&)>& each) const {
  RowSelection selection;
  selection.run = impl_->number(run);
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
  const std::int64_t number = impl_->number(run);
  if (!impl_->claims->mine(number))
    throw Error(ErrorKind::internal,
                fmt::format("run {} was neither created nor resumed by this store", run));
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

std::unique_ptr<RunSink> Store::sink(std::string_view run) {
  const std::int64_t number = impl_->number(run);
  if (!impl_->claims->mine(number) || !impl_->writer)
    throw Error(ErrorKind::internal,
                fmt::format("run {} was neither created nor resumed by this store", run));
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
  const std::int64_t number = impl_->number(run);
  if (!impl_->claims->mine(number) || !impl_->writer)
    throw Error(ErrorKind::internal,
                fmt::format("run {} was neither created nor resumed by this store", run));
  return make_batch_log(*impl_->writer, number);
}

std::vector<BatchRow> Store::read_batches(std::string_view run) const {
  return harness::read_batches(impl_->database, impl_->number(run));
}

std::vector<OpenBatch> Store::open_batches(std::string_view run) const {
  return harness::open_batches(impl_->database, impl_->number(run));
}

std::optional<LedgerState> Store::ledger_of(std::string_view run) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = ledger_of_run(impl_->database, impl_->number(run));
  return ledger ? std::optional(impl_->ledger_state(*ledger)) : std::nullopt;
}

std::vector<LedgerState> Store::ledgers() const {
  const ReadSnapshot snapshot(impl_->database);
  std::vector<LedgerState> states;
  for (const std::int64_t ledger : list_ledgers(impl_->database))
    states.push_back(impl_->ledger_state(ledger));
  return states;
}

std::optional<LedgerState> Store::find_ledger(std::string_view name) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = harness::find_ledger(impl_->database, name);
  return ledger ? std::optional(impl_->ledger_state(*ledger)) : std::nullopt;
}

std::vector<HoldRow> Store::open_holds(std::string_view run) const {
  return impl_->with_doubts(open_holds_of_run(impl_->database, run));
}

std::vector<HoldRow> Store::open_holds_of_ledger(std::string_view name) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = harness::find_ledger(impl_->database, name);
  if (!ledger) return {};
  return impl_->with_doubts(harness::open_holds_of_ledger(impl_->database, *ledger));
}

LedgerState Store::budget_run(std::string_view run, const BudgetLimits& limits, Wall now) {
  const std::int64_t number = impl_->number(run);
  if (!impl_->claims->mine(number))
    throw Error(ErrorKind::internal,
                fmt::format("run {} was neither created nor resumed by this store", run));
  WriteTransaction transaction(impl_->database);
  const std::int64_t ledger = open_ledger(impl_->database, limits, now);
  const auto before = ledger_of_run(impl_->database, number);
  if (before && *before != ledger)
    throw Error(ErrorKind::input,
                fmt::format("run {} is held in the ledger {}, not in {}", run,
                            read_ledger(impl_->database, *before).name, limits.ledger),
                "leave out --ledger, or measure anew with --fresh");
  impl_->database.use("UPDATE runs SET ledger=? WHERE run=?").bind(ledger).bind(number).step();
  LedgerState state = impl_->ledger_state(ledger);
  transaction.commit();
  return state;
}

void Store::settle_holds(const std::vector<HoldRow>& holds, const std::optional<Money>& each, Wall now,
                         std::string_view note) {
  WriteTransaction transaction(impl_->database);
  for (HoldRow& current : impl_->with_doubts(holds)) {
    if (!current.in_doubt)
      throw Error(
          ErrorKind::usage,
          fmt::format("trial {} of run {} is out, in a process that works on it", current.trial, current.run),
          "wait for it to end");
    settle_by_hand(impl_->database, current, each.value_or(current.worst), now, note);
  }
  transaction.commit();
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
