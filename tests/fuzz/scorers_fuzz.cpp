// libFuzzer target: any reply is scored by every row without a crash, and the same reply alike; a value lies
// within 0 and 1, solved means value 1, and a detail is one short line. The first byte chooses the scorer;
// what stands before the first zero byte is the item's details, before the second its expected answer, then
// the reply, which is also the arguments of a tool call. Details that are none may only throw Error.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "harness/scoring/answer_reading.h"
#include "harness/scoring/judge.h"
#include "harness/scoring/scorers.h"

namespace {

using namespace costwar::harness;

void expect(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string_view take(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

void well_formed(const ScoreResult& result) {
  expect(result.value >= 0 && result.value <= 1);
  expect(!result.solved || result.value > 0);
  expect(!result.second_value || (*result.second_value >= 0 && *result.second_value <= 1));
  expect(result.detail.find('\n') == std::string::npos && result.detail.size() < 400);
}

void score_all(const ScorerRow& row, const Item& item, const Reply& reply) {
  if (row.kind == ScorerKind::judge) {
    if (const auto result = judge_score(row, item, reply.text)) well_formed(*result);
    expect(judge_request(row, item, reply).messages.size() == 2);
    return;
  }
  if (row.score == nullptr) return;
  const ScoreResult first = row.score(reply, item);
  well_formed(first);
  const ScoreResult again = row.score(reply, item);
  expect(first.value == again.value && first.detail == again.detail &&
         first.second_value == again.second_value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ScorerRow& row = scorers()[data[0] % scorers().size()];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Item item;
  item.details = take(rest);
  item.expected = take(rest);
  Reply reply;
  reply.text = without_reasoning(rest);
  expect(reply.text.size() <= rest.size());
  reply.tool_calls = {{"", "f", std::string(rest)}};
  reply.state = rest;
  // What a route reads of any reply: the same every time.
  const auto answer = read_answer(row.name, {reply.text, reply.tool_calls});
  expect(answer == read_answer(row.name, {reply.text, reply.tool_calls}));
  expect(!answer || !answer->empty());
  expect(abstains(reply.text) == abstains(reply.text));
  try {
    score_all(row, item, reply);
  } catch (const costwar::Error&) {
    // The item is none for this scorer.
  }
  return 0;
}
