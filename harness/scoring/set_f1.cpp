// set_f1: an unordered list behind "Final Answer:" against a reference set: F1 of the two sets, so that
// naming everything is no way to score, as it is where only recall counts.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kMarker = "final answer:";

using Names = std::set<std::string, std::less<>>;

// The place behind "Final Answer:" of the last line that begins with it, apart from Markdown's marks.
std::optional<std::size_t> behind_marker(std::string_view text) {
  for (std::size_t end = text.size();;) {
    const std::size_t newline = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const std::size_t first = text.find_first_not_of(" \t\r#>*_`-", begin);
    if (first < end && starts_ignoring_case(text.substr(first), kMarker)) return first + kMarker.size();
    if (newline == std::string_view::npos) return std::nullopt;
    end = newline;
  }
}

// The list: the rest of the line; where that is blank, the next line with anything in it; where a bracket
// opens, all up to the one that closes it.
std::string_view list_text(std::string_view text) {
  std::string_view rest = text.substr(std::min(text.find_first_not_of(" \t\r\n*_`"), text.size()));
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    return close == std::string_view::npos ? rest : rest.substr(0, close + 1);
  }
  return trim(rest.substr(0, rest.find('\n')));
}

std::string_view element(std::string_view text) {
  text = trim(text);
  while (text.ends_with('.') || text.ends_with('*') || text.ends_with('`')) text.remove_suffix(1);
  return trim(without_quotes(trim(text)));
}

Names parse_list(std::string_view text) {
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  Names names;
  for (std::size_t begin = 0; begin < text.size();) {
    // A comma within double quotes parts nothing.
    std::size_t end = begin;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != ','); ++end) {
      if (text[end] == '\\' && quoted) {
        ++end;
      } else if (text[end] == '"') {
        quoted = !quoted;
      }
    }
    end = std::min(end, text.size());
    const std::string_view name = element(text.substr(begin, end - begin));
    if (!name.empty()) names.emplace(name);
    begin = end + 1;
  }
  if (names.size() == 1 && same_ignoring_case(*names.begin(), "none")) names.clear();
  return names;
}

Names expected_names(const Item& item) {
  const std::string source = "expected answer of item " + item.id;
  const Json document = parse_json(item.expected, source);
  Names names;
  for (const std::string& name : JsonIn(document, source).strings()) names.emplace(trim(name));
  return names;
}

}  // namespace

ScoreResult score_set_f1(const Reply& reply, const Item& item) {
  const Names wanted = expected_names(item);
  const std::string text = without_bold(reply.text);
  const auto place = behind_marker(text);
  if (!place) return verdict(false, "no line \"Final Answer:\"");
  const Names given = parse_list(list_text(std::string_view(text).substr(*place)));
  const auto common = static_cast<std::size_t>(std::count_if(
      given.begin(), given.end(), [&](const std::string& name) { return wanted.contains(name); }));
  const std::size_t sizes = given.size() + wanted.size();
  const double f1 = sizes == 0 ? 1.0 : 2.0 * static_cast<double>(common) / static_cast<double>(sizes);
  return {f1, given == wanted,
          fmt::format("{} of {} named, {} besides", common, wanted.size(), given.size() - common)};
}

}  // namespace costwar::harness
