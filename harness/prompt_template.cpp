#include "harness/prompt_template.h"

#include <fmt/format.h>

#include <algorithm>

namespace costwar::harness {

PromptTemplate PromptTemplate::parse(const JsonIn& text, std::initializer_list<std::string_view> names) {
  PromptTemplate parsed;
  std::vector<bool> used(names.size(), false);
  const std::string whole = text.string();
  std::string_view rest = whole;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) text.fail("a { has no }");
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const auto* const known = std::find(names.begin(), names.end(), name);
    if (known == names.end())
      text.fail(fmt::format("{{{}}} is not known here", name),
                fmt::format("known are: {}", fmt::join(names, ", ")));
    const auto place = static_cast<std::size_t>(known - names.begin());
    used[place] = true;
    parsed.pieces_.push_back({std::string(rest.substr(0, open)), place});
    rest.remove_prefix(close + 1);
  }
  parsed.tail_ = rest;
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused != used.end()) text.fail(fmt::format("{{{}}} is missing", names.begin()[unused - used.begin()]));
  return parsed;
}

std::string PromptTemplate::fill(std::initializer_list<std::string_view> values) const {
  std::string filled;
  for (const Piece& piece : pieces_) {
    filled += piece.literal;
    filled += values.begin()[piece.place];
  }
  return filled += tail_;
}

}  // namespace costwar::harness
