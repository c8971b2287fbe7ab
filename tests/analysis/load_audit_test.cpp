// When a measurement is invalid: the client's own faults, each made on purpose, and nothing that is the
// server's.
#include <doctest/doctest.h>

#include <algorithm>

#include "analysis/load/load_audit.h"
#include "analysis/load/load_stage.h"
#include "tests/support/load_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::sample::made_call;
using costwar::sample::MadeCall;
using costwar::sample::MadeStage;
using costwar::sample::open_stage;
using costwar::sample::SimulatedServer;
using doctest::Approx;

namespace {

LoadStageFindings audited(const MadeStage& stage) {
  LoadStageInput input;
  input.row = &stage.row;
  input.calls = stage.calls;
  return load_stage(input);
}

bool contains(const std::vector<std::string>& words, std::string_view part) {
  return std::any_of(words.begin(), words.end(),
                     [part](const std::string& one) { return one.find(part) != std::string::npos; });
}

const AuditLine& audit_line(const LoadStageFindings& findings, std::string_view key) {
  const auto at = std::find_if(findings.audit.begin(), findings.audit.end(),
                               [key](const AuditLine& line) { return line.key == key; });
  REQUIRE_MESSAGE(at != findings.audit.end(), key);
  return *at;
}

MadeStage calm() {
  return open_stage(SimulatedServer{}, 20, 20);
}

}  // namespace

TEST_CASE("a calm client is valid, and every line says what it saw") {
  const LoadStageFindings findings = audited(calm());
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
  CHECK(load_verdict_name(findings.verdict.kind) == "valid");
  CHECK(audit_line(findings, "loop_lag_p99").value == "100 us");
  CHECK(audit_line(findings, "loop_lag_p99").bound == "< 1 ms");
  CHECK(audit_line(findings, "loop_lag_p99").kept == true);
  CHECK(audit_line(findings, "loop_cpu").value == "10 %");
  CHECK(*audit_line(findings, "delivered_rate").figure == Approx(1));
  CHECK(*audit_line(findings, "arrival_cv_asked").figure == Approx(0).epsilon(0.01));
  CHECK(*audit_line(findings, "connection_reuse").figure == 1);
  CHECK(audit_line(findings, "littles_residual").kept == true);
}

TEST_CASE("a loop that is late is invalid, by p99 of many probes or the median of any") {
  MadeStage stage = calm();
  stage.row.audits[0].lag_p99 = milliseconds(4);
  LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(load_verdict_name(findings.verdict.kind) == "INVALID");
  CHECK(findings.verdict.reasons.front() ==
        "the client served its events late: loop lag p99 4 ms, and 1 ms are allowed; use --threads 2, a "
        "lower load, "
        "or give the client a core of its own");
  CHECK(audit_line(findings, "loop_lag_p99").kept == false);
  // Of 100 probes p99 is one of them: an outlier, which is a note.
  stage.row.audits[0].probes = 100;
  stage.row.audits[0].lag_max = milliseconds(4);
  findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
  CHECK(contains(findings.verdict.notes, "stood still for 4 ms once"));
  CHECK_FALSE(audit_line(findings, "loop_lag_p99").kept.has_value());
  stage.row.audits[0].lag_p50 = milliseconds(3);
  CHECK(audited(stage).verdict.kind == LoadVerdictKind::invalid);
}

TEST_CASE("slow chunks allow more lag") {
  MadeStage stage = calm();
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.05;
    made.gap = 0.2;
    stage.calls[i] = made_call(made);
  }
  stage.row.audits[0].lag_p99 = microseconds(1500);
  const LoadStageFindings findings = audited(stage);
  CHECK(audit_line(findings, "loop_lag_p99").bound == "< 2 ms");
  CHECK(findings.verdict.reasons.empty());
}

TEST_CASE("a client that a quota holds back is invalid") {
  MadeStage stage = calm();
  SUBCASE("one long pause, though p99 of the probes is small") {
    stage.row.audits[0].lag_max = milliseconds(450);  // 2 % of 20 s are 400 ms
  }
  SUBCASE("requests leave late") {
    for (std::size_t i = 0; i < stage.calls.size(); ++i) {
      MadeCall made;
      made.due = static_cast<double>(i) * 0.05;
      made.issued = made.due + (i % 20 == 0 ? 0.08 : 0);
      stage.calls[i] = made_call(made);
    }
  }
  SUBCASE("the loop never rests") {
    stage.row.audits[0].cpu = nanoseconds(stage.row.audits[0].wall.count * 8 / 10);
  }
  SUBCASE("the other thread is late") {
    stage.row.audits.push_back(stage.row.audits[0]);
    stage.row.audits[1].lag_p99 = milliseconds(30);
  }
  const LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(contains(findings.verdict.reasons, "--threads"));
}

TEST_CASE("one request that left late is an outlier, two are not") {
  MadeStage stage = calm();
  const auto late = [&stage](std::size_t i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.05;
    made.issued = made.due + 0.05;
    stage.calls[i] = made_call(made);
  };
  late(200);
  CHECK(audited(stage).verdict.kind == LoadVerdictKind::valid);
  late(300);
  const LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(contains(findings.verdict.reasons, "second longest"));
}

TEST_CASE("a rate that was not delivered is invalid, unless the user limited it") {
  MadeStage stage = calm();
  // Falling behind: at the end 4 s late, so a sixth of what was due left after the stage.
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.05;
    made.issued = made.due * 1.2;
    stage.calls[i] = made_call(made);
  }
  LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(contains(findings.verdict.reasons, "did not keep up"));
  CHECK(audit_line(findings, "delivered_rate").kept == false);
  for (std::size_t i = 0; i < stage.calls.size(); ++i) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.05;
    made.issued = made.due * 1.2;
    made.limited = made.due * 0.2;
    stage.calls[i] = made_call(made);
  }
  findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(contains(findings.verdict.cautions, "waited for the limit"));
}

TEST_CASE("a client without an audit, and one that connects for every request") {
  MadeStage stage = calm();
  stage.row.audits.clear();
  LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(contains(findings.verdict.cautions, "did not measure its own delays"));
  stage = calm();
  for (LoadCall& call : stage.calls) call.connection_reused = false;
  stage.row.audits[0].connects = stage.calls.size();
  stage.row.audits[0].connect_p50 = milliseconds(31);
  findings = audited(stage);
  CHECK(contains(findings.verdict.cautions, "100 % of the requests opened a connection of their own"));
  CHECK(contains(findings.verdict.cautions, "(31 ms at the median)"));
  // Opening one for each place is how a load begins.
  stage = calm();
  for (std::size_t i = 0; i < 4; ++i) stage.calls[i].connection_reused = false;
  CHECK(audited(stage).verdict.kind == LoadVerdictKind::valid);
}

TEST_CASE("a stage that was interrupted says why") {
  MadeStage stage = calm();
  stage.row.complete = false;
  stage.row.stopped = "the budget is spent";
  const LoadStageFindings findings = audited(stage);
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(contains(findings.verdict.cautions, "did not come to its end: the budget is spent"));
}

TEST_CASE("a ramp has no steady part, which is no flaw") {
  MadeStage stage = calm();
  stage.row.asked.rate_from = 1;
  const LoadStageFindings findings = audited(stage);
  CHECK_FALSE(findings.steady);
  CHECK(findings.why_not_steady == "a ramp has no steady state: read its figures over time");
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
}
