#include "harness/store/load_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/load_json.h"
#include "harness/store/row_columns.h"

namespace costwar::harness {
namespace {

constexpr std::int64_t kCallsOfStage = std::int64_t{1} << 32;
constexpr std::size_t kMostFactsRemembered = 4096;  // a hostile server makes each call differ
constexpr std::int64_t kCutFlag = 1;
constexpr std::int64_t kReusedFlag = 2;

constexpr std::string_view kCallInsert =
    "INSERT INTO load_calls(call,facts,session,turn,thread,flags,limited_ns,asked_input,asked_output,reads,"
    "body_bytes,due_ns,issued_ns,sent_ns,headers_ns,first_any_ns,first_visible_ns,end_ns,requested_ns,"
    "completed_ns,fresh_input,cache_read,cache_write_5m,cache_write_1h,visible_output,reasoning,requests,"
    "tool_calls,cache_token_hours,machine_ns,microjoules,web_searches,event_count,events,request_id,"
    "error_message) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

constexpr std::string_view kCallSelect =
    "SELECT facts,session,turn,thread,flags,limited_ns,asked_input,asked_output,reads,"
    "body_bytes,due_ns,issued_ns,sent_ns,headers_ns,first_any_ns,first_visible_ns,end_ns,requested_ns,"
    "completed_ns,event_count,events,request_id,error_message,fresh_input,cache_read,cache_write_5m,"
    "cache_write_1h,visible_output,reasoning,requests,tool_calls,cache_token_hours,machine_ns,microjoules,"
    "web_searches FROM load_calls WHERE call BETWEEN ? AND ? ORDER BY call";
constexpr int kFirstMeterColumn = 23;

std::optional<std::int64_t> since(const std::optional<Mono>& stamp, Mono from) {
  return stamp ? std::optional((*stamp - from).count) : std::nullopt;
}

std::string letters_of(const Usage& usage) {
  std::string letters(kMeterCount, kNoCount);
  for (std::size_t m = 0; m < kMeterCount; ++m)
    if (const auto& count = usage[static_cast<Meter>(m)])
      letters[m] = kProvenanceLetters[static_cast<std::size_t>(count->provenance)];
  return letters;
}

void bind_or_null(Statement& insert, std::string_view text) {
  if (text.empty())
    insert.bind_optional(std::nullopt);
  else
    insert.bind_text(text);
}

[[noreturn]] void meaningless(const Database& database, const std::string& what) {
  throw Error(ErrorKind::input,
              fmt::format("the store {} holds {}, which has no meaning there", database.path(), what),
              "it was changed by another program, or is damaged");
}

template <typename Small>
Small narrowed(const Database& database, std::int64_t value) {
  if (value < 0 || !std::in_range<Small>(value)) meaningless(database, fmt::format("the number {}", value));
  return static_cast<Small>(value);
}

// What a call has in common with others, out of the dictionary; the rest of it is empty.
LoadCall read_facts(Database& database, std::int64_t facts, std::string& letters) {
  Statement find = database.use(
      "SELECT "
      "outcome,http_status,finish_reason,error_code,served_model,service_class,region,provenance,notes "
      "FROM load_facts WHERE facts=?");
  if (!find.bind(facts).step()) meaningless(database, fmt::format("a call with the facts {}", facts));
  LoadCall call;
  const auto outcome = outcome_by_name(find.text(0));
  if (!outcome) meaningless(database, fmt::format("the outcome '{}'", find.text(0)));
  call.outcome = *outcome;
  call.http_status = narrowed<int>(database, find.integer(1));
  call.finish_reason = find.text(2);
  call.error_code = find.text(3);
  call.billing.served_model = find.text(4);
  call.billing.service_class = find.text(5);
  call.billing.region = find.text(6);
  letters = find.text(7);
  if (!find.text(8).empty()) {
    const Json json = parse_json(find.text(8), database.path());
    call.notes = JsonIn(json, database.path()).strings();
  }
  return call;
}

// Facts as they are met, each read once as long as there are not too many.
class FactsReader {
 public:
  explicit FactsReader(Database& database) : database_(database) {}

