// Items and tasks as values: what is asked, what the right answer is, and what a run needs to know of a task.
// Whoever makes items (the built-in suite, a procedural task, a file) hands TaskItems to the plan.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/chat.h"
#include "core/run.h"
#include "harness/item.h"
#include "harness/item_list.h"

namespace costwar::harness {

class Dialogue;

// A dialogue for an item that takes more than its messages and `turns`: tools, a simulated user, memory.
using DialogueMaker = std::function<std::unique_ptr<Dialogue>(const Item&)>;

struct TaskItems {
  RunTask task;
  ItemList items;
  DialogueMaker dialogue{};     // empty: the messages, then `turns`
  bool simulated_user = false;  // its dialogues call one
};

}  // namespace costwar::harness
