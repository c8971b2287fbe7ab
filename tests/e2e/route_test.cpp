// Routes between a cheap and a strong model: published numbers, policies, and a live route that does what was
// predicted of it.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "complaint.h"
#include "priced_scene.h"

using namespace costwar::e2e;
using doctest::Approx;
using Json = nlohmann::json;

namespace {

std::vector<PricedModel> weak_and_strong() {
  return {{"weak", "0.6", "1", "2"}, {"strong", "0.9", "20", "40"}};
}

Json way_of(const Json& routing, const std::string& kind) {
  for (const Json& way : routing.at("ways"))
    if (way.at("kind") == kind) return way;
  FAIL("no way " << kind);
  return {};
}

Json rule_of(const Json& routing, const std::string& name) {
  for (const Json& rule : routing.at("rules"))
    if (rule.at("rule") == name) return rule;
  FAIL("no rule " << name);
  return {};
}

bool within(double value, const Json& interval) {
  return value >= interval.at("low").get<double>() && value <= interval.at("high").get<double>();
}

double dollars_of(const Json& cost) {
  return std::stod(cost.at("amount").get<std::string>());
}

Arguments live(const std::string& policy, Arguments more = {}) {
  Arguments all{"route",  "--live",   policy,   "--tasks",     "arithmetic", "--n",  "200",
                "--seed", "8",        "--book", "prices.json", "--budget",   "5usd", "--max-output-tokens",
                "64",     "--format", "json"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// A table of one's own: on every third question only the strong model is right, and a score that tells.
void import_table(const TemporaryFolder& folder) {
  std::string table = "question,weak,strong\n", scores = "item,sure,noise\n";
  for (int i = 0; i < 120; ++i) {
    table += "question " + std::to_string(i) + (i % 3 == 0 ? ",0,1\n" : i % 10 == 9 ? ",1,0\n" : ",1,1\n");
    scores +=
        "question " + std::to_string(i) + (i % 3 == 0 ? ",0.2," : ",0.8,") + std::to_string(i % 7) + "\n";
  }
  folder.write("table.csv", table);
  folder.write("scores.csv", scores);
  const Result made = run(
      folder, {"import", "table", "table.csv", "--item", "question", "--score", "weak", "--score", "strong"});
  REQUIRE_MESSAGE(made.code == 0, made.err);
}

const Arguments kPrices{"--task-cost", "weak=0.001usd", "--task-cost", "strong=0.01usd"};

Arguments priced_route(Arguments more) {
  Arguments all{"route", "weak", "strong"};
  all.insert(all.end(), kPrices.begin(), kPrices.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("RouteLLM's published responses to GSM8K: difference, its error, the oracle") {
  const std::filesystem::path file = std::filesystem::path("..") / "shared/data/routellm_gsm8k_responses.csv";
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: " << file.string() << " is not here");
    return;
  }
  const TemporaryFolder folder;
  const std::string cheap = "mistralai/Mixtral-8x7B-Instruct-v0.1", strong = "gpt-4-1106-preview";
  const Result made = run(folder, {"import", "table", std::filesystem::absolute(file).string(), "--item",
                                   "prompt", "--score", cheap, "--score", strong});
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const Json routing = Scene::parsed(run(folder, {"route", cheap, strong, "--format", "json"}));
  CHECK(routing.at("items") == 1319);
  CHECK(routing.at("difference") == Approx(0.2183472328).epsilon(1e-9));
  CHECK(routing.at("standard_error") == Approx(0.0154527092).epsilon(1e-8));
  CHECK(routing.at("only_strong") == 383);
  CHECK(routing.at("only_cheap") == 95);
  CHECK(routing.at("oracle").at("solved") == Approx(0.9287338893).epsilon(1e-9));
  CHECK(routing.at("oracle").at("strong_share") == Approx(383.0 / 1319).epsilon(1e-9));
  CHECK(routing.at("oracle").at("strong_share") == Approx(0.2904).epsilon(1e-3));
  // Without prices a mix's average quality over calls lies in the middle of both.
  CHECK(routing.at("cost_is_calls") == true);
  CHECK(routing.at("mix_average_quality") == Approx((0.6383623958 + 0.8567096285) / 2).epsilon(1e-9));
  CHECK(run(folder, {"route", cheap, strong, "--strict"}).code == 7);
}

TEST_CASE("a live route solves what was predicted, for what was predicted, under a budget") {
  const PricedScene scene(weak_and_strong(), {"7", "8"});
  scene.measure({"weak", "strong"});
  const Json found = scene.json({"route", "acme/weak", "acme/strong", "--policy", "policy.json"});
  CHECK(rule_of(found, "abstention").at("gain").at("low") > 0.05);
  CHECK(holds(notes_of(found), "costwar compare route/policy.json acme/weak acme/strong"));
  const Json policy = Json::parse(scene.folder.read("policy.json"));
  CHECK(policy.at("rule") == "abstention");
  CHECK(policy.at("escalate_below") == 1);
  const Json& predicted = policy.at("evidence");

  const Json measured = Scene::parsed(run(scene.folder, live("policy.json")));
  const Json& route = measured.at("models").at(0);
  CHECK(route.at("model") == "route/policy.json");
  CHECK(within(route.at("quality").at("estimate"), predicted.at("solved")));
  CHECK(within(dollars_of(route.at("total_cost")) / 200, predicted.at("cost")));
  CHECK(holds(notes_of(measured), "The policy was predicted, on other items, to solve"));
  CHECK(holds(notes_of(measured), "policy.json was answered by"));
  CHECK(holds(notes_of(measured), "the table of served models tells whose answer was last"));
  CHECK_FALSE(holds(notes_of(measured), "Its row mixes them"));
  CHECK_FALSE(holds(notes_of(measured), "a forecast"));  // priced after it was measured

  // Who answered stands with every call, and a trial escalates at most once.
  const std::string run_id = measured.at("run");
  const Result exported = run(scene.folder, {"runs", "export", run_id});
  REQUIRE(exported.code == 0);
  const std::vector<Json> rows = scene.lines_of(exported.out);
  CHECK(rows.front().at("schema_minor") == 2);
  const Json& card = rows.front().at("models").at(0);
  CHECK(card.at("cheap_calls") == 1);
  CHECK(card.at("members").at(0).at("name") == "acme/weak");
  CHECK(card.at("members").at(1).at("name") == "acme/strong");
  std::map<int, int> model_of;
  int cheap = 0, strong = 0;
  for (const Json& row : rows) {
    if (row.at("row") == "trial") model_of[row.at("trial")] = row.value("model", 0);
    if (row.at("row") != "attempt" || model_of.at(row.at("trial")) != 0) continue;
    const int turn = row.value("turn", 0);
    CHECK(row.at("billing").at("served_model") == (turn == 0 ? "weak" : "strong"));
    ++(turn == 0 ? cheap : strong);
  }
  CHECK(cheap == 200);
  CHECK(within(strong / 200.0, predicted.at("strong_share")));

  // The same again asks nothing, and the exported run is read and priced as it was.
  const auto asked = [&] { return scene.lines_of(scene.folder.read("truth.jsonl")).size(); };
  const std::size_t before = asked();
  Scene::parsed(run(scene.folder, live("policy.json")));
  CHECK(asked() == before);
  scene.folder.write("exported.jsonl", exported.out);
  const Json again = scene.json({"report", "exported.jsonl"});
  CHECK(again.at("models").at(0).at("total_cost") == route.at("total_cost"));
}

TEST_CASE("a live route that was killed goes on without asking again what was answered") {
  const PricedScene scene(weak_and_strong(), {"7", "8"}, {"--ttft", "20ms"});
  scene.measure({"weak", "strong"});
  scene.json({"route", "acme/weak", "acme/strong", "--policy", "policy.json"});
  const auto asked = [&] { return scene.lines_of(scene.folder.read("truth.jsonl")); };
  const std::size_t before = asked().size();
  {
    const Program victim(scene.folder.path(), live("policy.json", {"--concurrency", "4"}));
    for (int i = 0; i < 3000 && asked().size() < before + 60; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    victim.signal(SIGKILL);
  }
  REQUIRE(asked().size() >= before + 60);
  const Json measured = Scene::parsed(run(scene.folder, live("policy.json", {"--concurrency", "4"})));
  CHECK(measured.at("models").at(0).at("n") == 200);
  // Of three models at most four calls each were out when it was killed.
  const std::vector<Json> all = asked();
  const auto undisturbed = [&](const Json& document) {
    std::size_t attempts = 0;
    for (const Json& row : scene.lines_of(run(scene.folder, {"runs", "export", document.at("run")}).out))
      if (row.at("row") == "attempt") ++attempts;
    return attempts;
  };
  CHECK(all.size() - before <= undisturbed(measured) + 12);
  // Held money is settled: what was in doubt stays held, the rest is charged.
  const Result ledgers = run(scene.folder, {"runs", "ledgers", "--format", "json"});
  CHECK(ledgers.code == 0);
}

TEST_CASE("a budget that cannot hold the strong model's call stops the route there") {
  const PricedScene scene(weak_and_strong(), {"7", "8"});
  scene.measure({"weak", "strong"});
  scene.json({"route", "acme/weak", "acme/strong", "--policy", "policy.json"});
  // A request may cost thousands of tokens' worth at worst; a hundredth of a cent holds none of the strong
  // one.
  const Result stopped =
      run(scene.folder, {"compare", "route/policy.json", "--tasks", "arithmetic", "--n", "20", "--seed", "8",
                         "--book", "prices.json", "--budget", "0.001usd", "--max-output-tokens", "64"});
  CHECK(stopped.code == 6);
  CHECK(holds(stopped.err, "which the budget no longer holds"));
  const Result unpriced =
      run(scene.folder, {"compare", "route/policy.json", "--tasks", "arithmetic", "--n", "5", "--seed", "8",
                         "--budget", "1usd", "--max-output-tokens", "64"});
  CHECK(unpriced.code == 2);
  CHECK(holds(unpriced.err, "acme/weak"));
}

TEST_CASE("agreement: several answers of the cheap model, each paid for") {
  const PricedScene scene(weak_and_strong(), {"7", "8"});
  scene.measure({"weak", "strong"}, {"--repeats", "3"});
  const Json found = scene.json({"route", "acme/weak", "acme/strong"});
  CHECK(found.at("items") == 600);
  CHECK(found.at("clusters") == 200);
  // This server answers a prompt always the same, so that there is nothing to go by but abstaining.
  CHECK(rule_of(found, "agreement").at("escalate_below") == 1);
  scene.json({"route", "acme/weak", "acme/strong", "--rule", "agreement", "--policy", "policy.json"});
  const Json policy = Json::parse(scene.folder.read("policy.json"));
  CHECK(policy.at("samples") == 3);
  const Json measured = Scene::parsed(
      run(scene.folder, {"compare", "route/policy.json", "--tasks", "arithmetic", "--n", "30", "--seed", "8",
                         "--book", "prices.json", "--format", "json", "--no-reprice"}));
  std::map<std::pair<int, int>, int> calls;
  for (const Json& row : scene.lines_of(run(scene.folder, {"runs", "export", measured.at("run")}).out))
    if (row.at("row") == "attempt") {
      const int turn = row.value("turn", 0);
      ++calls[{row.at("trial"), turn}];
      CHECK(row.at("billing").at("served_model") == (turn < 3 ? "weak" : "strong"));
    }
  CHECK(calls.size() >= 90);
  for (const auto& call : calls) CHECK(call.second == 1);
}

TEST_CASE("a score of one's own: after the cheap answer or before, higher or lower") {
  const TemporaryFolder folder;
  import_table(folder);
  const auto found = [&](Arguments more) {
    more.insert(more.end(), {"--format", "json"});
    return Scene::parsed(run(folder, priced_route(more)));
  };
  const Json after = found({"--score", "scores.csv:sure", "--score", "scores.csv:noise"});
  const Json sure = rule_of(after, "sure");
  CHECK(sure.at("escalate_below") == 0.8);
  CHECK(sure.at("gain").at("low") > 0);
  CHECK(rule_of(after, "noise").at("gain").at("low") <= 0);
  CHECK(way_of(after, "cascade").at("solved").at("estimate") == 1);
  CHECK(way_of(after, "cascade").at("strong_share").at("estimate") == Approx(1.0 / 3));
  CHECK(dollars_of(way_of(after, "cascade").at("cost_per_task")) == Approx(0.001 + 0.01 / 3));
  // A router pays for one call.
  const Json before = found({"--score-before", "scores.csv:sure"});
  CHECK(dollars_of(way_of(before, "router").at("cost_per_task")) == Approx((2 * 0.001 + 0.01) / 3));
  CHECK(rule_of(before, "sure").at("known_before") == true);
  // Turned around it tells the other way.
  CHECK(rule_of(found({"--score", "scores.csv:sure", "--high-escalates"}), "sure").at("gain").at("low") <= 0);
  // The cheapest way to a quality, and a policy of it.
  const Json cheap =
      found({"--score", "scores.csv:sure", "--at-quality", "60%", "--policy", "p.json", "--rule", "sure"});
  CHECK(way_of(cheap, "cascade").at("strong_share").at("estimate") == 0);
  CHECK(Json::parse(folder.read("p.json")).at("escalate_below").is_null());
  CHECK(Json::parse(folder.read("p.json")).at("column") == "sure");
  // Without prices cost is calls; --strict says so.
  const Json calls = Scene::parsed(
      run(folder, {"route", "weak", "strong", "--score", "scores.csv:sure", "--format", "json"}));
  CHECK(calls.at("cost_is_calls") == true);
  CHECK(way_of(calls, "cascade").at("cost_per_task").is_null());
  CHECK(rule_of(calls, "sure").at("saved_calls").at("estimate") > 0.5);
  CHECK(run(folder, {"route", "weak", "strong", "--strict"}).code == 7);
  CHECK(run(folder, priced_route({"--strict"})).code == 0);
  // The same data, the same numbers.
  CHECK(found({"--score", "scores.csv:sure"}) == found({"--score", "scores.csv:sure"}));
  CHECK(found({"--score", "scores.csv:noise", "--seed", "3"}).at("seed") == "3");
}

TEST_CASE("a mix for LiteLLM's router, and what it cannot do") {
  const PricedScene scene(weak_and_strong());
  scene.measure({"weak", "strong"});
  const Arguments pair{"route", "acme/weak", "acme/strong", "--book", "prices.json"};
  const auto with = [&](Arguments more) {
    Arguments all = pair;
    all.insert(all.end(), more.begin(), more.end());
    return run(scene.folder, all);
  };
  const Result made =
      with({"--rule", "mix", "--litellm", "router.yaml", "--policy", "mix.json", "--at-quality", "75%"});
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const double share = Json::parse(scene.folder.read("mix.json")).at("strong_share");
  CHECK(share > 0.3);
  CHECK(share < 0.7);
  const std::string yaml = scene.folder.read("router.yaml");
  CHECK(holds(yaml, "model: \"openai/weak\""));
  CHECK(holds(yaml, "api_base: \"" + scene.mock->url() + "\""));
  CHECK(holds(yaml, "weight: " + std::to_string(std::lround(share * 1000))));
  CHECK(holds(yaml, "routing_strategy: \"simple-shuffle\""));
  check_complaint(with({"--litellm", "router.yaml"}), 2, "LiteLLM's router does not read replies");
  // A mix is drawn, not followed.
  check_complaint(run(scene.folder, {"compare", "route/mix.json", "acme/weak"}), 2,
                  "the rule \"mix\" cannot be followed while asking");
  check_complaint(run(scene.folder, {"route", "--live", "mix.json"}), 2, "cannot be followed while asking");
}

TEST_CASE("a route in every format") {
  const PricedScene scene(weak_and_strong());
  scene.measure({"weak", "strong"}, {"--label", "two"});
  Arguments all{"route", "two", "--book", "prices.json"};
  for (const char* file : {"r.html", "r.md", "r.json", "r.jsonl", "r.csv", "r.xlsx", "r.xml"})
    all.insert(all.end(), {"-o", file});
  const Result made = run(scene.folder, all);
  REQUIRE_MESSAGE(made.code == 0, made.err);
  for (const char* file : {"r.html", "r.md", "r.json", "r.jsonl", "r.csv"})
    CHECK_MESSAGE(holds(scene.folder.read(file), "abstention"), file);
  CHECK(std::filesystem::file_size(scene.folder.path() / "r.xlsx") > 1000);
  const Result shown = run(scene.folder, {"route", "two", "--book", "prices.json"});
  CHECK(holds(shown.out, "Escalating by abstention solves"));
  CHECK(holds(shown.out, "Against choosing at random"));
}

TEST_CASE("what route refuses") {
  const TemporaryFolder folder;
  import_table(folder);
  const auto refused = [&](Arguments more, int code, const std::string& text) {
    check_complaint(run(folder, priced_route(std::move(more))), code, text);
  };
  check_complaint(run(folder, {"route"}), 2, "route needs two models");
  check_complaint(run(folder, {"route", "weak"}), 3, "routing needs two models");
  check_complaint(run(folder, {"route", "weak", "strnog"}), 2, "there is no run strnog");
  refused({"--at-quality", "lots"}, 2, "--at-quality: 'lots' is not a share");
  refused({"--rule", "sure"}, 2, "--rule sure: there is no such rule here");
  refused({"--rule", "mixx", "--policy", "p.json"}, 2, "did you mean mix?");
  refused({"--task-cost", "weak"}, 2, "the amount is missing");
  refused({"--task-cost", "other=1usd"}, 2, "no model here is called other");
  refused({"--task-cost", "weak=1usd"}, 2, "gives the cost of weak twice");
  check_complaint(run(folder, {"route", "weak", "strong", "--task-cost", "weak=1eur"}), 2,
                  "another currency");
  refused({"--score", "scores.csv"}, 2, "--score scores.csv: the column is missing");
  refused({"--score-before", ":sure"}, 2, "--score-before :sure: the column is missing");
  refused({"--score", "scores.csv:suer"}, 3, "there is no column suer");
  refused({"--score", "nowhere.csv:sure"}, 3, "nowhere.csv");
  for (const char* level : {"0.4", "1", "nan", "high"})
    CHECK(run(folder, priced_route({"--level", level})).code == 2);
  folder.write("bad.csv", "sure,item\n0.5,question 0\nx,question 1\n");
  refused({"--score", "bad.csv:sure"}, 3, "bad.csv:3: 'x' in column sure is no number");
  folder.write("bad.csv", "sure,item\n0.5,question 0\n0.25\n");
  refused({"--score", "bad.csv:sure"}, 3, "bad.csv:3: 1 fields, where the header has 2");
  folder.write("bad.csv", "sure,item\n0.5,question 0\n0.6,question 0\n");
  refused({"--score", "bad.csv:sure"}, 3, "bad.csv:3: item question 0 has two scores");
  folder.write("bad.csv", "sure,item\n0.5,question 0\n");
  refused({"--score", "bad.csv:sure"}, 3, "no line is of item");
  folder.write("bad.csv", "sure,item\n0.5,\"question 0\n");
  refused({"--score", "bad.csv:sure"}, 3, "bad.csv:2");
  folder.write("bad.csv", "");
  refused({"--score", "bad.csv:sure"}, 3, "there is no header line");
  folder.write("few.csv", "q,a,b\n1,1,0\n2,0,1\n");
  REQUIRE(run(folder, {"import", "table", "few.csv", "--item", "q", "--score", "a", "--score", "b"}).code ==
          0);
  check_complaint(run(folder, {"route", "a", "b"}), 3, "too few to choose a rule on one half");
}

TEST_CASE("flags of one half of route are refused by the other, not passed over") {
  const TemporaryFolder folder;
  import_table(folder);
  folder.write(
      "policy.json",
      R"({"schema_version":1,"kind":"routing_policy","cheap":"local/tiny-dense","strong":"local/tiny-moe",)"
      R"("rule":"format","escalate_below":1})");
  const std::vector<Arguments> only_live{
      {"--tasks", "recall"},  {"--n", "5"},         {"--repeats", "2"},
      {"--concurrency", "2"}, {"--budget", "1usd"}, {"--max-output-tokens", "5"},
      {"--label", "x"},       {"--fresh"},          {"--temperature", "0"}};
  for (const Arguments& flag : only_live) {
    Arguments all{"route", "weak", "strong"};
    all.insert(all.end(), flag.begin(), flag.end());
    check_complaint(run(folder, all), 2, flag[0] + " goes with --live, which measures");
  }
  const std::vector<Arguments> only_found{{"--score", "scores.csv:sure"},
                                          {"--score-before", "scores.csv:sure"},
                                          {"--high-escalates"},
                                          {"--task-cost", "weak=1usd"},
                                          {"--at-quality", "80%"},
                                          {"--rule", "mix"},
                                          {"--policy", "p.json"},
                                          {"--litellm", "l.yaml"},
                                          {"--level", "0.9"}};
  for (const Arguments& flag : only_found) {
    Arguments all{"route", "--live", "policy.json", "--tasks", "recall", "--n", "2"};
    all.insert(all.end(), flag.begin(), flag.end());
    check_complaint(run(folder, all), 2, flag[0] + " goes with runs, not with --live");
  }
  check_complaint(run(folder, {"route", "weak", "--live", "policy.json"}), 2, "--live measures anew");
  check_complaint(run(folder, {"route", "--live", "nowhere.json"}), 3, "nowhere.json");
  CHECK(run(folder, {"route", "--live", "policy.json", "--n", "0"}).code == 2);
  CHECK(run(folder, {"route", "--live", "policy.json", "--repeats", "0"}).code == 2);
  CHECK(run(folder, {"route", "--live", "policy.json", "--concurrency", "0"}).code == 2);
}

TEST_CASE("a route of local models; what cannot be routed, recorded or sent as a batch") {
  const TemporaryFolder folder;
  const auto policy = [&](const std::string& cheap, const std::string& strong) {
    folder.write("policy.json", R"({"schema_version":1,"kind":"routing_policy","cheap":")" + cheap +
                                    R"(","strong":")" + strong + R"(","rule":"format","escalate_below":1,)" +
                                    R"("evidence":{"solved":{"estimate":"x","low":3,"high":null}}})");
  };
  policy("local/tiny-dense", "local/tiny-moe");
  const Json measured = Scene::parsed(
      run(folder, {"route", "--live", "policy.json", "--tasks", "recall", "--n", "5", "--format", "json"}));
  CHECK(measured.at("models").size() == 3);
  CHECK_FALSE(holds(notes_of(measured), "was predicted"));  // that evidence predicts nothing
  check_complaint(run(folder, {"run", "route/policy.json", "--tasks", "recall", "--n", "2", "--record"}), 2,
                  "a route cannot be recorded");
  check_complaint(run(folder, {"run", "route/policy.json", "--tasks", "agent", "--n", "2"}), 2,
                  "takes more than one turn");
  check_complaint(run(folder, {"run", "route/nowhere.json", "--tasks", "recall", "--n", "2"}), 2,
                  "there is no file nowhere.json");
  policy("local/tiny-dense", "openai/gpt-5.5+batch");
  check_complaint(run(folder, {"run", "route/policy.json", "--tasks", "recall", "--n", "2"}), 2,
                  "cannot be asked by a route");
  policy("route/policy.json", "local/tiny-moe");
  check_complaint(run(folder, {"run", "route/policy.json", "--tasks", "recall", "--n", "2"}), 2,
                  "cannot be asked by a route");
  folder.write("policy.json", "{");
  check_complaint(run(folder, {"run", "route/policy.json", "--tasks", "recall", "--n", "2"}), 3,
                  "policy.json");
}
