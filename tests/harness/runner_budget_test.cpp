// Money that is held before anything leaves, answers that need none, and runs that end early.

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

Money usd(std::string_view amount) {
  return Money::parse(Currency(), amount);
}

std::string text_of(const std::optional<Error>& error) {
  return error ? std::string(error->what()) + " | " + error->hint() : "no error";
}

// Every request can cost 10 at most; what it does cost, `charged` says.
struct Prices {
  BudgetPrices prices;
  std::optional<Money> charged = usd("3");
  std::vector<std::string> quoted;

  Prices() {
    prices.worst = [this](CallRole role, std::size_t model, std::int64_t bytes,
                          std::int64_t cap) -> std::variant<Money, Refusal> {
      quoted.push_back(fmt::format("{} {} {} {}", call_role_name(role), model, bytes, cap));
      return usd("10");
    };
    prices.charge = [this](CallRole, std::size_t, const Attempt& attempt) -> std::optional<Money> {
      if (attempt.outcome == Outcome::cancelled && !attempt.timeline.sent) return Money();
      return charged;
    };
  }
};

// Models "a" of these items under a budget, at most eight calls out.
struct Budgeted {
  Budgeted(std::string_view budget, std::size_t items, FakeProvider::Script script = echo,
           PlanInput input = {})
      : stage(prepared(std::move(input), items), {std::move(script)}, settings_with(prices)) {
    stage.sink.budget = usd(budget);
    stage.providers[0]->bytes = 120;
  }

  static PlanInput prepared(PlanInput input, std::size_t items) {
    if (input.models.empty()) input = echo_input({"a"}, items);
    input.sampling.max_output_tokens = 64;
    return input;
  }
  static RunnerSettings settings_with(Prices& prices) {
    RunnerSettings settings = with_concurrency(8);
    settings.budget = &prices.prices;
    return settings;
  }

  Prices prices;
  Stage stage;
};

}  // namespace

TEST_CASE("calls wait for what others turn out not to cost, and the budget is never overshot") {
  Budgeted bench("35", 8);  // three at once; 8 * 3 = 24 in the end, and each needs 10 before it leaves
  const RunnerResult result = bench.stage.run();
  CHECK_FALSE(result.error);
  CHECK(result.models[0].solved == 8);
  CHECK(bench.stage.providers[0]->most_in_flight == 3);
  CHECK(bench.stage.sink.held == usd("24"));
  CHECK(bench.stage.sink.most_held <= usd("35"));
  CHECK(result.models[0].spent == usd("24"));
  CHECK(bench.prices.quoted.front() == "subject 0 120 64");
}

TEST_CASE("when nothing is out and the next hold does not fit, the run stops and keeps what it has") {
  Budgeted bench("35", 50);
  const RunnerResult result = bench.stage.run();
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::spending_limit);
  CHECK(text_of(result.error)
            .starts_with("a: the next request can cost up to $10.00, which the budget no longer holds | "));
  CHECK(result.models[0].done == 9);  // 9 * 3 = 27: the tenth may cost 10
  CHECK(bench.stage.sink.held == usd("27"));
  CHECK(bench.stage.sink.scores.size() == 9);
}

TEST_CASE("an attempt of unknown cost stays held at its worst") {
  Budgeted bench("25", 50);
  bench.prices.charged.reset();
  const RunnerResult result = bench.stage.run();
  CHECK(result.error->kind() == ErrorKind::spending_limit);
  CHECK(result.models[0].done == 2);
  CHECK(result.models[0].unpriced == 2);
  CHECK_FALSE(result.models[0].spent);
  CHECK(bench.stage.sink.held == usd("20"));
}

TEST_CASE("a reply that costs more than was held stops the run as a breach; what is out is awaited") {
  Budgeted bench("1000", 50);
  bench.prices.charged = usd("10.01");
  const RunnerResult result = bench.stage.run();
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::spending_limit);
  CHECK(std::string(result.error->what()) ==
        "a: a reply was charged $10.01, more than the $10.00 that it could cost at most (a breach)");
  CHECK(bench.stage.providers[0]->calls == 8);
  CHECK(bench.stage.sink.scores.size() == 8);
}

