#include "analysis/published/releases.h"

#include <algorithm>

namespace costwar::analysis {
namespace {

std::optional<DaySpan> earlier(const std::optional<DaySpan>& a, const std::optional<DaySpan>& b) {
  if (!a || !b) return a ? a : b;
  return a->first <= b->first ? a : b;
}

}  // namespace

const pricing::ModelFacts* ModelReleases::find(std::string_view model_id) const {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const pricing::ModelFacts& it) { return it.id == model_id; });
  return found == models_.end() ? nullptr : &*found;
}

std::optional<DaySpan> ModelReleases::released(std::string_view model_id, std::string_view version,
                                               std::optional<std::int64_t> until) const {
  const pricing::ModelFacts* facts = find(model_id);
  if (facts == nullptr) return std::nullopt;
  const std::optional<DaySpan> model = read_day_span(facts->released);
  if (facts->versions.empty()) return version.empty() ? model : std::nullopt;
  const auto date_of = [&](std::size_t i) {
    const std::optional<DaySpan> served = read_day_span(facts->versions[i].served_from);
    return i == 0 ? earlier(model, served) : served;
  };
  if (!version.empty()) {
    for (std::size_t i = 0; i < facts->versions.size(); ++i)
      if (facts->versions[i].id == version) return date_of(i);
    return std::nullopt;
  }
  std::optional<DaySpan> span = date_of(0);
  if (!span) return std::nullopt;  // it may have been long before those that are dated
  for (std::size_t i = 1; i < facts->versions.size(); ++i) {
    const std::optional<DaySpan> each = date_of(i);
    if (!each) {
      if (!until) return std::nullopt;
      span->last = std::max(span->last, *until);
    } else if (!until || each->first <= *until) {
      span->last = std::max(span->last, until ? std::min(each->last, *until) : each->last);
    }
  }
  return span;
}

std::string ModelReleases::weights_of(std::string_view model_id) const {
  const pricing::ModelFacts* facts = find(model_id);
  return facts == nullptr || facts->same_weights_as.empty() ? std::string(model_id) : facts->same_weights_as;
}

std::string ModelReleases::maker_of(std::string_view model_id) const {
  const std::string weights = weights_of(model_id);
  return weights.substr(0, weights.find('/'));
}

std::string ModelReleases::edition_of(std::string_view model_id) const {
  std::string longest;
  for (const pricing::ModelFacts& it : models_)
    if (model_id.starts_with(it.id + "-") && it.id.size() > longest.size()) longest = it.id;
  return longest;
}

}  // namespace costwar::analysis
