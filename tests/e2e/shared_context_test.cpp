// Items of one text: the first request is over before the others begin, so that they find it in the prompt
// cache; the report says what caching saved.

#include <doctest/doctest.h>

#include <map>

#include "core/money.h"
#include "scene.h"

using namespace costwar::e2e;
using costwar::Currency;
using costwar::Money;
using Json = nlohmann::json;

namespace {

// A fresh token costs a dollar per million, one from the cache a tenth, one of output two.
const char* const kSharedBook = R"({
  "$schema": "prices.schema.json", "schema_version": 1, "as_of": "2026-11-23",
  "records": [{"id": "acme/m", "kind": "price", "provider": "acme", "model": "m", "currency": "USD",
    "unit": "per_1m_tokens", "service_class": "standard", "region": "any", "time_band": "all",
    "meters": {"input": "1", "cache_read": "0.1", "output": "2"}, "reasoning": "included_in_output",
    "rate_kind": "list", "status": "in_force", "effective_from": "2020-01-01T00:00:00Z",
    "effective_from_precision": "minute", "known_from": "2020-01-01T00:00:00Z",
    "known_from_basis": "at_effect", "confirmed": true, "source_kind": "official", "sources": ["invented"],
    "seen": "2026-11-23", "last_verified": "2026-11-23"}]})";

constexpr std::int64_t kTexts = 3;
constexpr std::int64_t kQuestions = 4;

Scene make_scene() {
  return {"needle:length=2k:questions=4", std::to_string(kTexts * kQuestions)};
}

}  // namespace

TEST_CASE("the first request of a text ends before the others begin, at any concurrency") {
  Scene scene = make_scene();
  // Replies take a while, so that all that may be out at once is out.
  scene.serve({"--model", "m=1", "--prompt-cache", "--ttft", "40ms"});
  scene.folder.write("book.json", kSharedBook);
  scene.folder.write(
      "costwar.json",
      Json{{"providers",
            {{"acme", {{"like", "http"}, {"base_url", scene.mock->url()}, {"price_provider", "acme"}}}}}}
          .dump());
  const Json document = scene.json({"compare", "acme/m", "--tasks", scene.tasks, "--n", scene.n, "--book",
                                    "book.json", "--concurrency", "64"});
  std::int64_t cold = 0, prompt = 0, cached = 0, output = 0;
  for (const Json& record : scene.truth()) {
    const auto read = record.at("cached_tokens").get<std::int64_t>();
    cold += read == 0 ? 1 : 0;
    prompt += record.at("prompt_tokens").get<std::int64_t>();
    cached += read;
    output += record.at("completion_tokens").get<std::int64_t>();
  }
  REQUIRE(scene.truth().size() == kTexts * kQuestions);
  CHECK(cold == kTexts);
  const Json& model = document.at("models").at(0);
  CHECK(model.at("solved") == kTexts * kQuestions);
  CHECK(model.at("tasks").at(0).at("clusters") == kTexts);
  CHECK(model.at("tokens").at("cached") == cached);
  // As billed, and cold: in tenths of a millionth of a dollar.
  const auto usd = [](std::int64_t tenths) {
    return Money{Currency(), costwar::int128{tenths} * 100'000'000'000};
  };
  const auto amount = [](const Json& cost) {
    return Money::parse(Currency(), cost.at("amount").get<std::string>());
  };
  CHECK(amount(model.at("total_cost")) == usd((prompt - cached) * 10 + cached + output * 20));
  CHECK(amount(model.at("evaluation").at("cold_cost")) == usd(prompt * 10 + output * 20));
  const std::string notes = notes_of(document);
  CAPTURE(notes);
  CHECK(holds(notes, "Prompt caching served "));
  CHECK(holds(notes, " tokens of m; without any cache its calls would have cost $0.0"));
  CHECK(holds(notes, "12 answers of m are of 3 clusters"));
}

TEST_CASE("without a price, what caching saved is not known, and without a cache nothing is said of it") {
  Scene scene = make_scene();
  SUBCASE("a cache") {
    scene.serve({"--model", "m=1", "--prompt-cache"});
    CHECK(holds(notes_of(scene.compare_json({"m"})),
                "of m; what that saved is not known, as it has no price."));
  }
  SUBCASE("none") {
    scene.serve({"--model", "m=1"});
    const Json document = scene.compare_json({"m"});
    CHECK_FALSE(holds(notes_of(document), "Prompt caching"));
    CHECK(document.at("models").at(0).at("evaluation").at("cold_cost").is_null());
  }
}
