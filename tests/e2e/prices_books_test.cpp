// Price books of one's own, other tools' catalogues, and audits, as a user drives them.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "complaint.h"
#include "core/json.h"

using namespace costwar;
using namespace costwar::e2e;

namespace {

const std::string kExample = std::filesystem::absolute("examples/contract-prices.json").string();

// A made-up LiteLLM file: one price as in the catalogue, one twice as high, one model that nobody else has.
const std::string kCatalogue = R"({
  "deepseek/deepseek-reasoner": {"litellm_provider": "deepseek", "input_cost_per_token": 1e-06},
  "gpt-5.4-mini": {"litellm_provider": "openai", "input_cost_per_token": 7.5e-07,
                   "cache_read_input_token_cost": 1.5e-07, "output_cost_per_token": 0.0000045},
  "acme/m1": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "input_cost_per_image": 0.1}})";

std::string read_whole(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  return bytes.str();
}

// Lines of the list for this model, with the price of fresh input.
std::string input_of(const Result& list, const std::string& model) {
  const Json document = Json::parse(list.out);
  std::string inputs;
  for (const Json& row : document["prices"])
    if (row["model"] == model && row["service_class"] == "standard" && row["region"] == "any" &&
        row["currency"] == "USD")
      inputs += row["input"]["amount"].get<std::string>() + " ";
  return inputs;
}

void complains(const TemporaryFolder& folder, const Arguments& arguments, int code, const std::string& text) {
  check_complaint(run(folder, arguments), code, text);
}

}  // namespace

TEST_CASE("a contract book holds within its dates, by flag and by variable") {
  const TemporaryFolder folder;
  const Arguments list{"prices", "list", "--provider", "openai", "--format", "json", "--at"};
  const auto at = [&](const std::string& instant, const Arguments& more = {},
                      const std::map<std::string, std::string>& variables = {}) {
    Arguments arguments = list;
    arguments.push_back(instant);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return input_of(run(folder, arguments, variables), "gpt-5.5");
  };
  CHECK(at("2026-10-01") == "5 10 ");
  CHECK(at("2026-10-01", {"--book", kExample}) == "4 8 ");
  CHECK(at("2026-08-31", {"--book", kExample}) == "5 10 ");
  CHECK(at("2027-03-01", {"--book", kExample}) == "5 10 ");
  CHECK(at("2026-10-01", {}, {{"COSTWAR_PRICE_BOOKS", kExample}}) == "4 8 ");

  // A later book wins, and the variable's books come before those of the flags.
  std::string text = read_whole(kExample);
  for (const auto& [from, to] :
       {std::pair{"\"input\": \"4\"", "\"input\": \"3.5\""}, {"contract/openai", "newer/openai"}}) {
    for (std::size_t found = text.find(from); found != std::string::npos; found = text.find(from, found + 1))
      text.replace(found, std::string(from).size(), to);
  }
  folder.write("second.json", text);
  CHECK(at("2026-10-01", {"--book", kExample, "--book", "second.json"}) == "3.5 8 ");
  CHECK(at("2026-10-01", {"--book", "second.json", "--book", kExample}) == "4 8 ");
  CHECK(at("2026-10-01", {"--book", kExample}, {{"COSTWAR_PRICE_BOOKS", "second.json"}}) == "4 8 ");
}

TEST_CASE("compare prices by the user's books") {
  const TemporaryFolder folder;
  const Result result =
      run(folder, {"compare", "local/tiny-dense", "--n", "1", "--tasks", "recall", "--reprice",
                   "gateway/house-model", "--book", kExample, "--format", "json"});
  CHECK(result.code == 0);
  CHECK(result.out.find("gateway/house-model") != std::string::npos);
  complains(folder, {"compare", "local/tiny-dense", "--n", "1", "--reprice", "gateway/house-model"}, 2,
            "gateway/house-model has no price");
}

TEST_CASE("import writes a book that --book accepts, and says what it left out") {
  const TemporaryFolder folder;
  folder.write("catalogue.json", kCatalogue);
  const Result result = run(
      folder, {"prices", "import", "catalogue.json", "--output", "book.json", "--retrieved", "2026-11-20"});
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "read as litellm (LiteLLM's model_prices_and_context_window.json)\n"
        "3 models, 3 records; none of them is confirmed\n"
        "left out: 1 x charges for images (such as input_cost_per_image of acme/m1)\n");
  CHECK(input_of(run(folder, {"prices", "list", "--book", "book.json", "--format", "json"}), "m1") == "1 ");

  const Result named = run(folder, {"prices", "import", "litellm", "catalogue.json", "--retrieved",
                                    "2026-11-20", "--source", "our mirror"});
  CHECK(named.code == 0);
  CHECK(named.err.starts_with("3 models"));
  CHECK(Json::parse(named.out)["records"][0]["sources"] == Json{"our mirror"});
}

