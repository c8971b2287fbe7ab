// Budgets by the embedded price book: what flags say, what a request is held for, what an attempt is charged.
#include "cli/budget.h"

#include <doctest/doctest.h>

#include "cli/price_book.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

class FixedClock final : public Clock {
 public:
  Mono mono() const override { return {0}; }
  Wall wall() const override { return parse_wall("2026-11-26T12:00:00Z"); }
};
const FixedClock kClock;

harness::PlanModel vendor(const std::string& provider, const std::string& model,
                          const std::string& service_class = "") {
  harness::PlanModel made;
  made.card.name = provider + "/" + model + (service_class.empty() ? "" : "+" + service_class);
  made.card.provider = made.card.price_provider = provider;
  made.card.model = made.card.price_model = model;
  made.service_class = service_class;
  return made;
}

harness::Plan plan_of(std::vector<harness::PlanModel> models, const std::string& extra_body = "",
                      std::optional<harness::PlanModel> judge = {}) {
  harness::PlanInput input;
  input.models = std::move(models);
  input.tasks = {{{"t", "exact", 1, "T"}, {{"i", {{Role::user, "?"}}, "!", ""}}}};
  input.sampling.extra_body = extra_body;
  input.judge = std::move(judge);
  return harness::Plan(std::move(input));
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

std::string worst(const harness::PlanModel& model, std::int64_t bytes, std::int64_t cap) {
  const harness::Plan plan = plan_of({model});
  const auto answer =
      budget_prices(plan.input(), price_book(), kClock, seconds(600)).worst(CallRole::subject, 0, bytes, cap);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return refusal->message;
  return std::get<Money>(answer).decimal();
}

Attempt answered(std::int64_t input, std::int64_t output) {
  Attempt attempt;
  attempt.outcome = Outcome::ok;
  attempt.billing.requested = kClock.wall();
  attempt.timeline.sent = attempt.timeline.headers = attempt.timeline.first_any = Mono{1};
  attempt.usage.set(Meter::fresh_input, input, Provenance::reported);
  attempt.usage.set(Meter::visible_output, output, Provenance::reported);
  return attempt;
}

}  // namespace

TEST_CASE("budget: amounts are money in USD, written out") {
  for (const std::string text :
       {"5usd", "5USD", "5 usd", "$5", "$5usd", "5.00usd", "5.000000000000000000usd"})
    CHECK(parse_budget(text, "--budget") == Money::parse(Currency(), "5"));
  CHECK(parse_budget("0.000000000000000001usd", "--budget").atto() == 1);
  const auto refused = [](std::string_view text) {
    return message_of([&] { parse_budget(text, "--budget"); });
  };
  CHECK(refused("5") == "--budget: '5' is no amount of money | write it as 5usd or 0.50usd");
  CHECK(refused("5eur") ==
        "--budget: '5eur' is in another currency; budgets are in USD, and no rate is guessed | write it as "
        "5usd "
        "or 0.50usd");
  CHECK(refused("0usd") == "--budget: '0usd' is nothing to spend | write it as 5usd or 0.50usd");
  for (const std::string text : {"", "usd", "-5usd", "5e3usd", "1.2.3usd", ".5usd", "5.usd", "5usdollars",
                                 "1234567890123456789usd", "0.0000000000000000001usd", "nanusd"})
    CHECK(refused(text).find("is no amount of money") != std::string::npos);
}

TEST_CASE("budget: a limit for all models, and for models that are asked") {
  const harness::Plan plan = plan_of({vendor("openai", "gpt-5.5"), vendor("anthropic", "claude-haiku-4-5")},
                                     "", vendor("openai", "gpt-5.4"));
  const auto parse = [&](std::vector<std::string> limits) {
    return parse_limits({std::move(limits), "team"}, plan.input());
  };
  const harness::BudgetLimits limits = parse({"openai/gpt-5.5=2usd", "5usd", "openai/gpt-5.4=1usd"});
  CHECK(limits.ledger == "team");
  CHECK(limits.total == Money::parse(Currency(), "5"));
  REQUIRE(limits.of_model.size() == 2);
  CHECK(limits.of_model[0] == std::pair(std::string("openai/gpt-5.5"), Money::parse(Currency(), "2")));
  CHECK(limits.of_model[1].first == "openai/gpt-5.4");  // the judge
  CHECK(message_of([&] { parse({"openai/gpt-5.6=2usd"}); }) ==
        "--budget: openai/gpt-5.6 is none of the models that are asked | did you mean openai/gpt-5.5?");
  CHECK(message_of([&] {
          parse({"5usd", "6usd"});
        }) == "--budget gives the limit of all models twice | leave out one");
  CHECK(message_of([&] {
          parse({"openai/gpt-5.5=1usd", "openai/gpt-5.5=2usd"});
        }) == "--budget gives the limit of openai/gpt-5.5 twice | leave out one");
}

TEST_CASE("budget: a request is held for at the dearest price that could apply to it") {
  // 1,000 bytes and 100 tokens. Input at 2 (written to the cache of an hour) and output at 5 a million.
  CHECK(worst(vendor("anthropic", "claude-haiku-4-5"), 1000, 100) == "0.0025");
  // 20 and 50, and 1.1 times that where the vendor serves from the US.
  CHECK(worst(vendor("anthropic", "claude-fable-5"), 1000, 100) == "0.0275");
  // 5.50 and 33 at a data-residency address; as Priority 12.50 and 75.
  CHECK(worst(vendor("openai", "gpt-5.5"), 1000, 100) == "0.0088");
  CHECK(worst(vendor("openai", "gpt-5.5", "priority"), 1000, 100) == "0.02");
  // Flex is cheaper, but the vendor may serve in the standard class.
  CHECK(worst(vendor("openai", "gpt-5.5", "flex"), 1000, 100) == "0.0088");
  // Beyond 272,000 tokens the whole prompt is dearer: 11 and 49.50.
  CHECK(worst(vendor("openai", "gpt-5.5"), 1'000'000, 0) == "11");
}

