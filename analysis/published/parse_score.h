// Reading one record of published scores, strictly. Internal to analysis/published.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/published_score.h"
#include "core/json.h"

namespace costwar::analysis {

// The closed sets of words of a file.
struct ScoreVocabulary {
  std::vector<std::string> origin;
  std::vector<std::string> evidence;
  std::vector<std::string> effort;
  std::vector<std::string> metric;
  std::vector<std::string> metric_family;
  std::vector<std::string> scale;
  std::vector<std::string> better;
  std::vector<std::string> uncertainty_kind;
  std::vector<std::string> date_kind;
  std::vector<std::string> precision;
};
ScoreVocabulary parse_vocabulary(const JsonIn& in);

// `name`: of the source, for `where`.
PublishedScore parse_score(const JsonIn& in, const ScoreVocabulary& words, const std::string& name);

}  // namespace costwar::analysis
