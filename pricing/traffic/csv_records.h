// CsvColumns: what the columns of a CSV log mean, by their names, and drafts out of its records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pricing/traffic/draft.h"
#include "pricing/traffic/field_tree.h"

namespace costwar::pricing {

class CsvColumns {
 public:
  // A column's name is a field's name, a path to one ("usage/prompt_tokens", "usage.prompt_tokens"), or a key
  // of an API's usage object; capitals do not matter where the exact name means nothing.
  CsvColumns(const FieldTree& tree, std::span<const std::string_view> header);

  std::size_t size() const { return columns_.size(); }
  // Whether any column counts tokens.
  bool counts_tokens() const { return counts_tokens_; }
  // The columns that mean nothing here.
  const std::vector<std::string>& unknown() const { return unknown_; }

  // A draft of views into the fields; there must be size() of them.
  Draft draft(std::span<const std::string_view> fields) const;

 private:
  struct Column {
    std::string name;
    Target target;
    const RawUsageField* usage = nullptr;  // a key of an API's usage object, and what it counts
    bool whole_prompt = false;             // that key is kWholePrompt
    std::uint8_t tag = FieldTree::kNoTag;
  };

  static bool understand(Column& column, const FieldTree& tree, std::string_view name);

  std::vector<Column> columns_;
  std::vector<std::string> unknown_;
  bool counts_tokens_ = false;
};

}  // namespace costwar::pricing
