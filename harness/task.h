// Items and tasks as values: what is asked, what the right answer is, and what a run needs to know of a task.
// Whoever makes items (the built-in suite, a file of the user's) hands TaskItems to the plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/chat.h"
#include "core/run.h"

namespace costwar::harness {

struct Item {
  std::string id;                 // identity: hash of task, version, parameters and seed, 16 hex digits
  std::vector<Message> messages;  // what the model is given
  std::string expected;           // the reference answer
  std::string cluster;            // items that share a cluster are not independent; empty: its own
};

struct TaskItems {
  RunTask task;
  std::vector<Item> items;
};

// The last user message, which stands for the item in stores, reports and answer books.
inline std::string_view prompt_of(const Item& item) {
  for (auto message = item.messages.rbegin(); message != item.messages.rend(); ++message)
    if (message->role == Role::user) return message->content;
  return {};
}

}  // namespace costwar::harness
