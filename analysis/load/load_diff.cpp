#include "analysis/load/load_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/json.h"

namespace costwar::analysis {
namespace {

// A header's facts of the machine without what it was doing just then.
Json machine_itself(const std::string& facts) {
  if (facts.empty()) return Json::object();
  Json machine = parse_json(facts, "the machine of a load run");
  machine.erase("load_average_1m");
  return machine;
}

using Figure = std::optional<LoadFigure>;

// MOVER: of a difference head - base.
stats::Interval recovered(const LoadFigure& base, const LoadFigure& head) {
  const double difference = head.value - base.value;
  const double down = std::hypot(head.value - head.interval->low, base.interval->high - base.value);
  const double up = std::hypot(head.interval->high - head.value, base.value - base.interval->low);
  return {difference - down, difference + up};
}

// On logarithms; every end above 0.
LoadFigure logarithm(const LoadFigure& figure) {
  LoadFigure log{std::log(figure.value), std::nullopt};
  if (figure.interval && figure.interval->low > 0)
    log.interval = stats::Interval{std::log(figure.interval->low), std::log(figure.interval->high)};
  return log;
}

Figure plain(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return LoadFigure{*value, std::nullopt};
}

struct LatencyRow {
  std::string_view key;
  std::string_view title;
  LatencyFigures LoadStageFindings::*figures;
};
constexpr std::array<LatencyRow, 7> kLatencies = {
    {{"user_ttft", "user TTFT", &LoadStageFindings::user_ttft},
     {"service_ttft", "service TTFT", &LoadStageFindings::service_ttft},
     {"visible_ttft", "visible TTFT", &LoadStageFindings::visible_ttft},
     {"tpot", "TPOT", &LoadStageFindings::tpot},
     {"gaps", "gap between chunks", &LoadStageFindings::gaps},
     {"user_e2e", "user end to end", &LoadStageFindings::user_e2e},
     {"service_e2e", "service end to end", &LoadStageFindings::service_e2e}}};

struct QuantileRow {
  std::string_view key;
  std::optional<LoadFigure> LatencyFigures::*figure;
};
constexpr std::array<QuantileRow, 5> kQuantiles = {{{"p50", &LatencyFigures::p50},
                                                    {"p90", &LatencyFigures::p90},
                                                    {"p95", &LatencyFigures::p95},
                                                    {"p99", &LatencyFigures::p99},
                                                    {"p999", &LatencyFigures::p999}}};

using Rows = std::vector<LoadDifference>;

// Rows that neither side has are left out.
void add_row(Rows& rows, std::string key, std::string title, std::string unit, Better better,
             const Figure& base, const Figure& head) {
  if (!base && !head) return;
  rows.push_back(compare_figures(std::move(key), std::move(title), std::move(unit), better, base, head));
}

void add_latencies(Rows& rows, const LoadStageFindings& base, const LoadStageFindings& head) {
  for (const LatencyRow& latency : kLatencies) {
    // In a closed loop what the user waits is what the service takes.
    if (!base.row.asked.open() && latency.key.starts_with("user_")) continue;
    for (const QuantileRow& quantile : kQuantiles)
      add_row(rows, fmt::format("{}_{}", latency.key, quantile.key),
              fmt::format("{}, {}", latency.title, quantile.key == "p999" ? "p99.9" : quantile.key), "s",
              Better::lower, (base.*latency.figures).*quantile.figure,
              (head.*latency.figures).*quantile.figure);
  }
}

// `currency`: what goodput is bought with; empty: not the same on both sides.
void add_goodput(Rows& rows, const Goodput& base, const Goodput& head, const std::string& key,
                 const std::string& currency) {
  const std::string whose = base.objectives.name.empty() ? std::string() : " (" + base.objectives.name + ")";
  add_row(rows, key + "_requests", "goodput" + whose, "1/s", Better::higher, base.requests_per_s,
          head.requests_per_s);
  add_row(rows, key + "_tokens", "goodput in tokens" + whose, "tok/s", Better::higher, base.tokens_per_s,
          head.tokens_per_s);
  add_row(rows, key + "_share", "share that kept the objectives" + whose, "share", Better::higher, base.share,
          head.share);
  if (currency.empty()) return;
  add_row(rows, key + "_per_dollar", "goodput per money" + whose, "1/" + currency, Better::higher,
          base.requests_per_dollar, head.requests_per_dollar);
  add_row(rows, key + "_tokens_per_dollar", "goodput in tokens per money" + whose, "tok/" + currency,
          Better::higher, base.tokens_per_dollar, head.tokens_per_dollar);
}

bool same_objectives(const ServiceObjectives& a, const ServiceObjectives& b) {
  return a.ttft == b.ttft && a.ttft_visible == b.ttft_visible && a.tpot == b.tpot && a.e2e == b.e2e &&
         a.gap == b.gap && a.share == b.share;
}

Figure approximate(const std::optional<LoadMoney>& money, std::optional<Money> LoadMoney::*amount) {
  if (!money || !((*money).*amount)) return std::nullopt;
  return LoadFigure{((*money).*amount)->approximate(), std::nullopt};
}

void add_money(LoadStageDiff& diff, const LoadStageFindings& base, const LoadStageFindings& head) {
  if (base.money && head.money && base.money->currency != head.money->currency) {
    diff.notes.push_back(fmt::format("money is in {} and {}: it is not compared", base.money->currency.code(),
                                     head.money->currency.code()));
    return;
  }
  const std::string unit = base.money   ? base.money->currency.code()
                           : head.money ? head.money->currency.code()
                                        : "";
  add_row(diff.rows, "per_hour", "cost per hour at this load", unit, Better::neither,
          approximate(base.money, &LoadMoney::per_hour), approximate(head.money, &LoadMoney::per_hour));
  add_row(diff.rows, "per_million_output", "cost per million output tokens", unit, Better::lower,
          approximate(base.money, &LoadMoney::per_million_output),
          approximate(head.money, &LoadMoney::per_million_output));
  add_row(diff.rows, "per_request", "cost per request that ended well", unit, Better::lower,
          approximate(base.money, &LoadMoney::per_request), approximate(head.money, &LoadMoney::per_request));
  for (const auto& money : {base.money, head.money})
    if (money && money->lower_bound)
      diff.notes.emplace_back("some calls have no known price: money is a lower bound");
}

Figure share_of_calls(std::uint64_t count, const LoadStageFindings& stage) {
  if (stage.calls == 0) return std::nullopt;
  return plain(static_cast<double>(count) / static_cast<double>(stage.calls));
}

std::string shared_currency(const LoadStageFindings& base, const LoadStageFindings& head) {
  const bool same = base.money && head.money && base.money->currency == head.money->currency;
  return same ? base.money->currency.code() : std::string();
}

LoadStageDiff stage_diff(const LoadStageFindings& base, const LoadStageFindings& head) {
  LoadStageDiff diff;
  diff.base_stage = base.row.stage;
  diff.head_stage = head.row.stage;
  diff.asked = base.row.asked;
  diff.base_verdict = base.verdict.kind;
  diff.head_verdict = head.verdict.kind;
  if (base.calls == 0 || head.calls == 0) {
    diff.notes.emplace_back("one of the two has no request: nothing is compared");
    return diff;
  }
  add_row(diff.rows, "requests", "requests", "1/s", Better::higher, base.requests_per_s, head.requests_per_s);
  add_row(diff.rows, "output_tokens", "output tokens", "tok/s", Better::higher, base.output_tokens_per_s,
          head.output_tokens_per_s);
  add_row(diff.rows, "input_tokens", "input tokens", "tok/s", Better::neither, base.input_tokens_per_s,
          head.input_tokens_per_s);
  add_latencies(diff.rows, base, head);
  add_row(diff.rows, "failed", "failed", "share", Better::lower, share_of_calls(base.failed, base),
          share_of_calls(head.failed, head));
  const bool same_goodput = base.goodput.size() == head.goodput.size() &&
                            std::equal(base.goodput.begin(), base.goodput.end(), head.goodput.begin(),
                                       [](const Goodput& a, const Goodput& b) {
                                         return same_objectives(a.objectives, b.objectives);
                                       });
  if (!same_goodput)
    diff.notes.emplace_back("the runs are read with different objectives: goodput is not compared");
  else
    for (std::size_t i = 0; i < base.goodput.size(); ++i)
      add_goodput(diff.rows, base.goodput[i], head.goodput[i],
                  base.goodput.size() > 1 ? fmt::format("goodput_{}", i + 1) : std::string("goodput"),
                  shared_currency(base, head));
  add_money(diff, base, head);
  if (base.steady != head.steady)
    diff.notes.push_back(
        fmt::format("only the {} has a steady part: the other's figures are of its whole stage",
                    base.steady ? "baseline" : "head"));
  return diff;
}

void refuse_invalid(LoadDiffFindings& findings, const LoadFindings& run, std::string_view whose) {
  if (run.verdict.kind != LoadVerdictKind::invalid) return;
  findings.comparable = false;
  findings.refusals.push_back(fmt::format(
      "the {} is INVALID: {}", whose,
      run.verdict.reasons.empty() ? std::string("it measured nothing") : run.verdict.reasons.front()));
}

void name_differences(LoadDiffFindings& findings) {
  const LoadHeader& base = findings.base;
  const LoadHeader& head = findings.head;
  const auto name = [&findings](std::string_view what, const std::string& was, const std::string& is) {
    if (was != is)
      findings.differences.push_back(fmt::format("{}: {} in the baseline, {} in the head", what,
                                                 was.empty() ? "not told" : was,
                                                 is.empty() ? "not told" : is));
  };
  name("model", base.model.name, head.model.name);
  name("effort", base.effort, head.effort);
  name("service class", base.service_class, head.service_class);
  name("mode", base.mode, head.mode);
  name("seed", std::to_string(base.seed), std::to_string(head.seed));
  name("client's threads", std::to_string(base.threads), std::to_string(head.threads));
  if (base.settings != head.settings)
    findings.differences.emplace_back("prompts, lengths or sessions were made with other settings");
  if (machine_itself(base.machine) != machine_itself(head.machine))
    findings.differences.emplace_back("the clients ran on different machines");
}

void compare_runs(LoadDiffFindings& findings, const LoadFindings& base, const LoadFindings& head) {
  const auto knee = [](const LoadFindings& run, LoadFigure Knee::*figure) -> Figure {
    if (!run.knee) return std::nullopt;
    return (*run.knee).*figure;
  };
  add_row(findings.run, "knee_concurrency", "knee", "at once", Better::higher, knee(base, &Knee::concurrency),
          knee(head, &Knee::concurrency));
  add_row(findings.run, "knee_requests", "most requests", "1/s", Better::higher,
          knee(base, &Knee::requests_per_s), knee(head, &Knee::requests_per_s));
  add_row(findings.run, "knee_seconds", "one request alone", "s", Better::lower,
          knee(base, &Knee::seconds_per_request), knee(head, &Knee::seconds_per_request));
  // The highest rate lies between one that kept the objectives and one that did not.
  const auto highest = [](const LoadFindings& run) -> Figure {
    if (!run.highest || !run.highest->kept) return std::nullopt;
    LoadFigure figure{*run.highest->kept, std::nullopt};
    if (run.highest->broken) figure.interval = stats::Interval{*run.highest->kept, *run.highest->broken};
    return figure;
  };
  if (base.highest && head.highest && !same_objectives(base.highest->objectives, head.highest->objectives))
    return;
  add_row(findings.run, "highest_rate", "highest rate under the objectives", "1/s", Better::higher,
          highest(base), highest(head));
}

}  // namespace

LoadDifference compare_figures(std::string key, std::string title, std::string unit, Better better,
                               const Figure& base, const Figure& head) {
  LoadDifference row;
  row.key = std::move(key);
  row.title = std::move(title);
  row.unit = std::move(unit);
  row.better = better;
  row.base = base;
  row.head = head;
  if (!base || !head) return row;
  row.difference = LoadFigure{head->value - base->value, std::nullopt};
  if (base->interval && head->interval) {
    row.difference->interval = recovered(*base, *head);
    row.resolved = !row.difference->interval->contains(0);
  }
  if (!(base->value > 0) || !(head->value > 0)) return row;
  row.ratio = LoadFigure{head->value / base->value, std::nullopt};
  const LoadFigure below = logarithm(*base);
  const LoadFigure above = logarithm(*head);
  if (!below.interval || !above.interval) return row;
  const stats::Interval logs = recovered(below, above);
  row.ratio->interval = stats::Interval{std::exp(logs.low), std::exp(logs.high)};
  return row;
}

LoadDiffFindings load_diff(const LoadFindings& base, const LoadFindings& head) {
  LoadDiffFindings findings;
  findings.base = base.header;
  findings.head = head.header;
  refuse_invalid(findings, base, "baseline");
  refuse_invalid(findings, head, "head");
  name_differences(findings);
  std::vector<bool> taken(head.stages.size(), false);
  for (const LoadStageFindings& stage : base.stages) {
    std::size_t match = 0;
    while (match < head.stages.size() && (taken[match] || head.stages[match].row.asked != stage.row.asked))
      ++match;
    if (match == head.stages.size()) {
      findings.only_base.push_back(stage.row.stage);
      continue;
    }
    taken[match] = true;
    findings.stages.push_back(stage_diff(stage, head.stages[match]));
  }
  for (std::size_t i = 0; i < head.stages.size(); ++i)
    if (!taken[i]) findings.only_head.push_back(head.stages[i].row.stage);
  if (findings.stages.empty()) {
    findings.comparable = false;
    findings.refusals.emplace_back("no stage asked the same in both runs: run both with the same options");
  }
  compare_runs(findings, base, head);
  return findings;
}

}  // namespace costwar::analysis
