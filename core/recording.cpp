#include "core/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>

#include "core/chat_json.h"
#include "core/error.h"
#include "core/json_fields.h"
#include "core/run_json.h"
#include "core/text.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 3> kEventKinds{"reasoning", "visible", "tool"};
constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortestSecret = 4;  // a shorter one would blot out ordinary text
constexpr std::int64_t kLongest = std::int64_t{366} * 24 * 3600 * 1'000'000'000;  // of an attempt, in ns

Json model_to_json(const RecordedModel& model) {
  Json out = model_card_to_json(model.card);
  if (model.effort) out["effort"] = *model.effort;
  if (!model.service_class.empty()) out["service_class"] = model.service_class;
  return out;
}

RecordedModel model_from_json(const JsonIn& in) {
  return {model_card_from_json(in), in.optional_string("effort"),
          in.optional_string("service_class").value_or("")};
}

// [kind, nanoseconds since issued, text]
Json event_to_json(const RecordedEvent& event) {
  return Json::array({kEventKinds[static_cast<std::size_t>(event.kind)], event.at.count, event.text});
}

RecordedEvent event_from_json(const JsonIn& in) {
  const std::vector<JsonIn> parts = in.elements();
  if (parts.size() != 3) in.fail("expected a kind, nanoseconds and a text");
  const auto kind = std::find(kEventKinds.begin(), kEventKinds.end(), parts[0].string());
  if (kind == kEventKinds.end()) parts[0].fail("expected reasoning, visible or tool");
  return {static_cast<CallEvent::Kind>(kind - kEventKinds.begin()),
          nanoseconds(parts[1].integer(0, kLongest)), parts[2].string()};
}

// What a hostile file may say is bounded, so that stamps can be moved without overflow.
void check_timeline(const JsonIn& in, const Timeline& timeline) {
  const auto within = [](Mono stamp) { return stamp.ns >= 0 && stamp.ns <= kLongest; };
  bool fine = timeline.issued == Mono{} && timeline.due.ns <= 0 && timeline.due.ns >= -kLongest;
  for (const auto& stamp :
       {timeline.sent, timeline.headers, timeline.first_any, timeline.first_visible, timeline.end})
    fine = fine && (!stamp || within(*stamp));
  const std::vector<Mono> arrivals = decode_events(timeline);
  if (!fine || !std::all_of(arrivals.begin(), arrivals.end(), within))
    in.fail("expected stamps since the attempt was issued, of at most a year");
}

void check_events(const JsonIn& in, const std::vector<RecordedEvent>& events) {
  const auto earlier = [](const RecordedEvent& a, const RecordedEvent& b) { return a.at < b.at; };
  if (!std::is_sorted(events.begin(), events.end(), earlier)) in.fail("expected events in order of time");
}

void remove_from(ChatRequest& request, std::string_view secret) {
  const auto clean = [&](std::string& text) { replace_each(text, secret, kRedacted); };
  clean(request.model);
  for (Message& message : request.messages) {
    for (std::string* text : {&message.content, &message.reasoning, &message.tool_call_id}) clean(*text);
    for (ToolCall& call : message.tool_calls)
      for (std::string* text : {&call.id, &call.name, &call.arguments}) clean(*text);
  }
  if (request.effort) clean(*request.effort);
  for (std::string& stop : request.stop) clean(stop);
  for (Tool& tool : request.tools)
    for (std::string* text : {&tool.name, &tool.description, &tool.parameters}) clean(*text);
  if (request.tool_choice) clean(request.tool_choice->name);
  if (request.response_format)
    for (std::string* text : {&request.response_format->name, &request.response_format->schema}) clean(*text);
  for (std::string* text : {&request.service_class, &request.cache_key, &request.extra_body}) clean(*text);
}

void remove_from(Attempt& attempt, std::string_view secret) {
  for (std::string* text : texts_of(attempt)) replace_each(*text, secret, kRedacted);
}

// The events of one kind are one text that was cut anywhere. What replaces a secret stands where it began.
void remove_from(std::vector<RecordedEvent>& events, CallEvent::Kind kind, std::string_view secret) {
  std::string whole;
  std::vector<std::pair<RecordedEvent*, std::size_t>> ends;  // in `whole`
  for (RecordedEvent& event : events) {
    if (event.kind != kind) continue;
    whole += event.text;
    ends.emplace_back(&event, whole.size());
  }
  std::size_t found = whole.find(secret);
  if (found == std::string::npos) return;
  std::size_t at = 0;  // the next byte of `whole` to be given out
  for (auto& [event, end] : ends) {
    event->text.clear();
    while (at < end) {
      if (found == at) {
        event->text += kRedacted;
        at += secret.size();
        found = whole.find(secret, at);
        continue;
      }
      const std::size_t stop = std::min(found, end);
      event->text.append(whole, at, stop - at);
      at = stop;
    }
  }
}

}  // namespace

