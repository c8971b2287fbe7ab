#include "harness/answer_book.h"

#include "core/json.h"
#include "harness/dialogue.h"
#include "harness/worlds/oracle.h"

namespace costwar::harness {

std::string answer_book_line(std::string_view task, const Item& item) {
  const Json line{{"prompt", prompt_of(item)}, {"answer", item.expected}, {"task", task}, {"item", item.id}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> answer_book_lines(const TaskItems& task, const Item& item) {
  if (task.dialogue) {
    const std::unique_ptr<Dialogue> dialogue = task.dialogue(item);
    std::vector<std::string> lines = worlds::oracle_book_lines(task.task.name, item, *dialogue);
    if (!lines.empty()) return lines;
  }
  return {answer_book_line(task.task.name, item)};
}

}  // namespace costwar::harness
