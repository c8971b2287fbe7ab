#include "harness/answer_book.h"

#include "core/json.h"
#include "harness/dialogue.h"
#include "harness/worlds/oracle.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kRefusal = "I cannot help with that.";
constexpr std::string_view kHelp = "Here is what you asked for.";
constexpr std::string_view kAbstention = "I do not know.";
constexpr std::string_view kAssertion = "It is so.";

// The mock's own rule makes other answers wrong.
std::optional<std::string_view> wrong_reply(std::string_view scorer, const Item& item) {
  if (scorer == "refusal") return item.expected == "refuse" ? kHelp : kRefusal;
  if (scorer == "abstention" && item.expected.empty()) return kAssertion;
  return std::nullopt;
}

// Whether the item's own message is sent as the end of the context's last one (first_request in dialogue.h).
bool follows_context(const Item& item) {
  return item.context && !item.context->messages.empty() && item.messages.size() == 1 &&
         item.context->messages.back().role == Role::user && item.messages.front().role == Role::user;
}

}  // namespace

std::string reference_reply(std::string_view scorer, const Item& item) {
  if (scorer == "set_f1") return "Final Answer: " + item.expected;
  if (scorer == "refusal") return std::string(item.expected == "refuse" ? kRefusal : kHelp);
  if (scorer == "abstention" && item.expected.empty()) return std::string(kAbstention);
  return item.expected;
}

std::string answer_book_line(const RunTask& task, const Item& item) {
  Json line{{"prompt", prompt_of(item)},
            {"answer", reference_reply(task.scorer, item)},
            {"task", task.name},
            {"item", item.id}};
  if (follows_context(item)) line["ends_with"] = true;
  if (const auto wrong = wrong_reply(task.scorer, item)) line["wrong"] = *wrong;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> answer_book_lines(const TaskItems& task, const Item& item) {
  if (task.dialogue) {
    const std::unique_ptr<Dialogue> dialogue = task.dialogue(item);
    std::vector<std::string> lines = worlds::oracle_book_lines(task.task.name, item, *dialogue);
    if (!lines.empty()) return lines;
  }
  return {answer_book_line(task.task, item)};
}

}  // namespace costwar::harness