Timeline rebased(Timeline timeline, Mono issued) {
  const Nanos shift = issued - timeline.issued;
  timeline.due = timeline.due + shift;
  timeline.issued = issued;
  for (auto* stamp :
       {&timeline.sent, &timeline.headers, &timeline.first_any, &timeline.first_visible, &timeline.end})
    if (*stamp) *stamp = **stamp + shift;
  return timeline;
}

void remove_secret(Exchange& exchange, std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  remove_from(exchange.request, secret);
  remove_from(exchange.attempt, secret);
  for (const CallEvent::Kind kind :
       {CallEvent::Kind::reasoning, CallEvent::Kind::visible, CallEvent::Kind::tool})
    remove_from(exchange.events, kind, secret);
}

std::string to_json_line(const RecordingHeader& header) {
  Json out = {{"row", "recording"},
              {"schema_version", kRecordingSchemaVersion},
              {"schema_minor", kRecordingSchemaMinor},
              {"run", header.run}};
  out["recorded"] = format_wall(header.recorded);
  out["recorded_ns"] = header.recorded.ns;
  if (!header.costwar_version.empty()) out["costwar_version"] = header.costwar_version;
  out["models"] = Json::array();
  for (const RecordedModel& model : header.models) out["models"].push_back(model_to_json(model));
  return line_of(out);
}

std::string to_json_line(const Exchange& exchange) {
  Json out = {{"row", "exchange"}, {"model", exchange.model}, {"ordinal", exchange.ordinal}};
  out["request"] = chat_request_to_json(exchange.request);
  out["events"] = Json::array();
  for (const RecordedEvent& event : exchange.events) out["events"].push_back(event_to_json(event));
  out["attempt"] = attempt_to_json(exchange.attempt);
  if (exchange.attempt.advice.overloaded) out["overloaded"] = true;
  return line_of(out);
}

RecordingHeader parse_recording_header(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  const JsonIn in(json, source);
  if (in.at("row").string() != "recording")
    in.at("row").fail("expected \"recording\"", "costwar runs export RUN --recording writes such a file");
  if (require_schema(in, kRecordingSchemaVersion) <= kRecordingSchemaMinor)
    in.allow_only({"row", "schema_version", "schema_minor", "run", "recorded", "recorded_ns",
                   "costwar_version", "models"});
  RecordingHeader header;
  header.run = in.at("run").string();
  header.recorded = Wall{in.at("recorded_ns").integer()};
  header.costwar_version = in.optional_string("costwar_version").value_or("");
  for (const JsonIn& model : in.at("models").elements()) header.models.push_back(model_from_json(model));
  return header;
}

Exchange parse_exchange(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  const JsonIn in(json, source);
  if (in.at("row").string() != "exchange") in.at("row").fail("expected \"exchange\"");
  Exchange exchange;
  exchange.model = static_cast<std::uint32_t>(in.at("model").integer(0, UINT32_MAX));
  exchange.ordinal = static_cast<std::uint32_t>(in.at("ordinal").integer(0, UINT32_MAX));
  exchange.request = chat_request_from_json(in.at("request"));
  for (const JsonIn& event : in.at("events").elements()) exchange.events.push_back(event_from_json(event));
  check_events(in.at("events"), exchange.events);
  exchange.attempt = attempt_from_json(in.at("attempt"));
  check_timeline(in.at("attempt").at("timeline"), exchange.attempt.timeline);
  if (const auto overloaded = in.find("overloaded"))
    exchange.attempt.advice.overloaded = overloaded->boolean();
  return exchange;
}

Recording parse_recording(std::string_view text, const std::string& source) {
  Recording recording;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::string>> seen;
  bool has_header = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string place = fmt::format("{}:{}", source, number);
    if (!std::exchange(has_header, true)) {
      recording.header = parse_recording_header(line, place);
      continue;
    }
    Exchange exchange = parse_exchange(line, place);
    if (exchange.model >= recording.header.models.size())
      throw Error(ErrorKind::input, fmt::format("{}: the header has no model {}", place, exchange.model));
    if (!seen.emplace(exchange.model, exchange.ordinal, chat_request_text(exchange.request)).second)
      throw Error(ErrorKind::input, fmt::format("{}: this request stands there with the ordinal {} already",
                                                place, exchange.ordinal));
    recording.exchanges.push_back(std::move(exchange));
  }
  if (!has_header) throw Error(ErrorKind::input, fmt::format("{} is empty", source));
  return recording;
}

}  // namespace costwar
