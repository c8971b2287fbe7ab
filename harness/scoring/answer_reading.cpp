#include "harness/scoring/answer_reading.h"

#include <fmt/format.h>

#include "core/run_json.h"
#include "harness/scoring/decimal_text.h"
#include "harness/scoring/json_reply.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

std::optional<std::string> number_in(std::string_view text) {
  const std::string plain = ascii_forms(text);
  const auto number = last_decimal(plain);
  if (!number) return std::nullopt;
  return fmt::format("{}{}e{}", number->value.negative ? "-" : "", number->value.digits,
                     number->value.exponent);
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
  if (scorer == "numeric" || scorer == "numeric_final") return number_in(reply.text);
  if (scorer == "choice") return letter_in(reply.text);
  if (scorer == "json_schema" || scorer == "json_record") {
    const ParsedReply parsed = find_reply_json(reply.text);
    return parsed.json ? std::optional(parsed.json->dump(-1, ' ', false, ReplyJson::error_handler_t::replace))
                       : std::nullopt;
  }
  if (scorer == "tool_calls") {
    if (reply.tool_calls.empty()) return std::nullopt;
    return tool_calls_to_json({reply.tool_calls.begin(), reply.tool_calls.end()})
        .dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  std::string text = normalise_answer(reply.text);
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace costwar::harness
