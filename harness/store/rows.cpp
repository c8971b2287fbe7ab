#include "harness/store/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/random.h"
#include "core/run_json.h"

namespace costwar::harness {
namespace {

// The columns of `attempts` in the order in which they are bound and read: the key, what pricing and analysis
// read, and the rest.
constexpr std::array<std::string_view, 5> kAttemptKey = {"run", "trial", "role", "turn", "number"};
constexpr std::array<std::string_view, 27> kAttemptColumns = {
    "ended",          "outcome",           "fresh_input",
    "cache_read",     "cache_write_5m",    "cache_write_1h",
    "visible_output", "reasoning",         "requests",
    "tool_calls",     "cache_token_hours", "machine_ns",
    "microjoules",    "web_searches",      "provenance",
    "served_model",   "service_class",     "region",
    "requested_ns",   "completed_ns",      "due_ns",
    "issued_ns",      "sent_ns",           "headers_ns",
    "first_any_ns",   "first_visible_ns",  "end_ns"};
constexpr std::array<std::string_view, 8> kAttemptDetails = {"finish_reason", "http_status",    "error_code",
                                                             "retry_wait_ns", "should_retry",   "quota_gone",
                                                             "endpoint",      "served_provider"};
constexpr std::array<std::string_view, 11> kAnswerColumns = {
    "text",   "reasoning_text", "error_message", "request_id", "system_fingerprint", "raw_usage",
    "events", "event_count",    "notes",         "extra",      "function_calls"};

struct LaterColumn {
  std::string_view name;
  std::int64_t version;  // of the store that has it first
};
constexpr std::array<LaterColumn, 4> kLaterColumns = {
    {{"web_searches", 2}, {"endpoint", 3}, {"served_provider", 3}, {"function_calls", 3}}};

constexpr std::string_view kProvenanceLetters = "rmte";  // by Provenance; see the schema
constexpr char kNoCount = '-';

std::string parameters(std::size_t count) {
  std::string marks = "?";
  for (std::size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

// INSERT that gives way to the end of an attempt, and never to anything after the end.
std::string attempt_insert() {
  std::string updates;
  for (const std::string_view column : kAttemptColumns) updates += fmt::format("{0}=excluded.{0},", column);
  for (const std::string_view column : kAttemptDetails) updates += fmt::format("{0}=excluded.{0},", column);
  updates.pop_back();
  return fmt::format(
      "INSERT INTO attempts({0},{1},{2}) VALUES({3}) ON CONFLICT({0}) DO UPDATE SET {4} WHERE ended=0 "
      "RETURNING attempt",
      fmt::join(kAttemptKey, ","), fmt::join(kAttemptColumns, ","), fmt::join(kAttemptDetails, ","),
      parameters(kAttemptKey.size() + kAttemptColumns.size() + kAttemptDetails.size()), updates);
}

// The columns as an expression list; a store that is only read keeps its version, and what it had no column
// for is not known.
template <typename Columns>
std::string list_columns(const Columns& columns, std::int64_t version) {
  std::string list;
  for (const std::string_view column : columns) {
    const auto* later = std::find_if(kLaterColumns.begin(), kLaterColumns.end(),
                                     [&](const LaterColumn& entry) { return entry.name == column; });
    const bool missing = later != kLaterColumns.end() && version < later->version;
    list += fmt::format("{}{}", list.empty() ? "" : ",", missing ? "NULL" : column);
  }
  return list;
}

std::string attempt_select(bool texts, std::int64_t version) {
  const std::string columns =
      fmt::format("trial,role,turn,number,{}", list_columns(kAttemptColumns, version));
  constexpr std::string_view kWhere = "WHERE run=? AND trial BETWEEN ? AND ? ORDER BY trial, attempt";
  if (!texts) return fmt::format("SELECT {} FROM attempts {}", columns, kWhere);
  return fmt::format("SELECT {},{},{} FROM attempts LEFT JOIN answers USING(attempt) {}", columns,
                     list_columns(kAttemptDetails, version), list_columns(kAnswerColumns, version), kWhere);
}

std::optional<std::int64_t> ns(const std::optional<Mono>& stamp) {
  return stamp ? std::optional(stamp->ns) : std::nullopt;
}

std::int64_t write_question(Database& database, std::int64_t run, const TrialRow& row) {
  const auto hash = static_cast<std::int64_t>(fnv1a(row.prompt));
  Statement find =
      database.use("SELECT question FROM questions WHERE run=? AND hash=? AND prompt=? AND expected=?");
  find.bind(run).bind(hash).bind_text(row.prompt).bind_text(row.expected);
  if (find.step()) return find.integer(0);
  Statement insert = database.use("INSERT INTO questions(run,hash,prompt,expected) VALUES(?,?,?,?)");
  insert.bind(run).bind(hash).bind_text(row.prompt).bind_text(row.expected).step();
  return database.last_row();
}

void write(Database& database, std::int64_t run, const TrialRow& row) {
  const std::int64_t question = write_question(database, run, row);
  Statement insert = database.use(
      "INSERT INTO trials(run,trial,model,task,item,repeat,cluster,question,item_group) "
      "VALUES(?,?,?,?,?,?,?,?,?)");
  insert.bind(run).bind(row.trial).bind(row.model).bind(row.task).bind_text(row.item).bind(row.repeat);
  insert.bind_text(row.cluster).bind(question).bind_text(row.group).step();
}

void bind_usage(Statement& insert, const Usage& usage, std::string& letters) {
  letters.assign(kMeterCount, kNoCount);
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    const auto& count = usage[static_cast<Meter>(m)];
    if (count) letters[m] = kProvenanceLetters[static_cast<std::size_t>(count->provenance)];
    insert.bind_optional(count ? std::optional(count->value) : std::nullopt);
  }
  insert.bind_text(letters);
}

std::int64_t write_attempt(Database& database, std::int64_t run, const AttemptRow& row) {
  static const std::string kInsert = attempt_insert();
  const Attempt& attempt = row.attempt;
  const BillingFacts& billing = attempt.billing;
  const Timeline& timeline = attempt.timeline;
  const RetryAdvice& advice = attempt.advice;
  std::string letters;
  Statement insert = database.use(kInsert);
  insert.bind(run).bind(row.trial).bind_text(call_role_name(row.role)).bind(row.turn).bind(row.number);
  insert.bind(row.ended ? 1 : 0).bind_text(outcome_row(attempt.outcome).name);
  bind_usage(insert, attempt.usage, letters);
  insert.bind_text(billing.served_model).bind_text(billing.service_class).bind_text(billing.region);
  insert.bind(billing.requested.ns);
  insert.bind_optional(billing.completed ? std::optional(billing.completed->ns) : std::nullopt);
  insert.bind(timeline.due.ns).bind(timeline.issued.ns).bind_optional(ns(timeline.sent));
  insert.bind_optional(ns(timeline.headers)).bind_optional(ns(timeline.first_any));
  insert.bind_optional(ns(timeline.first_visible)).bind_optional(ns(timeline.end));
  insert.bind_text(attempt.finish_reason).bind(attempt.http_status).bind_text(attempt.error_code);
  insert.bind_optional(advice.wait ? std::optional(advice.wait->count) : std::nullopt);
  insert.bind_optional(advice.should_retry ? std::optional<std::int64_t>(*advice.should_retry)
                                           : std::nullopt);
  insert.bind(advice.quota_gone ? 1 : 0).bind_text(attempt.endpoint).bind_text(attempt.served_provider);
  if (!insert.step())
    throw Error(ErrorKind::internal,
                fmt::format("attempt {} of trial {} has ended and is written again", row.number, row.trial));
  return insert.integer(0);
}

// False for an attempt that has only left, which then needs no row in `answers`.
bool has_answer(const Attempt& attempt) {
  return !attempt.text.empty() || !attempt.reasoning_text.empty() || !attempt.error_message.empty() ||
         !attempt.request_id.empty() || !attempt.system_fingerprint.empty() || !attempt.raw_usage.empty() ||
         !attempt.timeline.events.empty() || attempt.timeline.event_count != 0 || !attempt.notes.empty() ||
         !attempt.extra.empty() || !attempt.tool_calls.empty();
}

// Bytes that are no UTF-8 become U+FFFD, as in an exported file.
std::string tool_calls_text(const std::vector<ToolCall>& calls) {
  return calls.empty() ? "" : tool_calls_to_json(calls).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write(Database& database, std::int64_t run, const AttemptRow& row) {
  static const std::string kInsert =
      fmt::format("INSERT OR REPLACE INTO answers(attempt,{}) VALUES({})", fmt::join(kAnswerColumns, ","),
                  parameters(1 + kAnswerColumns.size()));
  const std::int64_t number = write_attempt(database, run, row);
  const Attempt& attempt = row.attempt;
  if (!has_answer(attempt)) return;
  // Notes may quote a server; bytes that are no UTF-8 become U+FFFD, as in an exported file.
  const std::string notes =
      attempt.notes.empty() ? "" : Json(attempt.notes).dump(-1, ' ', false, Json::error_handler_t::replace);
  Statement insert = database.use(kInsert);
  insert.bind(number)
      .bind_text(attempt.text)
      .bind_text(attempt.reasoning_text)
      .bind_text(attempt.error_message);
  insert.bind_text(attempt.request_id).bind_text(attempt.system_fingerprint).bind_text(attempt.raw_usage);
  insert.bind_bytes(attempt.timeline.events).bind(attempt.timeline.event_count).bind_text(notes);
  insert.bind_text(attempt.extra).bind_text(tool_calls_text(attempt.tool_calls)).step();
}

void write(Database& database, std::int64_t run, const ScoreRow& row) {
  Statement insert = database.use(
      "INSERT OR REPLACE INTO scores(run,trial,scorer,version,value,solved,detail,second_value) "
      "VALUES(?,?,?,?,?,?,?,?)");
  insert.bind(run).bind(row.trial).bind_text(row.scorer).bind(row.version).bind_real(row.value);
  insert.bind(row.solved ? 1 : 0).bind_text(row.detail).bind_optional_real(row.second_value).step();
}

// The cells of one row from left to right.
class Cells {
 public:
  Cells(const Database& database, const Statement& row) : database_(database), row_(row) {}

  std::int64_t integer() { return row_.integer(next_++); }
  std::optional<std::int64_t> optional_integer() { return row_.optional_integer(next_++); }
  bool boolean() { return integer() != 0; }
  double real() { return row_.real(next_++); }
  std::optional<double> optional_real() {
    const int column = next_++;
    return row_.is_null(column) ? std::nullopt : std::optional(row_.real(column));
  }
  std::string_view text() { return row_.text(next_++); }
  std::string_view bytes() { return row_.bytes(next_++); }

  template <typename Small>
  Small small() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<Small>::min() || value > std::numeric_limits<Small>::max())
      fail(fmt::format("the number {}", value));
    return static_cast<Small>(value);
  }

  std::optional<Mono> stamp() {
    const auto value = optional_integer();
    return value ? std::optional(Mono{*value}) : std::nullopt;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::input,
                fmt::format("the store {} holds {}, which has no meaning there", database_.path(), what),
                "it was changed by another program, or is damaged");
  }

