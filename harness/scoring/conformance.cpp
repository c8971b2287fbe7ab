#include "harness/scoring/conformance.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/json.h"
#include "harness/scoring/judge.h"
#include "harness/scoring/scorers.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

struct Case {
  Item item;
  Reply reply;
  std::optional<bool> solved;  // nullopt: a judge's answer without a verdict
  std::optional<double> value, second;
  std::string why;
};

std::string text_of(const JsonIn& value) {
  return value.raw().is_string() ? value.string() : value.raw().dump();
}

Case read_case(const JsonIn& root) {
  root.allow_only({"reply", "repeat", "tool_calls", "state", "expected", "details", "tools", "refused",
                   "solved", "value", "second", "why"});
  Case made;
  made.item.id = root.pointer();
  made.why = root.at("why").string();
  made.item.expected = root.optional_string("expected").value_or("");
  if (const auto details = root.find("details")) made.item.details = text_of(*details);
  if (const auto tools = root.find("tools"))
    for (const JsonIn& tool : tools->elements())
      made.item.tools.push_back({tool.at("name").string(), "", text_of(tool.at("parameters"))});
  std::string text = root.optional_string("reply").value_or("");
  const std::string once = text;
  for (std::int64_t i = root.find("repeat") ? root.at("repeat").integer(1, 1'000'000) : 1; i > 1; --i)
    text += once;
  made.reply.text = without_reasoning(text);
  made.reply.answers = {made.reply.text};
  if (const auto calls = root.find("tool_calls"))
    for (const JsonIn& call : calls->elements())
      made.reply.tool_calls.push_back({"", call.at("name").string(), text_of(call.at("arguments"))});
  if (const auto state = root.find("state")) made.reply.state = text_of(*state);
  if (const auto refused = root.find("refused")) made.reply.refused = refused->boolean();
  if (const auto solved = root.find("solved")) made.solved = solved->boolean();
  made.value = root.optional_number("value");
  made.second = root.optional_number("second");
  return made;
}

bool near(std::optional<double> given, double wanted) {
  return given && std::abs(*given - wanted) < 5e-5;
}

// What is wrong, or an empty text.
std::string check(const ScorerRow& row, const Case& one) {
  const std::optional<ScoreResult> result = row.kind == ScorerKind::judge
                                                ? judge_score(row, one.item, one.reply.text)
                                                : std::optional(row.score(one.reply, one.item));
  if (!result) return one.solved ? "no verdict was read" : "";
  if (!one.solved) return fmt::format("a verdict was read: {}", result->detail);
  if (result->solved != *one.solved)
    return fmt::format("{}: {}", result->solved ? "solved, and must not be" : "not solved, and must be",
                       result->detail);
  if (one.value && !near(result->value, *one.value))
    return fmt::format("value {}, expected {}: {}", result->value, *one.value, result->detail);
  if (one.second && !near(result->second_value, *one.second))
    return fmt::format("second value {}, expected {}", result->second_value.value_or(-1), *one.second);
  return {};
}

}  // namespace

ConformanceReport run_conformance(std::string_view scorer, std::string_view lines,
                                  const std::string& source) {
  const ScorerRow* row = find_scorer(scorer);
  if (row == nullptr || row->kind == ScorerKind::code)
    throw Error(ErrorKind::usage, fmt::format("there is no scorer \"{}\" with conformance cases", scorer));
  ConformanceReport report;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(lines)) {
    ++number;
    if (trim(line).empty()) continue;
    const std::string place = fmt::format("{}:{}", source, number);
    const Json document = parse_json(line, place);
    const Case one = read_case(JsonIn(document, place));
    ++(one.solved.value_or(false) ? report.must_pass : report.must_fail);
    std::string wrong = check(*row, one);
    if (!wrong.empty()) report.failures.push_back({number, one.why, std::move(wrong)});
  }
  return report;
}

}  // namespace costwar::harness
