// Rows out of tables: read_selection of rows.h.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/run_json.h"
#include "harness/store/row_columns.h"
#include "harness/store/rows.h"

namespace costwar::harness {
namespace {

struct LaterColumn {
  std::string_view name;
  std::int64_t version;  // of the store that has it first
};
constexpr std::array<LaterColumn, 6> kLaterColumns = {{{"web_searches", 2},
                                                       {"endpoint", 3},
                                                       {"served_provider", 3},
                                                       {"function_calls", 3},
                                                       {"request_key", 4},
                                                       {"reported_cost", 5}}};

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

  std::optional<Money> money() {
    const std::string_view text = this->text();
    if (text.empty()) return std::nullopt;
    const std::size_t space = text.find(' ');
    try {
      return Money::parse(Currency(text.substr(std::min(space, text.size() - 1) + 1)), text.substr(0, space));
    } catch (const Error&) {
      fail(fmt::format("the amount '{}'", text));
    }
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
  attempt.reported_cost = cells.money();
}

void read_answer(Cells& cells, const std::string& source, AttemptRow& row) {
  Attempt& attempt = row.attempt;
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
  row.request_key = cells.text();
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
    if (selection.texts) read_answer(cells, database.path(), row);
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

void read_selection(Database& database, const RowSelection& selection,
                    const std::function<void(const RunRow&)>& each) {
  const ReadSnapshot snapshot(database);
  read_trials(database, selection, each);
  read_attempts(database, selection, each);
  read_scores(database, selection, each);
}

}  // namespace costwar::harness
