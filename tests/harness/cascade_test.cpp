// A cascade: what decides whether a reply is kept, the dialogue, and its two calls in a run: two attempts,
// each held and charged at its own model's price, and taken up again where a crash came between both.
#include "harness/cascade.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

Attempt cheap_said(std::string text, Outcome outcome = Outcome::ok) {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.text = std::move(text);
  return attempt;
}

RoutingPolicy cascade_policy(RouteRule rule, double below = 1, int samples = 1) {
  RoutingPolicy policy;
  policy.cheap = "weak";
  policy.strong = "strong";
  policy.rule = rule;
  policy.below = below;
  policy.samples = samples;
  return policy;
}

Item asked_item() {
  return {"00000000000000aa", {{Role::user, "What is 5 - 2?"}}, "3", ""};
}

// Model "a" is a route over "weak" and "strong".
PlanInput routed_input(std::size_t items, const RoutingPolicy& policy) {
  PlanInput input = echo_input({"a"}, items);
  auto route = std::make_shared<PlanRoute>();
  route->cheap.card.name = "weak";
  route->cheap.card.model = "weak-model";
  route->cheap.effort = "low";
  route->strong.card.name = "strong";
  route->strong.card.model = "strong-model";
  route->strong.service_class = "flex";
  route->keeper = {keep_rule(policy), policy};
  input.models[0].card.members = {route->cheap.card, route->strong.card};
  input.models[0].card.cheap_calls = static_cast<std::uint32_t>(policy.samples);
  input.models[0].route = std::move(route);
  return input;
}

// The first call of an item abstains on odd items; the second answers.
ScriptedReply half_abstains(std::string_view prompt, int, int attempt) {
  const bool odd = (prompt.back() - '0') % 2 == 1;
  return answer(attempt == 0 && odd ? "I don't know." : std::string(prompt));
}

std::vector<TrialWork> left_of_route(const Plan& plan, const KeepingSink& sink) {
  RunColumnsBuilder builder(plan.header());
  for (const TrialRow& row : plan.trial_rows()) builder.add(row);
  for (const AttemptRow& row : sink.rows) builder.add(row);
  for (const auto& [trial, score] : sink.scores) builder.add(score);
  std::vector<TrialWork> work = work_left(builder.finish());
  for (TrialWork& entry : work)
    for (const AttemptRow& row : sink.rows)
      if (entry.earlier && row.trial == entry.trial && is_answered(row.attempt.outcome))
        entry.earlier->answers.push_back(row);
  return work;
}

Money dollars(std::string_view amount) {
  return Money::parse(Currency(), amount);
}

// Place 0 is the cheap model: 1 at most, 0.5 in the end. Place 1 is the strong one: 10 and 7.
struct TwoPrices {
  BudgetPrices prices;
  std::vector<std::size_t> quoted;
  std::vector<std::size_t> charged;
  TwoPrices() {
    prices.worst = [this](CallRole, std::size_t model, std::int64_t,
                          std::int64_t) -> std::variant<Money, Refusal> {
      quoted.push_back(model);
      return dollars(model == 0 ? "1" : "10");
    };
    prices.charge = [this](CallRole, std::size_t model, const Attempt&) -> std::optional<Money> {
      charged.push_back(model);
      return dollars(model == 0 ? "0.5" : "7");
    };
  }
};

}  // namespace

TEST_CASE("an answer is kept unless it abstains, refuses or fails") {
  CHECK(keep_of_abstention(cheap_said("3")) == 1);
  CHECK(keep_of_abstention(cheap_said("I don't know.")) == 0);
  CHECK(keep_of_abstention(cheap_said("<think>I don't know.</think>3")) == 1);
  CHECK(keep_of_abstention(cheap_said("3", Outcome::refused)) == 0);
  CHECK(keep_of_abstention(cheap_said("", Outcome::content_filter)) == 0);
}