 private:
  const Database& database_;
  const Statement& row_;
  int next_ = 0;
};

void read_usage(Cells& cells, Usage& usage) {
  std::array<std::optional<std::int64_t>, kMeterCount> values;
  for (auto& value : values) value = cells.optional_integer();
  const std::string_view letters = cells.text();
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    usage.clear(static_cast<Meter>(m));
    if (!values[m]) continue;
    const std::size_t provenance =
        m < letters.size() ? kProvenanceLetters.find(letters[m]) : std::string_view::npos;
    if (provenance == std::string_view::npos) cells.fail(fmt::format("the provenance '{}'", letters));
    usage.set(static_cast<Meter>(m), *values[m], static_cast<Provenance>(provenance));
  }
}

void read_attempt(Cells& cells, AttemptRow& row) {
  row.trial = cells.integer();
  const std::string_view role = cells.text();
  const auto known_role = call_role_by_name(role);
  if (!known_role) cells.fail(fmt::format("the role '{}'", role));
  row.role = *known_role;
  row.turn = cells.small<std::uint32_t>();
  row.number = cells.small<std::uint32_t>();
  row.ended = cells.boolean();
  Attempt& attempt = row.attempt;
  const std::string_view outcome = cells.text();
  const auto known_outcome = outcome_by_name(outcome);
  if (!known_outcome) cells.fail(fmt::format("the outcome '{}'", outcome));
  attempt.outcome = *known_outcome;
  read_usage(cells, attempt.usage);
  attempt.billing.served_model = cells.text();
  attempt.billing.service_class = cells.text();
  attempt.billing.region = cells.text();
  attempt.billing.requested.ns = cells.integer();
  const auto completed = cells.optional_integer();
  attempt.billing.completed = completed ? std::optional(Wall{*completed}) : std::nullopt;
  attempt.timeline.due.ns = cells.integer();
  attempt.timeline.issued.ns = cells.integer();
  attempt.timeline.sent = cells.stamp();
  attempt.timeline.headers = cells.stamp();
  attempt.timeline.first_any = cells.stamp();
  attempt.timeline.first_visible = cells.stamp();
  attempt.timeline.end = cells.stamp();
}

