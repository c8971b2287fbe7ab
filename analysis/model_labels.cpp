#include "analysis/model_labels.h"

#include <algorithm>

namespace costwar::analysis {
namespace {

std::string short_name(const std::string& name) {
  const bool address = name.find("://") != std::string::npos;
  const std::size_t cut = address ? name.find('#') : name.find('/');
  if (cut == std::string::npos || cut + 1 == name.size()) return name;
  return name.substr(cut + 1);
}

}  // namespace

std::vector<std::string> model_labels(std::span<const ModelCard> models) {
  std::vector<std::string> shortened;
  for (const ModelCard& card : models) shortened.push_back(short_name(card.name));
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < models.size(); ++i)
    labels.push_back(std::count(shortened.begin(), shortened.end(), shortened[i]) == 1 ? shortened[i]
                                                                                       : models[i].name);
  return labels;
}

}  // namespace costwar::analysis
