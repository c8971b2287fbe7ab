#include "harness/answer_book.h"

#include "core/json.h"

namespace costwar::harness {

std::string answer_book_line(std::string_view task, const Item& item) {
  const Json line{{"prompt", prompt_of(item)}, {"answer", item.expected}, {"task", task}, {"item", item.id}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar::harness
