// The answer book: what `costwar mock --answers` reads to answer questions like a model would. JSON Lines,
// one object {"prompt","answer","task","item"} an item; the prompt is the last user message. "ends_with":
// true says that the message only ends with it, because a shared context comes before; "wrong" is what a
// model that is wrong says, where changing a digit or a letter of the answer would still be right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "harness/task.h"

namespace costwar::harness {

// What a model that is right would say: the reference answer in the form that the scorer reads.
std::string reference_reply(std::string_view scorer, const Item& item);

// One line without the newline.
std::string answer_book_line(const RunTask& task, const Item& item);

// All lines of one item: that line or, for a dialogue that has an oracle (worlds/oracle.h), one line a prompt
// with the steps of a perfect agent.
std::vector<std::string> answer_book_lines(const TaskItems& task, const Item& item);

}  // namespace costwar::harness
