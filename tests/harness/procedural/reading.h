// How tests read the items of procedural tasks: from the text alone, as a careful person would, and with
// other algorithms than the makers.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "harness/procedural/registry.h"
#include "harness/task.h"

namespace costwar::harness::reading {

inline std::string_view context_text(const Item& item) {
  return item.context->messages.back().content;
}

// Between the first `before` and the first `after` behind it.
inline std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return "no " + std::string(before);
  text.remove_prefix(begin + before.size());
  return std::string(text.substr(0, text.find(after)));
}

inline std::vector<std::string> split(std::string_view text, std::string_view at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + at.size());
  }
}

using Names = std::set<std::string>;

inline Names expected_names(const Item& item) {
  const Json document = parse_json(item.expected, "expected");
  Names names;
  for (const std::string& name : JsonIn(document, "expected").strings()) names.insert(name);
  return names;
}

inline std::vector<Item> items_of(std::string_view task, std::size_t count, std::uint64_t seed = 1) {
  return make_procedural(task, seed, count).items;
}

}  // namespace costwar::harness::reading
