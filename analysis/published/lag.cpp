#include "analysis/published/lag.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace costwar::analysis {
namespace {

using Rows = std::vector<const PublishedScore*>;

// A score turned so that more is better, with what it may be.
struct Level {
  double value = 0;
  double low = 0;
  double high = 0;
};

Level level_of(const PublishedScore& it) {
  const ScoreRange range = *score_range(it);
  const double value = it.score->value;
  if (it.lower_is_better) return {-value, -range.high, -range.low};
  return {value, range.low, range.high};
}

bool better_score(const PublishedScore* a, const PublishedScore* b) {
  return level_of(*a).value > level_of(*b).value;
}

struct Point {
  const PublishedScore* score;
  Level level;
  std::optional<DaySpan> released;
};

std::optional<DaySpan> release_of(const ModelReleases& releases, const PublishedScore& it) {
  return releases.released(it.model_id, it.model_version,
                           it.days ? std::optional(it.days->last) : std::nullopt);
}

// The best of each model and version of other makers, by the measurer of `mine` where it measured it.
std::vector<Point> points_for(const PublishedScore& mine, const PublishedScores& scores,
                              const ModelReleases& releases) {
  const std::string maker = releases.maker_of(mine.model_id);
  const std::string key = comparison_key(mine);
  std::map<std::pair<std::string, std::string>, Rows> models;
  for (const PublishedScore& it : scores.records())
    if (it.score && comparison_key(it) == key && releases.maker_of(it.model_id) != maker)
      models[{releases.weights_of(it.model_id), it.model_version}].push_back(&it);
  std::vector<Point> points;
  for (auto& [model, rows] : models) {
    const auto same = [&](const PublishedScore* it) {
      return !mine.measured_by.empty() && it->measured_by == mine.measured_by;
    };
    if (std::any_of(rows.begin(), rows.end(), same))
      std::erase_if(rows, [&](const PublishedScore* it) { return !same(it); });
    const PublishedScore* best = *std::min_element(rows.begin(), rows.end(), better_score);
    points.push_back({best, level_of(*best), release_of(releases, *best)});
  }
  return points;
}

bool may_be_older(const Point& a, const Point& b) {
  return !a.released || a.released->first <= b.released->last;
}

// Whether the point stood on the frontier of the points on its day.
bool on_frontier(const Point& it, const std::vector<Point>& points, const ModelReleases& releases) {
  for (const Point& other : points)
    if (other.level.value > it.level.value && may_be_older(other, it)) return false;
  const std::string base = releases.edition_of(releases.weights_of(it.score->model_id));
  if (base.empty()) return true;
  return std::any_of(points.begin(), points.end(),
                     [&](const Point& other) { return releases.weights_of(other.score->model_id) == base; });
}

const Point* first_reaching(const std::vector<Point>& points, const Level& level) {
  const Point* first = nullptr;
  for (const Point& it : points)
    if (it.released && it.level.low >= level.high &&
        (first == nullptr || it.released->last < first->released->last ||
         (it.released->last == first->released->last && it.level.value > first->level.value)))
      first = &it;
  return first;
}

const Point* newest_below(const std::vector<Point>& points, const Level& level,
                          const ModelReleases& releases) {
  const auto may_reach = [&](const Point& it) { return it.level.high >= level.low; };
  const Point* newest = nullptr;
  for (const Point& it : points) {
    if (!it.released || may_reach(it) || !on_frontier(it, points, releases)) continue;
    const bool overtaken = std::any_of(points.begin(), points.end(), [&](const Point& other) {
      return may_reach(other) && may_be_older(other, it);
    });
    if (overtaken) continue;
    if (newest == nullptr || it.released->first > newest->released->first) newest = &it;
  }
  return newest;
}

double months_between(std::int64_t from, std::int64_t until) {
  return static_cast<double>(until - from) / kDaysPerMonth;
}

void add_differences(std::vector<SoftDifference>& all, const PublishedScore& a, const PublishedScore& b) {
  for (SoftDifference& it : comparable(a, b).differences) all.push_back(std::move(it));
}

std::string missing_words(const LagRow& row, const PublishedScore& mine) {
  if (!row.released)
    return fmt::format("the catalogue has no release date of {}{}{}", mine.model_id,
                       mine.model_version.empty() ? "" : " ", mine.model_version);
  if (row.points == 0) return "no other maker's model has a comparable published score";
  if (row.points == row.undated) return "no other maker's model here has a release date in the catalogue";
  if (row.evidence == LagEvidence::none)
    return "no dated score of another maker is surely at or above it, and none that is below stands for the "
           "frontier of its day";
  if (!row.reached) return "no dated score of another maker is surely at or above it";
  if (!row.below)
    return fmt::format("no older score below it stands for the frontier{}",
                       row.undated > 0 ? " (a model without a release date may have been better)" : "");
  return "";
}

LagRow row_for(const PublishedScore& mine, const PublishedScores& scores, const ModelReleases& releases) {
  LagRow row;
  row.score = &mine;
  row.released = release_of(releases, mine);
  const std::vector<Point> points = points_for(mine, scores, releases);
  row.points = points.size();
  row.undated = static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [](const Point& it) { return !it.released; }));
  if (row.released) {
    const Level level = level_of(mine);
    if (const Point* reached = first_reaching(points, level)) {
      row.reached = FrontierPoint{reached->score, reached->released};
      row.low = months_between(reached->released->last, row.released->first);
      add_differences(row.differences, mine, *reached->score);
    }
    if (const Point* below = newest_below(points, level, releases)) {
      row.below = FrontierPoint{below->score, below->released};
      row.high = months_between(below->released->first, row.released->last);
      add_differences(row.differences, mine, *below->score);
    }
  }
  row.evidence = row.low && row.high ? LagEvidence::interval
                 : row.low           ? LagEvidence::at_least
                 : row.high          ? LagEvidence::at_most
                                     : LagEvidence::none;
  row.why = missing_words(row, mine);
  return row;
}

}  // namespace

