// Load runs into the store: load_store.h.
#include "harness/store/load_store.h"

#include <system_error>

#include "harness/store/ledger.h"
#include "harness/store/load_store_state.h"
#include "harness/store/schema.h"

namespace costwar::harness {
namespace {

// The process that worked on the run is gone, and no attempt of a load run is in a batch.
constexpr std::int64_t kNoRunOfAttempts = -1;

class QueueSink final : public LoadSink {
 public:
  QueueSink(LoadQueue& queue, std::int64_t run) : queue_(queue), run_(run) {}
  void call(LoadCall&& call) override { queue_.submit(run_, std::move(call)); }

 private:
  LoadQueue& queue_;
  std::int64_t run_;
};

std::int64_t insert_load_run(Database& database, const LoadHeader& header) {
  Statement taken =
      database.use("SELECT 1 FROM load_runs WHERE id=?1 UNION ALL SELECT 1 FROM runs WHERE id=?1");
  if (taken.bind_text(header.id).step())
    throw Error(ErrorKind::input,
                fmt::format("the store {} has a run {} already", database.path(), header.id),
                "delete that one first if it is to be replaced");
  const std::string line = to_json_line(header);
  Statement insert = database.use("INSERT INTO load_runs(id,plan,created_ns,header) VALUES(?,?,?,?)");
  insert.bind_text(header.id).bind_text(header.plan).bind(header.created.ns).bind_text(line).step();
  return database.last_row();
}

}  // namespace

std::unique_ptr<LoadStore> LoadStore::open(const std::filesystem::path& path) {
  std::error_code cause;
  if (const auto folder = path.parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, cause);
  if (cause)
    throw Error(ErrorKind::input,
                fmt::format("cannot make the folder {}: {}", path.parent_path().string(), cause.message()),
                "check that you may write there");
  RunClaims alone(path);
  Database database = [&] {
    const RunClaims::Setup setup(alone);
    return open_for_writing(path);
  }();
  auto impl = std::make_unique<Impl>(path, std::move(database));
  impl->queue = std::make_unique<LoadQueue>(open_for_writing(path));
  return std::unique_ptr<LoadStore>(new LoadStore(std::move(impl)));
}

std::unique_ptr<LoadStore> LoadStore::open_existing(const std::filesystem::path& path) {
  Database database = open_for_reading(path);
  return std::unique_ptr<LoadStore>(new LoadStore(std::make_unique<Impl>(path, std::move(database))));
}

LoadStore::LoadStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LoadStore::~LoadStore() = default;

const std::filesystem::path& LoadStore::path() const {
  return impl_->path;
}

ClaimGuard LoadStore::Impl::claim(std::string_view id, std::int64_t run) {
  if (database.read_only())
    throw Error(ErrorKind::input, fmt::format("the store {} may not be written", path.string()),
                "check the permissions of the file and its folder");
  if (!claims.claim(kLoadClaims + run))
    throw Error(ErrorKind::input, fmt::format("another process works on load run {}", id),
                "wait for it to end, or stop it; what it has measured is kept");
  return {claims, kLoadClaims + run};
}

void LoadStore::begin(const LoadHeader& header) {
  WriteTransaction transaction(impl_->database);
  const std::int64_t run = insert_load_run(impl_->database, header);
  // Before others can see the run, and take it for an abandoned one.
  ClaimGuard guard = impl_->claim(header.id, run);
  transaction.commit();
  guard.keep();
}

std::vector<LoadStageRow> LoadStore::resume(std::string_view run) {
  const std::int64_t number = impl_->number(run);
  const bool mine = impl_->mine(number);
  ClaimGuard guard = impl_->claim(run, number);
  if (mine) {
    guard.keep();
    flush();
  } else {
    WriteTransaction transaction(impl_->database);
    give_up_holds(impl_->database, kNoRunOfAttempts, run);
    transaction.commit();
    guard.keep();
  }
  return read_load_stages(impl_->database, number);
}

LedgerState LoadStore::budget_run(std::string_view run, const BudgetLimits& limits, Wall now) {
  const std::int64_t number = impl_->written_by_me(run);
  WriteTransaction transaction(impl_->database);
  const std::int64_t ledger = open_ledger(impl_->database, limits, now);
  std::optional<std::int64_t> before;
  {
    Statement find = impl_->database.use("SELECT ledger FROM load_runs WHERE run=?");
    if (find.bind(number).step()) before = find.optional_integer(0);
  }
  if (before && *before != ledger)
    throw Error(ErrorKind::input,
                fmt::format("load run {} is held in the ledger {}, not in {}", run,
                            read_ledger(impl_->database, *before).name, limits.ledger),
                "leave out --ledger, or measure anew");
  impl_->database.use("UPDATE load_runs SET ledger=? WHERE run=?").bind(ledger).bind(number).step();
  LedgerState state = read_ledger(impl_->database, ledger);
  transaction.commit();
  return state;
}

void LoadStore::write_stage(std::string_view run, LoadStageRow row) {
  const std::int64_t number = impl_->written_by_me(run);
  impl_->queue->submit(number, std::move(row));
  impl_->queue->flush();
}

std::unique_ptr<LoadSink> LoadStore::sink(std::string_view run) {
  return std::make_unique<QueueSink>(*impl_->queue, impl_->written_by_me(run));
}

void LoadStore::flush() {
  if (impl_->queue) impl_->queue->flush();
}

void LoadStore::import_run(const LoadHeader& header, const std::function<std::optional<LoadRow>()>& next) {
  WriteTransaction transaction(impl_->database);
  const std::int64_t run = insert_load_run(impl_->database, header);
  LoadRowWriter rows;
  while (const auto row = next())
    std::visit([&](const auto& known) { rows.write(impl_->database, run, known); }, *row);
  transaction.commit();
}

void LoadStore::delete_run(std::string_view run) {
  const std::int64_t number = impl_->number(run);
  if (impl_->mine(number))
    throw Error(ErrorKind::input, fmt::format("this process works on load run {}", run),
                "wait for it to end");
  const ClaimGuard guard = impl_->claim(run, number);
  WriteTransaction transaction(impl_->database);
  delete_load_run(impl_->database, number);
  transaction.commit();
}

}  // namespace costwar::harness
