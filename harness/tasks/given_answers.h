// Answers to be scored without a model: a file of JSON Lines, each {"item" | "id" | "index", "answer"}.
// "item" is an item's id in this program, "id" the set's own, "index" the record's number from 0. The answer
// is a text, or
// {"text", "tool_calls": [{"name", "arguments"}]}; "task" says of which task or subset, where that is not
// clear.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "core/bytes.h"
#include "harness/dialogue.h"
#include "harness/tasks/item_rule.h"

namespace costwar::harness {

class GivenAnswers {
 public:
  // Error{input} with file and line.
  static GivenAnswers read(ByteSource bytes, const std::string& source);

  // nullptr: there is none for this item.
  const Reply* find(const std::string& task, const LoadedItem& item) const;
  std::size_t size() const { return answers_.size(); }

 private:
  std::unordered_map<std::string, Reply> answers_;  // by "task\nkind\nkey"
};

}  // namespace costwar::harness
