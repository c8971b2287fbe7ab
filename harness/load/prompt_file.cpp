#include "harness/load/prompt_file.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "harness/tasks/line_reader.h"

namespace costwar::harness {
namespace {

std::vector<Message> prompt_of_record(const JsonIn& in) {
  if (const auto prompt = in.optional_string("prompt")) {
    if (prompt->empty()) in.at("prompt").fail("an empty prompt");
    return {Message{Role::user, *prompt}};
  }
  const auto messages = in.find("messages");
  if (!messages)
    in.fail("neither \"prompt\" nor \"messages\"", "name a column \"prompt\", or write a .txt file");
  std::vector<Message> prompt;
  for (const JsonIn& one : messages->elements()) {
    const std::string name = one.at("role").string();
    const std::optional<Role> role = role_by_name(name);
    if (!role || *role == Role::tool) one.at("role").fail("expected \"system\", \"user\" or \"assistant\"");
    if (*role == Role::system && !prompt.empty() && prompt.back().role != Role::system)
      one.at("role").fail("a system message stands before all others");
    prompt.push_back({*role, one.at("content").string()});
  }
  if (prompt.empty() || prompt.back().role != Role::user)
    messages->fail("the last message is not the user's");
  return prompt;
}

}  // namespace

PromptSet read_prompts(ByteSource bytes, const std::string& source) {
  PromptSet set{source, {}};
  const bool plain = source.ends_with(".txt");
  LineReader lines(std::move(bytes), source);
  while (const auto line = lines.next()) {
    if (trimmed(*line).empty()) continue;
    if (set.prompts.size() == kMostPrompts)
      throw Error(ErrorKind::input, fmt::format("{}: more than {} prompts", source, kMostPrompts),
                  "keep a sample of them");
    if (plain) {
      set.prompts.push_back({Message{Role::user, std::string(*line)}});
      continue;
    }
    const std::string place = fmt::format("{}:{}", source, lines.line());
    const Json json = parse_json(*line, place);
    set.prompts.push_back(prompt_of_record(JsonIn(json, place)));
  }
  if (set.prompts.empty())
    throw Error(ErrorKind::input, fmt::format("{}: no prompts", source),
                "write one JSON object a line, with \"prompt\" or \"messages\"");
  return set;
}

}  // namespace costwar::harness
