// The answer book: what `costwar mock --answers` reads to answer questions like a model would. JSON Lines,
// one object
// {"prompt","answer","task","item"} an item; the prompt is the last user message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/task.h"

namespace costwar::harness {

// One line without the newline.
std::string answer_book_line(std::string_view task, const Item& item);

// All lines of one item: that line or, for a dialogue that has an oracle (worlds/oracle.h), one line a prompt
// with the steps of a perfect agent.
std::vector<std::string> answer_book_lines(const TaskItems& task, const Item& item);

}  // namespace costwar::harness