void read_answer(Cells& cells, const std::string& source, Attempt& attempt) {
  attempt.finish_reason = cells.text();
  attempt.http_status = cells.small<int>();
  attempt.error_code = cells.text();
  const auto wait = cells.optional_integer();
  attempt.advice.wait = wait ? std::optional(Nanos{*wait}) : std::nullopt;
  const auto should_retry = cells.optional_integer();
  attempt.advice.should_retry = should_retry ? std::optional(*should_retry != 0) : std::nullopt;
  attempt.advice.quota_gone = cells.boolean();
  attempt.endpoint = cells.text();
  attempt.served_provider = cells.text();
  attempt.text = cells.text();
  attempt.reasoning_text = cells.text();
  attempt.error_message = cells.text();
  attempt.request_id = cells.text();
  attempt.system_fingerprint = cells.text();
  attempt.raw_usage = cells.text();
  attempt.timeline.events = cells.bytes();
  attempt.timeline.event_count = cells.small<std::uint32_t>();
  const std::string_view notes = cells.text();
  attempt.notes.clear();
  if (!notes.empty()) {
    const Json json = parse_json(notes, source);
    attempt.notes = JsonIn(json, source).strings();
  }
  attempt.extra = cells.text();
  const std::string_view calls = cells.text();
  attempt.tool_calls.clear();
  if (!calls.empty()) {
    const Json json = parse_json(calls, source);
    attempt.tool_calls = tool_calls_from_json(JsonIn(json, source));
  }
}

