// Models on cost against quality, from runs of known accuracy and price.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "complaint.h"
#include "priced_scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

std::vector<PricedModel> five_models() {
  return {{"tiny", "0.3", "0.1", "0.2"},
          {"small", "0.5", "1", "2"},
          {"middle", "0.7", "5", "10"},
          {"poor", "0.4", "20", "40"},
          {"large", "0.9", "20", "40"}};
}

Json frontier_row(const Json& frontier, const std::string& label) {
  for (const Json& row : frontier.at("models"))
    if (row.at("label") == label) return row;
  FAIL("no model " << label);
  return {};
}

}  // namespace

TEST_CASE("five models: who is on the frontier, who is dominated and by whom, and one scale") {
  const PricedScene scene(five_models());
  scene.measure({"tiny", "small", "middle", "poor", "large"});
  const Json all =
      scene.json({"frontier", "acme/tiny", "acme/small", "acme/middle", "acme/poor", "acme/large"});
  CHECK(all.at("items") == 200);
  CHECK(all.at("best") == "acme/large");
  // By what they solve, never by what a dollar buys.
  std::vector<std::string> order;
  for (const Json& row : all.at("models")) order.push_back(row.at("label"));
  CHECK(order == std::vector<std::string>{"large", "middle", "small", "poor", "tiny"});
  for (const char* label : {"tiny", "small", "middle", "large"}) {
    CHECK(frontier_row(all, label).at("on_frontier") == true);
    CHECK(frontier_row(all, label).at("dominated_by").is_null());
    CHECK(frontier_row(all, label).at("frontier_probability") > 0.95);
  }
  const Json poor = frontier_row(all, "poor");
  CHECK(poor.at("on_frontier") == false);
  CHECK(poor.at("frontier_probability") < 0.05);
  CHECK(poor.at("dominated_probability") > 0.95);
  CHECK(all.at("at_quality").size() == 2);
  CHECK(all.at("scale").size() == 5);
  CHECK(all.at("scale").at(0).at("ability").at("estimate") >
        all.at("scale").at(4).at("ability").at("estimate"));
  // The same data, the same numbers; another seed draws others.
  const Arguments three{"frontier", "acme/small", "acme/middle", "acme/large"};
  const Json first = scene.json(three);
  CHECK(first == scene.json(three));
  CHECK(first.at("models").size() == 3);
  CHECK(first.at("scale").empty());
  Arguments seeded = three;
  seeded.insert(seeded.end(), {"--seed", "99"});
  CHECK(scene.json(seeded).at("seed") == "99");
  CHECK(scene.json(seeded).at("at_quality") != first.at("at_quality"));
}

TEST_CASE("goals: the cheapest way to a quality, the best at a cost, and what cannot be reached") {
  const PricedScene scene({{"weak", "0.6", "1", "2"}, {"strong", "0.9", "20", "40"}});
  scene.measure({"weak", "strong"});
  const Json two = scene.json(
      {"frontier", "acme/weak", "acme/strong", "--at-quality", "75%,0.1,1", "--at-cost", "0.0001usd,$0.01"});
  const Json& qualities = two.at("at_quality");
  REQUIRE(qualities.size() == 3);
  CHECK(qualities[0].at("model") == "strong");
  CHECK(qualities[0].at("mix_cheap") == "acme/weak");
  CHECK(qualities[0].at("mix_strong") == "acme/strong");
  CHECK(qualities[0].at("mix_share") > 0.3);
  CHECK(qualities[0].at("mix_share") < 0.7);
  CHECK(qualities[1].at("model") == "weak");
  CHECK(qualities[1].at("probability") == 1);
  CHECK(qualities[2].at("model").is_null());
  CHECK(qualities[2].at("cost").is_null());
  CHECK(qualities[2].at("probability") == 0);
  REQUIRE(two.at("at_cost").size() == 2);
  CHECK(two.at("at_cost")[0].at("model") == "weak");
  CHECK(two.at("at_cost")[0].at("mix_share") > 0);
  CHECK(two.at("at_cost")[1].at("model") == "strong");
  CHECK(scene.json({"frontier", "acme/weak", "acme/strong", "--level", "0.5"}).at("level") == 0.5);
}

