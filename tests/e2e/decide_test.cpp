// A policy over runs: every ready one, one that decides, mixes, facts, and what is refused.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

// The two embedded models on 20 items of each task.
struct TwoTiny {
  TwoTiny() {
    const Result measured =
        run(folder, {"run", "local/tiny-moe", "local/tiny-dense", "--n", "20", "--label", "tiny"});
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
  }
  Result decide(const std::string& policy, Arguments more = {}) const {
    Arguments all{"decide", policy, "tiny"};
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all);
  }
  Json decided(const std::string& policy, int code, Arguments more = {}) const {
    more.insert(more.end(), {"--format", "json"});
    const Result result = decide(policy, more);
    REQUIRE_MESSAGE(result.code == code, result.out << result.err);
    return Json::parse(result.out);
  }
  TemporaryFolder folder;
};

Json limit_of(const Json& decision, const std::string& candidate, const std::string& name) {
  for (const Json& limit : decision.at("limits"))
    if (limit.at("candidate") == candidate && limit.at("limit") == name) return limit;
  FAIL("no limit " << name << " of " << candidate);
  return {};
}

const char* const kByQuality = R"("weights": {"quality": {"weight": 1, "worst": 0, "best": 1}})";

}  // namespace

TEST_CASE("every ready policy says something of two small models") {
  const TwoTiny scene;
  // Too small for agents, long documents and the frontier; nobody says their licence.
  const Json agents = scene.decided("agent-work", 1);
  CHECK(agents.at("recommendation").is_null());
  CHECK(limit_of(agents, "tiny-moe", "context_at_least").at("state") == "failed");
  CHECK(limit_of(agents, "tiny-moe", "context_at_least").at("distance") == 128000 - 1024);
  CHECK(limit_of(agents, "tiny-moe", "safety.injection").at("state") == "unresolved");
  CHECK(scene.decided("long-documents", 1).at("verdict") == "none");
  CHECK(limit_of(scene.decided("frontier-only", 1), "tiny-moe", "quality_at_least").at("state") == "failed");
  const Json regulated = scene.decided("regulated-on-premises", 9);
  CHECK(limit_of(regulated, "tiny-moe", "residency").at("state") == "passed");
  CHECK(limit_of(regulated, "tiny-moe", "licences").at("state") == "unresolved");
  for (const char* policy : {"high-volume-batch", "hybrid"}) {
    const Json decision = Json::parse(scene.decide(policy, {"--format", "json"}).out);
    CHECK(decision.at("candidates").size() == 2);
    CHECK(decision.at("figures").at(0).at("evidence") == "measured");
  }
}

TEST_CASE("one candidate keeps the limits: it is recommended, and the other one's distance is told") {
  const TwoTiny scene;
  // The sparse one costs about 1.35 times as much.
  const Json all = scene.decided("high-volume-batch", 0, {"--level", "0.5"});
  CHECK(all.at("level") == 0.5);
  scene.folder.write("policy.json",
                     std::string(R"({"limits": {"quality_at_least": 0.5, "licences": ["MIT"]},)") +
                         kByQuality +
                         R"(,"facts": {"tiny-moe": {"licence": "MIT", "source": "its page"},
                                  "tiny-dense": {"licence": "proprietary", "source": "its page"}}})");
  const Json decision = scene.decided("policy.json", 0);
  CHECK(decision.at("recommendation") == "tiny-moe");
  CHECK(decision.at("runner_up").is_null());
  CHECK(decision.at("policy") == "policy");
  const Json other = limit_of(decision, "tiny-dense", "licences");
  CHECK(other.at("state") == "failed");
  CHECK(other.at("missing") == "proprietary");
  CHECK(other.at("source") == "its page");
  CHECK(holds(decision.at("changes").at(0).at("change"), "licences allowed proprietary"));
  // The same data, the same draws.
  CHECK(scene.decided("policy.json", 0) == decision);
  CHECK(scene.decided("policy.json", 0, {"--seed", "7"}).at("seed") == 7);
  // A part of the run.
  const Result one = run(scene.folder, {"decide", "policy.json", "tiny#local/tiny-dense"});
  CHECK(one.code == 1);
  CHECK(holds(one.out, "No candidate keeps the hard limits"));
}

