#include "core/recording.h"

#include <doctest/doctest.h>

#include "core/chat_json.h"
#include "core/error.h"

using namespace costwar;

namespace {

RecordingHeader a_header() {
  RecordingHeader header{"r-1", parse_wall("2026-11-23T19:45:00Z"), "0.1.0", {}};
  RecordedModel model;
  model.card.name = "openai/gpt-5.5@high+flex";
  model.card.provider = "openai";
  model.card.model = "gpt-5.5";
  model.effort = "high";
  model.service_class = "flex";
  header.models = {model};
  return header;
}

Exchange an_exchange() {
  Exchange exchange;
  exchange.ordinal = 3;
  exchange.request.model = "gpt-5.5";
  exchange.request.messages = {{Role::user, "hi"}};
  exchange.events = {{CallEvent::Kind::reasoning, nanoseconds(1'000'001), "hm"},
                     {CallEvent::Kind::visible, nanoseconds(2'000'002), "ok"}};
  Attempt& attempt = exchange.attempt;
  attempt.outcome = Outcome::ok;
  attempt.text = "ok";
  attempt.usage.set(Meter::fresh_input, 12, Provenance::reported);
  attempt.billing.requested = parse_wall("2026-11-23T19:45:01Z");
  attempt.timeline.due = Mono{-5};
  attempt.timeline.first_any = Mono{1'000'001};
  attempt.timeline.end = Mono{3'000'003};
  return exchange;
}

const std::string kExchange =
    R"({"row":"exchange","model":0,"ordinal":3,"request":{"model":"gpt-5.5","messages":[{"role":"user",)"
    R"("content":"hi"}]},"events":[["reasoning",1000001,"hm"],["visible",2000002,"ok"]],"attempt":)"
    R"({"outcome":"ok","text":"ok","usage":{"fresh_input":{"value":12,"provenance":"reported"}},)"
    R"("billing":{"requested_ns":1795463101000000000},"timeline":{"due_ns":-5,"issued_ns":0,)"
    R"("first_any_ns":1000001,"end_ns":3000003}}})";

std::string complaint(const std::string& text) {
  try {
    parse_recording(text, "f");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "none";
}

std::string with(std::string line, const std::string& old, const std::string& fresh) {
  const std::size_t at = line.find(old);
  REQUIRE(at != std::string::npos);
  return line.replace(at, old.size(), fresh);
}

}  // namespace

TEST_CASE("a header and an exchange are one line each and come back") {
  CHECK(
      to_json_line(a_header()) ==
      R"({"row":"recording","schema_version":1,"schema_minor":0,"run":"r-1",)"
      R"("recorded":"2026-11-23T19:45:00Z","recorded_ns":1795463100000000000,"costwar_version":"0.1.0","models":[{"name":)"
      R"("openai/gpt-5.5@high+flex","provider":"openai","model":"gpt-5.5","effort":"high",)"
      R"("service_class":"flex"}]})");
  CHECK(to_json_line(an_exchange()) == kExchange);
  const Recording back = parse_recording(to_json_line(a_header()) + "\r\n\n" + kExchange, "f");
  CHECK(back.header.run == "r-1");
  CHECK(back.header.recorded == parse_wall("2026-11-23T19:45:00Z"));
  CHECK(back.header.models == a_header().models);
  REQUIRE(back.exchanges.size() == 1);
  CHECK(back.exchanges[0].events == an_exchange().events);
  CHECK(to_json_line(back.exchanges[0]) == kExchange);
}

TEST_CASE("an error inside a stream keeps that it meant too much at once") {
  Exchange exchange = an_exchange();
  exchange.attempt.advice.overloaded = true;
  CHECK(parse_exchange(to_json_line(exchange), "f").attempt.advice.overloaded);
  CHECK_FALSE(parse_exchange(kExchange, "f").attempt.advice.overloaded);
}

TEST_CASE("a bad file is refused with its line") {
  const std::string header = to_json_line(a_header()) + "\n";
  CHECK(complaint("") == "f is empty");
  CHECK(complaint(kExchange) == "f:1: /row: expected \"recording\"");
  CHECK(complaint(header + header) == "f:2: /row: expected \"exchange\"");
  CHECK(complaint(header + kExchange + "\n" + kExchange) ==
        "f:3: this request stands there with the ordinal 3 already");
  CHECK(complaint(header + with(kExchange, "\"model\":0", "\"model\":1")) ==
        "f:2: the header has no model 1");
  CHECK(complaint(header + "\n" + with(kExchange, "2000002", "2")) ==
        "f:3: /events: expected events in order of time");
  CHECK(complaint(header + with(kExchange, "\"visible\"", "\"seen\"")) ==
        "f:2: /events/1/0: expected reasoning, visible or tool");
  CHECK(complaint(with(header, "\"schema_version\":1", "\"schema_version\":2")) ==
        "f:1: /schema_version: version 2 is not known to this costwar, which reads version 1");
  for (const char* stamp : {"\"end_ns\":9223372036854775807", "\"end_ns\":-1"})
    CHECK(complaint(header + with(kExchange, "\"end_ns\":3000003", stamp)) ==
          "f:2: /attempt/timeline: expected stamps since the attempt was issued, of at most a year");
  CHECK(complaint(header + with(kExchange, "\"issued_ns\":0", "\"issued_ns\":1")) ==
        "f:2: /attempt/timeline: expected stamps since the attempt was issued, of at most a year");
  CHECK(complaint(header + with(kExchange, "\"end_ns\":3000003",
                                R"("event_count":4294967295,"events":"ffffffffffffff7f")")) ==
        "f:2: /attempt/timeline/events: an event blob spans more than 100 years");
}

TEST_CASE("a timeline moves as a whole") {
  const Timeline moved = rebased(an_exchange().attempt.timeline, Mono{1'000});
  CHECK(moved.due == Mono{995});
  CHECK(moved.issued == Mono{1'000});
  CHECK(moved.first_any == Mono{1'001'001});
  CHECK(moved.end == Mono{3'001'003});
  CHECK_FALSE(moved.sent);
}

TEST_CASE("a secret is taken out wherever it stands, also where it is cut into events") {
  const std::string secret = "s3cr3t-key";
  Exchange exchange = an_exchange();
  exchange.request.messages[0].content = "my s3cr3t-key";
  exchange.request.tools = {{"t", "", "{\"x\":\"s3cr3t-key\"}"}};
  exchange.events = {{CallEvent::Kind::visible, {}, "a s3c"},
                     {CallEvent::Kind::reasoning, {}, "r3t-key"},  // of another text
                     {CallEvent::Kind::visible, {}, "r3t"},
                     {CallEvent::Kind::visible, {}, "-keyb"},
                     {CallEvent::Kind::visible, {}, "s3cr3t-keys3cr3t-key."}};
  exchange.attempt.text = "a s3cr3t-keyb";
  exchange.attempt.endpoint = "http://h/s3cr3t-key";
  exchange.attempt.tool_calls = {{"i", "n", "s3cr3t-key"}};
  exchange.attempt.notes = {"s3cr3t-key"};
  remove_secret(exchange, secret);
  CHECK(to_json_line(exchange).find(secret) == std::string::npos);
  CHECK(exchange.request.messages[0].content == "my [redacted]");
  const std::vector<std::string> texts{"a [redacted]", "r3t-key", "", "b", "[redacted][redacted]."};
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(exchange.events[i].text == texts[i]);
  CHECK(exchange.attempt.text == "a [redacted]b");

  Exchange untouched = an_exchange();
  remove_secret(untouched, "ok");  // too short to be a secret
  CHECK(to_json_line(untouched) == kExchange);
}