  struct Known {
    LoadCall call;
    std::string letters;
  };

  const Known& of(std::int64_t facts) {
    auto found = known_.find(facts);
    if (found != known_.end()) return found->second;
    if (known_.size() >= kMostFactsRemembered) known_.clear();
    Known fresh;
    fresh.call = read_facts(database_, facts, fresh.letters);
    return known_.emplace(facts, std::move(fresh)).first->second;
  }

 private:
  Database& database_;
  std::unordered_map<std::int64_t, Known> known_;
};

void read_meters(const Database& database, const Statement& row, std::string_view letters, Usage& usage) {
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    const int column = kFirstMeterColumn + static_cast<int>(m);
    usage.clear(static_cast<Meter>(m));
    if (row.is_null(column)) continue;
    const std::size_t provenance =
        m < letters.size() ? kProvenanceLetters.find(letters[m]) : std::string_view::npos;
    if (provenance == std::string_view::npos)
      meaningless(database, fmt::format("the provenance '{}'", letters));
    usage.set(static_cast<Meter>(m), row.integer(column), static_cast<Provenance>(provenance));
  }
}

void read_call(const Database& database, const Statement& row, Mono begin, Wall begin_wall, LoadCall& call) {
  call.session = static_cast<std::uint64_t>(row.integer(1));
  call.turn = narrowed<std::uint32_t>(database, row.integer(2));
  call.thread = narrowed<std::uint32_t>(database, row.integer(3));
  const std::int64_t flags = row.integer(4);
  call.cut = (flags & kCutFlag) != 0;
  call.connection_reused = (flags & kReusedFlag) != 0;
  call.limited = Nanos{row.integer(5)};
  call.asked_input = row.integer(6);
  call.asked_output = row.optional_integer(7);
  call.reads = narrowed<std::uint32_t>(database, row.integer(8));
  call.body_bytes = static_cast<std::uint64_t>(row.integer(9));
  Timeline& timeline = call.timeline;
  timeline.due = begin + Nanos{row.integer(10)};
  timeline.issued = timeline.due + Nanos{row.integer(11)};
  const auto stamp = [&](int column) -> std::optional<Mono> {
    if (row.is_null(column)) return std::nullopt;
    return timeline.issued + Nanos{row.integer(column)};
  };
  timeline.sent = stamp(12);
  timeline.headers = stamp(13);
  timeline.first_any = stamp(14);
  timeline.first_visible = stamp(15);
  timeline.end = stamp(16);
  call.billing.requested = begin_wall + Nanos{row.integer(17)};
  call.billing.completed.reset();
  if (!row.is_null(18)) call.billing.completed = call.billing.requested + Nanos{row.integer(18)};
  timeline.event_count = narrowed<std::uint32_t>(database, row.integer(19));
  timeline.events = row.bytes(20);
  call.request_id = row.text(21);
  call.error_message = row.text(22);
}

void take_facts(const LoadCall& facts, LoadCall& call) {
  call.outcome = facts.outcome;
  call.http_status = facts.http_status;
  call.finish_reason = facts.finish_reason;
  call.error_code = facts.error_code;
  call.notes = facts.notes;
  call.billing.served_model = facts.billing.served_model;
  call.billing.service_class = facts.billing.service_class;
  call.billing.region = facts.billing.region;
}

}  // namespace

bool has_load_runs(Database& database) {
  return database.integer("PRAGMA user_version") >= 6;
}

std::optional<std::int64_t> load_run_number(Database& database, std::string_view id) {
  if (!has_load_runs(database)) return std::nullopt;
  Statement find = database.use("SELECT run FROM load_runs WHERE id=?");
  return find.bind_text(id).step() ? std::optional(find.integer(0)) : std::nullopt;
}