std::string_view lag_evidence_name(LagEvidence evidence) {
  constexpr std::array<std::string_view, 4> kNames{"none", "at_least", "at_most", "interval"};
  return kNames[static_cast<std::size_t>(evidence)];
}

std::string_view lag_verdict_name(LagVerdict verdict) {
  constexpr std::array<std::string_view, kLagVerdicts> kNames{"supported", "refuted", "unresolved",
                                                              "no_evidence"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<LagRow> find_lag(const PublishedScores& scores, const ModelReleases& releases,
                             std::string_view selector) {
  // By what is comparable, whose weights, version, quantisation and measurer.
  std::map<std::array<std::string, 5>, const PublishedScore*> best;
  for (const PublishedScore* it : scores.of_model(selector)) {
    if (!it->score) continue;
    const auto [place, added] = best.emplace(std::array{comparison_key(*it), it->model_id, it->model_version,
                                                        it->weights_variant, it->measured_by},
                                             it);
    if (!added && better_score(it, place->second)) place->second = it;
  }
  std::vector<LagRow> rows;
  for (const auto& [key, it] : best) rows.push_back(row_for(*it, scores, releases));
  return rows;
}

LagVerdict lag_verdict(const LagRow& row, const MonthRange& range) {
  if (row.evidence == LagEvidence::none) return LagVerdict::no_evidence;
  if ((row.low && *row.low > range.high) || (row.high && *row.high < range.low)) return LagVerdict::refuted;
  const bool inside = row.low && row.high && *row.low >= range.low && *row.high <= range.high;
  return inside ? LagVerdict::supported : LagVerdict::unresolved;
}

LagSummary summarise_lag(const std::vector<LagRow>& rows, const MonthRange& range) {
  LagSummary summary;
  for (const LagRow& row : rows) {
    ++summary.rows[static_cast<std::size_t>(lag_verdict(row, range))];
    if (row.low) summary.lowest = std::min(summary.lowest.value_or(*row.low), *row.low);
    if (row.high) summary.highest = std::max(summary.highest.value_or(*row.high), *row.high);
  }
  const auto count = [&](LagVerdict verdict) { return summary.rows[static_cast<std::size_t>(verdict)]; };
  const std::size_t informed = rows.size() - count(LagVerdict::no_evidence);
  summary.verdict = informed == 0                              ? LagVerdict::no_evidence
                    : count(LagVerdict::supported) == informed ? LagVerdict::supported
                    : count(LagVerdict::refuted) == informed   ? LagVerdict::refuted
                                                               : LagVerdict::unresolved;
  return summary;
}

}  // namespace costwar::analysis
