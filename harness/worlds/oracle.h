// A scripted perfect agent for the tasks with dialogues: what it answers to each call, from the item alone.
// For tests and for the answer books of `costwar mock`, so that a whole run can be checked without a model.
// It knows the right actions beforehand and never looks at a result but to repeat a call that may be
// repeated. One object per trial, one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "harness/dialogue.h"

namespace costwar::harness::worlds {

class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual Attempt answer(const NextCall& call) = 0;
};

// nullptr for items that are not of these tasks.
std::unique_ptr<Oracle> make_oracle(const Item& item);
std::unique_ptr<Oracle> make_agent_oracle(const Item& item);
std::unique_ptr<Oracle> make_memory_oracle(const Item& item);

// Answers as attempts.
Attempt text_answer(std::string text);
Attempt call_answer(std::string tool, std::string arguments);

// The lines of the answer book for one item, one for each message of a user, each with its steps:
// {"prompt", "answer", "task", "item", "steps": [{"tool", "arguments"} or {"text"}, ...]}. Step n answers the
// request that has n results of tools behind the prompt. Empty for items without an oracle.
std::vector<std::string> oracle_book_lines(std::string_view task, const Item& item, Dialogue& dialogue);

}  // namespace costwar::harness::worlds