TEST_CASE("import of wrong input") {
  const TemporaryFolder folder;
  folder.write("catalogue.json", kCatalogue);
  folder.write("bad.json", R"({"acme/m1": {"litellm_provider": "acme", "input_cost_per_token": "much"}})");
  folder.write("other.json", "{}");
  complains(folder, {"prices", "import", "litelm", "catalogue.json"}, 2,
            "'litelm' is not one of litellm, models.dev, genai-prices, llm-prices; did you mean litellm?");
  complains(folder, {"prices", "import", "missing.json"}, 3, "missing.json");
  complains(folder, {"prices", "import", "bad.json"}, 3,
            "bad.json: /acme~1m1/input_cost_per_token: expected a number");
  complains(folder, {"prices", "import", "other.json"}, 3,
            "other.json: not a price catalogue of a kind that is known; name its format in front of it");
  complains(folder, {"prices", "import", "llm-prices", "catalogue.json"}, 3, "\"prices\" is missing");
  complains(folder, {"prices", "import", "catalogue.json", "--retrieved", "May"}, 3,
            "'May' is not an instant");
  complains(folder, {"prices", "import", "catalogue.json", "--output", "/nowhere/book.json"}, 3,
            "/nowhere/book.json");
  complains(folder, {"prices", "import"}, 2, "");
  complains(folder, {"prices", "list", "--book", "catalogue.json"}, 3,
            "this is LiteLLM's model_prices_and_context_window.json, not a price book; costwar prices import "
            "catalogue.json --output BOOK.json makes a book of it");
  complains(folder, {"prices", "list", "--book", "other.json"}, 3, "\"schema_version\" is missing");
  complains(folder, {"prices", "list", "--book", "missing.json"}, 3, "missing.json");
}

TEST_CASE("audit says where a catalogue disagrees, and by what factor") {
  const TemporaryFolder folder;
  folder.write("catalogue.json", kCatalogue);
  const Arguments audit{"prices", "audit", "builtin", "catalogue.json", "--at", "2026-11-20T00:00:00Z"};
  const auto with = [&](const Arguments& more) {
    Arguments arguments = audit;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(folder, arguments);
  };
  const Result result = with({});
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(result.out.find("litellm disagrees with the built-in book on 1 of the 1 models") !=
        std::string::npos);
  const Json document = Json::parse(with({"--format", "json"}).out);
  CHECK(document["disagreements"].size() == 1);
  const Json& row = document["disagreements"][0];
  CHECK(row["model"] == "gpt-5.4-mini");
  CHECK(row["meter"] == "cache_read");
  CHECK(row["a"]["amount"] == "0.075");
  CHECK(row["b"]["amount"] == "0.15");
  CHECK(row["factor"] == 2.0);
  CHECK(document["models_only_b"] == 1);
  CHECK_FALSE(document.contains("only_b"));
  CHECK(Json::parse(with({"--missing", "--format", "json"}).out)["only_b"][0]["model"] == "acme/m1");

  CHECK(with({"--fail-above", "2"}).code == 0);
  CHECK(with({"--fail-above", "1.999999"}).code == 1);
  CHECK(run(folder, {"prices", "audit", "builtin", "builtin", "--fail-above", "1"}).code == 0);
}

TEST_CASE("audit over time says from when to when") {
  const TemporaryFolder folder;
  const Result result =
      run(folder, {"prices", "audit", "builtin", kExample, "--history", "--format", "json"});
  CHECK(result.code == 0);
  const Json document = Json::parse(result.out);
  REQUIRE(document["disagreements"].size() == 6);
  for (const Json& row : document["disagreements"]) {
    CHECK(row["from"] == "2026-09-01");
    CHECK(row["until"] == "2027-03-01");
    CHECK(row["factor"] == 0.8);
  }
}

TEST_CASE("audit of wrong input") {
  const TemporaryFolder folder;
  folder.write("bad.json", "{");
  complains(folder, {"prices", "audit", "builtin"}, 2, "");
  complains(folder, {"prices", "audit", "builtin", "missing.json"}, 3, "missing.json");
  complains(folder, {"prices", "audit", "builtin", "bad.json"}, 3, "bad.json:1:2: not JSON");
  complains(folder, {"prices", "audit", "builtin", "builtin", "--fail-above", "much"}, 2,
            "--fail-above: 'much' is not a factor; write it as 1.05");
  complains(folder, {"prices", "audit", "builtin", "builtin", "--fail-above", "0.5"}, 2,
            "not between 1 and 1000000");
  complains(folder, {"prices", "audit", "builtin", "builtin", "--at", "May"}, 3, "'May' is not an instant");
  complains(folder, {"prices", "audit", "builtin", "builtin", "--at", "2026-11-20", "--history"}, 2, "");
}
