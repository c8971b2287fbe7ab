#include "harness/store/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/random.h"
#include "core/run_json.h"
#include "harness/store/row_columns.h"

namespace costwar::harness {
namespace {

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
  std::string letters;  // as the next one, bound by reference
  std::string cost;
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
  if (const auto& reported = attempt.reported_cost) {
    cost = fmt::format("{} {}", reported->decimal(), reported->currency().code());
    insert.bind_text(cost);
  } else {
    insert.bind_optional(std::nullopt);
  }
  insert.bind_text(attempt.finish_reason).bind(attempt.http_status).bind_text(attempt.error_code);
  insert.bind_optional(advice.wait ? std::optional(advice.wait->count) : std::nullopt);
  insert.bind_optional(advice.should_retry ? std::optional<std::int64_t>(*advice.should_retry)
                                           : std::nullopt);
  insert.bind(advice.quota_gone ? 1 : 0).bind_text(attempt.endpoint).bind_text(attempt.served_provider);
  if (row.request_key.empty()) {
    insert.bind_optional(std::nullopt);  // most rows of the index on it are those that can be found
  } else {
    insert.bind_text(row.request_key);
  }
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

}  // namespace

void write_row(Database& database, std::int64_t run, const RunRow& row) {
  std::visit([&](const auto& known) { write(database, run, known); }, row);
}

}  // namespace costwar::harness