TEST_CASE("an answer is kept where its scorer could read one") {
  CHECK(keep_of_format(cheap_said("it is 3"), "numeric") == 1);
  CHECK(keep_of_format(cheap_said("it is three"), "numeric") == 0);
  CHECK(keep_of_format(cheap_said("<think>3</think>it is three"), "numeric") == 0);
  CHECK(keep_of_format(cheap_said("3", Outcome::refused), "numeric") == 0);
  CHECK(keep_of_format(cheap_said("B"), "choice") == 1);
  CHECK(keep_of_format(cheap_said("{\"a\":1}"), "json_schema") == 1);
  CHECK(keep_of_format(cheap_said("{"), "json_schema") == 0);
  CHECK(keep_of_format(cheap_said("anything"), "exact") == 1);
}

TEST_CASE("agreement is the share of answers that are the first one's, itself among them") {
  const std::vector<Attempt> answers{cheap_said("it is 3"), cheap_said("3.0"), cheap_said("4"),
                                     cheap_said("no number")};
  CHECK(keep_of_agreement(answers, "numeric") == doctest::Approx(0.5));
  const std::vector<Attempt> unread{cheap_said("no number"), cheap_said("no number")};
  CHECK(keep_of_agreement(unread, "numeric") == 0);
  CHECK(keep_of_agreement({}, "numeric") == 0);
  const std::vector<Attempt> one{cheap_said("3")};
  CHECK(keep_of_agreement(one, "numeric") == 1);
}

TEST_CASE("a mix and a score cannot be followed while asking") {
  for (const RouteRule rule : {RouteRule::mix, RouteRule::score})
    CHECK_THROWS_WITH_AS(keep_rule(cascade_policy(rule)),
                         doctest::Contains("cannot be followed while asking"), Error);
}

TEST_CASE("what is kept is the reply; what is not is asked of the strong model, whose answer it is then") {
  const RoutingPolicy policy = cascade_policy(RouteRule::abstention);
  const RouteKeeper keeper{keep_rule(policy), policy};
  const Item item = asked_item();
  const auto dialogue = make_cascade(item, "numeric", keeper);
  const auto first = dialogue->next();
  REQUIRE(first);
  CHECK(first->role == CallRole::subject);
  CHECK(first->request.member == 0);
  CHECK(first->request.messages == item.messages);
  SUBCASE("kept") {
    dialogue->heard(cheap_said("<think>hm</think>4"));
    CHECK_FALSE(dialogue->next());
    CHECK(dialogue->reply().text == "4");
    CHECK(dialogue->reply().calls == 1);
  }
  SUBCASE("not kept") {
    dialogue->heard(cheap_said("I don't know."));
    const auto second = dialogue->next();
    REQUIRE(second);
    CHECK(second->request.member == 1);
    CHECK(second->request.messages == item.messages);
    dialogue->heard(cheap_said("I don't know either."));
    CHECK_FALSE(dialogue->next());
    CHECK(dialogue->reply().text == "I don't know either.");
    CHECK(dialogue->reply().calls == 2);
  }
  SUBCASE("a refusal of the strong model is one; that of the cheap one is not") {
    dialogue->heard(cheap_said("", Outcome::refused));
    REQUIRE(dialogue->next());
    dialogue->heard(cheap_said("3"));
    CHECK_FALSE(dialogue->reply().refused);
    CHECK(dialogue->reply().text == "3");
  }
}

TEST_CASE("several answers of the cheap model are asked for, and the first is kept") {
  const RoutingPolicy policy = cascade_policy(RouteRule::agreement, 0.6, 3);
  const RouteKeeper keeper{keep_rule(policy), policy};
  const Item item = asked_item();
  const auto dialogue = make_cascade(item, "numeric", keeper);
  const auto hear = [&](std::vector<std::string> answers) {
    for (std::string& text : answers) {
      const auto call = dialogue->next();
      REQUIRE(call);
      CHECK(call->request.member == 0);
      dialogue->heard(cheap_said(std::move(text)));
    }
  };
  SUBCASE("two of three agree") {
    hear({"it is 3", "7", "3"});
    CHECK_FALSE(dialogue->next());
    CHECK(dialogue->reply().text == "it is 3");
  }
  SUBCASE("none does") {
    hear({"it is 3", "7", "8"});
    REQUIRE(dialogue->next());
    CHECK(dialogue->next()->request.member == 1);
    dialogue->heard(cheap_said("9"));
    CHECK(dialogue->reply().text == "9");
  }
}

