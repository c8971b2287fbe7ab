// costwar forecast: what it says, that formats agree with it, and wrong input. Prices are those that were
// known on 2026-11-23.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
using doctest::Approx;

namespace {

const Arguments kTwo{"openai/gpt-5.5", "deepseek/deepseek-v4-flash"};
const Arguments kWork{"--input-per-day", "2e9",        "--output-per-day", "2e8",
                      "--known-at",      "2026-11-23", "--from",           "2026-12"};

Arguments forecast_of(const Arguments& models, const Arguments& more) {
  Arguments arguments{"forecast"};
  for (const Arguments* part : {&models, &kWork, &more})
    arguments.insert(arguments.end(), part->begin(), part->end());
  return arguments;
}

Json forecast_json(const Arguments& models, Arguments more) {
  const TemporaryFolder folder;
  more.insert(more.end(), {"--format", "json"});
  const Result result = run(folder, forecast_of(models, more));
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

double dollars(const Json& cell) {
  return std::stod(cell.at("amount").get<std::string>());
}

// Exit code and complaint.
void refused(const Arguments& models, const Arguments& more, int code, const std::string& word) {
  const TemporaryFolder folder;
  const Result result = run(folder, forecast_of(models, more));
  CAPTURE(result.err);
  CHECK(result.code == code);
  CHECK(holds(result.err, word));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("a forecast that rests on nothing uncertain is what the price book says, month by month") {
  const Json json = forecast_json(kTwo, {"--months", "3", "--growth", "5%/month", "--trend", "flat"});
  CHECK(json.at("kind") == "forecast");
  CHECK(json.at("certain") == true);
  CHECK(json.at("baseline") == "openai/gpt-5.5");
  CHECK(json.at("cheapest") == "deepseek/deepseek-v4-flash");
  REQUIRE(json.at("months").size() == 6);
  // 2e9 at $5 and 2e8 at $30 are $16,000 a day.
  CHECK(dollars(json.at("months")[0].at("median")) == Approx(16'000 * 31));
  CHECK(dollars(json.at("months")[2].at("median")) == Approx(16'000 * 28 * 1.05 * 1.05));
  CHECK(dollars(json.at("months")[2].at("cumulated_median")) ==
        Approx(16'000 * (31 + 31 * 1.05 + 28 * 1.05 * 1.05)));
  CHECK(json.at("totals")[1].at("paid_by_month") == 1);
  CHECK(holds(json.at("headline").get<std::string>(),
              "Staying with openai/gpt-5.5 costs $1.51M over 3 months"));
  CHECK(holds(json.dump(), "Nothing uncertain was given"));
}

TEST_CASE("an announced price takes effect by itself, and is listed") {
  const Json json = forecast_json({"google/gemini-3.8-flash"},
                                  {"--months", "2", "--trend", "flat", "--cached-share", "0.5"});
  CHECK(dollars(json.at("months")[1].at("median")) == Approx(2 * dollars(json.at("months")[0].at("median"))));
  REQUIRE(json.at("events").size() == 1);
  CHECK(json.at("events")[0].at("event") == "promo_ends");
  CHECK(json.at("events")[0].at("at") == "2027-01-01T00:00:00Z");
  // As known a month before it was announced, the promo has no end.
  const TemporaryFolder folder;
  const Result early = run(folder, {"forecast", "google/gemini-3.8-flash", "--input-per-day", "2e9",
                                    "--output-per-day", "2e8", "--known-at", "2026-09-02", "--from",
                                    "2026-12", "--months", "2", "--trend", "flat", "--format", "json"});
  REQUIRE(early.code == 0);
  const Json before = Json::parse(early.out);
  CHECK(dollars(before.at("months")[1].at("median")) == Approx(dollars(before.at("months")[0].at("median"))));
  CHECK(before.at("events")[0].at("event") == "open_promo");
}

TEST_CASE("a trend is fitted from eight changes on, and the same seed says the same") {
  const Arguments more{"--growth", "2%..8%/month", "--fit-over", "all", "--paths", "500"};
  const Json json = forecast_json(kTwo, more);
  CHECK(json.at("certain") == false);
  CHECK(json.at("trend").at("fitted") == true);
  CHECK(json.at("trend").at("changes").get<int>() >= 8);
  CHECK(json.at("totals")[0].at("scenario") == "fit");
  CHECK(json.at("totals")[2].at("scenario") == "flat");
  const Json& total = json.at("totals")[0].at("total");
  CHECK(std::stod(total.at("low").get<std::string>()) < dollars(total));
  CHECK(std::stod(total.at("high").get<std::string>()) > dollars(total));
  CHECK(forecast_json(kTwo, more) == json);
  Arguments other = more;
  other.insert(other.end(), {"--seed", "2"});
  CHECK(forecast_json(kTwo, other).at("months") != json.at("months"));
  // Of one vendor's few changes there is no fit: only what is given holds.
  const Json few = forecast_json({"google/gemini-3.8-flash"}, {"--trend", "-30%/year"});
  CHECK(few.at("trend").at("fitted") == false);
  CHECK(few.at("trend").at("changes_per_year").is_null());
  CHECK(holds(few.dump(), "only the scenarios that are given hold"));
  refused({"google/gemini-3.8-flash"}, {"--trend", "fit"}, 2, "no trend can be fitted: 0 changes");
}

TEST_CASE("own hardware, what is to come and a mix are options beside the models") {
  const Json json = forecast_json(kTwo, {"--months",
                                         "12",
                                         "--own-per-month",
                                         "60000..80000",
                                         "--own-capacity",
                                         "1.2e9",
                                         "--own-from",
                                         "2027-03",
                                         "--new",
                                         "b300=0.10..0.30@2027-06",
                                         "--share",
                                         "openai/gpt-5.5=0.2",
                                         "--share-to",
                                         "0",
                                         "--switching-cost",
                                         "50000",
                                         "--trend",
                                         "flat",
                                         "--wait",
                                         "1,4"});
  REQUIRE(json.at("options").size() == 5);
  const Json& own = json.at("options")[2];
  CHECK(own.at("option") == "own");
  CHECK(own.at("online") == "2027-03");
  CHECK(dollars(own.at("switching_cost")) == 50'000);
  CHECK(json.at("options")[3].at("online") == "2027-06");
  CHECK(json.at("options")[4].at("kind") == "mix");
  const auto month = [&](std::size_t option, std::size_t index) {
    return dollars(json.at("months")[option * 12 + index].at("median"));
  };
  CHECK(month(2, 2) == Approx(month(0, 2)));
  CHECK(month(2, 3) == Approx(2 * 70'000).epsilon(0.02));
  CHECK(month(4, 0) == Approx(0.2 * month(0, 0) + 0.8 * month(1, 0)));
  CHECK(month(4, 11) == Approx(month(1, 11)));
  CHECK(json.at("waiting").size() == 8);
  CHECK(json.at("waiting")[1].at("months") == 4);
}

TEST_CASE("a scenario's file says what flags say, and every format shows it") {
  const std::filesystem::path source = std::filesystem::current_path();
  std::ifstream file(source / "examples/forecast/switch.json");
  std::stringstream text;
  text << file.rdbuf();
  const TemporaryFolder folder;
  folder.write("switch.json", text.str());
  const Result shown = run(folder, {"forecast", "--scenario", "switch.json"});
  CAPTURE(shown.err);
  REQUIRE(shown.code == 0);
  CHECK(holds(shown.out, "Staying with openai/gpt-5.5 costs $"));
  CHECK(holds(shown.out, "openai/gpt-5.5 batch"));
  CHECK(holds(shown.out, "end of a promo"));
  CHECK(holds(shown.out, "switch.json"));  // the origin of assumptions
  REQUIRE(run(folder, {"forecast", "--scenario", "switch.json", "-o", "f.json", "-o", "f.md", "-o", "f.html",
                       "-o", "f.csv", "-o", "f.xlsx"})
              .code == 0);
  const Json json = Json::parse(folder.read("f.json"));
  CHECK(json.at("months").size() == 3 * 6 * 24);
  const std::string csv = folder.read("f.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + 3 * 6 * 24);
  CHECK(holds(folder.read("f.html"), "Each month in thousand USD"));
  CHECK(holds(folder.read("f.md"), "Staying with openai/gpt"));
  CHECK(std::filesystem::file_size(folder.path() / "f.xlsx") > 10'000);
  // Flags that would say it a second time are refused; those of the simulation are not.
  CHECK(run(folder, {"forecast", "--scenario", "switch.json", "--paths", "100", "--seed", "3"}).code == 0);
  for (const Arguments& more :
       {Arguments{"openai/gpt-5.5"}, Arguments{"--months", "3"}, Arguments{"--share", "a=0.5"}}) {
    Arguments arguments{"forecast", "--scenario", "switch.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run(folder, arguments);
    CHECK(result.code == 2);
    CHECK(holds(result.err, "scenario's file"));
  }
  CHECK(run(folder, {"forecast", "--scenario", "none.json"}).code == 3);
  folder.write("bad.json", "{\n\"optoins\": []}");
  const Result bad = run(folder, {"forecast", "--scenario", "bad.json"});
  CHECK(bad.code == 3);
  CHECK(holds(bad.err, "bad.json:2: \"optoins\" is not known here"));
}

TEST_CASE("a run says what a task takes") {
  Scene scene("sorting", "20");
  scene.serve({"--model", "strong=0.9", "--model", "weak=0.3"});
  const Result measured = run(scene.folder, scene.command("run", {"strong", "weak"}, {"--label", "both"}));
  REQUIRE_MESSAGE(measured.code == 0, measured.err);
  const auto forecast = [&](Arguments more) {
    Arguments arguments{"forecast",   "--run",    "both", "--tasks-per-day", "10000", "--known-at",
                        "2026-11-23", "--months", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(scene.folder, arguments);
  };
  const Arguments as{"--price-as", scene.model("strong") + "=openai/gpt-5.5", "--price-as",
                     scene.model("weak") + "=deepseek/deepseek-v4-flash"};
  Arguments good = as;
  good.insert(good.end(), {"--format", "json"});
  const Result result = forecast(good);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  const Json json = Json::parse(result.out);
  CHECK(json.at("from") == "2026-12");
  CHECK(json.at("options").size() == 2);
  CHECK(json.at("options")[0].at("option") == "openai/gpt-5.5");
  CHECK(json.at("options")[0].at("tokens_per_day").get<double>() > 10'000);
  CHECK(holds(json.at("assumptions").dump(), "measured in run both"));
  CHECK(holds(forecast({}).err, "is in no price book"));
  CHECK(holds(forecast({"--price-as", "storng=openai/gpt-5.5"}).err, "has no model storng"));
  CHECK(holds(forecast({"--price-as", "strong"}).err, "NAME=VALUE"));
  Arguments twice{"--price-as", scene.model("strong") + "=openai/gpt-5.5", "--price-as",
                  scene.model("weak") + "=openai/gpt-5.5"};
  CHECK(holds(forecast(twice).err, "are priced as openai/gpt-5.5"));
  Arguments other = as;
  other.emplace_back("openai/gpt-5.4");
  CHECK(holds(forecast(other).err, "has not measured openai/gpt-5.4"));
  CHECK(holds(forecast({"--input-per-day", "5", "--output-per-day", "5"}).err, "not by both"));
  CHECK(holds(forecast({"--cached-share", "0.5"}).err, "is known from the run"));
  const Result none = run(scene.folder, {"forecast", "--run", "bth", "--tasks-per-day", "5"});
  CHECK(none.code == 2);
  CHECK(holds(none.err, "there is no run bth"));
  REQUIRE(
      run(scene.folder, {"run", scene.model("strong"), "--tasks", scene.tasks, "--n", "1", "--label", "one"})
          .code == 0);
  const Result one = run(scene.folder, {"forecast", "--run", "one", "--tasks-per-day", "5", "--price-as",
                                        scene.model("strong") + "=openai/gpt-5.5"});
  CHECK(one.code == 3);
  CHECK(holds(one.err, "only one item"));
}

TEST_CASE("a route has no one price, so its members are to be named") {
  const TemporaryFolder folder;
  folder.write("route.json", R"({"schema_version": 1, "kind": "routing_policy", "cheap": "local/tiny-dense",
    "strong": "local/tiny-moe", "rule": "abstention", "escalate_below": 1,
    "evidence": {"run": "x", "items": 120, "independent_items": 120, "level": 0.95,
                 "cost_is": "money per task", "currency": "USD"}})");
  const Result measured =
      run(folder, {"run", "route/route.json", "--tasks", "arithmetic", "--n", "5", "--label", "routed"});
  REQUIRE_MESSAGE(measured.code == 0, measured.err);
  const Result refused_route = run(folder, {"forecast", "--run", "routed", "--tasks-per-day", "5",
                                            "--price-as", "route/route.json=openai/gpt-5.5"});
  CHECK(refused_route.code == 2);
  CHECK(holds(refused_route.err, "is a route of local/tiny-dense, local/tiny-moe"));
}

TEST_CASE("what cannot be forecast is said with a remedy") {
  refused({}, {}, 2, "nothing to forecast");
  refused({"gpt-5.5"}, {}, 2, "does not name provider and model");
  refused({"openai/gpt-5.55"}, {}, 2, "did you mean");
  refused({"openai/gpt-5.5@high"}, {}, 2, "write openai/gpt-5.5;");
  refused({"openai/gpt-5.5", "openai/gpt-5.5"}, {}, 2, "two options are called");
  refused(kTwo, {"--from", "2026-13"}, 2, "--from");
  refused(kTwo, {"--class", "fsat"}, 2, "service class 'fsat'");
  refused(kTwo, {"--region", "moon"}, 2, "moon");
  refused(kTwo, {"--currency", "EUR"}, 2, "EUR");
  refused(kTwo, {"--currency", "dollars"}, 2, "--currency");
  refused(kTwo, {"--growth", "5%"}, 2, "--growth: '5%' does not say per month or per year");
  refused(kTwo, {"--tokens-growth", "x/month"}, 2, "--tokens-growth");
  refused(kTwo, {"--trend", "-30"}, 2, "--trend");
  refused(kTwo, {"--trend", "flat", "--trend", "0%/month"}, 2, "given twice");
  refused(kTwo, {"--months", "0"}, 2, "--months");
  refused(kTwo, {"--months", "121"}, 2, "--months");
  refused(kTwo, {"--paths", "5"}, 2, "--paths");
  refused(kTwo, {"--wait", "0"}, 2, "--wait");
  refused(kTwo, {"--seed", "-1"}, 2, "--seed");
  refused(kTwo, {"--fit-over", "some"}, 2, "--fit-over");
  refused(kTwo, {"--cached-share", "1.5"}, 2, "--cached-share");
  refused(kTwo, {"--cached-share", "nan"}, 2, "--cached-share");
  refused(kTwo, {"--peak", "0.5"}, 2, "--peak");
  refused(kTwo, {"--peak-hour", "24"}, 2, "--peak-hour");
  refused(kTwo, {"--requests-per-day", "-5"}, 2, "--requests-per-day");
  refused(kTwo, {"--own-per-month", "much"}, 2, "--own-per-month: 'much' is no amount of money");
  refused(kTwo, {"--own-per-month", "5", "--own-from", "soon"}, 2, "--own-from: 'soon' is no month");
  refused(kTwo, {"--own-per-month", "5", "--own-from", "2040-01"}, 2, "after the last month");
  refused(kTwo, {"--own-capacity", "5"}, 2, "own hardware has no cost");
  refused(kTwo, {"--own-per-month", "5", "--own-capacity", "0"}, 2, "--own-capacity");
  refused(kTwo, {"--new", "b300"}, 2, "--new: 'b300' does not say NAME=VALUE");
  refused(kTwo, {"--new", "b300=cheap"}, 2, "'cheap' is no amount");
  refused(kTwo, {"--new", "b300=1@soon"}, 2, "'soon' is no month");
  refused({}, {"--new", "b300=1@2027-06"}, 2, "is the first option");
  refused(kTwo, {"--share", "openai/gpt-5.5"}, 2, "--share");
  refused(kTwo, {"--share", "openai/gpt-5.5=2"}, 2, "is no share from 0 to 1");
  refused(kTwo, {"--share", "openai/gpt-5.4=0.2"}, 2, "neither of the models");
  refused({"openai/gpt-5.5"}, {"--share", "openai/gpt-5.5=0.2"}, 2, "of two models");
  refused(kTwo, {"--wait", "24"}, 2, "leaves no month to serve");
  refused(kTwo, {"--wait", "1,2,3,4,5,6,7,8,9,10,11,12,13"}, 2, "at most 8 trends and 12 months");
  refused({"openai/gpt-5.5"}, {"--wait", "3"}, 2, "there is one option");
  refused({"openai/gpt-5.5"}, {"--switching-cost", "3"}, 2, "there is one option");
  refused(kTwo, {"--peak-hour", "9"}, 2, "where every hour is alike");
  refused(kTwo, {"--requests-per-day", "0"}, 2, "--requests-per-day");
  refused(kTwo, {"--share-to", "0.2"}, 2, "--share-to needs a --share");
  refused(kTwo, {"--switching-cost", "1..2"}, 2, "a range is not possible");
  refused(kTwo, {"--tasks-per-day", "5"}, 2, "go with a run");
  refused(kTwo, {"--format", "jsn"}, 2, "jsn");
  const TemporaryFolder folder;
  const auto plain = [&](const Arguments& arguments) { return run(folder, arguments); };
  CHECK(holds(plain({"forecast", "openai/gpt-5.5"}).err, "prompt tokens and output tokens"));
  const Result past = plain({"forecast", "openai/gpt-5.5", "--input-per-day", "5", "--output-per-day", "5",
                             "--known-at", "2026-11-23", "--from", "2026-10"});
  CHECK(past.code == 2);
  CHECK(holds(past.err, "lies before"));
  const Result when = plain({"forecast", "openai/gpt-5.5", "--input-per-day", "5", "--output-per-day", "5",
                             "--known-at", "yesterday"});
  CHECK(when.code == 3);
  // A model without a price in a month of the forecast.
  const Result gone = plain({"forecast", "deepseek/deepseek-reasoner", "--input-per-day", "5",
                             "--output-per-day", "5", "--known-at", "2026-11-23"});
  CHECK(gone.code == 2);
}
