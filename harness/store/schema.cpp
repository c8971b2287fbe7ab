#include "harness/store/schema.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <system_error>

#include "core/error.h"

namespace costwar::harness {
namespace {

// A released migration never changes: a store made with it is out there.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE runs(
  run INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, because running processes are told apart by it
  id TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  header TEXT NOT NULL                    -- the header as in an exported file
) STRICT;
CREATE INDEX runs_by_plan ON runs(plan);

CREATE TABLE questions(                   -- what models and repeats share: a prompt may have a million tokens
  question INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  hash INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  expected TEXT NOT NULL
) STRICT;
CREATE INDEX questions_by_hash ON questions(run, hash);

CREATE TABLE trials(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  trial INTEGER NOT NULL,
  model INTEGER NOT NULL,
  task INTEGER NOT NULL,
  item TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  cluster TEXT NOT NULL,
  question INTEGER NOT NULL,
  PRIMARY KEY(run, trial)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts(
  attempt INTEGER PRIMARY KEY,            -- in the order they left
  run INTEGER NOT NULL,
  trial INTEGER NOT NULL,
  role TEXT NOT NULL,
  turn INTEGER NOT NULL,
  number INTEGER NOT NULL,
  ended INTEGER NOT NULL,                 -- 0: left and not seen to end
  outcome TEXT NOT NULL,
  fresh_input INTEGER,
  cache_read INTEGER,
  cache_write_5m INTEGER,
  cache_write_1h INTEGER,
  visible_output INTEGER,
  reasoning INTEGER,
  requests INTEGER,
  tool_calls INTEGER,
  cache_token_hours INTEGER,
  machine_ns INTEGER,
  microjoules INTEGER,
  provenance TEXT NOT NULL,               -- a letter per meter: Reported, tiMings, Tokenizer, Estimated, - not known
  served_model TEXT NOT NULL,
  service_class TEXT NOT NULL,
  region TEXT NOT NULL,
  requested_ns INTEGER NOT NULL,          -- since 1970
  completed_ns INTEGER,
  due_ns INTEGER NOT NULL,                -- monotonic, as are those that follow
  issued_ns INTEGER NOT NULL,
  sent_ns INTEGER,
  headers_ns INTEGER,
  first_any_ns INTEGER,
  first_visible_ns INTEGER,
  end_ns INTEGER,
  finish_reason TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  retry_wait_ns INTEGER,
  should_retry INTEGER,
  quota_gone INTEGER NOT NULL,
  UNIQUE(run, trial, role, turn, number),
  FOREIGN KEY(run, trial) REFERENCES trials ON DELETE CASCADE
) STRICT;

CREATE TABLE answers(                     -- the bulk of an attempt, apart so that pricing and analysis never read it
  attempt INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
  text TEXT NOT NULL,
  reasoning_text TEXT NOT NULL,
  error_message TEXT NOT NULL,
  request_id TEXT NOT NULL,
  system_fingerprint TEXT NOT NULL,
  raw_usage TEXT NOT NULL,
  events BLOB NOT NULL,
  event_count INTEGER NOT NULL,
  notes TEXT NOT NULL,                    -- a JSON array of strings
  extra TEXT NOT NULL
) STRICT;

CREATE TABLE scores(
  run INTEGER NOT NULL,
  trial INTEGER NOT NULL,
  scorer TEXT NOT NULL,
  version INTEGER NOT NULL,
  value REAL NOT NULL,
  solved INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY(run, trial, scorer, version),
  FOREIGN KEY(run, trial) REFERENCES trials ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view kVersion2 = "ALTER TABLE attempts ADD COLUMN web_searches INTEGER;";

constexpr std::string_view kVersion3 = R"sql(
ALTER TABLE attempts ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN served_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE answers ADD COLUMN function_calls TEXT NOT NULL DEFAULT '';  -- a JSON array, or empty

CREATE TABLE batches(
  batch INTEGER PRIMARY KEY,              -- in the order they left
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  tag TEXT NOT NULL UNIQUE,
  model INTEGER NOT NULL,
  vendor_id TEXT NOT NULL,                -- empty: the vendor has not answered
  state TEXT NOT NULL,
  requests INTEGER NOT NULL,
  submitted_ns INTEGER NOT NULL,          -- since 1970
  ended_ns INTEGER,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX batches_by_run ON batches(run);
ALTER TABLE attempts ADD COLUMN batch INTEGER;  -- the one it left in; open attempts of one are not in doubt
ALTER TABLE runs ADD COLUMN recording TEXT;  -- the header of its recording as in a file; NULL: not recorded

CREATE TABLE recordings(
  exchange INTEGER PRIMARY KEY,           -- in the order in which they ended
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  model INTEGER NOT NULL,
  request TEXT NOT NULL,                  -- SHA-256 of the whole request
  ordinal INTEGER NOT NULL,               -- among equal requests to this model
  line TEXT NOT NULL,                     -- the exchange as in a file
  UNIQUE(run, model, request, ordinal)
) STRICT;
)sql";

constexpr std::string_view kVersion4 = R"sql(
ALTER TABLE scores ADD COLUMN second_value REAL;
ALTER TABLE trials ADD COLUMN item_group TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN request_key TEXT;  -- SHA-256 of who was asked and of the whole request
CREATE INDEX attempts_by_request ON attempts(request_key) WHERE request_key IS NOT NULL;
ALTER TABLE runs ADD COLUMN ledger INTEGER;  -- the one that its attempts are held in; NULL: no budget

CREATE TABLE ledgers(                     -- budgets; amounts are whole numbers of 1e-18 of the currency, as text
  ledger INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  currency TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  breaches INTEGER NOT NULL               -- attempts that cost more than was held for them
) STRICT;

CREATE TABLE ledger_lines(
  ledger INTEGER NOT NULL REFERENCES ledgers,
  model TEXT NOT NULL,                    -- empty: all models together
  most TEXT,                              -- the limit; NULL: none
  settled TEXT NOT NULL,                  -- sum of the charges that are known
  held TEXT NOT NULL,                     -- sum of the worst cases of the other holds
  PRIMARY KEY(ledger, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds(                       -- they stay when their run is deleted: what was spent stays spent
  run TEXT NOT NULL,                      -- its id
  trial INTEGER NOT NULL,
  role TEXT NOT NULL,
  turn INTEGER NOT NULL,
  number INTEGER NOT NULL,
  ledger INTEGER NOT NULL REFERENCES ledgers,
  model TEXT NOT NULL,
  worst TEXT NOT NULL,
  charge TEXT,                            -- NULL: not known; counts at its worst
  ended INTEGER NOT NULL,                 -- 0: its attempt is out
  held_ns INTEGER NOT NULL,               -- since 1970
  settled_ns INTEGER,
  note TEXT NOT NULL,                     -- who settled it by hand, and why; else empty
  PRIMARY KEY(run, trial, role, turn, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_holds ON holds(ledger) WHERE charge IS NULL;
)sql";

constexpr std::string_view kVersion5 = R"sql(
ALTER TABLE attempts ADD COLUMN reported_cost TEXT;  -- "0.0125 USD", by the source of an imported run; or NULL
)sql";

// Load runs. A call's key is its stage's row times 2^32 and its place among the stage's calls, so that a
// stage is one stretch of the table and needs no index.
constexpr std::string_view kVersion6 = R"sql(
CREATE TABLE load_runs(
  run INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, because running processes are told apart by it
  id TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  header TEXT NOT NULL,                   -- the header as in an exported file
  ledger INTEGER                          -- the one that its calls are paid from; NULL: no budget
) STRICT;
CREATE INDEX load_runs_by_plan ON load_runs(plan);

CREATE TABLE load_stages(
  stage_row INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES load_runs ON DELETE CASCADE,
  stage INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  begin_ns INTEGER NOT NULL,              -- monotonic
  begin_wall_ns INTEGER NOT NULL,         -- since 1970
  row TEXT NOT NULL,                      -- the stage as in an exported file
  UNIQUE(run, stage)
) STRICT;

CREATE TABLE load_facts(                  -- what many calls have in common
  facts INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES load_runs ON DELETE CASCADE,
  outcome TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  finish_reason TEXT NOT NULL,
  error_code TEXT NOT NULL,
  served_model TEXT NOT NULL,
  service_class TEXT NOT NULL,
  region TEXT NOT NULL,
  provenance TEXT NOT NULL,               -- as in attempts
  notes TEXT NOT NULL                     -- a JSON array of strings, or empty
) STRICT;
CREATE INDEX load_facts_by_run ON load_facts(run);

CREATE TABLE load_calls(
  call INTEGER PRIMARY KEY,
  facts INTEGER NOT NULL,
  session INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  flags INTEGER NOT NULL,                 -- 1: cut by the schedule; 2: its connection had been used before
  limited_ns INTEGER NOT NULL,
  asked_input INTEGER NOT NULL,
  asked_output INTEGER,
  reads INTEGER NOT NULL,
  body_bytes INTEGER NOT NULL,
  due_ns INTEGER NOT NULL,                -- since the stage's begin
  issued_ns INTEGER NOT NULL,             -- since due
  sent_ns INTEGER,                        -- since issued, as are those that follow
  headers_ns INTEGER,
  first_any_ns INTEGER,
  first_visible_ns INTEGER,
  end_ns INTEGER,
  requested_ns INTEGER NOT NULL,          -- since the stage's wall instant of its begin
  completed_ns INTEGER,                   -- since requested
  fresh_input INTEGER,
  cache_read INTEGER,
  cache_write_5m INTEGER,
  cache_write_1h INTEGER,
  visible_output INTEGER,
  reasoning INTEGER,
  requests INTEGER,
  tool_calls INTEGER,
  cache_token_hours INTEGER,
  machine_ns INTEGER,
  microjoules INTEGER,
  web_searches INTEGER,
  event_count INTEGER NOT NULL,
  events BLOB,
  request_id TEXT,
  error_message TEXT
) STRICT;
)sql";

// Migration i leads from version i to version i + 1.
constexpr std::array<std::string_view, 6> kMigrations = {kVersion1, kVersion2, kVersion3,
                                                         kVersion4, kVersion5, kVersion6};
constexpr auto kVersion = static_cast<std::int64_t>(kMigrations.size());

// True when the file is a store of this or an older version, false when it is empty. Reads only.
bool is_store(Database& database) {
  const std::int64_t owner = database.integer("PRAGMA application_id");
  const std::int64_t version = database.integer("PRAGMA user_version");
  const std::int64_t objects = database.integer("SELECT count(*) FROM sqlite_schema");
  if (owner == 0 && version == 0 && objects == 0) return false;
  if (owner != kStoreApplicationId)
    throw Error(ErrorKind::input, fmt::format("{} is a database of another program", database.path()),
                "it was left as it is; move it away to begin a new store");
  if (version > kVersion)
    throw Error(ErrorKind::input,
                fmt::format("the store {} has version {}, and this costwar knows versions up to {}",
                            database.path(), version, kVersion),
                "use the newer costwar that wrote it, or move the file away to begin a new store");
  return true;
}

void migrate(Database& database) {
  WriteTransaction transaction(database);
  for (std::int64_t version = database.integer("PRAGMA user_version"); version < kVersion; ++version)
    database.execute(kMigrations[static_cast<std::size_t>(version)]);
  database.execute(fmt::format("PRAGMA application_id = {}", kStoreApplicationId));
  database.execute(fmt::format("PRAGMA user_version = {}", kVersion));
  transaction.commit();
}

void configure(Database& database) {
  database.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  // 64 MiB, taken as needed. Keys of questions and requests fall anywhere in their indices; with the usual 2
  // MB a run of a million items writes most pages of them again and again.
  database.execute("PRAGMA cache_size = -65536");
}

}  // namespace

Database open_for_writing(const std::filesystem::path& path) {
  Database database(path, Database::Mode::create);
  const bool store = is_store(database);
  if (database.read_only())
    throw Error(ErrorKind::input, fmt::format("the store {} may not be written", database.path()),
                "check the permissions of the file and its folder");
  if (!store || database.integer("PRAGMA user_version") < kVersion) {
    database.execute("PRAGMA journal_mode = WAL");
    migrate(database);
  }
  configure(database);
  return database;
}

Database open_for_reading(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown))
    throw Error(ErrorKind::input, fmt::format("there is no store at {}", path.string()),
                "measure something first, or go to the folder that has it");
  const auto open = [&](Database::Mode mode) {
    Database database(path, mode);
    if (!is_store(database))
      throw Error(ErrorKind::input, fmt::format("the store {} is empty", path.string()),
                  "measure something first");
    configure(database);
    return database;
  };
  // Reading a WAL database means writing its shared-memory file. Where that is not allowed and nobody left a
  // log behind, nobody can be writing either.
  std::filesystem::path log = path;
  log += "-wal";
  try {
    return open(Database::Mode::existing);
  } catch (const Error&) {
    if (std::filesystem::exists(log, unknown)) throw;
  }
  return open(Database::Mode::immutable);
}

}  // namespace costwar::harness