LoadRowWriter::Stage& LoadRowWriter::stage_of(Database& database, std::int64_t run, std::uint32_t stage) {
  const auto key = std::pair(run, stage);
  if (const auto known = stages_.find(key); known != stages_.end()) return known->second;
  Statement find =
      database.use("SELECT stage_row,begin_ns,begin_wall_ns FROM load_stages WHERE run=? AND stage=?");
  if (!find.bind(run).bind(stage).step())
    throw Error(ErrorKind::internal, fmt::format("a call of stage {}, which has not begun", stage));
  Stage found{find.integer(0), Mono{find.integer(1)}, Wall{find.integer(2)}, 0};
  Statement last = database.use("SELECT max(call) FROM load_calls WHERE call BETWEEN ? AND ?");
  last.bind(found.row * kCallsOfStage).bind((found.row + 1) * kCallsOfStage - 1);
  if (last.step() && !last.is_null(0)) found.calls = last.integer(0) - found.row * kCallsOfStage + 1;
  return stages_.emplace(key, found).first->second;
}

void LoadRowWriter::write(Database& database, std::int64_t run, const LoadStageRow& row) {
  const std::string line = to_json_line(row);
  Statement insert = database.use(
      "INSERT INTO load_stages(run,stage,complete,begin_ns,begin_wall_ns,row) VALUES(?,?,?,?,?,?) "
      "ON CONFLICT(run,stage) DO UPDATE SET complete=excluded.complete, row=excluded.row "
      "WHERE begin_ns=excluded.begin_ns AND begin_wall_ns=excluded.begin_wall_ns RETURNING stage_row");
  insert.bind(run).bind(row.stage).bind(row.complete ? 1 : 0).bind(row.begin.ns).bind(row.begin_wall.ns);
  if (!insert.bind_text(line).step())
    throw Error(ErrorKind::internal, fmt::format("stage {} begins a second time", row.stage));
}

std::int64_t LoadRowWriter::facts_of(Database& database, std::int64_t run, const LoadCall& call) {
  const std::string_view outcome = outcome_row(call.outcome).name;
  const std::string letters = letters_of(call.usage);
  const BillingFacts& billing = call.billing;
  key_ = fmt::format("{} {}", run, call.http_status);
  for (const std::string_view part :
       {outcome, std::string_view(call.finish_reason), std::string_view(call.error_code),
        std::string_view(billing.served_model), std::string_view(billing.service_class),
        std::string_view(billing.region), std::string_view(letters)})
    (key_ += '\0') += part;
  for (const std::string& note : call.notes) (key_ += '\1') += note;
  if (const auto known = facts_.find(key_); known != facts_.end()) return known->second;
  const std::string notes =
      call.notes.empty() ? "" : Json(call.notes).dump(-1, ' ', false, Json::error_handler_t::replace);
  Statement insert = database.use(
      "INSERT INTO load_facts(run,outcome,http_status,finish_reason,error_code,served_model,service_class,"
      "region,provenance,notes) VALUES(?,?,?,?,?,?,?,?,?,?)");
  insert.bind(run).bind_text(outcome).bind(call.http_status).bind_text(call.finish_reason);
  insert.bind_text(call.error_code).bind_text(billing.served_model).bind_text(billing.service_class);
  insert.bind_text(billing.region).bind_text(letters).bind_text(notes).step();
  if (facts_.size() >= kMostFactsRemembered) facts_.clear();
  return facts_.emplace(key_, database.last_row()).first->second;
}