Statement select(Database& database, const RowSelection& selection, std::string_view sql) {
  Statement statement = database.use(sql);
  statement.bind(selection.run).bind(selection.first_trial).bind(selection.last_trial);
  return statement;
}

void read_trials(Database& database, const RowSelection& selection,
                 const std::function<void(const RunRow&)>& each) {
  const std::string columns = fmt::format("SELECT trial,model,task,item,repeat,cluster,{}",
                                          database.integer("PRAGMA user_version") < 4 ? "''" : "item_group");
  constexpr std::string_view kWhere = "t.run=? AND trial BETWEEN ? AND ? ORDER BY trial";
  Statement statement = select(
      database, selection,
      selection.texts
          ? fmt::format("{},q.prompt,q.expected FROM trials t JOIN questions q USING(question) WHERE {}",
                        columns, kWhere)
          : fmt::format("{} FROM trials t WHERE {}", columns, kWhere));
  RunRow holder = TrialRow{};
  auto& row = std::get<TrialRow>(holder);
  while (statement.step()) {
    Cells cells(database, statement);
    row.trial = cells.integer();
    row.model = cells.small<std::uint32_t>();
    row.task = cells.small<std::uint32_t>();
    row.item = cells.text();
    row.repeat = cells.small<std::uint32_t>();
    row.cluster = cells.text();
    row.group = cells.text();
    if (selection.texts) {
      row.prompt = cells.text();
      row.expected = cells.text();
    }
    each(holder);
  }
}

void read_attempts(Database& database, const RowSelection& selection,
                   const std::function<void(const RunRow&)>& each) {
  const std::string sql = attempt_select(selection.texts, database.integer("PRAGMA user_version"));
  Statement statement = select(database, selection, sql);
  RunRow holder = AttemptRow{};
  auto& row = std::get<AttemptRow>(holder);
  while (statement.step()) {
    Cells cells(database, statement);
    read_attempt(cells, row);
    if (selection.texts) read_answer(cells, database.path(), row.attempt);
    each(holder);
  }
}

void read_scores(Database& database, const RowSelection& selection,
                 const std::function<void(const RunRow&)>& each) {
  Statement statement =
      select(database, selection,
             fmt::format("SELECT trial,scorer,version,value,solved,detail,{} FROM scores "
                         "WHERE run=? AND trial BETWEEN ? AND ? ORDER BY trial,scorer,version",
                         database.integer("PRAGMA user_version") < 4 ? "NULL" : "second_value"));
  RunRow holder = ScoreRow{};
  auto& row = std::get<ScoreRow>(holder);
  while (statement.step()) {
    Cells cells(database, statement);
    row.trial = cells.integer();
    row.scorer = cells.text();
    row.version = cells.small<int>();
    row.value = cells.real();
    row.solved = cells.boolean();
    row.detail = cells.text();
    row.second_value = cells.optional_real();
    each(holder);
  }
}

}  // namespace

void write_row(Database& database, std::int64_t run, const RunRow& row) {
  std::visit([&](const auto& known) { write(database, run, known); }, row);
}

void read_selection(Database& database, const RowSelection& selection,
                    const std::function<void(const RunRow&)>& each) {
  const ReadSnapshot snapshot(database);
  read_trials(database, selection, each);
  read_attempts(database, selection, each);
  read_scores(database, selection, each);
}

}  // namespace costwar::harness
