// What a load run says in words.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

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
  for (const auto& [name, figure] : {std::pair("p99", &figures.p99), std::pair("p95", &figures.p95),
                                     std::pair("p90", &figures.p90)})
    if (*figure) return text + fmt::format(" and {} at {}", duration_words((*figure)->value), name);
  return text;
}

std::string load_figure_words(const LoadFigure& figure) {
  return joined(cell_text(figure_cell(figure)));
}

std::string load_money_words(const Money& money) {
  return money_text(money, money_decimals(money));
}

// " That load costs $4.12 an hour, $0.73 per million output tokens."
std::string load_cost_sentence(const LoadStageFindings& stage, std::string_view subject) {
  if (!stage.money || (!stage.money->per_hour && !stage.money->per_million_output)) return {};
  std::string text = fmt::format(" {} costs {}", subject, stage.money->lower_bound ? "at least " : "");
  if (stage.money->per_hour) text += load_money_words(*stage.money->per_hour) + " an hour";
  if (stage.money->per_million_output)
    text += fmt::format("{}{} per million output tokens", stage.money->per_hour ? ", " : "",
                        load_money_words(*stage.money->per_million_output));
  return text + ".";
}

std::string load_kept_words(const LoadStageFindings& stage) {
  if (stage.goodput.empty()) return {};
  const analysis::Goodput& goodput = stage.goodput.front();
  const std::string share = joined(cell_text(figure_cell(goodput.share, 1, NumberStyle::share)));
  return fmt::format(" {} of the requests keep {}{}.", share, objectives_words(goodput.objectives),
                     goodput.kept ? (*goodput.kept ? "" : ", which is too few")
                                  : ", which does not resolve whether that is enough");
}

std::string stage_sentences(const LoadFindings& findings, const LoadStageFindings& stage) {
  const std::string latency = latency_words(stage);
  return fmt::format("{} serves {} {}{}.", findings.header.model.name, throughput_words(stage),
                     stage.row.asked.ramp() ? fmt::format("while the load grows, {}", asked_words(stage.row.asked))
                                            : fmt::format("with {}", asked_words(stage.row.asked)),
                     latency.empty() ? "" : "; " + latency) +
         load_kept_words(stage) + load_cost_sentence(stage, "That load");
}

std::string highest_sentences(const LoadFindings& findings) {
  const analysis::HighestRate& highest = *findings.highest;
  const std::string& model = findings.header.model.name;
  const std::string objectives = objectives_words(highest.objectives);
  const std::string share =
      joined(cell_text(NumberCell{highest.objectives.share, 0, NumberStyle::share}));
  const std::string doubt = highest.resolved ? "" : " One of the two is not resolved: more calls would tell.";
  if (!highest.kept && !highest.broken)
    return fmt::format("no rate of {} could be judged by {}.", model, objectives);
  if (!highest.kept)
    return fmt::format("{} does not keep {} for {} of the requests even at {} requests a second, the lowest rate "
                       "tried.{}",
                       model, objectives, share, rate_words(*highest.broken), doubt);
  const LoadStageFindings* stage = answer_stage(findings);
  const std::string cost = stage != nullptr ? load_cost_sentence(*stage, "That rate") : std::string();
  if (!highest.broken)
    return fmt::format("{} keeps {} for {} of the requests at {} requests a second, the highest rate tried; where "
                       "it breaks them is above.{}{}",
                       model, objectives, share, rate_words(*highest.kept), doubt, cost);
  return fmt::format("{} keeps {} for {} of the requests up to {} requests a second, and no longer at {}.{}{}",
                     model, objectives, share, rate_words(*highest.kept), rate_words(*highest.broken), doubt,
                     cost);
}

std::string knee_sentences(const LoadFindings& findings) {
  const analysis::Knee& knee = *findings.knee;
  std::string text = fmt::format("{} serves at most {} requests a second, which it reaches with about {} at once",
                                 findings.header.model.name, load_figure_words(knee.requests_per_s),
                                 load_figure_words(knee.concurrency));
  const LoadStageFindings* stage = answer_stage(findings);
  if (stage == nullptr) return text + "; more at once only wait longer.";
  const std::string latency = latency_words(*stage);
  text += latency.empty() ? "; more at once only wait longer."
                          : fmt::format("; with {} {}, and more only wait longer.", asked_words(stage->row.asked),
                                        latency);
  return text + load_cost_sentence(*stage, fmt::format("That load ({})", asked_words(stage->row.asked)));
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
  if (std::abs(seconds) < 1) return fmt::format("{:.{}f} ms", seconds * kMilli, three_digits(seconds * kMilli));
  return fmt::format("{:.{}f} s", seconds, three_digits(seconds));
}

std::string rate_words(double per_second) {
  return joined(cell_text(NumberCell{per_second, three_digits(per_second)}));
}

std::string sentence(std::string_view words) {
  std::string text(words);
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.' && text.back() != '?' && text.back() != '!') text += '.';
  return text;
}

std::string asked_words(const LoadStage& asked) {
  if (asked.arrivals == Arrivals::closed)
    return asked.concurrency_from
               ? fmt::format("{} to {} at once", grouped(static_cast<std::int64_t>(*asked.concurrency_from)),
                             grouped(static_cast<std::int64_t>(asked.concurrency)))
               : fmt::format("{} at once", grouped(static_cast<std::int64_t>(asked.concurrency)));
  std::string text = asked.rate_from
                         ? fmt::format("{} to {} sessions/s", rate_words(*asked.rate_from), rate_words(asked.rate))
                         : fmt::format("{} sessions/s", rate_words(asked.rate));
  switch (asked.arrivals) {
    case Arrivals::constant:
      return text + " (evenly spaced)";
    case Arrivals::poisson:
      return text + " (Poisson)";
    case Arrivals::gamma:
      return text + fmt::format(" (gamma, burstiness {})", rate_words(asked.burstiness));
    case Arrivals::trace:
      return asked.rate > 0 ? text + " (of a trace)" : "the arrivals of a trace";
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
      text += fmt::format("{}{} ≤ {}", text.empty() ? "" : ", ", name,
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
    return fmt::format("INVALID: {}{} The figures of {} are shown, and not to be relied on.", sentence(first),
                       more > 0 ? fmt::format(" ({} more reason{} below.)", more, more == 1 ? "" : "s") : "",
                       findings.header.model.name);
  }
  const std::string kind = verdict.kind == LoadVerdictKind::valid ? "Valid: " : "Valid with notes: ";
  if (findings.highest) return kind + highest_sentences(findings);
  if (findings.knee) return kind + knee_sentences(findings);
  if (one_stage(findings)) return kind + stage_sentences(findings, findings.stages.front());
  return kind + curve_sentences(findings);
}

}  // namespace costwar::reports
