#include "harness/scoring/answer_reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "harness/scoring/decimal_text.h"
#include "harness/scoring/json_reply.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

std::string spelled(const Decimal& value) {
  return fmt::format("{}{}e{}", value.negative ? "-" : "", value.digits, value.exponent);
}

std::optional<std::string> last_number_in(std::string_view text) {
  const std::string plain = ascii_forms(text);
  const auto number = last_decimal(plain);
  return number ? std::optional(spelled(number->value)) : std::nullopt;
}

std::string dumped(const ReplyJson& json) {
  return json.dump(-1, ' ', false, ReplyJson::error_handler_t::replace);
}

// What is called with what, in any order; without the ids, which no two answers share.
std::string calls_in(std::span<const ToolCall> calls) {
  std::vector<std::string> lines;
  for (const ToolCall& call : calls) {
    const ParsedReply arguments = parse_reply_json(call.arguments);
    lines.push_back(call.name + " " + (arguments.json ? dumped(*arguments.json) : call.arguments));
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// The letter that the scorer reads, which it tells in its detail whatever the reference is.
std::optional<std::string> letter_in(std::string_view text) {
  Item anything;
  anything.expected = "A";
  Reply reply;
  reply.text = text;
  const std::string detail = score_choice(reply, anything).detail;
  if (detail.starts_with("no letter") || detail.starts_with("two answers")) return std::nullopt;
  return detail.substr(0, 1);
}

}  // namespace

std::optional<std::string> read_answer(std::string_view scorer, const ReadReply& reply) {
  if (scorer == "numeric") return last_number_in(reply.text);
  if (scorer == "numeric_final") {
    const auto number = final_number(reply.text);
    return number ? std::optional(spelled(*number)) : std::nullopt;
  }
  if (scorer == "choice") return letter_in(reply.text);
  if (scorer == "json_schema" || scorer == "json_record") {
    const ParsedReply parsed = find_reply_json(reply.text);
    return parsed.json ? std::optional(dumped(*parsed.json)) : std::nullopt;
  }
  if (scorer == "tool_calls") {
    if (reply.tool_calls.empty()) return std::nullopt;
    return calls_in(reply.tool_calls);
  }
  std::string text = scorer == "answer_is" ? answer_is_in(reply.text) : normalise_answer(reply.text);
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace costwar::harness