TEST_CASE("without a threshold nothing is escalated") {
  RoutingPolicy policy = cascade_policy(RouteRule::format);
  policy.below.reset();
  const RouteKeeper keeper{keep_rule(policy), policy};
  const Item item = asked_item();
  const auto dialogue = make_cascade(item, "numeric", keeper);
  dialogue->next();
  dialogue->heard(cheap_said("no number"));
  CHECK_FALSE(dialogue->next());
}

TEST_CASE("the two calls of a trial are two attempts of turns 0 and 1, each sent as its model is asked") {
  Stage stage(routed_input(2, cascade_policy(RouteRule::abstention)), {half_abstains}, with_concurrency(1));
  const RunnerResult result = stage.run();
  CHECK(result.models[0].solved == 2);
  CHECK(result.models[0].attempts == 3);
  std::vector<std::pair<std::int64_t, std::uint32_t>> turns;
  for (const AttemptRow& row : stage.sink.rows) turns.emplace_back(row.trial, row.turn);
  std::sort(turns.begin(), turns.end());
  REQUIRE(turns.size() == 3);
  CHECK(std::count_if(turns.begin(), turns.end(), [](const auto& turn) { return turn.second == 1; }) == 1);
  for (const ChatRequest& request : stage.providers[0]->requests) {
    CHECK(request.model == (request.member == 0 ? "weak-model" : "strong-model"));
    CHECK(request.effort == (request.member == 0 ? std::optional<std::string>("low") : std::nullopt));
    CHECK(request.service_class == (request.member == 0 ? "" : "flex"));
  }
}

