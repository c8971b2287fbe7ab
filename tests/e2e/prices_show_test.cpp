// costwar prices show, explain, history and check, as a user meets them.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "complaint.h"
#include "core/json.h"

using namespace costwar::e2e;
using costwar::Json;
namespace fs = std::filesystem;

namespace {

Json json_of(Arguments arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  return costwar::parse_json(result.out, "output");
}

// Input, cache read and output of the row that holds.
std::string shown(const std::string& model, const std::string& at, Arguments more = {}) {
  Arguments arguments{"prices", "show", model, "--at", at};
  if (std::find(more.begin(), more.end(), "--known-at") == more.end())
    more.insert(more.end(), {"--known-at", "2026-11-23"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Json document = json_of(arguments);
  for (const Json& row : document["prices"])
    if (row["in_effect"] == true)
      return row["input"]["amount"].get<std::string>() + " " +
             row["cache_read"]["amount"].get<std::string>() + " " +
             row["output"]["amount"].get<std::string>();
  return "none";
}

std::string explained(const std::string& model, const std::string& usage, Arguments more = {}) {
  Arguments arguments{"prices", "explain", model, "--usage", usage, "--known-at", "2026-11-23"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json_of(arguments)["total"]["amount"];
}

}  // namespace

TEST_CASE("show gives the published price at every golden instant") {
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-04-26T12:14:59Z") == "0.14 0.028 0.28");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-04-26T12:15:00Z") == "0.14 0.0028 0.28");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-08-16T15:59:59Z") == "0.435 0.003625 0.87");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-08-16T16:00:00Z") == "0.66 0.022 1.98");
  for (const char* instant :
       {"2026-08-17T00:59:59Z", "2026-08-17T04:00:00Z", "2026-08-17T10:00:00Z", "2026-08-23T02:00:00Z",
        "2026-09-25T02:00:00Z", "2026-10-01T02:00:00Z", "2026-10-10T02:00:00Z"})
    CHECK(shown("deepseek/deepseek-v4-pro", instant) == "0.66 0.022 1.98");
  for (const char* instant :
       {"2026-08-17T01:00:00Z", "2026-08-17T06:00:00Z", "2026-08-22T02:00:00Z", "2026-10-08T02:00:00Z"})
    CHECK(shown("deepseek/deepseek-v4-pro", instant) == "1.32 0.044 3.96");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-09-10T03:59:59Z") == "0.44 0.014 1.32");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-09-10T04:00:00Z") == "0.15 0.003 0.6");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-09-15T12:00:00Z", {"--known-at", "2026-09-09T12:00:00Z"}) ==
        "0.15 0.003 0.6");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-09-15T12:00:00Z", {"--known-at", "2026-09-12T00:00:00Z"}) ==
        "0.66 0.022 1.98");
}

TEST_CASE("explain bills the golden requests to the last digit") {
  const std::string usage = "fresh_input=100000,cache_read=200000,visible_output=1000";
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01"}) == "1.245");
  CHECK(explained("openai/gpt-5.5", "input=100000,cached=200000,output=1000", {"--at", "2026-09-01"}) ==
        "1.245");
  CHECK(explained("openai/gpt-5.5@high", usage, {"--at", "2026-09-01"}) == "1.245");
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01", "--class", "batch"}) == "0.6225");
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01", "--region", "data_residency"}) == "1.3695");
  CHECK(explained("openai/gpt-5.5", "input=300000,output=1000", {"--at", "2026-09-01"}) == "3.045");
  CHECK(explained("anthropic/claude-haiku-5-5", "input=60000,cached=30000,write5m=10001,output=1000",
                  {"--at", "2026-11-01"}) == "0.040250625");
  const Json million = json_of({"prices", "explain", "deepseek/deepseek-v4-pro", "--at",
                                "2026-09-15T12:00:00Z", "--known-at", "2026-09-12"});
  CHECK(million["total"]["amount"] == "2.662");
  CHECK(million["considered"].size() >= 1);
}

TEST_CASE("history draws in the terminal's width, and in every format") {
  const TemporaryFolder folder;
  const Arguments history{"prices", "history", "deepseek/deepseek-v4-flash", "--until", "2026-11-23"};
  const Result text = run(folder, history);
  CHECK(text.code == 0);
  CHECK(text.out.find("$0.0028–$0.003 ┤ └──") != std::string::npos);
  CHECK(text.out.find("━━ peak") != std::string::npos);
  Arguments markdown = history;
  markdown.insert(markdown.end(), {"--format", "markdown"});
  CHECK(run(folder, markdown).out.find("```text\n Input:  ── off-peak or all day   ━━ peak\n") !=
        std::string::npos);
  CHECK(json_of(history)["chart"].size() > 10);
}

