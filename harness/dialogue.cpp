#include "harness/dialogue.h"

#include <utility>

#include "harness/scoring/scorers.h"

namespace costwar::harness {
namespace {

class Turns final : public Dialogue {
 public:
  explicit Turns(const Item& item) : turns_(item.turns), request_(first_request(item)) {}

  std::optional<NextCall> next() override {
    if (over_) return std::nullopt;
    return NextCall{CallRole::subject, request_};
  }

  void heard(const Attempt& answer) override {
    const std::size_t turn = reply_.answers.size();
    reply_.text = without_reasoning(answer.text);
    reply_.answers.push_back(reply_.text);
    reply_.tool_calls = answer.tool_calls;
    reply_.calls = static_cast<std::uint32_t>(reply_.answers.size());
    reply_.refused = refuses_to_answer(answer.outcome);
    over_ = answer.outcome != Outcome::ok || turn >= turns_.size();
    if (over_) return;
    request_.messages.push_back({Role::assistant, reply_.text});
    request_.messages.push_back({Role::user, turns_[turn]});
  }

  Reply reply() const override { return reply_; }

 private:
  std::vector<std::string> turns_;
  ChatRequest request_;
  Reply reply_;
  bool over_ = false;
};

}  // namespace

bool refuses_to_answer(Outcome outcome) {
  return outcome == Outcome::refused || outcome == Outcome::content_filter;
}

std::unique_ptr<Dialogue> make_turns(const Item& item) {
  return std::make_unique<Turns>(item);
}

ChatRequest first_request(const Item& item) {
  ChatRequest request;
  std::size_t own = 0;
  if (item.context) {
    request.messages = item.context->messages;
    if (!request.messages.empty() && !item.messages.empty() && request.messages.back().role == Role::user &&
        item.messages.front().role == Role::user) {
      request.messages.back().content += "\n\n" + item.messages.front().content;
      own = 1;
    }
  }
  for (; own < item.messages.size(); ++own) request.messages.push_back(item.messages[own]);
  request.tools = item.tools;
  request.tool_choice = item.tool_choice;
  request.response_format = item.response_format;
  return request;
}

}  // namespace costwar::harness
