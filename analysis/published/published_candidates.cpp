#include "analysis/published/published_candidates.h"

#include <fmt/format.h>

#include <utility>

#include "analysis/decision_figures.h"
#include "analysis/published/published_cost.h"
#include "analysis/published/score_doubt.h"

namespace costwar::analysis {
namespace {

constexpr std::int64_t kThousandTasks = 1000;

Observation not_published(std::string why) {
  Observation seen;
  seen.unknown = std::move(why);
  return seen;
}

std::string score_source(const PublishedScore& it) {
  return fmt::format("{} on {}, {}{}: {}", score_text(it), benchmark_text(it),
                     it.measured_by.empty() ? "measurer not told" : it.measured_by,
                     it.date.empty() ? "" : " " + it.date, it.source);
}

class PublishedFigures {
 public:
  PublishedFigures(const PublishedScore& score, const DecisionOptions& options)
      : score_(score), options_(options), cost_(published_cost(score)) {}

  SeenFigure see(const std::string& name) const {
    SeenFigure figure;
    figure.evidence = kind_of_origin(score_.origin);
    figure.source = score_source(score_);
    if (name == "quality" || name == "quality/" + score_.benchmark_id)
      figure.seen = quality();
    else if (name == "usd_per_thousand_tasks")
      see_cost(figure, cost_.per_item, cost_.per_item_basis);
    else if (name == "usd_per_thousand_solved")
      see_cost(figure, cost_.per_solved, cost_.per_solved_basis);
    else if (name.starts_with("latency_"))
      figure.seen = not_published(latency_words());
    else if (const std::string_view part = figure_part(name); !part.empty())
      figure.seen = not_published(fmt::format("this is a score on {}, not on {}", score_.benchmark_id, part));
    else
      figure.seen = not_published("its source does not tell it");
    return figure;
  }

 private:
  Observation quality() const {
    const auto full = full_score(score_);
    if (!full)
      return not_published(fmt::format("{} is no share of items that were solved", benchmark_text(score_)));
    if (!score_.score) return not_published("only a range was published");
    Observation seen;
    seen.value = score_.score->value / *full;
    seen.n = independent_items(score_).value_or(0);
    if (const auto doubt = score_doubt(score_, options_.level)) {
      seen.low = doubt->interval.low / *full;
      seen.high = doubt->interval.high / *full;
    }
    return seen;
  }

  // It does not move: how far a published mean may be off is not told.
  void see_cost(SeenFigure& figure, const std::optional<Money>& cost, const std::string& basis) const {
    if (!cost) {
      figure.seen = not_published("no cost was published");
      return;
    }
    figure.seen.value = cost->times(kThousandTasks);
    figure.seen.n = score_.n.value_or(0);
    figure.scores.assign(static_cast<std::size_t>(options_.draws), 0.0);
    figure.source = fmt::format("{}; {}", basis, score_.source);
  }

  std::string latency_words() const {
    for (const auto& [key, seconds] : score_.times)
      if (key.starts_with("mean_"))
        return fmt::format("only a mean of {} s was published, no quantile", seconds.text);
    return "no times were published";
  }

  const PublishedScore& score_;
  const DecisionOptions& options_;
  CostPerItem cost_;
};

}  // namespace

EvidenceKind kind_of_origin(ScoreOrigin origin) {
  switch (origin) {
    case ScoreOrigin::vendor:
      return EvidenceKind::published_vendor;
    case ScoreOrigin::independent:
      return EvidenceKind::published_independent;
    case ScoreOrigin::imported:
      break;
  }
  return EvidenceKind::imported;
}

std::vector<Candidate> published_candidates(const std::vector<const PublishedScore*>& scores,
                                            const std::vector<std::string>& labels, const Policy& policy,
                                            const DecisionOptions& options) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Candidate candidate;
    candidate.label = labels.at(i);
    candidate.model = scores[i]->model_id;
    candidate.evidence = kind_of_origin(scores[i]->origin);
    const PublishedFigures figures(*scores[i], options);
    for (const std::string& name : figures_of_policy(policy)) candidate.figures[name] = figures.see(name);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace costwar::analysis
