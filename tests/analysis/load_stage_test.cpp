// The figures of a load stage, on calls made by hand.
#include "analysis/load/load_stage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/load/load_latency.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/support/load_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::sample::calm_row;
using costwar::sample::closed_stage;
using costwar::sample::even_stage;
using costwar::sample::made_call;
using costwar::sample::MadeCall;
using costwar::sample::MadeStage;
using costwar::sample::open_stage;
using doctest::Approx;

namespace {

LoadStageFindings read(const MadeStage& stage, std::vector<ServiceObjectives> objectives = {}) {
  LoadStageInput input;
  input.row = &stage.row;
  input.calls = stage.calls;
  input.objectives = objectives;
  return load_stage(input);
}

bool says(const std::vector<std::string>& words, std::string_view part) {
  return std::any_of(words.begin(), words.end(),
                     [part](const std::string& one) { return one.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("an even stage has the figures that it was made with") {
  const LoadStageFindings findings = read(even_stage());
  CHECK(findings.calls == 200);
  CHECK(findings.ok == 200);
  CHECK(findings.failed == 0);
  REQUIRE(findings.steady);
  CHECK(findings.window_from_s < 0.5);
  CHECK(findings.window_until_s == Approx(20));
  CHECK(findings.mean_in_flight == Approx(3).epsilon(0.01));
  CHECK(findings.requests_per_s.value == Approx(10).epsilon(0.01));
  CHECK(findings.requests_per_s.interval->contains(10));
  CHECK(findings.output_tokens_per_s.value == Approx(110).epsilon(0.01));
  REQUIRE(findings.input_tokens_per_s.has_value());
  CHECK(findings.input_tokens_per_s->value == Approx(1000).epsilon(0.01));
  CHECK(findings.asked_rate == Approx(10).epsilon(0.01));
  CHECK(findings.littles_residual < 0.01);
  REQUIRE(findings.service_ttft.p50.has_value());
  CHECK(findings.service_ttft.p50->value == Approx(0.1));
  CHECK(findings.headers.p50->value == Approx(0.05));
  CHECK(findings.tpot.p50->value == Approx(0.02));
  CHECK(findings.gaps.p99->value == Approx(0.02));
  CHECK(findings.gaps.n == findings.window_calls * 10);
  CHECK(findings.gaps.exact);
  CHECK(findings.service_e2e.p50->value == Approx(0.3));
  CHECK(findings.user_ttft.p90.has_value());
  CHECK_FALSE(findings.user_ttft.p99.has_value());  // 200 calls are too few
  CHECK(*findings.tokens_per_chunk == Approx(1));
  CHECK(findings.output_tokens == 2200);
  CHECK(findings.output_tokens_by_provenance.at("usage") == 2200);
  CHECK(findings.stalls == 0);
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
  CHECK(findings.verdict.reasons.empty());
  CHECK(findings.verdict.cautions.empty());
  CHECK(says(findings.verdict.notes, "p99 takes 662"));
  REQUIRE(findings.slices.size() == 20);
  CHECK(findings.slices[10].in_flight == Approx(3).epsilon(0.02));
  CHECK(findings.slices[10].tokens_per_s == Approx(110).epsilon(0.15));
  CHECK(*findings.slices[10].ttft_p50 == Approx(0.1));
}

TEST_CASE("user and service latency differ by what the client and its limits took") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.issued = made.due + 0.05;
    made.limited = 0.0498;
    stage.calls[i] = made_call(made);
  }
  const LoadStageFindings findings = read(stage);
  CHECK(findings.user_ttft.p50->value == Approx(0.15));
  CHECK(findings.service_ttft.p50->value == Approx(0.1));
  CHECK(findings.limited.p50->value == Approx(0.0498));
  CHECK(findings.schedule_delay.p50->value == Approx(0.0002));
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(says(findings.verdict.cautions, "waited for the limit"));
}

TEST_CASE("TPOT counts tokens of usage, and chunks of several are named") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < stage.calls.size(); ++i)
    stage.calls[i].usage.set(Meter::visible_output, 41, Provenance::timings);
  LoadStageFindings findings = read(stage);
  CHECK(findings.tpot.p50->value == Approx(0.2 / 40));
  CHECK(findings.gaps.p50->value == Approx(0.02));
  CHECK(*findings.tokens_per_chunk == Approx(41.0 / 11));
  CHECK(findings.output_tokens_per_s.value == Approx(410).epsilon(0.01));
  CHECK(findings.output_tokens_by_provenance.at("timings") == 41 * 200);
  CHECK(says(findings.verdict.notes, "multi-token chunks (3.7 tok/chunk)"));
  // Reasoning that was counted and never sent is not in the time between tokens.
  for (LoadCall& call : stage.calls) call.usage.set(Meter::reasoning, 30, Provenance::reported);
  for (LoadCall& call : stage.calls) call.usage.set(Meter::visible_output, 11, Provenance::reported);
  findings = read(stage);
  CHECK(findings.tpot.p50->value == Approx(0.02));
  CHECK(findings.output_tokens_per_s.value == Approx(410).epsilon(0.01));
}

