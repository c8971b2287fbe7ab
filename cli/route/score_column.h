// A column of scores of one's own: a CSV file with a column `item` (ids or prompts) and one of numbers. The
// text is from outside and may be anything. Pure, linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace costwar::cli {

// FILE:COLUMN
struct ScoreColumn {
  std::string file;
  std::string column;
};

// Error{usage} that names the flag where one of both is missing.
ScoreColumn split_score_column(const std::string& text, std::string_view flag);

class ItemScores {
 public:
  // `text`: what `from.file` holds. Error{input} with the line for a column that is not there, for a record
  // that is too short or malformed, for what is no finite number, and for an item with two different scores.
  ItemScores(const ScoreColumn& from, std::string_view text);

  // By the item's id or else by its prompt; nullopt: the file has neither.
  std::optional<double> find(const std::string& item, const std::string& prompt) const;

 private:
  std::unordered_map<std::string, double> scores_;
};

}  // namespace costwar::cli