void LoadRowWriter::write(Database& database, std::int64_t run, const LoadCall& call) {
  Stage& stage = stage_of(database, run, call.stage);
  const std::int64_t facts = facts_of(database, run, call);
  const Timeline& timeline = call.timeline;
  Statement insert = database.use(kCallInsert);
  insert.bind(stage.row * kCallsOfStage + stage.calls).bind(facts);
  insert.bind(static_cast<std::int64_t>(call.session)).bind(call.turn).bind(call.thread);
  insert.bind((call.cut ? kCutFlag : 0) | (call.connection_reused ? kReusedFlag : 0));
  insert.bind(call.limited.count).bind(call.asked_input).bind_optional(call.asked_output);
  insert.bind(call.reads).bind(static_cast<std::int64_t>(call.body_bytes));
  insert.bind((timeline.due - stage.begin).count).bind((timeline.issued - timeline.due).count);
  for (const auto* stamp :
       {&timeline.sent, &timeline.headers, &timeline.first_any, &timeline.first_visible, &timeline.end})
    insert.bind_optional(since(*stamp, timeline.issued));
  const BillingFacts& billing = call.billing;
  insert.bind((billing.requested - stage.begin_wall).count);
  insert.bind_optional(billing.completed ? std::optional((*billing.completed - billing.requested).count)
                                         : std::nullopt);
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    const auto& count = call.usage[static_cast<Meter>(m)];
    insert.bind_optional(count ? std::optional(count->value) : std::nullopt);
  }
  insert.bind(timeline.event_count);
  if (timeline.events.empty())
    insert.bind_optional(std::nullopt);
  else
    insert.bind_bytes(timeline.events);
  bind_or_null(insert, call.request_id);
  bind_or_null(insert, call.error_message);
  insert.step();
  ++stage.calls;
}

std::vector<LoadStageRow> read_load_stages(Database& database, std::int64_t run) {
  Statement statement = database.use("SELECT row FROM load_stages WHERE run=? ORDER BY stage");
  statement.bind(run);
  std::vector<LoadStageRow> stages;
  while (statement.step()) stages.push_back(parse_load_stage_row(statement.text(0), database.path()));
  return stages;
}

void read_load_calls(Database& database, std::int64_t run, std::uint32_t stage,
                     const std::function<void(const LoadCall&)>& each) {
  Statement find =
      database.use("SELECT stage_row,begin_ns,begin_wall_ns FROM load_stages WHERE run=? AND stage=?");
  if (!find.bind(run).bind(stage).step()) return;
  const std::int64_t first = find.integer(0) * kCallsOfStage;
  const Mono begin{find.integer(1)};
  const Wall begin_wall{find.integer(2)};
  FactsReader facts(database);
  LoadCall call;
  call.stage = stage;
  Statement rows = database.use(kCallSelect);
  rows.bind(first).bind(first + kCallsOfStage - 1);
  while (rows.step()) {
    const FactsReader::Known& known = facts.of(rows.integer(0));
    take_facts(known.call, call);
    read_call(database, rows, begin, begin_wall, call);
    read_meters(database, rows, known.letters, call.usage);
    each(call);
  }
}

LoadCallCounts count_load_calls(Database& database, std::int64_t run) {
  Statement count = database.use(
      "SELECT count(*), coalesce(sum(f.outcome<>'ok' AND c.flags&1=0),0) FROM load_stages s JOIN load_calls "
      "c "
      "ON c.call BETWEEN s.stage_row*4294967296 AND s.stage_row*4294967296+4294967295 "
      "JOIN load_facts f USING(facts) WHERE s.run=?");
  return count.bind(run).step() ? LoadCallCounts{count.integer(0), count.integer(1)} : LoadCallCounts{};
}

void delete_load_run(Database& database, std::int64_t run) {
  std::vector<std::int64_t> stages;
  {
    Statement find = database.use("SELECT stage_row FROM load_stages WHERE run=?");
    find.bind(run);
    while (find.step()) stages.push_back(find.integer(0));
  }
  for (const std::int64_t row : stages) {
    Statement remove = database.use("DELETE FROM load_calls WHERE call BETWEEN ? AND ?");
    remove.bind(row * kCallsOfStage).bind((row + 1) * kCallsOfStage - 1).step();
  }
  database.use("DELETE FROM load_runs WHERE run=?").bind(run).step();
}

}  // namespace costwar::harness
