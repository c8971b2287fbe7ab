// The answer book: what `costwar mock --answers` reads to answer questions like a model would. JSON Lines,
// one object
// {"prompt","answer","task","item"} an item; the prompt is the last user message.
#pragma once

#include <string>
#include <string_view>

#include "harness/task.h"

namespace costwar::harness {

// One line without the newline.
std::string answer_book_line(std::string_view task, const Item& item);

}  // namespace costwar::harness
