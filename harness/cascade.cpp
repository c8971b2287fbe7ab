#include "harness/cascade.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/error.h"
#include "harness/scoring/answer_reading.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {
namespace {

std::optional<std::string> answer_of(const Attempt& attempt, std::string_view scorer) {
  if (attempt.outcome != Outcome::ok) return std::nullopt;
  const std::string text = without_reasoning(attempt.text);
  return read_answer(scorer, {text, attempt.tool_calls});
}

class Cascade final : public Dialogue {
 public:
  Cascade(const Item& item, std::string scorer, const RouteKeeper& keeper)
      : request_(first_request(item)), scorer_(std::move(scorer)), keeper_(keeper) {}

  std::optional<NextCall> next() override {
    if (over_) return std::nullopt;
    NextCall call{CallRole::subject, request_};
    call.request.member = escalated_ ? 1 : 0;
    return call;
  }

  void heard(const Attempt& answer) override {
    const std::string text = without_reasoning(answer.text);
    reply_.answers.push_back(text);
    reply_.calls = static_cast<std::uint32_t>(reply_.answers.size());
    if (escalated_ || cheap_.empty()) {  // of several cheap answers the first is kept
      reply_.text = text;
      reply_.tool_calls = answer.tool_calls;
      reply_.refused = refuses_to_answer(answer.outcome);
    }
    if (escalated_) {
      over_ = true;
      return;
    }
    cheap_.push_back(answer);
    if (cheap_.size() < static_cast<std::size_t>(keeper_.policy.samples)) return;
    escalated_ = escalates(keeper_.policy, keeper_.keep(cheap_, scorer_));
    over_ = !escalated_;
  }

  Reply reply() const override { return reply_; }

 private:
  ChatRequest request_;
  std::string scorer_;
  const RouteKeeper& keeper_;
  std::vector<Attempt> cheap_;
  bool escalated_ = false;
  bool over_ = false;
  Reply reply_;
};

}  // namespace

double keep_of_abstention(const Attempt& answer) {
  return answer.outcome == Outcome::ok && !abstains(without_reasoning(answer.text)) ? 1 : 0;
}

double keep_of_format(const Attempt& answer, std::string_view scorer) {
  return answer_of(answer, scorer) ? 1 : 0;
}

double keep_of_agreement(std::span<const Attempt> answers, std::string_view scorer) {
  if (answers.empty()) return 0;
  const auto first = answer_of(answers.front(), scorer);
  if (!first) return 0;
  std::size_t same = 0;
  for (const Attempt& answer : answers)
    if (answer_of(answer, scorer) == first) ++same;
  return static_cast<double>(same) / static_cast<double>(answers.size());
}

KeepRule keep_rule(const RoutingPolicy& policy) {
  switch (policy.rule) {
    case RouteRule::abstention:
      return [](std::span<const Attempt> answers, const std::string&) {
        return keep_of_abstention(answers.front());
      };
    case RouteRule::format:
      return [](std::span<const Attempt> answers, const std::string& scorer) {
        return keep_of_format(answers.front(), scorer);
      };
    case RouteRule::agreement:
      return [](std::span<const Attempt> answers, const std::string& scorer) {
        return keep_of_agreement(answers, scorer);
      };
    case RouteRule::mix:
    case RouteRule::score:
      break;
  }
  throw Error(
      ErrorKind::usage,
      fmt::format("the rule \"{}\" cannot be followed while asking", route_rule_row(policy.rule).name),
      "live routes escalate by abstention, format or agreement");
}

std::unique_ptr<Dialogue> make_cascade(const Item& item, const std::string& scorer,
                                       const RouteKeeper& keeper) {
  return std::make_unique<Cascade>(item, scorer, keeper);
}

}  // namespace costwar::harness