TEST_CASE("a failed call is retried by itself, on its own model") {
  int strong_calls = 0;
  Stage stage(routed_input(1, cascade_policy(RouteRule::abstention)),
              {[&](std::string_view prompt, int call, int) {
                if (call == 0) return failure(Outcome::server_error);
                if (call == 1) return answer("I don't know.");
                return ++strong_calls == 1 ? failure(Outcome::server_error) : answer(std::string(prompt));
              }});
  const RunnerResult result = stage.run();
  CHECK(result.models[0].solved == 1);
  std::vector<int> members;
  for (const ChatRequest& request : stage.providers[0]->requests) members.push_back(request.member);
  CHECK(members == std::vector<int>{0, 0, 1, 1});
  std::vector<std::pair<std::uint32_t, std::uint32_t>> attempts;
  for (const AttemptRow& row : stage.sink.rows) attempts.emplace_back(row.turn, row.number);
  CHECK(attempts == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 0}, {0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("each call is held and charged at the price of the model that it goes to") {
  TwoPrices two;
  RunnerSettings settings = with_concurrency(1);
  settings.budget = &two.prices;
  PlanInput input = routed_input(2, cascade_policy(RouteRule::abstention));
  input.sampling.max_output_tokens = 64;
  Stage stage(std::move(input), {half_abstains}, settings);
  stage.providers[0]->bytes = 100;
  SUBCASE("enough for both") {
    stage.sink.budget = dollars("20");
    const RunnerResult result = stage.run();
    CHECK_FALSE(result.error);
    CHECK(result.models[0].solved == 2);
    CHECK(stage.sink.held == dollars("8"));  // 0.5 twice and 7 once
    CHECK(stage.sink.most_held <= dollars("11"));
    CHECK(result.models[0].spent == dollars("8"));
    CHECK(std::count(two.charged.begin(), two.charged.end(), 1U) == 1);
    CHECK(std::count(two.charged.begin(), two.charged.end(), 0U) == 2);
  }
  SUBCASE("enough for the cheap calls alone: the escalation does not leave") {
    stage.sink.budget = dollars("5");
    const RunnerResult result = stage.run();
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::spending_limit);
    for (const ChatRequest& request : stage.providers[0]->requests) CHECK(request.member == 0);
    CHECK(stage.sink.held <= dollars("1"));
  }
}

TEST_CASE("both models are asked before anything leaves whether they would take what a route may send") {
  TwoPrices two;
  two.prices.worst = [](CallRole, std::size_t model, std::int64_t,
                        std::int64_t) -> std::variant<Money, Refusal> {
    if (model == 1) return Refusal{"strong has no price", "name one"};
    return dollars("1");
  };
  RunnerSettings settings = with_concurrency(1);
  settings.budget = &two.prices;
  PlanInput input = routed_input(1, cascade_policy(RouteRule::abstention));
  input.sampling.max_output_tokens = 64;
  Stage stage(std::move(input), {echo}, settings);
  stage.providers[0]->bytes = 100;
  stage.sink.budget = dollars("20");
  CHECK_THROWS_WITH_AS(stage.run(), doctest::Contains("strong has no price"), Error);
  CHECK(stage.providers[0]->calls == 0);
}

TEST_CASE("after a crash between both calls the cheap answer is kept, and only the strong call is made") {
  const PlanInput input = routed_input(1, cascade_policy(RouteRule::abstention));
  Stage first(input, {[](std::string_view, int call, int) {
                return call == 0 ? answer("I don't know.") : failure(Outcome::config);
              }});
  first.run();
  // What a crash leaves: the first call has ended, and there is no score.
  KeepingSink& sink = first.sink;
  std::erase_if(sink.rows, [](const AttemptRow& row) { return row.turn > 0; });
  sink.scores.clear();
  REQUIRE(sink.rows.size() == 1);
  const std::vector<TrialWork> left = left_of_route(*first.plan, sink);
  REQUIRE(left.size() == 1);
  REQUIRE(left[0].earlier);
  REQUIRE(left[0].earlier->answers.size() == 1);

  TwoPrices two;
  RunnerSettings settings = with_concurrency(1);
  settings.budget = &two.prices;
  PlanInput limited = input;
  limited.sampling.max_output_tokens = 64;
  Stage second(std::move(limited), {echo}, settings);
  second.providers[0]->bytes = 100;
  second.sink.budget = dollars("20");
  second.make();
  const RunnerResult result = second.run(left);
  CHECK(result.models[0].solved == 1);
  REQUIRE(second.providers[0]->requests.size() == 1);
  CHECK(second.providers[0]->requests[0].member == 1);
  CHECK(second.providers[0]->requests[0].model == "strong-model");
  REQUIRE(second.sink.rows.size() == 1);
  CHECK(second.sink.rows[0].turn == 1);
  CHECK(two.charged == std::vector<std::size_t>{1});
  CHECK(second.sink.held == dollars("7"));
}

TEST_CASE("a kept answer that was not yet scored is scored without a call") {
  const PlanInput input = routed_input(1, cascade_policy(RouteRule::abstention));
  Stage first(input, {echo});
  first.run();
  first.sink.scores.clear();
  Stage second(input, {echo});
  second.make();
  const RunnerResult result = second.run(left_of_route(*first.plan, first.sink));
  CHECK(result.models[0].solved == 1);
  CHECK(second.providers[0]->calls == 0);
}

TEST_CASE("the strong models of several routes have a price's place each, behind all models") {
  const RoutingPolicy policy = cascade_policy(RouteRule::abstention);
  PlanInput input = routed_input(1, policy);
  const PlanModel route = input.models[0];
  PlanModel plain;
  plain.card.name = "b";
  PlanModel other = route;
  other.card.name = "c";
  other.card.cheap_calls = 3;
  input.models = {route, plain, other};
  const Plan plan(std::move(input));
  CHECK(plan.priced_as(0, 0) == 0);
  CHECK(plan.priced_as(0, 1) == 3);
  CHECK(plan.priced_as(1, 0) == 1);
  CHECK(plan.priced_as(1, 9) == 1);
  CHECK(plan.priced_as(2, 2) == 2);
  CHECK(plan.priced_as(2, 3) == 4);
}

TEST_CASE("a task of several turns cannot be routed") {
  PlanInput input = routed_input(1, cascade_policy(RouteRule::abstention));
  input.tasks[0].items.change_all([](Item& item) { item.turns = {"and then?"}; });
  CHECK_THROWS_WITH_AS(Plan(std::move(input)), doctest::Contains("takes more than one turn"), Error);
}
