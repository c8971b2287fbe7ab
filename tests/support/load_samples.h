// A load run with every field set, for tests of what carries load runs about.
#pragma once

#include <string>

#include "core/load.h"

namespace costwar::load_test {

inline LoadHeader a_load_header(const std::string& id = "20261128T040000Z-1d0a11") {
  LoadHeader header;
  header.id = id;
  header.label = "nightly";
  header.plan = "77aa";
  header.created = parse_wall("2026-11-28T04:00:00Z");
  header.costwar_version = "0.1.0";
  header.mode = "sweep";
  header.model.name = "mock/good@high";
  header.model.provider = "mock";
  header.model.model = "good";
  header.effort = "high";
  header.service_class = "priority";
  header.seed = 0xfedcba9876543210;
  header.threads = 2;
  header.settings = R"({"input":{"mean":200},"rates":[0.5,2]})";
  header.machine = R"({"hostname":"bench"})";
  return header;
}

inline LoadStageRow a_load_stage(std::uint32_t stage, Arrivals arrivals = Arrivals::gamma) {
  LoadStageRow row;
  row.stage = stage;
  row.asked.arrivals = arrivals;
  row.asked.concurrency = 64;
  row.asked.concurrency_from = 8;
  row.asked.rate = 12.7;
  row.asked.rate_from = 0.1;
  row.asked.burstiness = 0.25;
  row.asked.sessions = 500;
  row.begin = Mono{7'000'000'000'001 + stage * 60'000'000'000LL};
  row.begin_wall = parse_wall("2026-11-28T04:00:01.5Z") + seconds(60 * stage);
  row.last_due = row.begin + seconds(29);
  row.end = row.begin + seconds(31);
  row.complete = true;
  LoopAudit audit;
  audit.thread = 1;
  audit.probes = 6000;
  audit.lag_p50 = microseconds(12);
  audit.lag_p99 = microseconds(90);
  audit.lag_max = milliseconds(2);
  audit.wakeups = 123'456;
  audit.crowded_wakeups = 7;
  audit.cpu = seconds(3);
  audit.wall = seconds(31);
  audit.decoder_cpu = milliseconds(800);
  audit.connects = 64;
  audit.connect_p50 = microseconds(150);
  audit.connect_max = milliseconds(4);
  row.audits = {audit};
  return row;
}

// As an API's answer leaves it.
inline LoadCall a_load_call(const LoadStageRow& stage, std::uint64_t session, int events = 3) {
  LoadCall call;
  call.stage = stage.stage;
  call.session = session;
  call.thread = static_cast<std::uint32_t>(session % 2);
  call.asked_input = 200;
  call.asked_output = 150;
  call.connection_reused = session > 0;
  call.reads = 9;
  call.body_bytes = 4321;
  call.outcome = Outcome::ok;
  call.http_status = 200;
  call.finish_reason = "stop";
  call.request_id = "req_" + std::to_string(session);
  call.usage.set(Meter::fresh_input, 198, Provenance::reported);
  call.usage.set(Meter::visible_output, 150 - static_cast<std::int64_t>(session % 7), Provenance::reported);
  call.usage.set(Meter::requests, 1, Provenance::tokenizer);
  call.billing.served_model = "good-2026-04-23";
  call.billing.service_class = "priority";
  call.billing.region = "eu";
  call.billing.requested = stage.begin_wall + milliseconds(20 * static_cast<std::int64_t>(session));
  call.billing.completed = call.billing.requested + milliseconds(900);
  Timeline& timeline = call.timeline;
  timeline.due = stage.begin + milliseconds(20 * static_cast<std::int64_t>(session));
  timeline.issued = timeline.due + microseconds(17);
  timeline.sent = timeline.issued + microseconds(40);
  timeline.headers = timeline.issued + milliseconds(250);
  timeline.first_any = timeline.first_visible = timeline.issued + milliseconds(300);
  Mono last = timeline.issued;
  for (int i = 0; i < events; ++i) {
    const Mono at = *timeline.first_any + milliseconds(20 * i);
    append_event(timeline, at, last);
    last = at;
  }
  timeline.end = last + nanoseconds(5'000'001);
  return call;
}

// One that failed before anything came back, a second turn that waited for its place.
inline LoadCall a_failed_load_call(const LoadStageRow& stage, std::uint64_t session) {
  LoadCall call;
  call.stage = stage.stage;
  call.session = session;
  call.turn = 1;
  call.limited = milliseconds(3);
  call.outcome = Outcome::capacity;
  call.http_status = 429;
  call.error_code = "rate_limit_exceeded";
  call.error_message = "slow down, request " + std::to_string(session);
  call.notes = {"not streaming", "3 malformed frames skipped"};
  call.billing.requested = stage.begin_wall + nanoseconds(-5);
  call.timeline.due = stage.begin + nanoseconds(-1);
  call.timeline.issued = call.timeline.due + seconds(2);
  call.timeline.end = call.timeline.issued + milliseconds(1);
  return call;
}

inline LoadCall a_cut_load_call(const LoadStageRow& stage, std::uint64_t session) {
  LoadCall call = a_load_call(stage, session);
  call.cut = true;
  call.outcome = Outcome::cancelled;
  call.finish_reason.clear();
  return call;
}

}  // namespace costwar::load_test