TEST_CASE("a request without a price or a bound is refused before anything leaves") {
  Budgeted bench("1000", 3);
  std::string wanted;
  SUBCASE("no price") {
    bench.prices.prices.worst = [](CallRole, std::size_t, std::int64_t,
                                   std::int64_t) -> std::variant<Money, Refusal> {
      return Refusal{"no price is known", "add one"};
    };
    wanted = "a: no price is known (task \"echo\"";
  }
  SUBCASE("no size") {
    bench.stage.providers[0]->bytes.reset();
    wanted = "a: the size of its requests is not known, and there is a budget (task";
  }
  SUBCASE("no cap") {
    bench.stage.plan_input.sampling.max_output_tokens.reset();
    wanted = "a: a request without a cap on its output has no bound, and there is a budget (task";
  }
  try {
    bench.stage.run();
    FAIL("ran");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).starts_with(wanted));
  }
  CHECK(bench.stage.journal.text().empty());
}

TEST_CASE("retries and turns hold each for themselves") {
  PlanInput input = echo_input({"a"}, 1);
  input.tasks[0].items.change_all([](Item& item) {
    item.turns = {"second"};
    item.expected = "second";
  });
  Budgeted bench(
      "100", 1,
      [](std::string_view prompt, int call, int) {
        return call == 0 ? failure(Outcome::server_error) : answer(std::string(prompt));
      },
      input);
  CHECK(bench.stage.run().models[0].solved == 1);
  CHECK(bench.prices.quoted.size() == 1 + 3);  // the check of the first request, then three attempts
  CHECK(bench.stage.sink.held == usd("9"));
}

TEST_CASE("the simulated user's and the judge's calls hold too, as measurement of that model") {
  PlanInput input = echo_input({"a"}, 2);
  input.tasks[0].task.scorer = "judge_correct";
  Budgeted bench("100", 2, echo, input);
  bench.stage.add_judge([](std::string_view, int, int) { return answer("good"); });
  bench.stage.judge->bytes = 500;
  bench.stage.services.judge_script = [](const ScorerRow&, const Item&, const Reply&) {
    class One final : public JudgeScript {
     public:
      std::optional<ChatRequest> next() override {
        if (std::exchange(asked_, true)) return std::nullopt;
        ChatRequest request;
        request.messages = {{Role::user, "?"}};
        return request;
      }
      void heard(const Attempt&) override {}
      std::optional<ScoreResult> verdict() const override { return ScoreResult{1, true, "yes"}; }

     private:
      bool asked_ = false;
    };
    return std::make_unique<One>();
  };
  const RunnerResult result = bench.stage.run();
  CHECK(result.models[0].solved == 2);
  CHECK(std::count(bench.prices.quoted.begin(), bench.prices.quoted.end(), "judge 0 500 64") == 2);
  CHECK(bench.stage.sink.held == usd("12"));
  CHECK(result.models[0].spent == usd("12"));
}

TEST_CASE("what costs nothing whatever is asked is not held for") {
  Budgeted bench("0", 4);
  bench.prices.prices.free = [](CallRole, std::size_t) { return true; };
  CHECK(bench.stage.run().models[0].solved == 4);
}

TEST_CASE("a wind-down lets calls go that wait for money") {
  Budgeted bench("10", 8, [](std::string_view prompt, int, int) {
    return answer(std::string(prompt), milliseconds(100));
  });
  bench.stage.make();
  bench.stage.loop.at(Mono{} + milliseconds(50), [&] { bench.stage.runner->wind_down(); });
  const RunnerResult result = bench.stage.run();
  CHECK(result.interrupted);
  CHECK_FALSE(result.error);
  CHECK(bench.stage.sink.scores.size() == 1);
}

