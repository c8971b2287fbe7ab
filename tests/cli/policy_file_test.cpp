#include "cli/decide/policy_file.h"

#include <doctest/doctest.h>

#include <map>

#include "cli/decide/facts.h"
#include "cli/price_book.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;
using doctest::Approx;

namespace {

const std::string kSomeWeights = R"("weights": {"quality": {"weight": 1, "worst": 0, "best": 1}})";

// The complaint about a policy that has this member on its second line, from the line number on.
std::string policy_complaint(const std::string& member, bool with_weights = true) {
  try {
    (void)parse_policy("{\n" + member + (with_weights ? ",\n" + kSomeWeights : "") + "}", "policy.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    const std::string what = error.what();
    REQUIRE(what.starts_with("policy.json:"));
    return what.substr(12) + " | " + error.hint();
  }
  return "no error";
}

void complains(const std::string& member, const std::string& words) {
  const std::string said = policy_complaint(member);
  CAPTURE(member);
  CAPTURE(said);
  CHECK(said.starts_with("2: "));
  CHECK(said.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("every limit has its place, its side and its bound") {
  const PolicyFile file = parse_policy(R"({
    // comments are allowed
    "$schema": "x", "name": "ours", "description": "for us",
    "limits": {
      "quality_at_least": "85%", "tasks": {"sums": 0.5}, "safety": {"injection": 0.95},
      "usd_per_thousand_tasks_at_most": "40", "usd_per_thousand_solved_at_most": "$50.5",
      "latency": {"median_at_most": "500ms", "p90_at_most": "2m", "p95_at_most": "8s"},
      "failures_at_most": "2 %", "joules_per_solved_at_most": 12.5,
      "licences": ["MIT"], "weights": "open", "residency": ["eu"], "hardware_vendors": ["nvidia", "huawei"],
      "context_at_least": 200000, "output_at_least": 8000, "tools": true
    },
    "weights": {
      "quality": {"weight": 3, "worst": "50%", "best": 1},
      "usd_per_thousand_tasks": {"weight": 1, "worst": "40usd", "best": "0.01 USD", "scale": "logarithmic"},
      "latency_p95": {"weight": 0.5, "worst": "8s", "best": "500ms"},
      "quality/sums": {"weight": 1, "worst": 0, "best": 1}
    },
    "mix": true, "indifference": 0.02, "on_unresolved": "fail"
  })",
                                       "policy.json");
  const analysis::Policy& policy = file.policy;
  std::map<std::string, analysis::PolicyLimit> limits;
  for (const analysis::PolicyLimit& limit : policy.limits) limits[limit.name] = limit;
  REQUIRE(limits.size() == 17);
  const auto number = [&](const char* name) { return std::get<double>(limits.at(name).bound->amount); };
  CHECK(number("quality_at_least") == 0.85);
  CHECK(limits.at("tasks.sums").subject == "quality/sums");
  CHECK(limits.at("safety.injection").subject == "safety/injection");
  CHECK(std::get<Money>(limits.at("usd_per_thousand_tasks_at_most").bound->amount).decimal() == "40");
  CHECK(limits.at("usd_per_thousand_solved_at_most").subject == "usd_per_thousand_solved");
  CHECK(number("latency.median_at_most") == 0.5);
  CHECK(number("latency.p90_at_most") == 120);
  CHECK(limits.at("latency.p95_at_most").subject == "latency_p95");
  CHECK(limits.at("latency.p95_at_most").bound->side == analysis::Side::at_most);
  CHECK(number("failures_at_most") == 0.02);
  CHECK(number("joules_per_solved_at_most") == 12.5);
  CHECK(limits.at("hardware_vendors").allowed == std::vector<std::string>{"nvidia", "huawei"});
  CHECK(limits.at("weights").fact);
  CHECK(number("context_at_least") == 200000);
  CHECK(limits.at("context_at_least").fact);
  CHECK(limits.at("tools").fact);
  REQUIRE(policy.weights.size() == 4);
  std::map<std::string, analysis::PolicyWeight> weights;
  for (const analysis::PolicyWeight& weight : policy.weights) weights[weight.figure] = weight;
  CHECK(weights.at("quality").worst == 0.5);
  CHECK(weights.at("usd_per_thousand_tasks").logarithmic);
  CHECK(weights.at("usd_per_thousand_tasks").best == Approx(0.01));
  CHECK(weights.at("latency_p95").best == 0.5);
  CHECK(policy.mix);
  CHECK(policy.indifference == 0.02);
  CHECK(policy.on_unresolved == analysis::OnUnresolved::fail);
  CHECK(policy.name == "ours");
}

TEST_CASE("a wrong policy is refused with its line and a remedy") {
  complains(R"("limit": {})", "did you mean \"limits\"?");
  complains(R"("name": 3)", "expected a text");
  complains(R"("description": "")", "expected a text");
  complains(R"("limits": [])", "expected an object");
  complains(R"("limits": {"quality_atleast": 0.5})", "did you mean \"quality_at_least\"?");
  complains(R"("limits": {"quality_at_least": 85})", "is not a share");
  complains(R"("limits": {"quality_at_least": "85"})", "is not a share");
  complains(R"("limits": {"tasks": 0.5})", "expected an object");
  complains(R"("limits": {"tasks": {"": 0.5}})", "has a name");
  complains(R"("limits": {"safety": {"injection": "high"}})", "is not a share");
  complains(R"("limits": {"usd_per_thousand_tasks_at_most": 40})", "expected an amount of money");
  complains(R"("limits": {"usd_per_thousand_tasks_at_most": "40eur"})", "no amount of money in USD");
  complains(R"("limits": {"usd_per_thousand_solved_at_most": "-1"})", "no amount of money in USD");
  complains(R"("limits": {"latency": {"p99_at_most": "8s"}})", "did you mean");
  complains(R"("limits": {"latency": {"p95_at_most": 8}})", "expected a duration");
  complains(R"("limits": {"latency": {"p95_at_most": "8"}})", "no duration");
  complains(R"("limits": {"latency": {"p95_at_most": "0s"}})", "above 0");
  complains(R"("limits": {"failures_at_most": -0.1})", "is not a share");
  complains(R"("limits": {"joules_per_solved_at_most": "12"})", "expected a number");
  complains(R"("limits": {"licences": "MIT"})", "expected a list of texts");
  complains(R"("limits": {"licences": []})", "with at least one");
  complains(R"("limits": {"residency": [1]})", "expected a text");
  complains(R"("limits": {"hardware_vendors": {}})", "expected a list of texts");
  complains(R"("limits": {"weights": "closed"})", "only open weights can be required");
  complains(R"("limits": {"weights": "opn"})", "says nothing of weights");
  complains(R"("limits": {"context_at_least": 0})", "whole number of tokens");
  complains(R"("limits": {"output_at_least": 1.5})", "whole number of tokens");
  complains(R"("limits": {"tools": false})", "not forbidden");
  complains(R"("mix": "yes")", "expected true or false");
  complains(R"("indifference": 2)", "expected a number from 0 to 1");
  complains(R"("on_unresolved": "ignore")", "one of fail, pass, unresolved");
}

TEST_CASE("a wrong weight is refused with its line and a remedy") {
  const auto weighs = [](const std::string& weights, const std::string& words) {
    const std::string said = policy_complaint("\"weights\": {" + weights + "}", false);
    CAPTURE(weights);
    CAPTURE(said);
    CHECK(said.starts_with("2: "));
    CHECK(said.find(words) != std::string::npos);
  };
  weighs(R"("qualty": {"weight": 1, "worst": 0, "best": 1})", "did you mean \"quality\"?");
  weighs(R"("quality": 1)", "expected an object");
  weighs(R"("quality": {"weight": 1})", "has no range");
  weighs(R"("quality": {"worst": 0, "best": 1})", "no weight above 0");
  weighs(R"("quality": {"weight": -1, "worst": 0, "best": 1})", "expected a number");
  weighs(R"("quality": {"weight": 1, "worst": 1, "best": 0})", "has to be above its worst");
  weighs(R"("latency_p95": {"weight": 1, "worst": "1s", "best": "2s"})", "has to be below its worst");
  weighs(R"("quality": {"weight": 1, "worst": 0, "best": 1, "scale": "logarithmic"})",
         "no logarithmic scale");
  weighs(R"("quality": {"weight": 1, "worst": 0, "best": 1, "scale": "square"})", "is no scale");
  weighs(
      R"("usd_per_thousand_tasks": {"weight": 1, "worst": "5usd", "best": "0usd", "scale": "logarithmic"})",
      "no place for 0");
  weighs(R"("usd_per_thousand_tasks": {"weight": 1, "worst": 5, "best": 1})", "expected an amount of money");
  CHECK(policy_complaint(R"("name": "empty")", false).find("there are no weights") != std::string::npos);
}

TEST_CASE("wrong facts are refused with their line and a remedy") {
  const auto states = [](const std::string& facts, const std::string& words) {
    complains("\"facts\": {\"m\": {" + facts + "}}", words);
  };
  states(R"("tools": true)", "has no source");
  states(R"("source": "")", "expected a text");
  states(R"("source": "x", "licens": "MIT")", "did you mean \"licence\"?");
  states(R"("source": "x", "weights": "half")", "says nothing of weights");
  states(R"("source": "x", "residency": [])", "with at least one");
  states(R"("source": "x", "hardware_vendor": 3)", "expected a list of texts");
  states(R"("source": "x", "tools": "yes")", "expected true or false");
  states(R"("source": "x", "context": "200k")", "whole number of tokens");
  states(R"("source": "x", "output": -1)", "whole number of tokens");
  states(R"("source": "x", "safety": {"injection": 0.97})", "expected an object");
  states(R"("source": "x", "safety": {"injection": {"passed": 97}})", "how many of how many");
  states(R"("source": "x", "safety": {"injection": {"passed": 97, "of": 90}})", "how many of how many");
  states(R"("source": "x", "safety": {"injection": {"passed": "97", "of": 100}})", "number of trials");
}

TEST_CASE("every ready policy is read, has limits and weights, and says what it is for") {
  const std::vector<ReadyPolicy> ready = ready_policies();
  REQUIRE(ready.size() == 6);
  for (const ReadyPolicy& each : ready) {
    CAPTURE(each.name);
    const PolicyFile file = open_policy(each.name);
    CHECK_FALSE(file.policy.limits.empty());
    CHECK_FALSE(file.policy.weights.empty());
    CHECK_FALSE(file.policy.description.empty());
    CHECK(file.policy.mix == (each.name == "hybrid"));
  }
  CHECK_THROWS_WITH_AS(open_policy("agentwork"), "agentwork is neither a file nor a ready policy", Error);
}

TEST_CASE("facts come from the catalogue with their source, and the policy has the last word") {
  RunHeader header;
  header.models.resize(3);
  header.models[0].name = "openai/gpt-5.5@high";
  header.models[1].name = "local/tiny-moe";
  header.models[1].own_machine = true;
  header.models[2].name = "cerebras/gpt-oss-120b";
  std::vector<analysis::Candidate> candidates(3);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    candidates[i].model = candidates[i].label = header.models[i].name;
  const PolicyFile file = parse_policy(R"({"facts": {
    "openai/gpt-5.5": {"residency": "eu", "context": 400000, "source": "our contract",
                       "safety": {"injection": {"passed": 97, "of": 100}}},
    "nobody": {"tools": true, "source": "x"}},)" +
                                           kSomeWeights + "}",
                                       "policy.json");
  CHECK(add_facts(candidates, header, price_book(), file.facts, 0.95) == std::vector<std::string>{"nobody"});
  const auto& gpt = candidates[0].facts;
  CHECK(std::get<std::vector<std::string>>(gpt.at("weights").value) == std::vector<std::string>{"closed"});
  CHECK(gpt.at("weights").source.starts_with("the catalogue, openai/gpt-5.5"));
  CHECK(std::get<std::int64_t>(gpt.at("context").value) == 400000);
  CHECK(gpt.at("context").source == "our contract");
  CHECK_FALSE(gpt.at("tools").known());
  const analysis::SeenFigure& safety = candidates[0].figures.at("safety/injection");
  CHECK(safety.evidence == analysis::EvidenceKind::stated);
  CHECK(std::get<double>(*safety.seen.low) < 0.95);
  const analysis::SeenFigure surer = file.facts[0].safety.at("safety/injection").figure(0.99, "x");
  CHECK(std::get<double>(*surer.seen.low) < std::get<double>(*safety.seen.low));
  CHECK(safety.source == "our contract");
  CHECK(std::get<std::vector<std::string>>(candidates[1].facts.at("residency").value) ==
        std::vector<std::string>{"on_premises"});
  CHECK_FALSE(candidates[1].facts.at("licence").known());
  // The catalogue marks this licence as unconfirmed.
  CHECK_FALSE(candidates[2].facts.at("licence").known());
  CHECK(candidates[2].facts.at("context").known());
}