TEST_CASE("calls without a count are named, and their chunks are no tokens") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < 50; ++i) stage.calls[i].usage = {};
  const LoadStageFindings findings = read(stage);
  CHECK(findings.calls_without_count == 50);
  CHECK(findings.output_tokens == 150 * 11);
  CHECK(findings.output_tokens_by_provenance.at("chunks") == 550);
  CHECK(says(findings.verdict.cautions, "lower bound"));
  for (LoadCall& call : stage.calls) call.usage = {};
  const LoadStageFindings none = read(stage);
  CHECK(none.output_tokens == 0);
  CHECK_FALSE(none.tokens_per_chunk.has_value());
  CHECK(none.tpot.n == 0);
  CHECK_FALSE(none.input_tokens_per_s.has_value());
}

TEST_CASE("what came at once was not streamed") {
  MadeStage stage = even_stage();
  SUBCASE("a burst at the end") {
    for (std::size_t i = 0; i < stage.calls.size(); ++i) {
      MadeCall made;
      made.due = static_cast<double>(i) * 0.1;
      made.ttft = 0.29;
      made.gap = 0.0005;
      stage.calls[i] = made_call(made);
    }
  }
  SUBCASE("one read") {
    for (LoadCall& call : stage.calls) call.reads = 1;
  }
  SUBCASE("one payload of many tokens") {
    for (std::size_t i = 0; i < stage.calls.size(); ++i) {
      MadeCall made;
      made.due = static_cast<double>(i) * 0.1;
      made.chunks = 1;
      made.tokens = 50;
      stage.calls[i] = made_call(made);
      stage.calls[i].reads = 1;
    }
  }
  const LoadStageFindings findings = read(stage);
  CHECK(findings.not_streaming == 200);
  CHECK(findings.service_ttft.n == 0);
  CHECK(findings.visible_ttft.n == 0);
  CHECK(findings.tpot.n == 0);
  CHECK(findings.gaps.n == 0);
  CHECK(findings.service_e2e.n > 190);
  CHECK(says(findings.verdict.cautions, "200 of 200 requests were not truly streamed"));
}

TEST_CASE("a short answer to a long prompt is streamed all the same") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.ttft = 6;
    made.gap = 0.02;
    made.chunks = 5;
    stage.calls[i] = made_call(made);
  }
  CHECK(read(stage).not_streaming == 0);
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.chunks = 1;
    made.tokens = 1;
    stage.calls[i] = made_call(made);
    stage.calls[i].reads = 1;
  }
  const LoadStageFindings findings = read(stage);
  CHECK(findings.not_streaming == 0);
  CHECK(findings.service_ttft.p50->value == Approx(0.1));
  CHECK(findings.tpot.n == 0);
}

