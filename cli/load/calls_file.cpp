#include "cli/load/calls_file.h"

#include "core/json.h"

namespace costwar::cli {
namespace {

Json stamp(const std::optional<Mono>& at) {
  return at ? Json(at->ns) : Json(nullptr);
}

Json count(const std::optional<std::int64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::string call_line(const LoadCall& call) {
  const Timeline& times = call.timeline;
  Json line = Json::object();
  line["stage"] = call.stage;
  line["session"] = call.session;
  line["turn"] = call.turn;
  line["thread"] = call.thread;
  line["request_id"] = call.request_id;
  line["outcome"] = outcome_row(call.outcome).name;
  line["cut"] = call.cut;
  line["http_status"] = call.http_status;
  line["error_code"] = call.error_code;
  line["finish_reason"] = call.finish_reason;
  line["due_ns"] = times.due.ns;
  line["limited_ns"] = call.limited.count;
  line["issued_ns"] = times.issued.ns;
  line["sent_ns"] = stamp(times.sent);
  line["headers_ns"] = stamp(times.headers);
  line["first_any_ns"] = stamp(times.first_any);
  line["first_visible_ns"] = stamp(times.first_visible);
  line["end_ns"] = stamp(times.end);
  Json events = Json::array();
  for (const Mono at : decode_events(times)) events.push_back(at.ns);
  line["events_ns"] = std::move(events);
  line["prompt_tokens"] = count(call.usage.prompt_tokens());
  line["output_tokens"] = count(call.usage.output_tokens());
  line["asked_input"] = call.asked_input;
  line["asked_output"] = count(call.asked_output);
  line["connection_reused"] = call.connection_reused;
  line["requested"] = format_wall(call.billing.requested);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costwar::cli
