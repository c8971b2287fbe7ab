#include "analysis/published/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace costwar::analysis {
namespace {

using Rows = std::vector<const PublishedScore*>;
using Models = std::vector<Rows>;

double side_value(const PublishedScore& it) {
  return it.lower_is_better ? -it.score->value : it.score->value;
}

const PublishedScore* best_of(const Rows& rows) {
  return *std::max_element(rows.begin(), rows.end(),
                           [](const auto* a, const auto* b) { return side_value(*a) < side_value(*b); });
}

bool all_have_rows(const Models& models) {
  return std::none_of(models.begin(), models.end(), [](const Rows& rows) { return rows.empty(); });
}

template <typename Keep>
Models only(Models models, Keep keep) {
  for (Rows& rows : models) std::erase_if(rows, [&](const PublishedScore* it) { return !keep(*it); });
  return models;
}

std::set<std::string> texts_of(const Rows& rows, std::string (*text)(const PublishedScore&)) {
  std::set<std::string> texts;
  for (const PublishedScore* it : rows) texts.insert(text(*it));
  return texts;
}

// What every model has.
std::vector<std::string> shared_texts(const Models& models, std::string (*text)(const PublishedScore&)) {
  std::vector<std::string> shared;
  for (const std::string& each : texts_of(models.front(), text))
    if (std::all_of(models.begin(), models.end(),
                    [&](const Rows& rows) { return texts_of(rows, text).count(each) > 0; }))
      shared.push_back(each);
  return shared;
}

SideLine line_of(const Models& models, const std::string& measured_by) {
  SideLine line;
  line.measured_by = measured_by;
  for (const Rows& rows : models) {
    SideScore side;
    side.score = best_of(rows);
    if (!line.sides.empty()) {
      const PublishedScore& first = *line.sides.front().score;
      side.difference = score_difference(*side.score, first);
      side.ratio = score_ratio(*side.score, first);
      side.differences = comparable(first, *side.score).differences;
    }
    line.sides.push_back(std::move(side));
  }
  double best = side_value(*line.sides.front().score);
  for (const SideScore& it : line.sides) best = std::max(best, side_value(*it.score));
  for (std::size_t i = 0; i < line.sides.size(); ++i)
    if (side_value(*line.sides[i].score) >= best) line.best.push_back(i);
  return line;
}

void add_lines(const Models& models, std::vector<SideLine>& lines) {
  Models rest = models;
  const auto measurer = [](const PublishedScore& it) { return it.measured_by; };
  for (const std::string& who : shared_texts(models, measurer)) {
    if (who.empty()) continue;
    lines.push_back(line_of(only(models, [&](const auto& it) { return it.measured_by == who; }), who));
    rest = only(std::move(rest), [&](const auto& it) { return it.measured_by != who; });
  }
  if (all_have_rows(rest)) lines.push_back(line_of(rest, ""));
}

}  // namespace

SideBySide side_by_side(const Models& models) {
  SideBySide found;
  const Models scored = only(models, [](const PublishedScore& it) { return it.score.has_value(); });
  if (scored.size() < 2 || !all_have_rows(scored)) return found;
  std::set<std::string> compared;
  for (const std::string& key : shared_texts(scored, comparison_key)) {
    const Models rows = only(scored, [&](const auto& it) { return comparison_key(it) == key; });
    compared.insert(rows.front().front()->benchmark_id);
    add_lines(rows, found.lines);
  }
  for (const std::string& id :
       shared_texts(scored, [](const PublishedScore& it) { return it.benchmark_id; })) {
    if (compared.count(id) > 0) continue;
    const Models rows = only(scored, [&](const auto& it) { return it.benchmark_id == id; });
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::string why = comparable(*rows.front().front(), *rows[i].front()).refusal;
      if (why.empty()) continue;
      found.refused.push_back(why);
      break;
    }
  }
  return found;
}

}  // namespace costwar::analysis
