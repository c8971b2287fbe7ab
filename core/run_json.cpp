#include "core/run_json.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/json_fields.h"
#include "core/usage/normalise.h"

namespace costwar {
namespace {

using costwar::put;

void put(Json& out, const char* key, const std::optional<Mono>& stamp) {
  if (stamp) out[key] = stamp->ns;
}

void put(Json& out, const char* key, const std::optional<Money>& amount) {
  if (amount) out[key] = {{"amount", amount->decimal()}, {"currency", amount->currency().code()}};
}

std::optional<Money> optional_money(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return std::nullopt;
  const JsonIn amount = found->at("amount");
  if (amount.string().starts_with('-')) amount.fail("expected an amount from 0");
  try {
    return Money::parse(Currency(found->at("currency").string()), amount.string());
  } catch (const Error& error) {
    amount.fail(error.what());
  }
}

std::optional<Mono> optional_mono(const JsonIn& in, std::string_view key) {
  const auto ns = in.optional_integer(key);
  return ns ? std::optional(Mono{*ns}) : std::nullopt;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string from_hex(const JsonIn& in) {
  const std::string hex = in.string();
  const auto nibble = [&](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    in.fail("expected hexadecimal digits");
  };
  if (hex.size() % 2 != 0) in.fail("expected an even number of hexadecimal digits");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(nibble(hex[i]) * 16 + nibble(hex[i + 1])));
  return bytes;
}

Json shape_to_json(const ModelFacts& shape) {
  return {{"architecture", shape.architecture},
          {"total_parameters", shape.total_parameters},
          {"active_parameters", shape.active_parameters},
          {"weight_bytes", shape.weight_bytes},
          {"weight_bytes_per_token", shape.weight_bytes_per_token},
          {"flops_per_token", shape.flops_per_token},
          {"layers", shape.layers},
          {"experts", shape.experts},
          {"experts_used", shape.experts_used},
          {"experts_shared", shape.experts_shared},
          {"context_length", shape.context_length}};
}

int small(const JsonIn& in) {
  return static_cast<int>(in.integer(0, 1'000'000));
}

ModelFacts shape_from_json(const JsonIn& in) {
  ModelFacts shape;
  shape.architecture = in.at("architecture").string();
  shape.total_parameters = in.at("total_parameters").integer(0);
  shape.active_parameters = in.at("active_parameters").integer(0);
  shape.weight_bytes = in.at("weight_bytes").integer(0);
  shape.weight_bytes_per_token = in.at("weight_bytes_per_token").integer(0);
  shape.flops_per_token = in.at("flops_per_token").integer(0);
  shape.layers = small(in.at("layers"));
  shape.experts = small(in.at("experts"));
  shape.experts_used = small(in.at("experts_used"));
  shape.experts_shared = small(in.at("experts_shared"));
  shape.context_length = in.at("context_length").integer(0);
  return shape;
}

}  // namespace

Json billing_to_json(const BillingFacts& billing) {
  Json out = Json::object();
  put(out, "served_model", billing.served_model);
  put(out, "service_class", billing.service_class);
  put(out, "region", billing.region);
  out["requested_ns"] = billing.requested.ns;
  if (billing.completed) out["completed_ns"] = billing.completed->ns;
  return out;
}

BillingFacts billing_from_json(const JsonIn& in) {
  BillingFacts billing;
  billing.served_model = text_or_empty(in, "served_model");
  billing.service_class = text_or_empty(in, "service_class");
  billing.region = text_or_empty(in, "region");
  billing.requested = wall_of(in.at("requested_ns"));
  if (const auto ns = in.find("completed_ns")) billing.completed = wall_of(*ns);
  return billing;
}

Json usage_to_json(const Usage& usage) {
  Json out = Json::object();
  for (const MeterRow& row : meters())
    if (const auto& count = usage[row.meter])
      out[std::string(row.name)] = {{"value", count->value},
                                    {"provenance", provenance_name(count->provenance)}};
  return out;
}

Usage usage_from_json(const JsonIn& in) {
  Usage usage;
  for (const auto& [key, value] : in.members()) {
    const auto meter = meter_by_name(key);
    if (!meter) value.fail("no such meter");
    usage.set(*meter, value.at("value").integer(0, kMaxUsageCount),
              named(value.at("provenance"), provenance_by_name));
  }
  return usage;
}

Json timeline_to_json(const Timeline& timeline) {
  Json out = {{"due_ns", timeline.due.ns}, {"issued_ns", timeline.issued.ns}};
  put(out, "sent_ns", timeline.sent);
  put(out, "headers_ns", timeline.headers);
  put(out, "first_any_ns", timeline.first_any);
  put(out, "first_visible_ns", timeline.first_visible);
  put(out, "end_ns", timeline.end);
  if (timeline.event_count != 0) {
    out["event_count"] = timeline.event_count;
    out["events"] = to_hex(timeline.events);
  }
  return out;
}

Timeline timeline_from_json(const JsonIn& in) {
  Timeline timeline;
  timeline.due = Mono{in.at("due_ns").integer()};
  constexpr std::int64_t kLatest = std::int64_t{1} << 61;  // 73 years: leaves room for what is added to it
  timeline.issued = Mono{in.at("issued_ns").integer(-kLatest, kLatest)};
  timeline.sent = optional_mono(in, "sent_ns");
  timeline.headers = optional_mono(in, "headers_ns");
  timeline.first_any = optional_mono(in, "first_any_ns");
  timeline.first_visible = optional_mono(in, "first_visible_ns");
  timeline.end = optional_mono(in, "end_ns");
  if (const auto count = in.find("event_count")) {
    timeline.event_count = static_cast<std::uint32_t>(count->integer(0, UINT32_MAX));
    timeline.events = from_hex(in.at("events"));
    const std::size_t arrivals = [&] {
      try {
        return decode_events(timeline).size();
      } catch (const Error& error) {
        in.at("events").fail(error.what());
      }
    }();
    if (arrivals != timeline.event_count) count->fail("differs from the number of events");
  }
  return timeline;
}

Json tool_calls_to_json(const std::vector<ToolCall>& calls) {
  Json out = Json::array();
  for (const ToolCall& call : calls)
    out.push_back({{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  return out;
}

std::vector<ToolCall> tool_calls_from_json(const JsonIn& in) {
  std::vector<ToolCall> calls;
  for (const JsonIn& call : in.elements())
    calls.push_back({call.at("id").string(), call.at("name").string(), call.at("arguments").string()});
  return calls;
}

Json attempt_to_json(const Attempt& attempt) {
  Json out = {{"outcome", outcome_row(attempt.outcome).name}};
  put(out, "finish_reason", attempt.finish_reason);
  put(out, "text", attempt.text);
  put(out, "reasoning_text", attempt.reasoning_text);
  put(out, "error_code", attempt.error_code);
  put(out, "error_message", attempt.error_message);
  if (attempt.http_status != 0) out["http_status"] = attempt.http_status;
  put(out, "request_id", attempt.request_id);
  put(out, "endpoint", attempt.endpoint);
  put(out, "served_provider", attempt.served_provider);
  put(out, "system_fingerprint", attempt.system_fingerprint);
  if (!attempt.tool_calls.empty()) out["tool_calls"] = tool_calls_to_json(attempt.tool_calls);
  out["usage"] = usage_to_json(attempt.usage);
  put_embedded(out, "raw_usage", attempt.raw_usage);
  out["billing"] = billing_to_json(attempt.billing);
  out["timeline"] = timeline_to_json(attempt.timeline);
  if (attempt.advice.wait) out["advised_wait_ns"] = attempt.advice.wait->count;
  put(out, "advised_retry", attempt.advice.should_retry);
  if (attempt.advice.quota_gone) out["quota_gone"] = true;
  if (!attempt.notes.empty()) out["notes"] = attempt.notes;
  put_embedded(out, "extra", attempt.extra);
  put(out, "reported_cost", attempt.reported_cost);
  return out;
}

Attempt attempt_from_json(const JsonIn& in) {
  Attempt attempt;
  attempt.outcome = named(in.at("outcome"), outcome_by_name);
  attempt.finish_reason = text_or_empty(in, "finish_reason");
  attempt.text = text_or_empty(in, "text");
  attempt.reasoning_text = text_or_empty(in, "reasoning_text");
  attempt.error_code = text_or_empty(in, "error_code");
  attempt.error_message = text_or_empty(in, "error_message");
  if (const auto status = in.find("http_status"))
    attempt.http_status = static_cast<int>(status->integer(0, 999));
  attempt.request_id = text_or_empty(in, "request_id");
  attempt.endpoint = text_or_empty(in, "endpoint");
  attempt.served_provider = text_or_empty(in, "served_provider");
  attempt.system_fingerprint = text_or_empty(in, "system_fingerprint");
  if (const auto calls = in.find("tool_calls")) attempt.tool_calls = tool_calls_from_json(*calls);
  attempt.usage = usage_from_json(in.at("usage"));
  attempt.raw_usage = embedded_or_empty(in, "raw_usage");
  attempt.billing = billing_from_json(in.at("billing"));
  attempt.timeline = timeline_from_json(in.at("timeline"));
  if (const auto wait = in.optional_integer("advised_wait_ns")) attempt.advice.wait = Nanos{*wait};
  if (const auto retry = in.find("advised_retry")) attempt.advice.should_retry = retry->boolean();
  if (const auto gone = in.find("quota_gone")) attempt.advice.quota_gone = gone->boolean();
  if (const auto notes = in.find("notes")) attempt.notes = notes->strings();
  attempt.extra = embedded_or_empty(in, "extra");
  attempt.reported_cost = optional_money(in, "reported_cost");
  return attempt;
}

Json model_card_to_json(const ModelCard& card) {
  Json out = {{"name", card.name}, {"provider", card.provider}, {"model", card.model}};
  put(out, "title", card.title);
  put(out, "licence", card.licence);
  put(out, "price_provider", card.price_provider);
  put(out, "price_model", card.price_model);
  if (card.own_machine) out["own_machine"] = true;
  if (card.shape) out["shape"] = shape_to_json(*card.shape);
  if (card.replay_of)
    out["replay_of"] = {{"run", card.replay_of->run}, {"recorded_ns", card.replay_of->recorded.ns}};
  put_embedded(out, "server", card.server);
  if (!card.members.empty()) {
    out["cheap_calls"] = card.cheap_calls;
    for (const ModelCard& member : card.members) out["members"].push_back(model_card_to_json(member));
  }
  return out;
}

ModelCard model_card_from_json(const JsonIn& in) {
  ModelCard card;
  card.name = in.at("name").string();
  card.provider = in.at("provider").string();
  card.model = in.at("model").string();
  card.title = text_or_empty(in, "title");
  card.licence = text_or_empty(in, "licence");
  card.price_provider = text_or_empty(in, "price_provider");
  card.price_model = text_or_empty(in, "price_model");
  if (const auto own = in.find("own_machine")) card.own_machine = own->boolean();
  if (const auto shape = in.find("shape")) card.shape = shape_from_json(*shape);
  if (const auto replay = in.find("replay_of"))
    card.replay_of = ReplayOf{replay->at("run").string(), Wall{replay->at("recorded_ns").integer()}};
  card.server = embedded_or_empty(in, "server");
  if (const auto members = in.find("members")) {
    if (members->elements().size() != 2) members->fail("a route has two models, cheap and strong");
    for (const JsonIn& member : members->elements()) {
      if (const auto deeper = member.find("members")) deeper->fail("a route's models are no routes");
      card.members.push_back(model_card_from_json(member));
    }
    card.cheap_calls = static_cast<std::uint32_t>(in.at("cheap_calls").integer(1, 1'000));
  }
  return card;
}

Json run_header_to_json(const RunHeader& header) {
  Json out = {{"row", "run"},
              {"schema_version", kRunSchemaVersion},
              {"schema_minor", kRunSchemaMinor},
              {"id", header.id}};
  put(out, "label", header.label);
  put(out, "plan", header.plan);
  out["created"] = format_wall(header.created);
  out["created_ns"] = header.created.ns;
  put(out, "costwar_version", header.costwar_version);
  out["seed"] = header.seed;
  out["items_per_task"] = header.items_per_task;
  out["evidence"] = evidence_name(header.evidence);
  out["models"] = Json::array();
  for (const ModelCard& card : header.models) out["models"].push_back(model_card_to_json(card));
  out["tasks"] = Json::array();
  for (const RunTask& task : header.tasks) {
    Json entry = {{"name", task.name}, {"scorer", task.scorer}, {"scorer_version", task.scorer_version}};
    put(entry, "title", task.title);
    out["tasks"].push_back(std::move(entry));
  }
  if (header.judge) out["judge"] = model_card_to_json(*header.judge);
  if (header.simulated_user) out["simulated_user"] = model_card_to_json(*header.simulated_user);
  put_embedded(out, "machine", header.machine);
  put_embedded(out, "settings", header.settings);
  return out;
}

RunHeader run_header_from_json(const JsonIn& in) {
  if (in.at("row").string() != "run")
    in.at("row").fail("the first line must be the run's header, row \"run\"");
  (void)require_schema(in, kRunSchemaVersion);
  RunHeader header;
  header.id = in.at("id").string();
  header.label = text_or_empty(in, "label");
  header.plan = text_or_empty(in, "plan");
  header.created = wall_of(in.at("created_ns"));
  header.costwar_version = text_or_empty(in, "costwar_version");
  const JsonIn seed = in.at("seed");
  if (!seed.raw().is_number_unsigned()) seed.fail("expected a whole number from 0");
  header.seed = seed.raw().get<std::uint64_t>();
  header.items_per_task = in.at("items_per_task").integer(0);
  header.evidence = named(in.at("evidence"), evidence_by_name);
  for (const JsonIn& card : in.at("models").elements()) header.models.push_back(model_card_from_json(card));
  for (const JsonIn& task : in.at("tasks").elements())
    header.tasks.push_back({task.at("name").string(), task.at("scorer").string(),
                            static_cast<int>(task.at("scorer_version").integer(0, 1'000'000)),
                            text_or_empty(task, "title")});
  if (const auto card = in.find("judge")) header.judge = model_card_from_json(*card);
  if (const auto card = in.find("simulated_user")) header.simulated_user = model_card_from_json(*card);
  header.machine = embedded_or_empty(in, "machine");
  header.settings = embedded_or_empty(in, "settings");
  return header;
}

}  // namespace costwar
