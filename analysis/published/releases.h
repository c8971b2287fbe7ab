// When a model was released and who made it, from the catalogue's model facts. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analysis/published/day_span.h"
#include "pricing/record.h"

namespace costwar::analysis {

class ModelReleases {
 public:
  // The facts must outlive it.
  explicit ModelReleases(std::span<const pricing::ModelFacts> models) : models_(models) {}

  // The day on which a version could first be used. The first version: the earlier of the model's `released`
  // and its own `served_from`, since a model may be out in one product before it is in another; a later one:
  // its `served_from`. version empty (the source does not tell versions apart): from the first version's day
  // to the newest one's, at most `until`, the last day on which the score was published. nullopt: the
  // catalogue has no date.
  std::optional<DaySpan> released(std::string_view model_id, std::string_view version,
                                  std::optional<std::int64_t> until = std::nullopt) const;

  // The model whose weights these are: that of `same_weights_as` where another host serves it.
  std::string weights_of(std::string_view model_id) const;

  // The provider of those weights' model: "deepseek" also of "alibaba-cn/deepseek-v4-pro".
  std::string maker_of(std::string_view model_id) const;

  // The catalogued model of which this one is an edition: the longest id of the same maker that this one's id
  // continues with a dash, "openai/gpt-5.4" of "openai/gpt-5.4-mini". Empty: none.
  std::string edition_of(std::string_view model_id) const;

 private:
  const pricing::ModelFacts* find(std::string_view model_id) const;
  std::span<const pricing::ModelFacts> models_;
};

}  // namespace costwar::analysis
