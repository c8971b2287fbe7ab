#include "cli/route/score_column.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "core/csv.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::cli {
namespace {

std::size_t place_of_column(const std::vector<std::string>& names, std::string_view wanted,
                            const std::string& file) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const auto near = nearest_name(wanted, std::span<const std::string>(names));
  throw Error(ErrorKind::input, fmt::format("{}: there is no column {}", file, wanted),
              near ? fmt::format("did you mean {}?", *near) : "its first line names the columns");
}

std::optional<double> finite_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

ScoreColumn split_score_column(const std::string& text, std::string_view flag) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    throw Error(ErrorKind::usage, fmt::format("{} {}: the column is missing", flag, text),
                "write FILE:COLUMN, such as scores.csv:confidence");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

ItemScores::ItemScores(const ScoreColumn& from, std::string_view text) {
  CsvReader reader(text);
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::input, fmt::format("{}:{}: {}", from.file, reader.line(), what));
  };
  const auto header = reader.next();
  if (!header || header->empty())
    throw Error(ErrorKind::input, fmt::format("{}: there is no header line", from.file),
                "the first line names the columns: item," + from.column);
  std::vector<std::string> names;
  for (const std::string_view name : *header) names.emplace_back(name);
  const std::size_t item = place_of_column(names, "item", from.file);
  const std::size_t column = place_of_column(names, from.column, from.file);
  while (const auto fields = reader.next()) {
    if (reader.error()) fail(std::string(reader.error()->what));
    if (fields->size() <= std::max(item, column))
      fail(fmt::format("{} fields, where the header has {}", fields->size(), names.size()));
    const std::string_view value = (*fields)[column];
    const auto number = finite_number(value);
    if (!number) fail(fmt::format("'{}' in column {} is no number", value, from.column));
    const auto [known, fresh] = scores_.try_emplace(std::string((*fields)[item]), *number);
    if (!fresh && known->second != *number)
      fail(fmt::format("item {} has two scores, {} and {}", known->first, known->second, *number));
  }
}

std::optional<double> ItemScores::find(const std::string& item, const std::string& prompt) const {
  auto found = scores_.find(item);
  if (found == scores_.end()) found = scores_.find(prompt);
  return found == scores_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace costwar::cli
