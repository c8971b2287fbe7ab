// Tasks that a model judges: its calls are measurement, its failure is not the subject's, and a budget counts
// them.

#include <doctest/doctest.h>

#include "complaint.h"
#include "core/money.h"
#include "scene.h"

using namespace costwar::e2e;
using costwar::Currency;
using costwar::Money;
using Json = nlohmann::json;

namespace {

// Prices per million tokens: of the subject 1 and 2 dollars, of the judge 10 and 20.
Json price(const std::string& model, const std::string& input, const std::string& output) {
  return {{"id", "acme/" + model},
          {"kind", "price"},
          {"provider", "acme"},
          {"model", model},
          {"currency", "USD"},
          {"unit", "per_1m_tokens"},
          {"service_class", "standard"},
          {"region", "any"},
          {"time_band", "all"},
          {"meters", {{"input", input}, {"output", output}}},
          {"reasoning", "included_in_output"},
          {"rate_kind", "list"},
          {"status", "in_force"},
          {"effective_from", "2020-01-01T00:00:00Z"},
          {"effective_from_precision", "minute"},
          {"known_from", "2020-01-01T00:00:00Z"},
          {"known_from_basis", "at_effect"},
          {"confirmed", true},
          {"source_kind", "official"},
          {"sources", {"invented"}},
          {"seen", "2026-11-23"},
          {"last_verified", "2026-11-23"}};
}

struct Judged : Scene {
  explicit Judged(const Arguments& flags = {}) : Scene("lines", "3") {
    folder.write("lines.csv", "question\nA line about the sea\nA line about rain\nA line about snow\n");
    REQUIRE(run(folder, {"tasks", "add", "lines.csv", "--scorer", "judge_rating"}).code == 0);
    folder.write(
        "book.jsonl",
        R"({"prompt":"as in [[5]].","answer":"Fine work.\n[[8]]","wrong":"[[2]]","ends_with":true})");
    Arguments all{"--model", "m=1", "--model", "kind=1", "--model", "stern=0"};
    all.insert(all.end(), flags.begin(), flags.end());
    serve(all);
    folder.write("book.json", Json{{"$schema", "prices.schema.json"},
                                   {"schema_version", 1},
                                   {"as_of", "2026-11-23"},
                                   {"records", {price("m", "1", "2"), price("kind", "10", "20")}}}
                                  .dump());
    folder.write("costwar.json",
                 Json{{"providers",
                       {{"acme", {{"like", "http"}, {"base_url", mock->url()}, {"price_provider", "acme"}}}}}}
                     .dump());
  }

  Arguments priced(const Arguments& more = {}) const {
    Arguments all{"compare", "acme/m", "--judge",   "acme/kind",           "--tasks", tasks,      "--n",
                  n,         "--book", "book.json", "--max-output-tokens", "50",      "--format", "json"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // What the requests to `model` cost at these prices.
  Money spent(const std::string& name, std::int64_t input, std::int64_t output) const {
    std::int64_t millionths = 0;
    for (const Json& record : truth())
      if (record.at("model") == name)
        millionths += record.at("prompt_tokens").get<std::int64_t>() * input +
                      record.at("completion_tokens").get<std::int64_t>() * output;
    return {Currency(), costwar::int128{millionths} * 1'000'000'000'000};
  }
  std::size_t asked(const std::string& name) const {
    std::size_t count = 0;
    for (const Json& record : truth()) count += record.at("model") == name ? 1U : 0U;
    return count;
  }
};

Money amount(const Json& cost) {
  return Money::parse(Currency(), cost.at("amount").get<std::string>());
}

}  // namespace

TEST_CASE("a judge's ratings decide, and its calls are no part of the subject's cost") {
  const Judged scene;
  const Json document = Scene::parsed(run(scene.folder, scene.priced()));
  const Json& model = document.at("models").at(0);
  CHECK(model.at("solved") == 3);
  CHECK(scene.asked("m") == 3);
  CHECK(scene.asked("kind") == 3);
  CHECK(model.at("attempts") == 3);
  CHECK(amount(model.at("total_cost")) == scene.spent("m", 1, 2));
  CHECK(model.at("evaluation").at("measuring_attempts") == 3);
  CHECK(amount(model.at("evaluation").at("measuring_cost")) == scene.spent("kind", 10, 20));
  CHECK(model.at("tasks").at(0).at("score").at("estimate") == doctest::Approx(7.0 / 9));
  CHECK(holds(notes_of(document), "Measuring m took 3 attempts of judges or simulated users besides, for $"));

  const Json trial = scene.json({"runs", "show", document.at("run"), "--trial", "0"});
  REQUIRE(trial.at("attempts").size() == 2);
  CHECK(trial.at("attempts").at(1).at("role") == "judge");
  const Result shown = run(scene.folder, {"runs", "show", document.at("run"), "--trial", "0"});
  CHECK(holds(shown.out, "turn 1 #0"));
  CHECK(holds(shown.out, "judge 1 #0"));

  const Json stern = scene.compare_json({"m"}, {"--judge", scene.model("stern")});
  CHECK(stern.at("models").at(0).at("solved") == 0);
  check_complaint(scene.compare({"m"}), 2, "name one: --judge MODEL");
}

TEST_CASE("where the judge fails nothing is decided, and the same command asks the judge alone again") {
  const Judged scene;
  SUBCASE("it refuses") {
    const Arguments judge{"--judge", scene.model("kind!400:1")};  // the first request of each prompt
    const Result failed = scene.compare({"m"}, judge);
    CHECK(failed.code == 7);
    CHECK(failed.out.empty());
    CHECK(holds(failed.err, "3 trials stayed undecided; the last: "));
    CHECK(holds(failed.err, "the same command asks again for what is missing"));
    CHECK(scene.asked("m") == 3);
    CHECK(scene.compare_json({"m"}, judge).at("models").at(0).at("solved") == 3);
    CHECK(scene.asked("m") == 3);
  }
  SUBCASE("its words hold no verdict") {
    const Result failed = scene.compare({"m"}, {"--judge", scene.model("m"), "--max-output-tokens", "1"});
    CHECK(failed.code == 7);
    CHECK(holds(failed.err, "3 trials stayed undecided; the last: the judge's words hold no verdict"));
  }
}

TEST_CASE("a budget counts what the judge takes") {
  const Judged scene;
  const auto ledger = [&] { return scene.json({"runs", "ledgers"}).at("ledgers").at(0); };
  SUBCASE("enough for both") {
    Scene::parsed(run(scene.folder, scene.priced({"--budget", "1usd"})));
    CHECK(amount(ledger().at("charged")) == scene.spent("m", 1, 2) + scene.spent("kind", 10, 20));
    CHECK(amount(ledger().at("held")).is_zero());
  }
  SUBCASE("enough for the subject alone") {
    // Fewer than 600 bytes and 50 tokens of output are less than $0.001 of the subject's and more of the
    // judge's.
    const Result stopped = run(scene.folder, scene.priced({"--budget", "0.003usd"}));
    check_complaint(stopped, 6, "the next request can cost up to $");
    CHECK(holds(stopped.err, "acme/kind"));
    CHECK(scene.asked("m") > 0);
    CHECK(scene.asked("kind") == 0);
    CHECK(amount(ledger().at("charged")) == scene.spent("m", 1, 2));
    Scene::parsed(run(scene.folder, scene.priced({"--budget", "1usd"})));
    CHECK(scene.asked("m") == 3);  // nothing was asked twice
    CHECK(scene.asked("kind") == 3);
    CHECK(amount(ledger().at("charged")) == scene.spent("m", 1, 2) + scene.spent("kind", 10, 20));
  }
}
