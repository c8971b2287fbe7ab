#include "tests/support/load_findings_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/time.h"
#include "stats/percentile_guard.h"
#include "stats/proportion.h"

namespace costwar::sample {
namespace {

using namespace analysis;

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

LoadFigure about(double value, double share) {
  return {rounded(value), stats::Interval{rounded(value * (1 - share)), rounded(value * (1 + share))}};
}

LatencyFigures lognormal(double median, double sigma, std::uint64_t n) {
  LatencyFigures figures;
  figures.n = n;
  if (n == 0) return figures;
  const auto at = [&](double share) {
    return rounded(median * std::exp(sigma * stats::normal_quantile(share)));
  };
  const auto count = static_cast<std::int64_t>(n);
  const double error = 2 * sigma / std::sqrt(static_cast<double>(n));
  const auto guarded = [&](double share) {
    return stats::enough_values(count, share)
               ? std::optional(about(at(share), error * (1 + 3 * std::abs(share - 0.5))))
               : std::nullopt;
  };
  figures.mean = rounded(median * std::exp(sigma * sigma / 2));
  figures.p50 = guarded(0.5);
  figures.p90 = guarded(0.9);
  figures.p95 = guarded(0.95);
  figures.p99 = guarded(0.99);
  figures.p999 = guarded(0.999);
  figures.max = at(1 - 0.5 / static_cast<double>(n));
  for (int i = 1; i <= 40; ++i) figures.distribution.push_back({at((i - 0.5) / 40), i / 40.0});
  return figures;
}

LoadHeader made_header(std::string id, std::string mode) {
  LoadHeader header;
  header.id = std::move(id);
  header.label = "nightly";
  header.plan = "5f0c7a1b";
  header.created = parse_wall("2026-11-28T09:00:00Z");
  header.costwar_version = "1.0";
  header.mode = std::move(mode);
  header.model.name = "openai/gpt-5.5";
  header.seed = 1;
  header.threads = 1;
  header.settings = R"({"input":512,"output":128})";
  return header;
}

// What a stage of `seconds` shows when it ends `rate` requests a second, with `wait` seconds to the first
// token.
LoadStageFindings made_stage(std::uint32_t number, double seconds, double rate, double wait) {
  LoadStageFindings stage;
  stage.row.stage = number;
  stage.row.asked.duration = nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  stage.row.complete = true;
  stage.row.begin_wall =
      parse_wall("2026-11-28T09:00:00Z") + costwar::seconds(40 * static_cast<std::int64_t>(number));
  stage.calls = static_cast<std::uint64_t>(rate * seconds);
  stage.ok = stage.calls;
  stage.steady = true;
  stage.window_from_s = 2.5;
  stage.window_until_s = seconds;
  stage.window_calls = stage.window_ended = static_cast<std::uint64_t>(rate * (seconds - 2.5));
  stage.requests_per_s = about(rate, 0.02);
  stage.delivered_rate = about(rate, 0.02);
  stage.output_tokens_per_s = about(rate * 128, 0.02);
  stage.input_tokens_per_s = about(rate * 512, 0.02);
  stage.littles_residual = 0.004;
  const std::uint64_t n = stage.window_calls;
  stage.user_ttft = stage.service_ttft = lognormal(wait, 0.3, n);
  stage.visible_ttft = lognormal(wait, 0.3, n);
  stage.headers = lognormal(wait * 0.8, 0.3, n);
  stage.tpot = lognormal(0.0196, 0.05, n);
  stage.gaps = lognormal(0.0381, 0.2, n * 63);
  stage.user_e2e = stage.service_e2e = lognormal(wait + 127 * 0.0196, 0.06, n);
  stage.limited = LatencyFigures{n, 0.0, LoadFigure{0, {}}, {}, {}, {}, {}, 0.0, true, {}};
  stage.schedule_delay = lognormal(0.00004, 0.5, n);
  stage.mean_in_flight = rounded(rate * (wait + 127 * 0.0196));
  stage.tokens_per_chunk = 1.82;
  stage.output_tokens = stage.calls * 128;
  stage.output_tokens_by_provenance = {{"usage", stage.output_tokens}};
  stage.audit = {
      {"loop_lag_p99", "loop lag, p99", "80 us", 0.00008, "s", "< 1.9 ms", true},
      {"schedule_delay_p99", "schedule delay, p99", "0.13 ms", 0.00013, "s", "< 9.1 ms", true},
      {"loop_cpu", "processor share of the loop", "14 %", 0.14, "share", "< 70 %", true},
      {"connection_reuse", "requests on an open connection", "98.2 %", 0.982, "share", "", std::nullopt}};
  stage.verdict.notes = {"multi-token chunks (1.8 tok/chunk): gaps are between chunks, not between tokens"};
  for (int i = 0; i < 10; ++i)
    stage.slices.push_back({seconds * i / 10, seconds * (i + 1) / 10, stage.mean_in_flight,
                            rounded(rate * (1 + 0.02 * ((i % 3) - 1))), rounded(rate * 128), wait, 0});
  return stage;
}

Money made_money(double amount) {
  return Money::parse(Currency(), fmt::format("{:.6f}", amount));
}

void price(LoadStageFindings& stage) {
  const double per_request = 512 * 5e-6 + 128 * 30e-6;
  LoadMoney money;
  money.spent = made_money(per_request * static_cast<double>(stage.calls));
  money.per_hour = made_money(per_request * stage.requests_per_s.value * 3600);
  money.per_request = made_money(per_request);
  money.per_million_output = made_money(per_request / 128 * 1e6);
  money.basis = "openai list price of 2026-04-24";
  stage.money = money;
  for (Goodput& goodput : stage.goodput) {
    goodput.requests_per_dollar = about(goodput.share.value / per_request, 0.02);
    goodput.tokens_per_dollar = about(goodput.share.value / per_request * 128, 0.02);
  }
}

ServiceObjectives made_objectives(std::string name, double ttft, double tpot) {
  ServiceObjectives objectives;
  objectives.name = std::move(name);
  if (!objectives.name.empty()) objectives.source = "MLPerf Inference v5.1 rules, server scenario";
  objectives.ttft = ttft;
  objectives.tpot = tpot;
  return objectives;
}

void add_goodput(LoadStageFindings& stage, const ServiceObjectives& objectives, double share,
                 std::optional<bool> kept) {
  Goodput goodput;
  goodput.objectives = objectives;
  goodput.of = stage.window_calls;
  goodput.met = static_cast<std::uint64_t>(static_cast<double>(goodput.of) * share);
  const double met =
      static_cast<double>(goodput.met) / static_cast<double>(std::max<std::uint64_t>(1, goodput.of));
  goodput.share = {rounded(met), stats::Interval{rounded(met - 0.006), rounded(std::min(1.0, met + 0.005))}};
  goodput.requests_per_s = about(stage.requests_per_s.value * met, 0.02);
  goodput.tokens_per_s = about(stage.output_tokens_per_s.value * met, 0.02);
  goodput.kept = kept;
  stage.goodput.push_back(std::move(goodput));
}

const std::string kBlind =
    "a closed loop is blind to stalls of the server: while it stands still nobody asks, so one stall shows "
    "as "
    "one slow request per place; use --rate to see those (coordinated omission)";

LoadFindings one_of(LoadHeader header, LoadStageFindings stage) {
  LoadFindings findings;
  findings.header = std::move(header);
  findings.verdict = stage.verdict;
  findings.stages.push_back(std::move(stage));
  return findings;
}

}  // namespace

LoadFindings closed_load() {
  LoadStageFindings stage = made_stage(0, 60, 24.1, 0.182);
  stage.row.asked.concurrency = 64;
  stage.mean_in_flight = 63.9;
  add_goodput(stage, made_objectives("", 2, 0.08), 0.999, true);
  add_goodput(stage, made_objectives("llama2-70b-interactive", 0.45, 0.04), 0.991, std::nullopt);
  price(stage);
  stage.stalls = 3;
  stage.stalled_calls = 2;
  stage.stalled_s = 4.2;
  stage.verdict.notes.push_back(kBlind);
  return one_of(made_header("20261128T090000Z-0000c1", "closed"), std::move(stage));
}

LoadFindings invalid_load() {
  LoadStageFindings stage = made_stage(0, 30, 180, 0.21);
  stage.row.asked.arrivals = Arrivals::poisson;
  stage.row.asked.concurrency = 0;
  stage.row.asked.rate = 200;
  stage.asked_rate = 199.2;
  stage.user_ttft = lognormal(0.42, 0.6, stage.window_calls);
  stage.user_e2e = lognormal(2.92, 0.2, stage.window_calls);
  stage.limited = lognormal(0.05, 0.8, stage.window_calls);
  stage.schedule_delay = lognormal(0.031, 0.9, stage.window_calls);
  stage.failed = 57;
  stage.ok -= 57;
  stage.failures = {{"rate_limited", "429", "Rate limit reached for requests", 41},
                    {"network", "", "connection reset by peer", 16}};
  stage.output_tokens_by_provenance = {{"usage", 600'000}, {"chunks", 91'200}};
  stage.calls_without_count = 713;
  stage.not_streaming = 40;
  price(stage);
  stage.money->lower_bound = true;
  stage.money->unpriced = 57;
  stage.audit[0] = {"loop_lag_p99", "loop lag, p99", "14 ms", 0.014, "s", "< 1.9 ms", false};
  stage.audit[2] = {"loop_cpu", "processor share of the loop", "96 %", 0.96, "share", "< 70 %", false};
  stage.verdict.kind = LoadVerdictKind::invalid;
  stage.verdict.reasons = {
      "the client served its events late: loop lag p99 14 ms, and 1.9 ms are allowed; use "
      "--threads 2, a lower load, or give the client a core of its own",
      "the client's loop was busy 96 % of the time, and at 70 % waiting for itself begins to "
      "show; use --threads 2"};
  stage.verdict.cautions = {
      "57 of 5,400 requests failed: they have no latency and met no objective, and are in the "
      "money; whoever waited for them is in no percentile"};
  return one_of(made_header("20261128T100000Z-0000c2", "open"), std::move(stage));
}

LoadFindings ramp_load() {
  LoadStageFindings stage = made_stage(0, 60, 14, 0.16);
  stage.row.asked.concurrency = 64;
  stage.row.asked.concurrency_from = 1;
  stage.steady = false;
  stage.why_not_steady = "the load grows all along";
  stage.window_from_s = 0;
  stage.slices.clear();
  for (int i = 0; i < 30; ++i) {
    const double places = 1 + 63 * (i + 0.5) / 30;
    const double served = std::min(places / 2.6, 16.0);
    stage.slices.push_back({2.0 * i, 2.0 * (i + 1), rounded(places), rounded(served), rounded(served * 128),
                            rounded(std::max(0.12, places / 16 - 2.3)), i == 29 ? 2U : 0U});
  }
  stage.verdict.notes.push_back(kBlind);
  price(stage);
  return one_of(made_header("20261128T110000Z-0000c3", "ramp"), std::move(stage));
}

LoadFindings sweep_load() {
  LoadFindings findings;
  findings.header = made_header("20261128T120000Z-0000c4", "sweep");
  findings.header.model.name = "local/tiny-moe";
  const double alone = 2.6;
  const double most = 14.6;
  std::uint32_t number = 0;
  for (const std::size_t places : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U}) {
    const double rate = std::min(static_cast<double>(places) / alone, most) * (places == 32 ? 0.97 : 1);
    LoadStageFindings stage =
        made_stage(number++, 40, rate, std::max(0.11, static_cast<double>(places) / rate - 2.49));
    stage.row.asked.concurrency = places;
    stage.mean_in_flight = static_cast<double>(places);
    stage.verdict.notes.push_back(kBlind);
    stage.money = LoadMoney{};
    stage.money->spent = made_money(2.10 * 40 / 3600);
    stage.money->per_hour = made_money(2.10);
    stage.money->per_million_output = made_money(2.10 / (rate * 128 * 3600) * 1e6);
    stage.money->basis = "machine at $2.10 an hour";
    findings.stages.push_back(std::move(stage));
  }
  LoadStageFindings& last = findings.stages.back();
  last.verdict.kind = LoadVerdictKind::invalid;
  last.verdict.reasons = {
      "the client's loop was busy 82 % of the time, and at 70 % waiting for itself begins to show; "
      "use --threads 2"};
  last.audit[2] = {"loop_cpu", "processor share of the loop", "82 %", 0.82, "share", "< 70 %", false};
  findings.knee = Knee{about(37.96, 0.04), about(14.6, 0.02), about(2.6, 0.03)};
  findings.verdict.kind = LoadVerdictKind::valid_with_notes;
  findings.verdict.cautions = {"stage 8 (128 at once) is INVALID and was left out: " +
                               last.verdict.reasons.front()};
  findings.verdict.notes = findings.stages.front().verdict.notes;
  return findings;
}

