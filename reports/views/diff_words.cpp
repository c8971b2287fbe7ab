#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/diff_parts.h"

namespace costwar::reports {
namespace {

using analysis::Diff;
using analysis::MissingReason;
using analysis::PairFinding;
using analysis::Verdict;

std::string bounds(const stats::Interval& interval, int decimals, NumberStyle style) {
  const CellText text = cell_text(IntervalCell{0, interval.low, interval.high, decimals, style});
  return fmt::format("[{}, {}]", text.low, text.high);
}

std::string test_words(const PairFinding& pair) {
  if (!pair.p) return {};
  return fmt::format(", {} {}", pair.clustered() ? "clustered" : "exact McNemar", p_words(*pair.p));
}

std::string quality_sentence(const Diff& diff) {
  const PairFinding& pair = diff.overall.pair;
  const std::string n = grouped(pair.counts.items());
  if (!pair.interval)
    return fmt::format(
        "All {} shared answers of {} and {} belong to one cluster, from which no difference can be told", n,
        diff.first_label, diff.second_label);
  const int decimals = supported_decimals(pair.interval->width() * 100);
  const std::string interval = bounds(*pair.interval, decimals, NumberStyle::points);
  if (pair.difference == 0)
    return fmt::format("{} and {} solve equally many (n = {}, the difference is within {} points)",
                       diff.first_label, diff.second_label, n, interval);
  std::string points = cell_text(NumberCell{std::abs(pair.difference), decimals, NumberStyle::points}).text;
  if (points.starts_with('+')) points.erase(0, 1);
  const std::string by = fmt::format("{} is {} points {} than {}", diff.first_label, points,
                                     pair.difference > 0 ? "better" : "worse", diff.second_label);
  if (pair.quality == Verdict::unresolved)
    return fmt::format("{}, which n = {} does not resolve ({}{})", by, n, interval, test_words(pair));
  return fmt::format("{} (resolved at n = {}, {}{})", by, n, interval, test_words(pair));
}

std::string cost_sentence(const Diff& diff) {
  const PairFinding& pair = diff.overall.pair;
  if (!pair.cost_ratio || !pair.cost_interval || !std::isfinite(*pair.cost_ratio) || *pair.cost_ratio == 0)
    return {};
  const int decimals = ratio_decimals(*pair.cost_interval);
  return fmt::format(", and costs {} times as much per solved task {}{}",
                     cell_text(NumberCell{*pair.cost_ratio, decimals, NumberStyle::plain}).text,
                     bounds(*pair.cost_interval, decimals, NumberStyle::factor),
                     pair.cost == Verdict::unresolved ? ", not resolved" : "");
}

// Not of the model's making.
bool is_infrastructure(Outcome outcome) {
  switch (outcome) {
    case Outcome::truncated:
    case Outcome::stream_error:
    case Outcome::timed_out:
    case Outcome::queued_never_started:
    case Outcome::capacity:
    case Outcome::server_error:
    case Outcome::network:
    case Outcome::protocol:
      return true;
    default:
      return false;
  }
}

// "2 infrastructure errors (1 network, 1 timed_out), 1 never asked"
std::string reasons_words(std::vector<MissingReason> reasons) {
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const MissingReason& a, const MissingReason& b) { return a.trials > b.trials; });
  std::int64_t infrastructure = 0;
  std::string kinds;
  std::string others;
  for (const MissingReason& reason : reasons) {
    const std::string_view name = reason.outcome ? outcome_row(*reason.outcome).name : "never asked";
    const bool infra = reason.outcome && is_infrastructure(*reason.outcome);
    std::string& text = infra ? kinds : others;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(reason.trials), name);
    if (infra) infrastructure += reason.trials;
  }
  if (infrastructure == 0) return others;
  return fmt::format("{} infrastructure error{} ({}){}{}", grouped(infrastructure),
                     infrastructure == 1 ? "" : "s", kinds, others.empty() ? "" : ", ", others);
}

std::int64_t total(const std::vector<MissingReason>& reasons) {
  std::int64_t trials = 0;
  for (const MissingReason& reason : reasons) trials += reason.trials;
  return trials;
}

}  // namespace

std::string p_words(double p) {
  if (p >= 0.001) return fmt::format("p = {:.2g}", p);
  return p > 0 ? fmt::format("p = {:.0e}", p) : "p < 1e-300";
}

std::string diff_headline(const Diff& diff) {
  return quality_sentence(diff) + cost_sentence(diff) + ".";
}

std::string coverage_words(const Diff& diff) {
  const analysis::DiffCoverage& coverage = diff.coverage;
  const std::int64_t planned = coverage.shared + coverage.only_first + coverage.only_second;
  std::string text = fmt::format("{} of {} items paired", grouped(coverage.paired), grouped(planned));
  const auto add = [&](const std::vector<MissingReason>& reasons, const std::string& label,
                       std::string_view what) {
    if (!reasons.empty())
      text += fmt::format("; {} {} {}: {}", grouped(total(reasons)), what, label, reasons_words(reasons));
  };
  if (coverage.only_first > 0)
    text += fmt::format("; {} only put to {}", grouped(coverage.only_first), diff.first_label);
  if (coverage.only_second > 0)
    text += fmt::format("; {} only put to {}", grouped(coverage.only_second), diff.second_label);
  add(coverage.missing_first, diff.first_label, "without a result of");
  add(coverage.missing_second, diff.second_label, "without a result of");
  add(coverage.failed_first, diff.first_label, "counted as not solved because they finally failed for");
  add(coverage.failed_second, diff.second_label, "counted as not solved because they finally failed for");
  return text + ".";
}

}  // namespace costwar::reports
