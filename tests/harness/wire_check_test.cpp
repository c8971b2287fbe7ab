#include "harness/wire_check.h"

#include <doctest/doctest.h>

#include "harness/wire_rules.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

Attempt answer() {
  Attempt attempt;
  attempt.outcome = Outcome::ok;
  attempt.text = "1 2 3";
  attempt.finish_reason = "stop";
  attempt.request_id = "req";
  attempt.billing.served_model = "m-1";
  attempt.raw_usage = "{}";
  attempt.usage.set(Meter::fresh_input, 7, Provenance::reported);
  attempt.usage.set(Meter::visible_output, 3, Provenance::reported);
  attempt.timeline.first_any = attempt.timeline.first_visible = Mono{10};
  attempt.timeline.end = Mono{20};
  attempt.timeline.event_count = 5;
  return attempt;
}

WireMode mode() {
  WireMode out;
  out.name = "x";
  return out;
}

const WireRule& rule(std::string_view name) {
  for (const WireRule& each : wire_rules())
    if (each.name == name) return each;
  FAIL("no such rule");
  return wire_rules()[0];
}

}  // namespace

TEST_CASE("an attempt that is as required has nothing to complain about") {
  CHECK(complaint_about(mode(), answer(), answer()).empty());
}

TEST_CASE("each way of falling short is named") {
  WireMode required = mode();
  Attempt got = answer();
  SUBCASE("outcome") {
    got.outcome = Outcome::truncated;
    got.error_message = "it broke";
    CHECK(complaint_about(required, got, answer()) == "truncated instead of ok: it broke");
  }
  SUBCASE("a text that lost its end") {
    got.text = "1 2";
    CHECK(complaint_about(required, got, answer()) == "the text is not the whole answer");
  }
  SUBCASE("a text that is another") {
    required.text_complete = false;
    got.text = "2";
    CHECK(complaint_about(required, got, answer()) == "the text is no part of the answer");
  }
  SUBCASE("usage that is not known") {
    got.usage = Usage();
    CHECK(complaint_about(required, got, answer()) == "usage is not known");
  }
  SUBCASE("usage that cannot be known") {
    required.usage_known = false;
    CHECK(complaint_about(required, got, answer()) == "usage is known, although none was sent");
  }
  SUBCASE("usage that was added up") {
    got.usage.set(Meter::fresh_input, 14, Provenance::reported);
    CHECK(complaint_about(required, got, answer()) == "14 prompt tokens instead of 7");
  }
  SUBCASE("a role that stopped the clock") {
    required.ttft = TtftRule::payload;
    got.timeline.first_any = Mono{5};
    CHECK(complaint_about(required, got, answer()) == "no text ended the time to the first token");
  }
  SUBCASE("a wait that was not read") {
    required.wait = WireWait{seconds(1), seconds(1)};
    CHECK(complaint_about(required, got, answer()) == "the wait that the server asked for was not read");
    got.advice.wait = seconds(2);
    CHECK(complaint_about(required, got, answer()) == "a wait of 2 s was read");
  }
  SUBCASE("a note") {
    required.note = "skipped";
    CHECK(complaint_about(required, got, answer()) == "there is no note 'skipped'");
  }
  SUBCASE("the code of an error") {
    required.error_code = "boom";
    CHECK(complaint_about(required, got, answer()) == "the error's code is '' instead of 'boom'");
  }
  SUBCASE("the request that follows") {
    required.next = WireNext{Outcome::network, "may be billed"};
    CHECK(complaint_about_next(required, got) == "the next request: ok instead of network");
    got.outcome = Outcome::network;
    CHECK(complaint_about_next(required, got) == "the next request has no note 'may be billed'");
    got.notes = {"it may be billed"};
    CHECK(complaint_about_next(required, got).empty());
  }
}

TEST_CASE("a server that does everything right keeps every rule") {
  WireEvidence evidence{answer(), answer(), answer(), {}};
  evidence.limited.finish_reason = "length";
  evidence.unknown_model.outcome = Outcome::config;
  for (const WireRule& each : wire_rules()) {
    CAPTURE(each.name);
    CHECK(each.check(evidence).kept == Kept::yes);
  }
}

TEST_CASE("a server's lapses are found, and what was not seen is not judged") {
  WireEvidence evidence{answer(), answer(), answer(), answer()};
  evidence.plain.notes = {"the stream ended without [DONE]", "2 malformed frames skipped"};
  CHECK(rule("end_marker").check(evidence).kept == Kept::no);
  CHECK(rule("framing").check(evidence).detail == "2 malformed frames skipped");
  CHECK(rule("unknown_model").check(evidence).detail == "answered all the same, as 'm-1'");
  CHECK(rule("output_limit").check(evidence).detail == "the finish reason is 'stop'");
  evidence.limited.usage.set(Meter::visible_output, 9, Provenance::reported);
  CHECK(rule("output_limit").check(evidence).detail == "9 tokens at a limit of 3");
  evidence.plain.timeline.event_count = 1;
  CHECK(rule("streams").check(evidence).kept == Kept::unknown);
  evidence.limited.usage.set(Meter::visible_output, 1, Provenance::reported);
  CHECK(rule("output_limit").check(evidence).detail == "the answer is no longer than the limit");
  evidence.again.text = "1, 2, 3";
  CHECK(rule("repeatable").check(evidence).kept == Kept::no);
  evidence.plain.raw_usage.clear();
  CHECK(rule("usage").check(evidence).kept == Kept::no);
  CHECK(rule("usage_sums").check(evidence).kept == Kept::unknown);
  evidence.plain.outcome = Outcome::network;
  evidence.plain.billing.served_model.clear();
  CHECK(rule("answers").check(evidence).kept == Kept::no);
  CHECK(rule("streams").check(evidence).kept == Kept::unknown);
  CHECK(rule("served_model").check(evidence).kept == Kept::unknown);
}