TEST_CASE("budget: what has no price or no bound is refused before anything leaves") {
  harness::PlanModel own;
  own.card.name = "http://127.0.0.1:8089/v1#mock";
  const auto check = [](const harness::Plan& plan) {
    return message_of(
        [&] { check_budget(plan, budget_prices(plan.input(), price_book(), kClock, seconds(600)), {}); });
  };
  CHECK(check(plan_of({vendor("openai", "gpt-5.5")})) == "no error");
  CHECK(
      check(plan_of({own})) ==
      "there is a budget, and what http://127.0.0.1:8089/v1#mock costs has no bound: no price is known for "
      "http://127.0.0.1:8089/v1#mock | say in costwar.json whose prices hold (price_provider) and give them "
      "with --book, or leave the budget out");
  CHECK(check(plan_of({vendor("openai", "gpt-99")})).find("gpt-99") != std::string::npos);
  CHECK(check(plan_of({vendor("openai", "gpt-5.5")}, "", own)).find("has no bound") != std::string::npos);
  // Sold in CNY alone: no rate is guessed.
  CHECK(check(plan_of({vendor("alibaba-cn", "qwen3-max")})).find("CNY") != std::string::npos);
  CHECK(
      check(plan_of({vendor("openai", "gpt-5.5", "batch")})) ==
      "openai/gpt-5.5+batch: a batch leaves as a whole, and a budget does not hold it | leave out +batch, or "
      "the budget");
  CHECK(check(plan_of({vendor("openai", "gpt-5.5")}, R"({"top_k":3})")) == "no error");
  CHECK(check(plan_of({vendor("openai", "gpt-5.5")}, R"({"n":3,"top_k":3})")) ==
        "there is a budget, and \"n\" of --extra-body may make a request cost more than it can be held for | "
        "leave out the member, or the budget");
  harness::PlanModel local;
  local.card.name = "local/tiny-moe";
  local.card.own_machine = true;
  CHECK(check(plan_of({local}, R"({"n":3})")) == "no error");
  CHECK(worst(local, 1000, 1000) == "0");
  local.card.own_machine = false;
  local.card.replay_of = ReplayOf{"run", kClock.wall()};
  CHECK(worst(local, 1000, 1000) == "0");
}

TEST_CASE("budget: an attempt is charged as reports bill it, or not known, or nothing") {
  const harness::Plan plan =
      plan_of({vendor("openai", "gpt-5.5")}, "", vendor("anthropic", "claude-haiku-4-5"));
  const harness::BudgetPrices prices = budget_prices(plan.input(), price_book(), kClock, seconds(600));
  const auto charge = [&](const Attempt& attempt, CallRole role = CallRole::subject) {
    const auto money = prices.charge(role, 0, attempt);
    return money ? money->decimal() : "not known";
  };
  Attempt attempt = answered(1000, 100);
  CHECK(charge(attempt) == "0.008");
  CHECK(charge(attempt, CallRole::judge) == "0.0015");
  attempt.billing.region = "data_residency";
  CHECK(charge(attempt) == "0.0088");
  attempt.billing.region = "the moon";
  CHECK(charge(attempt) == "not known");
  attempt = answered(1000, 100);
  attempt.usage.clear(Meter::visible_output);
  CHECK(charge(attempt) == "not known");
  for (const Outcome broken : {Outcome::truncated, Outcome::timed_out, Outcome::cancelled,
                               Outcome::stream_error, Outcome::in_doubt, Outcome::server_error}) {
    attempt = answered(1000, 1);  // what had been counted when it broke off
    attempt.outcome = broken;
    CHECK(charge(attempt) == "not known");
  }
  attempt = Attempt();
  attempt.outcome = Outcome::capacity;
  attempt.timeline.sent = attempt.timeline.headers = Mono{1};
  CHECK(charge(attempt) == "0");
  attempt = Attempt();
  attempt.outcome = Outcome::network;  // nothing had left
  CHECK(charge(attempt) == "0");
  attempt.timeline.sent = Mono{1};
  CHECK(charge(attempt) == "not known");
}

TEST_CASE("budget: a stop says what was spent, what is left and what remains") {
  const auto usd = [](const char* text) { return Money::parse(Currency(), text); };
  harness::LedgerState state;
  state.total = {"", usd("5"), usd("4.87"), usd("0.1"), usd("0.06")};
  state.models = {{"a", usd("2"), usd("1.5"), usd("0"), usd("0")},
                  {"b", {}, usd("3.37"), usd("0.1"), usd("0.06")}};
  state.in_doubt = 1;
  const Error error = with_ledger(harness::limit_error({usd("0.062"), "a"}), state, "run-a", 63);
  CHECK(error.kind() == ErrorKind::spending_limit);
  CHECK(
      std::string(error.what()) ==
      "a: the next request can cost up to $0.062, which the budget no longer holds; of $5.00: $4.87 charged, "
      "$0.10 held ($0.06 in doubt), $0.03 left; a of $2.00: $1.50 charged, $0.00 held, $0.50 left; 63 trials "
      "of run run-a remain");
  CHECK(error.hint() ==
        "the same command with a higher --budget goes on from there; a lower --max-output-tokens holds less; "
        "costwar runs settle run-a settles what is in doubt");
}