TEST_CASE("wrong words about prices are answered with the right ones") {
  for (const std::string verb : {"show", "explain", "history"}) {
    check_complaint({"prices", verb, "gpt-5.5"}, 2, "does not name provider and model");
    check_complaint({"prices", verb, "opnai/gpt-5.5"}, 2, "did you mean \"openai\"?");
    check_complaint({"prices", verb, "openai/gpt-5,5"}, 2, "did you mean \"gpt-5.5\"?");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--class", "bach"}, 2, "did you mean batch?");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--region", "mars"}, 2,
                    "there is any, data_residency");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--currency", "CNY"}, 2, "there is USD");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--currency", "dollars"}, 2, "--currency: ");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--known-at", "soon"}, 3, "'soon' is not an instant");
    check_complaint({"prices", verb, "openai/gpt-5.5", "--format", "jsn"}, 2, "json");
    check_complaint({"prices", verb}, 2, "model");
  }
  check_complaint({"prices", "show", "openai/gpt-5.5", "--at", "2026-01-01"}, 2,
                  "a price is recorded from 2026-04-24T00:00:00Z");
  check_complaint({"prices", "show", "openai/gpt-5.5", "--at", "noon"}, 3, "'noon' is not an instant");
  check_complaint({"prices", "explain", "openai/gpt-5.5", "--usage", "inptu=1"}, 2, "did you mean input?");
  check_complaint({"prices", "explain", "openai/gpt-5.5", "--usage", "input"}, 2, "does not end in a count");
  check_complaint({"prices", "explain", "openai/gpt-5.5", "--usage", "input=-1"}, 2,
                  "does not end in a count");
  check_complaint({"prices", "explain", "openai/gpt-5.5", "--usage", "input=1,fresh_input=2"}, 2,
                  "given twice");
  check_complaint({"prices", "history", "openai/gpt-5.5", "--from", "2026-06-01", "--until", "2026-05-01"}, 2,
                  "is empty");
}

TEST_CASE("check counts the vectors that agree, and names those that do not") {
  const TemporaryFolder folder;
  const fs::path root = fs::current_path();
  const Result all = run(folder, {"prices", "check", (root / "examples/price-vectors.json").string()});
  CHECK(all.code == 0);
  CHECK(all.out == "26 of 26 vectors agree with the price book, to the last digit.\n");

  folder.write("wrong.json", R"([
    {"provider": "deepseek", "model": "deepseek-v4-pro", "instant": "2026-08-17T01:00:00Z", "currency": "USD",
     "known_at": "2026-11-23", "expect": {"input": "1.32", "output": "3.95"}, "source": "a typo"},
    {"provider": "openai", "model": "gpt-5.5", "instant": "2026-09-01", "class": "batch", "prompt_tokens": 272000,
     "expect": {"input": "5", "cache_write_5m": null}},
    {"provider": "openai", "model": "gpt-5.5", "instant": "2026-09-01", "class": "priority",
     "prompt_tokens": 272000, "expect": {"input": "25"}}])");
  const Result wrong = run(folder, {"prices", "check", "wrong.json"});
  CHECK(wrong.code == 1);
  CHECK(wrong.err == "costwar: 2 of 3 vectors differ from the price book\n");
  CHECK(wrong.out.starts_with("1 of 3 vectors agree with the price book; 2 do not.\n"));
  const Json json =
      costwar::parse_json(run(folder, {"prices", "check", "wrong.json", "--format", "json"}).out, "");
  REQUIRE(json["mismatches"].size() == 2);
  CHECK(json["mismatches"][0]["model"] == "deepseek/deepseek-v4-pro");
  CHECK(json["mismatches"][0]["instant"] == "2026-08-17T01:00:00Z");
  CHECK(json["mismatches"][0]["meter"] == "output");
  CHECK(json["mismatches"][0]["expected"]["amount"] == "3.95");
  CHECK(json["mismatches"][0]["got"]["amount"] == "3.96");
  CHECK(json["mismatches"][1]["got"].is_null());
  CHECK(json["mismatches"][1]["reason"].get<std::string>().find("not sold as priority") != std::string::npos);
}

TEST_CASE("the vectors of the project's facts agree, where they are at hand") {
  const fs::path facts = fs::current_path() / "../shared/facts/pricing_vectors.json";
  if (!fs::exists(facts)) {
    MESSAGE("skipped: " << facts.string() << " is not there");
    return;
  }
  const TemporaryFolder folder;
  const Result result = run(folder, {"prices", "check", facts.string()});
  CHECK_MESSAGE(result.code == 0, result.out);
}

TEST_CASE("a bad file of vectors is named with the place in it") {
  const TemporaryFolder folder;
  const auto check = [&](const std::string& content, const std::string& text) {
    folder.write("vectors.json", content);
    const Result result = run(folder, {"prices", "check", "vectors.json"});
    CAPTURE(result.err);
    CHECK(result.code == 3);
    CHECK(result.out.empty());
    CHECK(result.err.find(text) != std::string::npos);
  };
  const std::string head = R"([{"provider": "openai", "model": "gpt-5.5", "instant": )";
  check("[", "vectors.json");
  check("{}", "expected an array");
  check("[]", "holds no vector");
  check(head + R"("noon", "expect": {"input": "5"}}])", "/0/instant");
  check(head + R"("2026-09-01", "expect": {"inptu": "5"}}])", "/0/expect");
  check(head + R"("2026-09-01", "expect": {"input": 5}}])", "/0/expect/input");
  check(head + R"("2026-09-01", "expect": {"input": "5e3"}}])", "/0/expect/input");
  check(head + R"("2026-09-01", "expect": {}}])", "/0/expect");
  check(head + R"("2026-09-01", "currency": "dollar", "expect": {"input": "5"}}])", "/0/currency");
  check(head + R"("2026-09-01", "prompt_tokens": -1, "expect": {"input": "5"}}])", "/0/prompt_tokens");
  check(head + R"("2026-09-01", "exepct": {"input": "5"}}])", "exepct");
  check_complaint({"prices", "check", "nothing.json"}, 3, "nothing.json");
  check_complaint({"prices", "check"}, 2, "file");
}

TEST_CASE("the help of every subcommand has examples") {
  const TemporaryFolder folder;
  for (const std::string verb : {"show", "explain", "history", "check", "update", "export"}) {
    const Result help = run(folder, {"prices", verb, "--help"});
    CHECK(help.code == 0);
    CHECK(help.out.find("Examples:\n  costwar prices " + verb) != std::string::npos);
  }
}
