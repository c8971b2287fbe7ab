#include "core/load_json.h"

#include <fmt/format.h>

#include "core/json_fields.h"
#include "core/run_json.h"

namespace costwar {
namespace {

constexpr std::int64_t kMostLoad = std::int64_t{1} << 61;  // 73 years of nanoseconds: room for differences
constexpr std::int64_t kLastWall = 9'000'000'000'000'000'000;

// Absent: false.
bool flag(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found && found->boolean();
}

void put_flag(Json& out, const char* key, bool value) {
  if (value) out[key] = true;
}

// Absent: 0.
template <typename Number>
void put_number(Json& out, const char* key, Number value) {
  if (value != Number{}) out[key] = value;
}

std::int64_t count_of(const JsonIn& in, std::string_view key, std::int64_t most = INT64_MAX) {
  const auto found = in.find(key);
  return found ? found->integer(0, most) : 0;
}

std::uint32_t small_count(const JsonIn& in, std::string_view key) {
  return static_cast<std::uint32_t>(count_of(in, key, UINT32_MAX));
}

Nanos span_of(const JsonIn& in, std::string_view key) {
  return Nanos{count_of(in, key, kMostLoad)};
}

Mono stamp_of(const JsonIn& in, std::string_view key) {
  return Mono{in.at(key).integer(-kMostLoad, kMostLoad)};
}

double rate_of(const JsonIn& in) {
  const double rate = in.number();
  if (rate < 0) in.fail("expected a number from 0");
  return rate;
}

// Text that is a JSON object, or empty.
std::string object_or_empty(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return {};
  if (!found->raw().is_object()) found->fail("expected an object");
  return found->raw().dump();
}

Json audit_to_json(const LoopAudit& audit) {
  Json out = {{"thread", audit.thread}, {"probes", audit.probes}};
  out["lag_p50_ns"] = audit.lag_p50.count;
  out["lag_p99_ns"] = audit.lag_p99.count;
  out["lag_max_ns"] = audit.lag_max.count;
  out["wakeups"] = audit.wakeups;
  out["crowded_wakeups"] = audit.crowded_wakeups;
  out["cpu_ns"] = audit.cpu.count;
  out["wall_ns"] = audit.wall.count;
  out["decoder_cpu_ns"] = audit.decoder_cpu.count;
  out["connects"] = audit.connects;
  out["connect_p50_ns"] = audit.connect_p50.count;
  out["connect_max_ns"] = audit.connect_max.count;
  return out;
}

LoopAudit audit_from_json(const JsonIn& in) {
  const auto number = [&](std::string_view key) { return static_cast<std::uint64_t>(in.at(key).integer(0)); };
  const auto span = [&](std::string_view key) { return Nanos{in.at(key).integer(0, kMostLoad)}; };
  LoopAudit audit;
  audit.thread = static_cast<std::uint32_t>(in.at("thread").integer(0, UINT32_MAX));
  audit.probes = number("probes");
  audit.lag_p50 = span("lag_p50_ns");
  audit.lag_p99 = span("lag_p99_ns");
  audit.lag_max = span("lag_max_ns");
  audit.wakeups = number("wakeups");
  audit.crowded_wakeups = number("crowded_wakeups");
  audit.cpu = span("cpu_ns");
  audit.wall = span("wall_ns");
  audit.decoder_cpu = span("decoder_cpu_ns");
  audit.connects = number("connects");
  audit.connect_p50 = span("connect_p50_ns");
  audit.connect_max = span("connect_max_ns");
  return audit;
}

// What a hostile file may say is bounded, so that stamps can be subtracted without overflow.
void check_stamps(const JsonIn& in, const Timeline& timeline) {
  const auto within = [](Mono stamp) { return stamp.ns >= -kMostLoad && stamp.ns <= kMostLoad; };
  bool fine = within(timeline.due) && within(timeline.issued);
  for (const auto& stamp :
       {timeline.sent, timeline.headers, timeline.first_any, timeline.first_visible, timeline.end})
    fine = fine && (!stamp || within(*stamp));
  if (!fine) in.fail("expected stamps within 73 years");
}

void check_instants(const JsonIn& in, const BillingFacts& billing) {
  const auto within = [](Wall instant) { return instant.ns >= 0 && instant.ns <= kLastWall; };
  if (!within(billing.requested) || (billing.completed && !within(*billing.completed)))
    in.fail("expected instants from 1970 to 2255");
}

}  // namespace

Json load_header_to_json(const LoadHeader& header) {
  Json out = {{"row", "load_run"},
              {"schema_version", kLoadSchemaVersion},
              {"schema_minor", kLoadSchemaMinor},
              {"id", header.id}};
  put(out, "label", header.label);
  put(out, "plan", header.plan);
  out["created"] = format_wall(header.created);
  out["created_ns"] = header.created.ns;
  put(out, "costwar_version", header.costwar_version);
  out["mode"] = header.mode;
  out["model"] = model_card_to_json(header.model);
  put(out, "effort", header.effort);
  put(out, "service_class", header.service_class);
  out["seed"] = header.seed;
  out["threads"] = header.threads;
  put_embedded(out, "settings", header.settings);
  put_embedded(out, "machine", header.machine);
  return out;
}

LoadHeader load_header_from_json(const JsonIn& in) {
  if (in.at("row").string() != "load_run")
    in.at("row").fail("the first line must be the load run's header, row \"load_run\"");
  (void)require_schema(in, kLoadSchemaVersion);
  LoadHeader header;
  header.id = in.at("id").string();
  header.label = text_or_empty(in, "label");
  header.plan = text_or_empty(in, "plan");
  header.created = wall_of(in.at("created_ns"));
  header.costwar_version = text_or_empty(in, "costwar_version");
  header.mode = in.at("mode").string();
  header.model = model_card_from_json(in.at("model"));
  header.effort = text_or_empty(in, "effort");
  header.service_class = text_or_empty(in, "service_class");
  const JsonIn seed = in.at("seed");
  if (!seed.raw().is_number_unsigned()) seed.fail("expected a whole number from 0");
  header.seed = seed.raw().get<std::uint64_t>();
  header.threads = static_cast<std::uint32_t>(in.at("threads").integer(1, UINT32_MAX));
  header.settings = object_or_empty(in, "settings");
  header.machine = object_or_empty(in, "machine");
  return header;
}

Json load_stage_to_json(const LoadStage& stage) {
  Json out = {{"arrivals", arrivals_name(stage.arrivals)}, {"concurrency", stage.concurrency}};
  put(out, "concurrency_from", stage.concurrency_from);
  if (stage.open() || stage.rate != 0) out["rate"] = stage.rate;
  put(out, "rate_from", stage.rate_from);
  if (stage.burstiness != 1) out["burstiness"] = stage.burstiness;
  out["duration_ns"] = stage.duration.count;
  put(out, "sessions", stage.sessions);
  return out;
}

LoadStage load_stage_from_json(const JsonIn& in) {
  const auto size = [](const JsonIn& value) { return static_cast<std::size_t>(value.integer(0)); };
  LoadStage stage;
  stage.arrivals = named(in.at("arrivals"), arrivals_by_name);
  stage.concurrency = size(in.at("concurrency"));
  if (const auto from = in.find("concurrency_from")) stage.concurrency_from = size(*from);
  if (stage.open() || in.find("rate")) stage.rate = rate_of(in.at("rate"));
  if (const auto from = in.find("rate_from")) stage.rate_from = rate_of(*from);
  if (const auto shape = in.find("burstiness")) {
    stage.burstiness = rate_of(*shape);
    if (stage.burstiness == 0) shape->fail("expected a number above 0");
  }
  stage.duration = Nanos{in.at("duration_ns").integer(0, kMostLoad)};
  if (const auto sessions = in.find("sessions")) stage.sessions = size(*sessions);
  return stage;
}

Json load_stage_row_to_json(const LoadStageRow& row) {
  Json out = {{"row", "load_stage"}, {"stage", row.stage}};
  out["asked"] = load_stage_to_json(row.asked);
  out["begin_ns"] = row.begin.ns;
  out["begin_wall_ns"] = row.begin_wall.ns;
  out["last_due_ns"] = row.last_due.ns;
  out["end_ns"] = row.end.ns;
  out["complete"] = row.complete;
  put(out, "stopped", row.stopped);
  if (!row.audits.empty()) out["audits"] = Json::array();
  for (const LoopAudit& audit : row.audits) out["audits"].push_back(audit_to_json(audit));
  return out;
}

LoadStageRow load_stage_row_from_json(const JsonIn& in) {
  LoadStageRow row;
  row.stage = static_cast<std::uint32_t>(in.at("stage").integer(0, UINT32_MAX));
  row.asked = load_stage_from_json(in.at("asked"));
  row.begin = stamp_of(in, "begin_ns");
  row.begin_wall = Wall{in.at("begin_wall_ns").integer(0, kLastWall)};
  row.last_due = stamp_of(in, "last_due_ns");
  row.end = stamp_of(in, "end_ns");
  row.complete = in.at("complete").boolean();
  row.stopped = text_or_empty(in, "stopped");
  if (const auto audits = in.find("audits"))
    for (const JsonIn& audit : audits->elements()) row.audits.push_back(audit_from_json(audit));
  return row;
}

Json load_call_to_json(const LoadCall& call) {
  Json out = {{"row", "load_call"}, {"stage", call.stage}, {"session", call.session}};
  put_number(out, "turn", call.turn);
  put_number(out, "thread", call.thread);
  put_number(out, "limited_ns", call.limited.count);
  out["asked_input"] = call.asked_input;
  put(out, "asked_output", call.asked_output);
  put_flag(out, "cut", call.cut);
  put_flag(out, "connection_reused", call.connection_reused);
  put_number(out, "reads", call.reads);
  put_number(out, "body_bytes", call.body_bytes);
  out["outcome"] = outcome_row(call.outcome).name;
  put_number(out, "http_status", call.http_status);
  put(out, "finish_reason", call.finish_reason);
  put(out, "error_code", call.error_code);
  put(out, "error_message", call.error_message);
  put(out, "request_id", call.request_id);
  if (!call.notes.empty()) out["notes"] = call.notes;
  out["usage"] = usage_to_json(call.usage);
  out["billing"] = billing_to_json(call.billing);
  out["timeline"] = timeline_to_json(call.timeline);
  return out;
}

LoadCall load_call_from_json(const JsonIn& in) {
  LoadCall call;
  call.stage = static_cast<std::uint32_t>(in.at("stage").integer(0, UINT32_MAX));
  call.session = static_cast<std::uint64_t>(in.at("session").integer(0));
  call.turn = small_count(in, "turn");
  call.thread = small_count(in, "thread");
  call.limited = span_of(in, "limited_ns");
  call.asked_input = in.at("asked_input").integer(0);
  if (const auto output = in.find("asked_output")) call.asked_output = output->integer(0);
  call.cut = flag(in, "cut");
  call.connection_reused = flag(in, "connection_reused");
  call.reads = small_count(in, "reads");
  call.body_bytes = static_cast<std::uint64_t>(count_of(in, "body_bytes"));
  call.outcome = named(in.at("outcome"), outcome_by_name);
  call.http_status = static_cast<int>(count_of(in, "http_status", 999));
  call.finish_reason = text_or_empty(in, "finish_reason");
  call.error_code = text_or_empty(in, "error_code");
  call.error_message = text_or_empty(in, "error_message");
  call.request_id = text_or_empty(in, "request_id");
  if (const auto notes = in.find("notes")) call.notes = notes->strings();
  call.usage = usage_from_json(in.at("usage"));
  call.billing = billing_from_json(in.at("billing"));
  check_instants(in.at("billing"), call.billing);
  call.timeline = timeline_from_json(in.at("timeline"));
  check_stamps(in.at("timeline"), call.timeline);
  return call;
}

}  // namespace costwar