TEST_CASE("stalls are gaps of more than a second and ten medians") {
  MadeStage stage = even_stage();
  MadeCall made;
  made.due = 10;
  made.gap = 1.5;
  made.chunks = 4;
  stage.calls[100] = made_call(made);
  const LoadStageFindings findings = read(stage);
  CHECK(findings.stalls == 3);
  CHECK(findings.stalled_calls == 1);
  CHECK(findings.stalled_s == Approx(4.5));
  // Where every gap is 0.2 s, 1.5 s are less than ten of them.
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    if (i == 100) continue;
    MadeCall slow;
    slow.due = static_cast<double>(i) * 0.1;
    slow.gap = 0.2;
    stage.calls[i] = made_call(slow);
  }
  CHECK(read(stage).stalls == 0);
}

TEST_CASE("failed requests stay in the denominators and have no latency") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < 200; i += 4) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.chunks = i % 8 == 0 ? 0 : 3;
    made.outcome = i % 8 == 0 ? Outcome::capacity : Outcome::truncated;
    stage.calls[i] = made_call(made);
  }
  ServiceObjectives easy;
  easy.ttft = 1;
  easy.share = 0.7;
  const LoadStageFindings findings = read(stage, {easy});
  CHECK(findings.failed == 50);
  REQUIRE(findings.failures.size() == 2);
  CHECK(findings.failures[0].calls == 25);
  CHECK(findings.failures[0].example == "made to fail");
  CHECK(findings.requests_per_s.value == Approx(7.5).epsilon(0.02));
  CHECK(findings.service_ttft.n <= 150);
  REQUIRE(findings.goodput.size() == 1);
  CHECK(findings.goodput[0].share.value == Approx(0.75).epsilon(0.02));
  CHECK(findings.goodput[0].of == findings.window_calls);
  CHECK(says(findings.verdict.cautions, "50 of 200 requests failed"));
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
}

TEST_CASE("calls that the schedule cancels are no failures") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < 20; ++i) {
    stage.calls[i * 10].outcome = Outcome::cancelled;
    stage.calls[i * 10].cut = true;
    stage.calls[i * 10].usage = {};
  }
  ServiceObjectives easy;
  easy.ttft = 1;
  const LoadStageFindings findings = read(stage, {easy});
  CHECK(findings.cut == 20);
  CHECK(findings.failed == 0);
  CHECK(findings.failures.empty());
  CHECK(findings.goodput[0].share.value == 1);
  // Their first payload came, their end did not.
  CHECK(findings.service_ttft.n > findings.service_e2e.n);
}

TEST_CASE("a stage without requests, with one, and with failures alone") {
  MadeStage stage = even_stage();
  MadeStage empty{stage.row, {}};
  LoadStageFindings findings = read(empty, {ServiceObjectives{}});
  CHECK(findings.calls == 0);
  CHECK_FALSE(findings.steady);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(findings.verdict.reasons.front() == "no request left: nothing was measured");
  CHECK(findings.slices.empty());

  MadeStage one{stage.row, {stage.calls[0]}};
  one.row.asked.arrivals = Arrivals::closed;
  one.row.asked.concurrency = 1;
  findings = read(one, {ServiceObjectives{}});
  CHECK(findings.calls == 1);
  CHECK_FALSE(findings.steady);
  CHECK(findings.service_ttft.n == 1);
  CHECK_FALSE(findings.service_ttft.p50.has_value());
  CHECK(*findings.service_ttft.max == Approx(0.1));
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);

  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.chunks = 0;
    made.outcome = Outcome::network;
    stage.calls[i] = made_call(made);
  }
  ServiceObjectives easy;
  easy.e2e = 100;
  findings = read(stage, {easy});
  CHECK(findings.failed == 200);
  CHECK(findings.requests_per_s.value == 0);
  CHECK(findings.service_ttft.n == 0);
  CHECK(findings.goodput[0].met == 0);
  CHECK(findings.goodput[0].kept == false);
  CHECK(findings.output_tokens == 0);
}