namespace {

class MapCache final : public AnswerCache {
 public:
  std::optional<KeptAnswer> find(std::string_view key) override {
    ++lookups;
    const auto found = kept.find(std::string(key));
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, KeptAnswer> kept;
  int lookups = 0;
};

}  // namespace

TEST_CASE("answers of earlier runs are taken over: nothing leaves and nothing is held") {
  MapCache cache;
  const auto input_of = [](std::size_t items) {
    PlanInput input = echo_input({"a"}, items);
    input.sampling.max_output_tokens = 64;
    return input;
  };
  {
    Stage first(input_of(4), {echo});
    first.services.request_keys = true;
    first.run();
    for (const AttemptRow& row : first.sink.rows) {
      REQUIRE(row.request_key.size() == 32);
      CHECK(cache.kept.emplace(row.request_key, KeptAnswer{"run-1", row.attempt}).second);
    }
  }
  SUBCASE("all that was asked, under a budget that holds one request at a time") {
    Budgeted bench("10", 5, echo, input_of(5));
    Stage& second = bench.stage;
    second.services.cache = &cache;
    const RunnerResult result = second.run();
    CHECK_FALSE(result.error);
    CHECK(result.models[0].solved == 5);
    CHECK(result.models[0].taken == 4);
    CHECK(second.providers[0]->calls == 1);
    CHECK(second.sink.held == usd("3"));
    std::size_t noted = 0;
    for (const AttemptRow& row : second.sink.rows) {
      if (row.attempt.notes != std::vector<std::string>{"taken from run run-1"}) continue;
      ++noted;
      CHECK(row.attempt.usage[Meter::fresh_input]->value == 7);
      CHECK(row.number == 0);
      CHECK(cache.kept.contains(row.request_key));  // found again when the first run is deleted
    }
    CHECK(noted == 4);
  }
  SUBCASE("never what differs: a setting, a repeat, the weights, the name") {
    const auto asked_anew = [&](const std::function<void(PlanInput&)>& change) {
      PlanInput input = input_of(4);
      change(input);
      Stage other(input, {echo});
      other.services.cache = &cache;
      other.run();
      return other.providers[0]->calls;
    };
    CHECK(asked_anew([](PlanInput&) {}) == 0);
    CHECK(asked_anew([](PlanInput& input) { input.sampling.temperature = 0.5; }) == 4);
    CHECK(asked_anew([](PlanInput& input) { input.sampling.system = "x"; }) == 4);
    CHECK(asked_anew([](PlanInput& input) { input.repeats = 2; }) == 4);  // the second of each
    CHECK(asked_anew([](PlanInput& input) { input.models[0].fingerprint = "other"; }) == 4);
    CHECK(asked_anew([](PlanInput& input) { input.models[0].effort = "high"; }) == 4);
    CHECK(asked_anew([](PlanInput& input) { input.models[0].card.name = "z"; }) == 4);
  }
  SUBCASE("the note of who did ask stays when it is taken again") {
    KeptAnswer again{"run-2", taken_over({"run-1", answer("x").attempt})};
    CHECK(taken_over(again).notes == std::vector<std::string>{"taken from run run-1"});
  }
  SUBCASE("a replay is not looked for") {
    PlanInput input = input_of(4);
    Stage replay(input, {echo});
    replay.providers[0]->mutable_card().replay_of = ReplayOf{"r", {}};
    replay.services.cache = &cache;
    replay.run();
    CHECK(cache.lookups == 0);
  }
}

TEST_CASE("an answer that is taken over warms no cache: the group is opened by the first that leaves") {
  PlanInput input = echo_input({"a"}, 4);
  auto context = std::make_shared<SharedContext>();
  context->key = "k";
  context->messages = {{Role::system, "haystack"}};
  input.tasks[0].items.change_all([&](Item& item) { item.context = context; });
  const Plan plan(input);
  MapCache cache;
  cache.kept[request_key(input.models[0], plan.request(0), 0)] = {"run-1",
                                                                  answer(plan.item(0).expected).attempt};
  Stage stage(input, {echo}, with_concurrency(8));
  stage.services.cache = &cache;
  CHECK(stage.run().models[0].solved == 4);
  CHECK(starts_of(stage.journal, "start a") == std::vector<std::int64_t>{0, 10, 10});
}

TEST_CASE("ten thousand answers are taken over without a call, and without depth") {
  PlanInput input = echo_input({"a"}, 10'000);
  const Plan plan(input);
  MapCache cache;
  for (std::int64_t trial = 0; trial < 10'000; ++trial)
    cache.kept[request_key(input.models[0], plan.request(trial), 0)] = {
        "run-1", answer(plan.item(trial).expected).attempt};
  Stage stage(input, {echo});
  stage.services.cache = &cache;
  CHECK(stage.run().models[0].solved == 10'000);
  CHECK(stage.providers[0]->calls == 0);
}

TEST_CASE("Ctrl-C twice: the first lets what is out end, the second cancels it") {
  Stage stage(echo_input({"a"}, 20),
              {[](std::string_view prompt, int, int) { return answer(std::string(prompt), seconds(5)); }},
              with_concurrency(3));
  stage.make();
  stage.loop.at(Mono{} + seconds(1), [&] {
    CHECK(stage.runner->calls_out() == 3);
    stage.runner->wind_down();
  });
  SUBCASE("once") {
    const RunnerResult result = stage.run();
    CHECK(result.interrupted);
    CHECK(result.models[0].solved == 3);
    CHECK(stage.loop.clock().mono() == Mono{} + seconds(5));
    CHECK(stage.providers[0]->calls == 3);
  }
  SUBCASE("twice") {
    stage.loop.at(Mono{} + seconds(2), [&] { stage.runner->interrupt(); });
    const RunnerResult result = stage.run();
    CHECK(result.interrupted);
    CHECK(result.models[0].solved == 0);
    CHECK(stage.loop.clock().mono() == Mono{} + seconds(2));
    for (const AttemptRow& row : stage.sink.rows) CHECK(row.attempt.outcome == Outcome::cancelled);
  }
}

TEST_CASE("answers are kept apart by all of the request and by all of who is asked") {
  PlanModel asked;
  asked.card.name = "http://127.0.0.1:8000/v1#m";
  asked.card.provider = "http";
  asked.card.model = "m";
  ChatRequest request;
  request.model = "m";
  request.messages = {{Role::user, "?"}};
  std::set<std::string> keys{request_key(asked, request, 0)};
  CHECK(request_key(asked, request, 0) == *keys.begin());
  keys.insert(request_key(asked, request, 1));
  const auto of_asked = [&](auto change) {
    PlanModel other = asked;
    change(other);
    keys.insert(request_key(other, request, 0));
  };
  of_asked([](PlanModel& m) { m.card.name = "http://127.0.0.1:8001/v1#m"; });
  of_asked([](PlanModel& m) { m.card.provider = "vllm"; });
  of_asked([](PlanModel& m) { m.card.model = "n"; });
  of_asked([](PlanModel& m) { m.card.server = R"({"model_file": "other.gguf"})"; });
  of_asked([](PlanModel& m) { m.fingerprint = "f"; });
  const auto of_request = [&](auto change) {
    ChatRequest other = request;
    change(other);
    keys.insert(request_key(asked, other, 0));
  };
  of_request([](ChatRequest& r) { r.model = "n"; });
  of_request([](ChatRequest& r) { r.messages[0].content = "!"; });
  of_request([](ChatRequest& r) { r.messages[0].role = Role::system; });
  of_request([](ChatRequest& r) { r.messages.push_back({Role::assistant, ""}); });
  of_request([](ChatRequest& r) { r.max_output_tokens = 5; });
  of_request([](ChatRequest& r) { r.temperature = 0; });
  of_request([](ChatRequest& r) { r.temperature = 0.5; });
  of_request([](ChatRequest& r) { r.top_p = 0.5; });
  of_request([](ChatRequest& r) { r.seed = 1; });
  of_request([](ChatRequest& r) { r.effort = "high"; });
  of_request([](ChatRequest& r) { r.stop = {"x"}; });
  of_request([](ChatRequest& r) { r.stop = {"x", ""}; });
  of_request([](ChatRequest& r) { r.tools = {{"t", "d", "{}"}}; });
  of_request([](ChatRequest& r) { r.service_class = "flex"; });
  of_request([](ChatRequest& r) { r.cache_key = "k"; });
  of_request([](ChatRequest& r) { r.cache_prompt = false; });
  of_request([](ChatRequest& r) { r.extra_body = R"({"top_k":1})"; });
  of_request([](ChatRequest& r) { r.response_format = ResponseFormat{}; });
  of_request([](ChatRequest& r) { r.parallel_tool_calls = false; });
  CHECK(keys.size() == 26);
}
