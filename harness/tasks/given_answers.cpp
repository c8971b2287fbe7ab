#include "harness/tasks/given_answers.h"

#include <fmt/format.h>

#include <array>

#include "core/error.h"
#include "harness/scoring/scorers.h"
#include "harness/tasks/records.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 3> kKeys{"item", "id", "index"};

std::string key_text(const JsonIn& in) {
  return in.raw().is_string() ? in.string() : std::to_string(in.integer(0));
}

ToolCall call_of(const JsonIn& in, std::size_t number) {
  in.allow_only({"name", "arguments"});
  const JsonIn arguments = in.at("arguments");
  return {fmt::format("call_{}", number), in.at("name").string(),
          arguments.raw().is_string() ? arguments.string() : arguments.raw().dump()};
}

Reply reply_of(const JsonIn& answer) {
  Reply reply;
  if (answer.raw().is_object()) {
    answer.allow_only({"text", "tool_calls"});
    reply.text = answer.optional_string("text").value_or("");
    if (const auto calls = answer.find("tool_calls"))
      for (const JsonIn& call : calls->elements())
        reply.tool_calls.push_back(call_of(call, reply.tool_calls.size() + 1));
  } else {
    reply.text = answer.raw().is_string() ? answer.string() : answer.raw().dump();
  }
  reply.text = without_reasoning(reply.text);
  reply.answers = {reply.text};
  return reply;
}

std::string joined(const std::string& task, std::string_view kind, const std::string& key) {
  return fmt::format("{}\n{}\n{}", task, kind, key);
}

}  // namespace

GivenAnswers GivenAnswers::read(ByteSource bytes, const std::string& source) {
  GivenAnswers given;
  for (const auto records = Records::open(std::move(bytes), source, {RecordFormat::jsonl});
       records->next();) {
    const Json record = records->value();
    const JsonIn in(record, records->place());
    in.allow_only({"item", "id", "index", "answer", "task"});
    std::string_view kind;
    for (const std::string_view key : kKeys) {
      if (!in.find(key)) continue;
      if (!kind.empty()) in.fail("an answer is found by one of \"item\", \"id\" and \"index\"");
      kind = key;
    }
    if (kind.empty()) in.fail("expected \"item\", \"id\" or \"index\", to say which item this answers");
    const std::string key = joined(in.optional_string("task").value_or(""), kind, key_text(in.at(kind)));
    if (!given.answers_.emplace(key, reply_of(in.at("answer"))).second)
      in.fail("there is another answer for this item");
  }
  if (given.answers_.empty())
    throw Error(ErrorKind::input, fmt::format("{}: there is no answer in it", source));
  return given;
}

const Reply* GivenAnswers::find(const std::string& task, const LoadedItem& item) const {
  for (const std::string& of : {task, std::string()}) {
    const std::array<std::string, 3> keys{joined(of, "item", item.item.id), joined(of, "id", item.key),
                                          joined(of, "index", std::to_string(item.number))};
    for (const std::string& key : keys)
      if (const auto found = answers_.find(key); found != answers_.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace costwar::harness