namespace {

Json price_of(const std::string& model, const std::string& input, const std::string& output) {
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

}  // namespace

TEST_CASE("a mix of a cheap and a strong model, where the strong one alone is good enough") {
  Scene scene("sorting", "200");
  scene.serve({"--model", "strong=0.97", "--model", "weak=0.6"});
  const Json book{{"schema_version", 1},
                  {"as_of", "2026-11-23"},
                  {"records", {price_of("strong", "10", "100"), price_of("weak", "1", "10")}}};
  scene.folder.write("book.json", book.dump());
  const Json acme{{"like", "http"}, {"base_url", scene.mock->url()}, {"price_provider", "acme"}};
  scene.folder.write("costwar.json", Json{{"providers", {{"acme", acme}}}}.dump());
  const Result measured = run(scene.folder, {"run", "acme/strong", "acme/weak", "--book", "book.json",
                                             "--tasks", "sorting", "--n", "200", "--label", "both"});
  REQUIRE_MESSAGE(measured.code == 0, measured.err);
  const std::string ends =
      R"("weights": {"usd_per_thousand_tasks": {"weight": 1, "worst": "100usd", "best": "0usd"}}})";
  scene.folder.write("mix.json", R"({"limits": {"quality_at_least": 0.75}, "mix": true, )" + ends);
  scene.folder.write("single.json", R"({"limits": {"quality_at_least": 0.75}, )" + ends);
  const Arguments priced{"--book", "book.json", "--format", "json"};
  const auto decided = [&](const std::string& policy) {
    Arguments all{"decide", policy, "both"};
    all.insert(all.end(), priced.begin(), priced.end());
    return Scene::parsed(run(scene.folder, all));
  };
  CHECK(decided("single.json").at("recommendation") == "strong");
  const Json decision = decided("mix.json");
  const Json& mix = decision.at("candidates").at(0);
  CHECK(decision.at("recommendation") == mix.at("candidate"));
  CHECK(mix.at("base") == "weak");
  CHECK(mix.at("strong") == "strong");
  CHECK(mix.at("model").is_null());
  const double share = mix.at("strong_share").get<double>();
  CHECK(share > 0.2);
  CHECK(share < 0.9);
  CHECK(limit_of(decision, mix.at("candidate"), "quality_at_least").at("state") == "passed");
  CHECK(decision.at("runner_up") == "strong");
  CHECK(holds(notes_of(decision), "at random"));
  // Without its prices the cost is not known, and nothing is recommended by it.
  const Json unpriced =
      Json::parse(run(scene.folder, {"decide", "mix.json", "both", "--format", "json"}).out);
  CHECK(unpriced.at("candidates").size() == 2);
  CHECK(unpriced.at("candidates").at(0).at("utility").at("estimate").is_null());
}

TEST_CASE("a decision in every format, and a ready policy to start from") {
  const TwoTiny scene;
  const Result files =
      scene.decide("high-volume-batch", {"-o", "d.html", "-o", "d.md", "-o", "d.xlsx", "-o", "d.csv"});
  CHECK(files.code != 3);
  CHECK(holds(scene.folder.read("d.html"), "Utility by parts"));
  CHECK(holds(scene.folder.read("d.md"), "| Candidate |"));
  CHECK(scene.folder.read("d.xlsx").starts_with("PK"));
  CHECK(holds(scene.folder.read("d.csv"), "best_of_draws"));
  const Result listed = run(scene.folder, {"decide", "--list"});
  CHECK(listed.code == 0);
  CHECK(holds(listed.out, "regulated-on-premises"));
  REQUIRE(run(scene.folder, {"decide", "--show", "hybrid", "-o", "mine.json"}).code == 0);
  CHECK(scene.decided("mine.json", scene.decide("hybrid").code).at("policy") == "hybrid");
}

TEST_CASE("what a decision cannot be made of is refused with a remedy") {
  const TwoTiny scene;
  const auto refused = [&](const Arguments& arguments, int code, const std::string& word) {
    const Result result = run(scene.folder, arguments);
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(holds(result.err, word));
  };
  refused({"decide"}, 2, "no policy is named");
  refused({"decide", "hybrid"}, 2, "no run is named");
  refused({"decide", "hybird", "tiny"}, 2, "did you mean hybrid?");
  refused({"decide", "hybrid", "tny"}, 2, "did you mean tiny?");
  refused({"decide", "--show", "hybird"}, 2, "did you mean hybrid?");
  refused({"decide", "--show", "hybrid", "--format", "csv"}, 2, "has no other format");
  refused({"decide", "hybrid", "tiny", "--reprice", "gpt-5.5"}, 2, "--reprice");
  refused({"decide", "--list", "hybrid"}, 2, "stand alone");
  refused({"decide", "hybrid", "tiny", "--level", "1"}, 2, "--level");
  refused({"decide", "hybrid", "tiny", "--seed", "x"}, 2, "--seed");
  refused({"decide", "hybrid", "tiny", "--format", "jsn"}, 2, "did you mean json?");
  refused({"decide", "hybrid", "tiny", "--machine-rate", "-1"}, 2, "--machine-rate");
  scene.folder.write("broken.json", "{");
  refused({"decide", "broken.json", "tiny"}, 3, "broken.json");
  scene.folder.write("wrong.json", "{\n\"limits\": {\n\"qualty_at_least\": 1}}");
  refused({"decide", "wrong.json", "tiny"}, 3, "wrong.json:3");
  refused({"decide", "wrong.json", "tiny"}, 3, "quality_at_least");
}

TEST_CASE("three items are few, and decide nothing, but are no error of the program") {
  const TemporaryFolder folder;
  REQUIRE(run(folder, {"run", "local/tiny-moe", "local/tiny-dense", "--n", "3", "--tasks", "arithmetic",
                       "--label", "few"})
              .code == 0);
  const Result decided = run(folder, {"decide", "hybrid", "few", "--format", "json"});
  CAPTURE(decided.err);
  CHECK(decided.code == 9);
  CHECK(Json::parse(decided.out).at("recommendation").is_null());
}