LoadFindings search_load() {
  LoadFindings findings;
  findings.header = made_header("20261128T130000Z-0000c5", "search");
  const ServiceObjectives objectives = made_objectives("", 2, 0.08);
  std::uint32_t number = 0;
  for (const auto& [rate, share] :
       {std::pair(8.0, 0.9999), std::pair(16.0, 0.61), std::pair(12.0, 0.998), std::pair(14.0, 0.87)}) {
    LoadStageFindings stage = made_stage(number++, 60, rate, 0.2 + (share < 0.9 ? 1.9 : rate / 50));
    stage.row.asked.arrivals = Arrivals::poisson;
    stage.row.asked.concurrency = 0;
    stage.row.asked.rate = rate;
    stage.asked_rate = rate;
    add_goodput(stage, objectives, share, share > 0.99);
    price(stage);
    findings.stages.push_back(std::move(stage));
  }
  findings.highest = HighestRate{objectives, 12.0, 14.0, true, {2, 3}};
  findings.verdict.notes = findings.stages.front().verdict.notes;
  return findings;
}

LoadFindings unknown_load() {
  LoadStageFindings stage;
  stage.row.asked.duration = costwar::seconds(5);
  stage.row.complete = false;
  stage.row.stopped = "every request failed";
  stage.calls = stage.failed = 1;
  stage.failures = {{"network", "", "connection refused", 1}};
  stage.why_not_steady = "only 1 request ended";
  stage.verdict.kind = LoadVerdictKind::valid_with_notes;
  stage.verdict.cautions = {"the stage did not come to its end: every request failed"};
  LoadHeader header = made_header("20261128T140000Z-0000c6", "closed");
  header.label.clear();
  header.settings.clear();
  header.model.name = "http://127.0.0.1:9/v1#gone";
  return one_of(std::move(header), std::move(stage));
}

