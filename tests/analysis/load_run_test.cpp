// Whole runs, and two of them compared.
#include "analysis/load/load_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/load/load_diff.h"
#include "analysis/load/load_stage.h"
#include "tests/support/load_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::sample::closed_stage;
using costwar::sample::MadeStage;
using costwar::sample::open_stage;
using costwar::sample::SimulatedServer;
using doctest::Approx;

namespace {

LoadStageFindings found(MadeStage stage, std::uint32_t number,
                        std::optional<ServiceObjectives> objectives = {}) {
  stage.row.stage = number;
  LoadStageInput input;
  input.row = &stage.row;
  input.calls = stage.calls;
  if (objectives) input.objectives = std::span(&*objectives, 1);
  return load_stage(input);
}

LoadHeader header(std::string mode) {
  LoadHeader made;
  made.mode = std::move(mode);
  made.model.name = "url/model";
  return made;
}

// 12 slots of 0.5 s: Xmax 24 a second, R0 0.5 s, knee 12.
SimulatedServer twelve_slots() {
  SimulatedServer server;
  server.slots = 12;
  server.service = 0.5;
  return server;
}

std::vector<LoadStageFindings> sweep() {
  std::vector<LoadStageFindings> stages;
  for (const std::size_t places : {1U, 2U, 4U, 8U, 16U, 32U})
    stages.push_back(
        found(closed_stage(twelve_slots(), places, 30), static_cast<std::uint32_t>(stages.size())));
  return stages;
}

ServiceObjectives quick() {
  ServiceObjectives objectives;
  objectives.ttft = 0.4;
  objectives.share = 0.9;
  return objectives;
}

std::vector<LoadStageFindings> search() {
  std::vector<LoadStageFindings> stages;
  for (const double rate : {12.0, 48.0, 22.0, 26.0, 24.0})
    stages.push_back(
        found(open_stage(twelve_slots(), rate, 60), static_cast<std::uint32_t>(stages.size()), quick()));
  return stages;
}

bool contains_words(const std::vector<std::string>& words, std::string_view part) {
  return std::any_of(words.begin(), words.end(),
                     [part](const std::string& one) { return one.find(part) != std::string::npos; });
}

const LoadDifference& row_of(const std::vector<LoadDifference>& rows, std::string_view key) {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [key](const LoadDifference& row) { return row.key == key; });
  REQUIRE_MESSAGE(at != rows.end(), key);
  return *at;
}

}  // namespace

TEST_CASE("a sweep finds the knee of a server with twelve slots within 5 %") {
  const LoadFindings findings = load_run(header("sweep"), sweep());
  REQUIRE(findings.knee.has_value());
  CHECK(findings.knee->concurrency.value == Approx(12).epsilon(0.05));
  CHECK(findings.knee->requests_per_s.value == Approx(24).epsilon(0.03));
  CHECK(findings.knee->seconds_per_request.value == Approx(0.5).epsilon(0.03));
  CHECK(findings.knee->concurrency.interval->contains(12));
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
  CHECK_FALSE(findings.highest.has_value());
}

TEST_CASE("a stage that the client could not measure is forgiven once it was measured") {
  auto stages = sweep();
  LoadStageFindings late = stages.front();
  late.verdict.kind = LoadVerdictKind::invalid;
  late.verdict.reasons = {"late"};
  CHECK(load_run(header("closed"), {late}).verdict.kind == LoadVerdictKind::invalid);
  LoadStageFindings again = stages.front();
  again.row.stage = late.row.stage + 1;
  const LoadFindings findings = load_run(header("closed"), {late, again});
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  REQUIRE(!findings.verdict.cautions.empty());
  CHECK(findings.verdict.cautions.front().find("is INVALID and was left out: late") != std::string::npos);
  again.row.asked.concurrency += 1;  // not the same
  CHECK(load_run(header("closed"), {late, again}).verdict.kind == LoadVerdictKind::invalid);
}

