// What a load run says in words.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "analysis/load/load_run.h"
#include "reports/render/cell_text.h"
#include "reports/views/load_parts.h"

namespace costwar::reports {
namespace {

using analysis::LatencyFigures;
using analysis::LoadFigure;
using analysis::LoadFindings;
using analysis::LoadStageFindings;
using analysis::LoadVerdictKind;

std::string load_percentile_words(const LatencyFigures& figures) {
  if (!figures.p50) return {};
  std::string text = duration_words(figures.p50->value) + " at the median";
  for (const auto& [name, figure] :
       {std::pair("p99", &figures.p99), std::pair("p95", &figures.p95), std::pair("p90", &figures.p90)})
    if (*figure) return text + fmt::format(" and {} at {}", duration_words((*figure)->value), name);
  return text;
}

std::string load_figure_words(const LoadFigure& figure) {
  return joined(cell_text(figure_cell(figure)));
}

std::string load_money_words(const Money& money) {
  return money_text(money, money_decimals(money));
}

// ", for $4.12 an hour ($0.73 per million output tokens)"
std::string load_cost_words(const LoadStageFindings& stage) {
  if (!stage.money || (!stage.money->per_hour && !stage.money->per_million_output)) return {};
  const std::string bound = stage.money->lower_bound ? "at least " : "";
  const std::string tokens =
      stage.money->per_million_output
          ? load_money_words(*stage.money->per_million_output) + " per million output tokens"
          : std::string();
  if (!stage.money->per_hour) return fmt::format(", for {}{}", bound, tokens);
  return fmt::format(", for {}{} an hour{}", bound, load_money_words(*stage.money->per_hour),
                     tokens.empty() ? "" : " (" + tokens + ")");
}

std::string load_kept_words(const LoadStageFindings& stage) {
  if (stage.goodput.empty()) return {};
  const analysis::Goodput& goodput = stage.goodput.front();
  const std::string share = joined(cell_text(figure_cell(goodput.share, 1, NumberStyle::share)));
  const std::optional<bool> kept = analysis::objectives_kept(stage);
  const std::string asked = joined(cell_text(NumberCell{goodput.objectives.share, 0, NumberStyle::share}));
  return fmt::format(" {} of the requests keep {}{}.", share, objectives_words(goodput.objectives),
                     !kept   ? fmt::format(", which does not resolve whether {} do", asked)
                     : *kept ? ""
                             : fmt::format(", and {} are asked for", asked));
}

std::string stage_sentences(const LoadFindings& findings, const LoadStageFindings& stage) {
  const std::string latency = latency_words(stage);
  return fmt::format("{} serves {} {} {}{}{}.", findings.header.model.name, throughput_words(stage),
                     stage.row.asked.open() ? "at" : "with", asked_words(stage.row.asked),
                     load_cost_words(stage), latency.empty() ? "" : "; " + latency) +
         load_kept_words(stage);
}

// What a ramp comes to: the first part within 5 % of the highest rate, and how the wait grew.
std::string ramp_sentences(const LoadFindings& findings, const LoadStageFindings& stage) {
  const analysis::LoadSlice* most = nullptr;
  const analysis::LoadSlice* first = nullptr;
  const analysis::LoadSlice* last = nullptr;
  for (const analysis::LoadSlice& slice : stage.slices) {
    if (most == nullptr || slice.requests_per_s > most->requests_per_s * 1.05) most = &slice;
    if (!slice.ttft_p50) continue;
    if (first == nullptr) first = &slice;
    last = &slice;
  }
  if (most == nullptr) return stage_sentences(findings, stage);
  std::string text =
      fmt::format("while the load grows ({}), {} comes to {} requests a second, with {} in flight",
                  asked_words(stage.row.asked), findings.header.model.name, rate_words(most->requests_per_s),
                  rate_words(most->in_flight));
  if (last != first)
    text += fmt::format("; the first token comes after {} at the median in the beginning and {} in the end",
                        duration_words(*first->ttft_p50), duration_words(*last->ttft_p50));
  return text + "." + load_kept_words(stage);
}

bool nothing_ended_well(const LoadFindings& findings) {
  return std::all_of(findings.stages.begin(), findings.stages.end(),
                     [](const LoadStageFindings& stage) { return stage.ok + stage.cut == 0; });
}

std::string failed_sentences(const LoadFindings& findings) {
  std::uint64_t failed = 0;
  const analysis::FailureCount* most = nullptr;
  for (const LoadStageFindings& stage : findings.stages) {
    failed += stage.failed;
    for (const analysis::FailureCount& failure : stage.failures)
      if (most == nullptr || failure.calls > most->calls) most = &failure;
  }
  if (failed == 0) return fmt::format("{} was asked nothing.", findings.header.model.name);
  return fmt::format("no request to {} ended well: {} failed{}.", findings.header.model.name,
                     grouped(static_cast<std::int64_t>(failed)),
                     most == nullptr         ? std::string()
                     : most->example.empty() ? fmt::format(" ({})", most->outcome)
                                             : fmt::format(" ({}: {})", most->outcome, most->example));
}

std::string asked_rate_words(double per_second) {
  return fmt::format("{:.4g}", per_second);
}

std::string highest_sentences(const LoadFindings& findings) {
  const analysis::HighestRate& highest = *findings.highest;
  const std::string& model = findings.header.model.name;
  const std::string objectives = objectives_words(highest.objectives);
  const std::string share = joined(cell_text(NumberCell{highest.objectives.share, 0, NumberStyle::share}));
  const std::string doubt = highest.resolved ? "" : " One of the two is not resolved: more calls would tell.";
  if (!highest.kept && !highest.broken)
    return fmt::format("no rate of {} could be judged by {}.", model, objectives);
  if (!highest.kept)
    return fmt::format(
        "{} does not keep {} for {} of the requests even at {} a second, the lowest rate "
        "tried.{}",
        model, objectives, share, asked_rate_words(*highest.broken), doubt);
  const LoadStageFindings* stage = answer_stage(findings);
  const std::string cost = stage != nullptr ? load_cost_words(*stage) : std::string();
  if (!highest.broken)
    return fmt::format(
        "{} keeps {} for {} of the requests at {} a second, the highest rate tried{}; where it "
        "breaks them is above.{}",
        model, objectives, share, asked_rate_words(*highest.kept), cost, doubt);
  return fmt::format("{} keeps {} for {} of the requests up to {} a second{}, and no longer at {}.{}", model,
                     objectives, share, asked_rate_words(*highest.kept), cost,
                     asked_rate_words(*highest.broken), doubt);
}

std::string knee_sentences(const LoadFindings& findings) {
  const analysis::Knee& knee = *findings.knee;
  const std::string text =
      fmt::format("{} serves at most {} requests a second, which it reaches with about {} at once",
                  findings.header.model.name, load_figure_words(knee.requests_per_s),
                  load_figure_words(knee.concurrency));
  const LoadStageFindings* stage = answer_stage(findings);
  const std::string latency = stage != nullptr ? latency_words(*stage) : std::string();
  if (latency.empty()) return text + "; more at once only wait longer.";
  return text + fmt::format("; with {}{}, {}, and more only wait longer.", asked_words(stage->row.asked),
                            load_cost_words(*stage), latency);
}

// The stage with the most output, where no other answer was looked for.
std::string curve_sentences(const LoadFindings& findings) {
  const LoadStageFindings* best = answer_stage(findings);
  for (const LoadStageFindings& stage : findings.stages)
    if (stage.verdict.kind != LoadVerdictKind::invalid &&
        (best == nullptr || stage.requests_per_s.value > best->requests_per_s.value))
      best = &stage;
  if (best == nullptr) return "nothing was measured.";
  return fmt::format("of {} stages the most is {}: ", findings.stages.size(), stage_words(*best)) +
         stage_sentences(findings, *best);
}

}  // namespace

std::string duration_words(double seconds) {
  if (std::abs(seconds) < 1)
    return fmt::format("{:.{}f} ms", seconds * kMilli, three_digits(seconds * kMilli));
  return fmt::format("{:.{}f} s", seconds, three_digits(seconds));
}

std::string rate_words(double per_second) {
  if (per_second >= 1000 && std::isfinite(per_second)) return grouped(std::llround(per_second));
  return joined(cell_text(NumberCell{per_second, three_digits(per_second)}));
}

std::string sentence(std::string_view words) {
  std::string text = with_stop(words);
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string with_stop(std::string_view words) {
  std::string text(words);
  if (text.empty()) return text;
  if (text.back() != '.' && text.back() != '?' && text.back() != '!') text += '.';
  return text;
}

std::string asked_words(const LoadStage& asked) {
  if (asked.arrivals == Arrivals::closed)
    return asked.concurrency_from
               ? fmt::format("{} to {} at once", grouped(static_cast<std::int64_t>(*asked.concurrency_from)),
                             grouped(static_cast<std::int64_t>(asked.concurrency)))
               : fmt::format("{} at once", grouped(static_cast<std::int64_t>(asked.concurrency)));
  std::string text = asked.rate_from ? fmt::format("{:.4g} to {:.4g}/s", *asked.rate_from, asked.rate)
                                     : fmt::format("{:.4g}/s", asked.rate);
  switch (asked.arrivals) {
    case Arrivals::constant:
      return text + ", evenly spaced";
    case Arrivals::poisson:
      return text + ", Poisson";
    case Arrivals::gamma:
      return text + fmt::format(", gamma {:.4g}", asked.burstiness);
    case Arrivals::trace:
      return asked.rate > 0 ? text + ", as a trace has them" : "the arrivals of a trace";
    case Arrivals::closed:
      break;
  }
  return text;
}

std::string objectives_words(const analysis::ServiceObjectives& objectives) {
  std::string text;
  for (const auto& [name, bound] :
       {std::pair("ttft", objectives.ttft), std::pair("visible ttft", objectives.ttft_visible),
        std::pair("tpot", objectives.tpot), std::pair("e2e", objectives.e2e),
        std::pair("gap", objectives.gap)})
    if (bound)
      text +=
          fmt::format("{}{} ≤ {}", text.empty() ? "" : ", ", name,
                      *bound < 1 ? fmt::format("{:g} ms", *bound * kMilli) : fmt::format("{:g} s", *bound));
  if (text.empty()) text = "no bound";
  return objectives.name.empty() ? text : fmt::format("{} ({})", objectives.name, text);
}

std::string stage_words(const LoadStageFindings& stage) {
  return fmt::format("stage {} ({})", stage.row.stage + 1, asked_words(stage.row.asked));
}

std::string throughput_words(const LoadStageFindings& stage) {
  std::string text = fmt::format("{} requests", rate_words(stage.requests_per_s.value));
  if (stage.output_tokens_per_s.value > 0)
    text += fmt::format(" and {} output tokens", rate_words(stage.output_tokens_per_s.value));
  return text + " a second";
}

std::string latency_words(const LoadStageFindings& stage) {
  const LoadStage& asked = stage.row.asked;
  if (const std::string ttft = load_percentile_words(ranked_ttft(asked, stage)); !ttft.empty())
    return fmt::format("the first token comes after {}", ttft);
  if (const std::string e2e = load_percentile_words(ranked_e2e(asked, stage)); !e2e.empty())
    return fmt::format("an answer takes {}", e2e);
  return {};
}

std::string load_headline(const LoadFindings& findings) {
  const analysis::LoadVerdict& verdict = findings.verdict;
  if (verdict.kind == LoadVerdictKind::invalid) {
    const std::string first = verdict.reasons.empty() ? "nothing was measured" : verdict.reasons.front();
    const std::size_t more = verdict.reasons.size() > 1 ? verdict.reasons.size() - 1 : 0;
    return fmt::format("INVALID: {}{}{}", with_stop(first),
                       more > 0 ? fmt::format(" ({} more reason{} below.)", more, more == 1 ? "" : "s") : "",
                       findings.stages.empty()
                           ? std::string()
                           : fmt::format(" The figures of {} are shown, and not to be relied on.",
                                         findings.header.model.name));
  }
  const std::string kind = verdict.kind == LoadVerdictKind::valid ? "Valid: " : "Valid with notes: ";
  if (nothing_ended_well(findings)) return kind + failed_sentences(findings);
  if (findings.highest) return kind + highest_sentences(findings);
  if (findings.knee) return kind + knee_sentences(findings);
  if (one_stage(findings)) {
    const LoadStageFindings& stage = findings.stages.front();
    return kind +
           (stage.row.asked.ramp() ? ramp_sentences(findings, stage) : stage_sentences(findings, stage));
  }
  return kind + curve_sentences(findings);
}

}  // namespace costwar::reports
