#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.h"
#include "harness/worlds/agent.h"
#include "harness/worlds/oracle.h"

namespace costwar::harness::worlds {
namespace {

class AgentOracle final : public Oracle {
 public:
  explicit AgentOracle(const Item& item) : setup_(agent_setup(item)), world_(setup_.world) {
    case_ = "Case " + setup_.case_number();
    look();
    if (setup_.simulated_user)
      plan_one_by_one();
    else
      plan_all_at_once();
  }

  Attempt answer(const NextCall& call) override {
    if (call.role == CallRole::simulated_user) return take(user_, user_at_);
    const Message& last = call.request.messages.back();
    const bool again =
        last.role == Role::tool && at_ > 0 && last.content.find("\"retryable\":true") != std::string::npos;
    if (again) return steps_[at_ - 1];
    return take(steps_, at_);
  }

 private:
  static Attempt take(const std::vector<Attempt>& from, std::size_t& at) {
    return at < from.size() ? from[at++] : text_answer("");
  }

  void say(const std::string& text) { steps_.push_back(text_answer(case_ + ": " + text)); }
  void user_says(std::string text) { user_.push_back(text_answer(std::move(text))); }

  // A first look at the lists, as any agent must take that does not know the ids beforehand.
  void look() {
    for (const ToolRow& tool : setup_.world.domain->tools)
      if (tool.name.starts_with("list_")) steps_.push_back(call_answer(std::string(tool.name), "{}"));
  }

  void act(const Goal& goal) {
    for (const Action& action : goal.actions) {
      Row arguments = action.arguments;
      const auto& tools = setup_.world.domain->tools;
      const auto tool = std::find_if(tools.begin(), tools.end(),
                                     [&](const ToolRow& row) { return row.name == action.tool; });
      if (setup_.world.idempotency && tool != tools.end() && tool->creates)
        arguments["key"] = fmt::format("key-{}", ++keys_);
      steps_.push_back(call_answer(action.tool, arguments_json(arguments)));
    }
  }

  void plan_all_at_once() {
    std::string questions;
    for (const Goal& goal : world_.goals()) {
      if (!goal.confirmation)
        act(goal);
      else
        questions += (questions.empty() ? "" : " ") + goal.confirmation->question;
    }
    if (!questions.empty()) say(questions);
    for (const Goal& goal : world_.goals())
      if (goal.confirmation) act(goal);
    say("everything that the rules allow is done.");
  }

  void plan_one_by_one() {
    const auto& goals = world_.goals();
    for (std::size_t goal = 0; goal < goals.size(); ++goal) {
      if (goals[goal].confirmation) {
        say(goals[goal].confirmation->question);
        user_says(case_ + ": " + goals[goal].confirmation->answer);
      }
      act(goals[goal]);
      say(fmt::format("request {} is dealt with.", goal + 1));
      user_says(goal + 1 < goals.size() ? case_ + ": " + goals[goal + 1].request : std::string(kStopWord));
    }
  }

  AgentSetup setup_;
  World world_;
  std::string case_;
  std::vector<Attempt> steps_;
  std::vector<Attempt> user_;
  std::size_t at_ = 0;
  std::size_t user_at_ = 0;
  int keys_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> make_agent_oracle(const Item& item) {
  return std::make_unique<AgentOracle>(item);
}

}  // namespace costwar::harness::worlds