TEST_CASE("a stage that the client could not measure is left out of the knee") {
  auto stages = sweep();
  stages.back().verdict.kind = LoadVerdictKind::invalid;
  stages.back().verdict.reasons = {"late"};
  const LoadFindings findings = load_run(header("sweep"), stages);
  REQUIRE(findings.knee.has_value());
  CHECK(findings.verdict.kind == LoadVerdictKind::valid_with_notes);
  CHECK(contains_words(findings.verdict.cautions, "stage 6 (32 at once) is INVALID and was left out: late"));
  stages.erase(stages.begin(), stages.begin() + 3);
  const LoadFindings few = load_run(header("sweep"), stages);
  CHECK_FALSE(few.knee.has_value());
  CHECK(few.why_no_knee.find("three concurrencies") != std::string::npos);
  CHECK(few.verdict.kind == LoadVerdictKind::invalid);
  CHECK(few.verdict.reasons.front() == "stage 6 (32 at once): late");
}

TEST_CASE("a search finds the highest rate between kept and broken") {
  LoadFindings findings = load_run(header("search"), search());
  REQUIRE(findings.highest.has_value());
  CHECK(findings.highest->kept == 24);
  CHECK(findings.highest->broken == 26);
  CHECK(findings.highest->resolved);
  CHECK(findings.highest->stages == std::vector<std::uint32_t>{4, 3});
  // The overloaded stages are what a search goes through.
  CHECK(findings.verdict.kind == LoadVerdictKind::valid);
  CHECK(objectives_kept(findings.stages[0]) == true);
  CHECK(objectives_kept(findings.stages[1]) == false);
  CHECK_FALSE(objectives_kept(findings.stages[0], 1).has_value());
  // Far above what broke them it does not matter whether the client could measure.
  auto stages = search();
  stages[1].verdict.kind = LoadVerdictKind::invalid;
  stages[1].verdict.reasons = {"late"};
  CHECK(load_run(header("search"), stages).verdict.kind == LoadVerdictKind::valid_with_notes);
  stages[4].verdict = stages[1].verdict;
  findings = load_run(header("search"), stages);
  CHECK(findings.verdict.kind == LoadVerdictKind::invalid);
  CHECK(findings.highest->kept == 22);
}

TEST_CASE("a rate that grows all along keeps nothing, whatever its share") {
  ServiceObjectives patient;
  patient.ttft = 600;
  patient.share = 0.5;
  const LoadStageFindings stage = found(open_stage(twelve_slots(), 36, 60), 0, patient);
  CHECK(stage.goodput[0].kept == true);
  CHECK(objectives_kept(stage) == false);
}

TEST_CASE("runs of one stage have no knee and no words about it, and none at all is invalid") {
  const LoadFindings one = load_run(header("closed"), {found(closed_stage(twelve_slots(), 4, 30), 0)});
  CHECK_FALSE(one.knee.has_value());
  CHECK(one.why_no_knee.empty());
  CHECK_FALSE(one.highest.has_value());
  CHECK(load_run(header("closed"), {}).verdict.kind == LoadVerdictKind::invalid);
}

TEST_CASE("figures are compared by their intervals") {
  // Zou and Donner 2008: lower distance hypot(2, 3), upper hypot(4, 1).
  const LoadDifference row =
      compare_figures("k", "t", "s", Better::lower, LoadFigure{10, stats::Interval{9, 13}},
                      LoadFigure{20, stats::Interval{18, 24}});
  CHECK(row.difference->value == 10);
  CHECK(row.difference->interval->low == Approx(10 - std::hypot(2.0, 3.0)));
  CHECK(row.difference->interval->high == Approx(10 + std::hypot(4.0, 1.0)));
  CHECK(row.resolved == true);
  CHECK(row.ratio->value == 2);
  CHECK(row.ratio->interval->low ==
        Approx(2 * std::exp(-std::hypot(std::log(20.0 / 18), std::log(13.0 / 10)))));
  const LoadDifference same =
      compare_figures("k", "t", "s", Better::lower, LoadFigure{10, stats::Interval{9, 13}},
                      LoadFigure{11, stats::Interval{9, 13}});
  CHECK(same.resolved == false);
  const LoadDifference bare =
      compare_figures("k", "t", "s", Better::lower, LoadFigure{0, {}}, LoadFigure{11, {}});
  CHECK_FALSE(bare.resolved.has_value());
  CHECK_FALSE(bare.ratio.has_value());
  CHECK(bare.difference->value == 11);
  CHECK_FALSE(
      compare_figures("k", "t", "s", Better::lower, LoadFigure{1, {}}, std::nullopt).difference.has_value());
}