TEST_CASE("a model's name means its newest run; of several the newest that has all") {
  const PricedScene scene({{"weak", "0.6", "1", "2"}, {"strong", "0.9", "20", "40"}}, {"7", "8"});
  const std::string both = scene.measure({"weak", "strong"});
  const std::string alone = scene.measure({"weak"}, {}, "8");
  CHECK(scene.json({"frontier", "acme/weak", "acme/strong"}).at("run") == both);
  CHECK(scene.json({"frontier", both}).at("models").size() == 2);
  CHECK(scene.json({"frontier", both + "#acme/weak", both + "#acme/strong"}).at("models").size() == 2);
  // Of other items nothing is shared.
  check_complaint(run(scene.folder, {"frontier", alone, both + "#acme/strong", "--book", "prices.json"}), 3,
                  "no item was completed by all 2 models");
  const std::string newest = scene.measure({"weak", "strong"}, {}, "8");
  CHECK(scene.json({"frontier", "acme/weak", "acme/strong"}).at("run") == newest);
}

TEST_CASE("without prices no model has a place, which --strict does not let pass") {
  const PricedScene scene({{"weak", "0.6", "1", "2"}, {"strong", "0.9", "20", "40"}});
  scene.measure({"weak", "strong"});
  const Arguments plain{"frontier", "acme/weak", "acme/strong", "--format", "json"};
  const Json unpriced = Scene::parsed(run(scene.folder, plain));
  CHECK(unpriced.at("models").at(0).at("on_frontier").is_null());
  CHECK(unpriced.at("models").at(0).at("cost_per_task").is_null());
  CHECK(unpriced.at("resamples") == 0);
  CHECK(holds(notes_of(unpriced), "have no known price"));
  Arguments strict = plain;
  strict.emplace_back("--strict");
  CHECK(run(scene.folder, strict).code == 7);
  strict.insert(strict.end(), {"--book", "prices.json"});
  CHECK(run(scene.folder, strict).code == 0);
}

TEST_CASE("a frontier in every format") {
  const PricedScene scene(five_models());
  scene.measure({"tiny", "small", "middle", "poor", "large"}, {"--label", "five"});
  Arguments all{"frontier", "five", "--book", "prices.json", "--at-cost", "0.001usd"};
  for (const char* file : {"f.html", "f.md", "f.json", "f.jsonl", "f.csv", "f.xlsx", "f.xml"})
    all.insert(all.end(), {"-o", file});
  const Result made = run(scene.folder, all);
  REQUIRE_MESSAGE(made.code == 0, made.err);
  for (const char* file : {"f.html", "f.md", "f.json", "f.jsonl", "f.csv"})
    CHECK_MESSAGE(holds(scene.folder.read(file), "middle"), file);
  CHECK(std::filesystem::file_size(scene.folder.path() / "f.xlsx") > 1000);
  const Result shown = run(scene.folder, {"frontier", "five", "--book", "prices.json"});
  CHECK(holds(shown.out, "worth a look; poor is dominated"));
  CHECK(holds(shown.out, "The cheapest way to a quality"));
}

TEST_CASE("what frontier refuses") {
  const PricedScene scene({{"weak", "0.6", "1", "2"}, {"strong", "0.9", "20", "40"}});
  scene.measure({"weak", "strong"});
  const auto refused = [&](Arguments more, int code, const std::string& text) {
    Arguments all{"frontier"};
    all.insert(all.end(), more.begin(), more.end());
    check_complaint(run(scene.folder, all), code, text);
  };
  CHECK(run(scene.folder, {"frontier"}).code == 2);
  refused({"acme/weak"}, 3, "a frontier needs at least two models");
  refused({"acme/weak", "acme/strnog"}, 2, "there is no run acme/strnog");
  refused({"acme/weak", "acme/strong", "--at-quality", "120%"}, 2, "--at-quality: '120%' is not a share");
  refused({"acme/weak", "acme/strong", "--at-quality", "most"}, 2, "--at-quality: 'most' is not a share");
  refused({"acme/weak", "acme/strong", "--at-cost", "1"}, 2, "--at-cost: '1' is no amount of money");
  refused({"acme/weak", "acme/strong", "--at-cost", "1eur"}, 2, "another currency");
  refused({"acme/weak", "acme/strong", "--at-cost", "0usd"}, 2, "nothing to spend");
  for (const char* level : {"0.4", "1", "nan", "high"})
    CHECK(run(scene.folder, {"frontier", "acme/weak", "acme/strong", "--level", level}).code == 2);
  refused({"acme/weak", "acme/strong", "--format", "htlm"}, 2, "htlm");
}