TEST_CASE("the 2 s hiccup shows in an open loop as it should") {
  // 100 a second for 100 s, 0.1 s each; still from 50 s to 52 s. Who comes at t within waits 52 - t more, so
  // TTFT above 0.05 is uniform over 2 s of 100: share above x is (2.05 - x) / 100.
  sample::SimulatedServer server;
  server.hiccup_at = 50;
  server.hiccup = 2;
  const LoadStageFindings open = read(open_stage(server, 100, 100));
  REQUIRE(open.steady);
  const double window = open.window_until_s - open.window_from_s;
  REQUIRE(open.user_ttft.p99.has_value());
  CHECK(open.user_ttft.p50->value == Approx(0.05).epsilon(0.001));
  CHECK(open.user_ttft.p99->value == Approx(2.05 - 0.01 * window).epsilon(0.05));
  CHECK(open.user_ttft.p999->value == Approx(2.05 - 0.001 * window).epsilon(0.05));
  CHECK(*open.user_ttft.max == Approx(2.05).epsilon(0.05));
  CHECK(open.verdict.kind == LoadVerdictKind::valid);

  // The same server under ten places: each has one slow request.
  const MadeStage made = closed_stage(server, 10, 100);
  const LoadStageFindings closed = read(made);
  REQUIRE(closed.steady);
  std::size_t slow = 0;
  for (const LoadCall& call : made.calls)
    slow += (*call.timeline.end - call.timeline.issued).seconds() > 1 ? 1U : 0U;
  CHECK(slow == 10);
  CHECK(closed.service_e2e.p99->value == Approx(0.1).epsilon(0.001));
  CHECK(*closed.service_e2e.max == Approx(2.1).epsilon(0.01));
  CHECK(says(closed.verdict.notes, "blind to stalls of the server"));
  CHECK(closed.verdict.kind == LoadVerdictKind::valid);
}

TEST_CASE("an open loop above capacity is not steady, and that is not the client's fault") {
  sample::SimulatedServer server;
  server.slots = 10;
  server.service = 1;
  ServiceObjectives objectives;
  objectives.ttft = 60;
  objectives.share = 0.9;
  const LoadStageFindings findings = read(open_stage(server, 13, 60), {objectives});
  CHECK_FALSE(findings.steady);
  CHECK(findings.growing);
  CHECK(findings.asked_rate == Approx(13).epsilon(0.01));
  CHECK(findings.delivered_rate.value == Approx(13).epsilon(0.01));
  CHECK(findings.requests_per_s.value == Approx(10).epsilon(0.03));
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(says(findings.verdict.cautions, "more was offered than was served"));
}

TEST_CASE("beyond so many gaps a histogram gives their percentiles within its error") {
  RandomStream random(9, "gaps");
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.gap = 0.0005 + std::exp(6 * random.unit()) / 1000;
    stage.calls[i] = made_call(made);
  }
  const auto numbers = call_numbers(stage.row, stage.calls);
  const LatencyFigures exact = gap_figures(stage.calls, numbers);
  const LatencyFigures rough = gap_figures(stage.calls, numbers, 100);
  CHECK(exact.exact);
  CHECK_FALSE(rough.exact);
  CHECK(rough.n == exact.n);
  CHECK(*rough.max == *exact.max);
  CHECK(*rough.mean == Approx(*exact.mean));
  for (const auto figure : {&LatencyFigures::p50, &LatencyFigures::p90, &LatencyFigures::p99}) {
    REQUIRE((rough.*figure).has_value());
    CHECK((rough.*figure)->value == Approx((exact.*figure)->value).epsilon(kHistogramError + 1e-3));
  }
  CHECK(*median_gap(rough) == Approx(*median_gap(exact)).epsilon(0.02));
  // Gaps of one call are alike, so 2,000 of them in 200 calls know less than 2,000 on their own.
  REQUIRE(exact.p50->interval.has_value());
  CHECK(exact.p50->interval->width() > 0.1 * exact.p50->value);
}