TEST_CASE("two runs of a server, the second twice as fast") {
  SimulatedServer fast = twelve_slots();
  fast.service = 0.25;
  const LoadFindings base = load_run(header("sweep"), sweep());
  std::vector<LoadStageFindings> stages;
  for (const std::size_t places : {1U, 2U, 4U, 8U, 16U, 64U})
    stages.push_back(found(closed_stage(fast, places, 30), static_cast<std::uint32_t>(stages.size())));
  const LoadFindings head = load_run(header("sweep"), stages);
  const LoadDiffFindings diff = load_diff(base, head);
  CHECK(diff.comparable);
  CHECK(diff.refusals.empty());
  CHECK(diff.differences.empty());
  REQUIRE(diff.stages.size() == 5);
  CHECK(diff.only_base == std::vector<std::uint32_t>{5});
  CHECK(diff.only_head == std::vector<std::uint32_t>{5});
  const LoadDifference& requests = row_of(diff.stages[2].rows, "requests");
  CHECK(requests.ratio->value == Approx(2).epsilon(0.03));
  CHECK(requests.resolved == true);
  CHECK(requests.better == Better::higher);
  const LoadDifference& e2e = row_of(diff.stages[2].rows, "service_e2e_p50");
  CHECK(e2e.difference->value == Approx(-0.25).epsilon(0.01));
  CHECK(e2e.resolved == true);
  CHECK(row_of(diff.run, "knee_requests").ratio->value == Approx(2).epsilon(0.05));
}

TEST_CASE("a machine is the same one whatever it was doing") {
  LoadFindings base = load_run(header("closed"), {found(closed_stage(twelve_slots(), 4, 30), 0)});
  LoadFindings head = base;
  base.header.machine = R"({"cpu_model":"one","load_average_1m":0.25})";
  head.header.machine = R"({"cpu_model":"one","load_average_1m":1.5})";
  CHECK(load_diff(base, head).differences.empty());
  head.header.machine = R"({"cpu_model":"another","load_average_1m":0.25})";
  CHECK(contains_words(load_diff(base, head).differences, "the clients ran on different machines"));
}

TEST_CASE("what makes two runs incomparable is said") {
  const LoadFindings base = load_run(header("closed"), {found(closed_stage(twelve_slots(), 4, 30), 0)});
  LoadFindings head = load_run(header("closed"), {found(closed_stage(twelve_slots(), 8, 30), 0)});
  LoadDiffFindings diff = load_diff(base, head);
  CHECK_FALSE(diff.comparable);
  CHECK(contains_words(diff.refusals, "no stage asked the same"));
  head = base;
  head.header.model.name = "url/other";
  head.header.settings = "{}";
  head.verdict.kind = LoadVerdictKind::invalid;
  head.verdict.reasons = {"the client was late"};
  diff = load_diff(base, head);
  CHECK_FALSE(diff.comparable);
  CHECK(contains_words(diff.refusals, "the head is INVALID: the client was late"));
  CHECK(contains_words(diff.differences, "model: url/model in the baseline, url/other in the head"));
  CHECK(contains_words(diff.differences, "other settings"));
  REQUIRE(diff.stages.size() == 1);
  CHECK(row_of(diff.stages[0].rows, "requests").resolved == false);
}

TEST_CASE("money of two currencies and goodput of other objectives are not compared") {
  MadeStage made = closed_stage(twelve_slots(), 4, 30);
  LoadStageInput input;
  input.row = &made.row;
  input.calls = made.calls;
  input.machine_per_hour = Money::parse(Currency("USD"), "2");
  const ServiceObjectives first = quick();
  input.objectives = std::span(&first, 1);
  const LoadFindings base = load_run(header("closed"), {load_stage(input)});
  ServiceObjectives second = quick();
  second.ttft = 0.1;
  input.objectives = std::span(&second, 1);
  input.machine_per_hour = Money::parse(Currency("CNY"), "2");
  const LoadFindings head = load_run(header("closed"), {load_stage(input)});
  const LoadDiffFindings diff = load_diff(base, head);
  CHECK(contains_words(diff.stages[0].notes, "money is in USD and CNY"));
  CHECK(contains_words(diff.stages[0].notes, "different objectives"));
  const LoadDiffFindings same = load_diff(base, base);
  CHECK(row_of(same.stages[0].rows, "per_million_output").ratio->value == 1);
  CHECK(row_of(same.stages[0].rows, "per_million_output").unit == "USD");
  CHECK(row_of(same.stages[0].rows, "goodput_requests").resolved == false);
}