LoadFindings empty_load() {
  LoadFindings findings;
  findings.header = made_header("20261128T150000Z-0000c7", "closed");
  findings.verdict.kind = LoadVerdictKind::invalid;
  findings.verdict.reasons = {"no stage was run: nothing was measured"};
  return findings;
}

LoadDiffFindings load_difference() {
  LoadFindings head = closed_load();
  LoadStageFindings& stage = head.stages.front();
  head.header.id = "20261129T090000Z-0000d1";
  head.header.label = "candidate";
  head.header.threads = 2;
  stage.service_ttft = lognormal(0.149, 0.3, stage.window_calls);
  stage.requests_per_s = about(25.4, 0.02);
  stage.output_tokens_per_s = about(25.4 * 128, 0.02);
  stage.gaps = lognormal(0.0391, 0.2, stage.window_calls * 63);
  stage.tpot = lognormal(0.0196, 0.05, stage.window_calls);
  stage.money->per_million_output = made_money(48.5);
  stage.goodput.pop_back();
  return load_diff(closed_load(), head);
}

LoadDiffFindings sweep_difference() {
  LoadFindings head = sweep_load();
  head.header.id = "20261129T120000Z-0000d4";
  head.stages.pop_back();
  for (LoadStageFindings& stage : head.stages) {
    stage.requests_per_s = about(stage.requests_per_s.value * 0.9, 0.02);
    stage.output_tokens_per_s = about(stage.output_tokens_per_s.value * 0.9, 0.02);
  }
  head.knee = Knee{about(37.2, 0.04), about(13.1, 0.02), about(2.84, 0.03)};
  return load_diff(sweep_load(), head);
}

LoadDiffFindings incomparable_difference() {
  return load_diff(closed_load(), invalid_load());
}

}  // namespace costwar::sample
