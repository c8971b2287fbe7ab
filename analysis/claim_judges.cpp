#include "analysis/claim_judges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace costwar::analysis {
namespace {

JudgedClaim without_evidence(std::string why) {
  JudgedClaim judged;
  judged.because = std::move(why);
  return judged;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

ClaimBasis basis_of(const PublishedScore& a, const PublishedScore& b) {
  if (a.origin != b.origin) return ClaimBasis::published_mixed;
  if (a.origin == ScoreOrigin::vendor) return ClaimBasis::published_vendor;
  return a.origin == ScoreOrigin::independent ? ClaimBasis::published_independent : ClaimBasis::imported;
}

bool is_share(const PublishedScore& it) {
  return it.score && !it.lower_is_better &&
         (it.scale == ScoreScale::percent || it.scale == ScoreScale::fraction);
}

double share_of(const PublishedScore& it) {
  return it.scale == ScoreScale::percent ? it.score->value / 100 : it.score->value;
}

// Independent items of a published share: tasks where trials of a task are related, else items; from a
// published uncertainty the number of items that has it. nullopt: not known.
std::optional<double> items_of(const PublishedScore& it) {
  for (const auto& [name, value] : it.parameters)
    if (name == "tasks") return std::strtod(value.c_str(), nullptr);
  if (it.uncertainty) {
    const double percent_scale = it.scale == ScoreScale::percent ? 100 : 1;
    double error = it.uncertainty->amount.value / percent_scale;
    if (it.uncertainty->kind != UncertaintyKind::standard_error) error /= 1.96;
    const double share = share_of(it);
    if (error > 0 && share > 0 && share < 1) return share * (1 - share) / (error * error);
  }
  if (it.n) return static_cast<double>(*it.n);
  return std::nullopt;
}

ClaimRatio published_capability(const PublishedScore& cheap, const PublishedScore& strong,
                                const ClaimOptions& options) {
  ClaimRatio ratio;
  ratio.kind = "published scores";
  const auto value = score_ratio(cheap, strong);
  if (!value) {
    ratio.unknown =
        fmt::format("the zero of an {} is arbitrary, so it has no ratio", score_scale_name(cheap.scale));
    return ratio;
  }
  if (cheap.lower_is_better) {
    ratio.unknown = "lower is better there, so a ratio says nothing of capability";
    return ratio;
  }
  const auto first = items_of(cheap), second = items_of(strong);
  if (is_share(cheap) && is_share(strong) && first && second)
    return unpaired_capability_ratio(share_of(cheap), *first, share_of(strong), *second, options);
  ratio.value = value;
  ratio.unknown = "no sample size is published for both, so there is no interval";
  return ratio;
}

ClaimRatio published_cost_ratio(const PublishedScore& cheap, const PublishedScore& strong) {
  ClaimRatio ratio;
  ratio.kind = "cost per task as published";
  const CostPerItem first = published_cost(cheap), second = published_cost(strong);
  if (!first.per_item || !second.per_item || second.per_item->is_zero()) {
    ratio.unknown = "no cost is published for both";
    return ratio;
  }
  ratio.value = first.per_item->approximate() / second.per_item->approximate();
  ratio.unknown = "point only: no per-task costs";
  return ratio;
}

std::string cost_words(const PublishedScore& cheap, const PublishedScore& strong) {
  const CostPerItem first = published_cost(cheap), second = published_cost(strong);
  std::string text;
  if (first.per_item && second.per_item)
    text += fmt::format("; {} against {} per task", format_money(*first.per_item),
                        format_money(*second.per_item));
  if (first.per_solved && second.per_solved && !second.per_solved->is_zero())
    text += fmt::format(" (per solved task {:.3f} times)",
                        first.per_solved->approximate() / second.per_solved->approximate());
  return text;
}

void join(std::string& text, const std::string& more) {
  if (more.empty()) return;
  text += (text.empty() ? "" : "; ") + more;
}

}  // namespace

std::string_view claim_basis_name(ClaimBasis basis) {
  switch (basis) {
    case ClaimBasis::measured:
      return "measured";
    case ClaimBasis::imported:
      return "imported";
    case ClaimBasis::measured_and_imported:
      return "measured against imported";
    case ClaimBasis::published_vendor:
      return "published by the makers";
    case ClaimBasis::published_independent:
      return "published by others";
    case ClaimBasis::published_mixed:
      return "published by different parties";
    case ClaimBasis::list_price:
      return "list price";
    case ClaimBasis::catalogue:
      return "catalogue";
    case ClaimBasis::vendor_claim:
      break;
  }
  return "claimed by the vendor";
}

JudgedClaim judge_measured(const ClaimBounds& bounds, const SharedOutcomes& shared, std::size_t cheap,
                           std::size_t strong, std::span<const Difference> differences,
                           const ClaimOptions& options) {
  const ModelOutcomes& first = shared.models[cheap];
  const ModelOutcomes& second = shared.models[strong];
  const ClaimFinding finding = judge_claim(bounds, capability_ratio(shared, cheap, strong, options),
                                           total_cost_ratio(shared, cheap, strong, options), options.alpha);
  JudgedClaim judged;
  judged.verdict = finding.verdict;
  judged.items_needed = finding.items_needed;
  ClaimEvidence row;
  row.what = shared.clustered()
                 ? fmt::format("{} tries of {} independent items", shared.rows(), shared.clusters)
                 : fmt::format("{} items", shared.rows());
  row.basis = first.evidence != second.evidence      ? ClaimBasis::measured_and_imported
              : first.evidence == Evidence::measured ? ClaimBasis::measured
                                                     : ClaimBasis::imported;
  if (row.basis == ClaimBasis::measured_and_imported)
    judged.warnings.push_back(
        "One of them was measured here, the other imported: costs and conditions may differ.");
  row.verdict = finding.verdict;
  row.figures = fmt::format("{} solves {}, {} {}", first.label, percent(first.quality()), second.label,
                            percent(second.quality()));
  for (const ClaimPart& part : finding.parts) {
    (part.capability ? row.capability : row.cost) = part;
    join(row.doubt, part.ratio.unknown);
  }
  for (const Difference& difference : differences) join(row.doubt, difference.words);
  if (!differences.empty())
    judged.warnings.push_back(
        "The models were not measured in the same way: the verdict is about these systems, "
        "not about the models.");
  judged.because = row.doubt.empty() ? "" : finding.verdict == ClaimVerdict::no_evidence ? row.doubt : "";
  judged.evidence.push_back(std::move(row));
  return judged;
}

ClaimEvidence judge_published_pair(const ClaimBounds& bounds, const PublishedScore& cheap,
                                   const PublishedScore& strong, const ClaimOptions& options) {
  const ScoreComparability both = comparable(cheap, strong);
  if (!both.comparable())
    throw Error(ErrorKind::input,
                fmt::format("{} and {} cannot be compared: {}", cheap.id, strong.id, both.refusal),
                "name rows of one benchmark, variant and metric: costwar scores compare shows them");
  const ClaimFinding finding = judge_claim(bounds, published_capability(cheap, strong, options),
                                           published_cost_ratio(cheap, strong), options.alpha);
  ClaimEvidence row;
  row.what = benchmark_text(cheap);
  row.basis = basis_of(cheap, strong);
  row.verdict = finding.verdict;
  row.figures =
      fmt::format("{} against {}{}", score_text(cheap), score_text(strong), cost_words(cheap, strong));
  for (const ClaimPart& part : finding.parts) {
    (part.capability ? row.capability : row.cost) = part;
    join(row.doubt, part.ratio.unknown);
  }
  for (const SoftDifference& difference : both.differences) join(row.doubt, difference.words);
  row.source = cheap.source == strong.source ? cheap.source : cheap.source + "; " + strong.source;
  row.date = std::max(cheap.date, strong.date);
  return row;
}

JudgedClaim judge_published(const ClaimBounds& bounds, const std::vector<ClaimEvidence>& pairs) {
  if (pairs.empty()) return without_evidence("no benchmark has comparable published rows of both");
  JudgedClaim judged;
  judged.evidence = pairs;
  std::size_t supported = 0, refuted = 0, unresolved = 0, meeting = 0, points = 0;
  for (const ClaimEvidence& row : pairs) {
    supported += row.verdict == ClaimVerdict::supported ? 1 : 0;
    refuted += row.verdict == ClaimVerdict::refuted ? 1 : 0;
    unresolved += row.verdict == ClaimVerdict::unresolved ? 1 : 0;
    if (!row.capability || !row.capability->ratio.value || !bounds.capability) continue;
    ++points;
    if (*row.capability->ratio.value >= *bounds.capability) ++meeting;
  }
  if (supported + refuted > 0 && unresolved == 0 && (supported == 0 || refuted == 0))
    judged.verdict = supported > 0 ? ClaimVerdict::supported : ClaimVerdict::refuted;
  else if (supported + refuted + unresolved > 0)
    judged.verdict = ClaimVerdict::unresolved;
  judged.because = fmt::format("of {} comparable rows {} support it, {} refute it, {} leave it open",
                               pairs.size(), supported, refuted, unresolved);
  if (points > 0)
    judged.because += fmt::format("; on {} of {} the score alone is at least {} of the other's", meeting,
                                  points, percent(*bounds.capability));
  if (bounds.cost)
    judged.because += fmt::format("; costs are published for {} of them",
                                  std::count_if(pairs.begin(), pairs.end(), [](const ClaimEvidence& row) {
                                    return row.cost && row.cost->ratio.value;
                                  }));
  const bool harness = std::any_of(pairs.begin(), pairs.end(), [](const ClaimEvidence& row) {
    return row.doubt.find("harness") != std::string::npos;
  });
  if (harness)
    judged.warnings.push_back(
        "Harnesses differ between the two (see the rows): the verdict is about systems, not about models.");
  return judged;
}

JudgedClaim judge_lag(const std::vector<LagRow>& rows, const MonthRange& range) {
  const LagSummary summary = summarise_lag(rows, range);
  JudgedClaim judged;
  constexpr std::array kVerdicts{ClaimVerdict::supported, ClaimVerdict::refuted, ClaimVerdict::unresolved,
                                 ClaimVerdict::no_evidence};
  judged.verdict = kVerdicts.at(static_cast<std::size_t>(summary.verdict));
  for (const LagRow& lag : rows) {
    if (lag.evidence == LagEvidence::none) continue;
    ClaimEvidence row;
    row.what = benchmark_text(*lag.score);
    row.basis = lag.score->origin == ScoreOrigin::vendor        ? ClaimBasis::published_vendor
                : lag.score->origin == ScoreOrigin::independent ? ClaimBasis::published_independent
                                                                : ClaimBasis::imported;
    row.verdict = kVerdicts.at(static_cast<std::size_t>(lag_verdict(lag, range)));
    const auto months = [](double value) { return fmt::format("{:.1f}", value); };
    row.figures = lag.low && lag.high ? fmt::format("{} to {} months", months(*lag.low), months(*lag.high))
                  : lag.low           ? fmt::format("at least {} months", months(*lag.low))
                                      : fmt::format("at most {} months", months(*lag.high));
    join(row.doubt, lag.why);
    row.source = lag.score->source;
    row.date = lag.score->date;
    judged.evidence.push_back(std::move(row));
  }
  const auto count = [&](LagVerdict verdict) { return summary.rows.at(static_cast<std::size_t>(verdict)); };
  judged.because =
      judged.evidence.empty()
          ? "no published row of an older or newer frontier model bounds it"
          : fmt::format("of {} benchmarks {} support it, {} refute it, {} leave it open, {} say nothing",
                        rows.size(), count(LagVerdict::supported), count(LagVerdict::refuted),
                        count(LagVerdict::unresolved), count(LagVerdict::no_evidence));
  return judged;
}

}  // namespace costwar::analysis
