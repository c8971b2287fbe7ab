#include "harness/worlds/tool_messages.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/worlds/tools.h"

namespace costwar::harness::worlds {
namespace {

bool is_identifier(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Calls beyond this are not even answered: no API sends so many, a hostile one might.
constexpr std::size_t kMostKept = 128;

}  // namespace

std::string ToolMessages::id_for(const std::string& given) {
  if (is_identifier(given) && ids_.insert(given).second) return given;
  for (std::size_t number = ids_.size() + 1;; ++number) {
    std::string id = fmt::format("call_{}", number);
    if (ids_.insert(id).second) return id;
  }
}

void ToolMessages::exchange(std::vector<Message>& messages, const Attempt& answer, const std::string& text,
                            const std::function<std::string(const ToolCall&)>& run) {
  Message said{Role::assistant, text, answer.reasoning_text};
  std::vector<Message> results;
  for (const ToolCall& call : answer.tool_calls) {
    if (results.size() >= kMostKept) break;
    ToolCall kept{id_for(call.id), is_identifier(call.name) ? call.name : "unknown",
                  is_json_object(call.arguments) ? call.arguments : "{}"};
    std::string result =
        results.size() < kMostAtOnce
            ? run(call)
            : error_result("too_many", fmt::format("at most {} calls at once", kMostAtOnce), true);
    results.push_back({Role::tool, std::move(result), {}, {}, kept.id});
    said.tool_calls.push_back(std::move(kept));
  }
  messages.push_back(std::move(said));
  std::move(results.begin(), results.end(), std::back_inserter(messages));
}

}  // namespace costwar::harness::worlds
