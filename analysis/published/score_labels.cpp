#include "analysis/published/score_labels.h"

#include <array>
#include <functional>
#include <map>
#include <set>

namespace costwar::analysis {
namespace {

using ScorePart = std::function<std::string(const PublishedScore&)>;

std::string bracketed(const std::string& text) {
  return text.empty() ? "" : " (" + text + ")";
}

std::string effort_part(const PublishedScore& it) {
  return it.effort == "unspecified" || it.effort == "not_applicable" ? "" : "@" + it.effort;
}

std::string version_part(const PublishedScore& it) {
  return it.model_version.empty() ? "" : " " + it.model_version;
}

const std::array<ScorePart, 7>& parts() {
  static const std::array<ScorePart, 7> kParts{
      version_part,
      effort_part,
      [](const PublishedScore& it) { return bracketed(it.weights_variant); },
      [](const PublishedScore& it) { return bracketed(it.harness); },
      [](const PublishedScore& it) { return bracketed(it.measured_by); },
      [](const PublishedScore& it) { return bracketed(it.date); },
      [](const PublishedScore& it) { return bracketed(it.id); }};
  return kParts;
}

}  // namespace

std::vector<std::string> score_labels(const std::vector<const PublishedScore*>& scores) {
  std::vector<std::string> labels;
  for (const PublishedScore* score : scores) labels.emplace_back(short_model(score->model_id));
  for (const ScorePart& part : parts()) {
    std::map<std::string, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < labels.size(); ++i) alike[labels[i]].push_back(i);
    for (const auto& [label, rows] : alike) {
      std::set<std::string> values;
      for (const std::size_t row : rows) values.insert(part(*scores[row]));
      if (values.size() < 2) continue;
      for (const std::size_t row : rows) labels[row] += part(*scores[row]);
    }
  }
  return labels;
}

}  // namespace costwar::analysis
