// Reads a scenario file into a plan: every key has its place, and what cannot be meant is named with its
// line.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "cli/config/checks.h"
#include "cli/config/text.h"
#include "cli/forecast/plan.h"
#include "core/error.h"
#include "core/suggest.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using analysis::OptionKind;

constexpr std::uint64_t kLargestScenario = 1u << 20;
constexpr double kMostTokens = 1e15;
constexpr std::int64_t kMostSeed = 1'000'000'000'000;

constexpr std::array<std::string_view, 13> kTop{
    "$schema", "from",     "months",  "known_at",       "currency", "workload",  "growth",
    "trends",  "fit_over", "options", "switching_cost", "waits",    "simulation"};
constexpr std::array<std::string_view, 9> kWorkload{"input_per_day",    "cached_share", "output_per_day",
                                                    "requests_per_day", "run",          "tasks_per_day",
                                                    "price_as",         "peak",         "peak_hour"};
constexpr std::array<std::string_view, 2> kGrowth{"volume", "tokens"};
constexpr std::array<std::string_view, 2> kSimulation{"seed", "paths"};
constexpr std::array<std::string_view, 11> kOption{"name",        "model",         "class",          "region",
                                                   "per_million", "own_per_month", "tokens_per_day", "from",
                                                   "shares",      "shares_last",   "switching_cost"};

class ScenarioReader {
 public:
  ScenarioReader(const ConfigText& text, const std::filesystem::path& path) : text_(text), path_(path) {}

  ForecastPlan plan() {
    plan_.origin = path_.filename().string();
    each(text_.json, "", kTop, [&](const std::string& key, const Json& value, const std::string& at) {
      if (key != "$schema") top(key, value, at);
    });
    if (plan_.options.empty() && plan_.run.empty())
      fail(place(""), "there is no option", "add \"options\": [{\"model\": \"openai/gpt-5.5\"}]");
    return std::move(plan_);
  }

 private:
  Place place(const std::string& pointer) const {
    const auto line = text_.lines.find(pointer);
    return Place{fmt::format("{}:{}", path_.string(), line == text_.lines.end() ? 1 : line->second)};
  }

  template <typename Use>
  void each(const Json& object, const std::string& pointer, std::span<const std::string_view> known,
            Use use) const {
    if (!object.is_object()) fail(place(pointer), "expected an object", "write { ... }");
    for (const auto& [key, value] : object.items()) {
      const std::string member = (Json::json_pointer(pointer) / key).to_string();
      if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
        const auto near = nearest_name(key, known);
        fail(place(member), fmt::format("\"{}\" is not known here", key),
             near ? fmt::format("did you mean \"{}\"?", *near)
                  : fmt::format("known are {}", fmt::join(known, ", ")));
      }
      use(key, value, member);
    }
  }

  // A complaint of a parser of text, with the place in the file.
  template <typename Read>
  auto parsed(const Json& value, const std::string& at, Read read) const {
    const std::string text = string(value, at);
    try {
      return read(text, Json::json_pointer(at).back());
    } catch (const Error& error) {
      fail(place(at), error.what(), error.hint());
    }
  }

  std::string string(const Json& value, const std::string& at) const {
    if (!value.is_string()) fail(place(at), "expected a text", "write it in quotation marks");
    return value.get<std::string>();
  }

  double number(const Json& value, const std::string& at, double low, double high) const {
    const bool fits = value.is_number() && value.get<double>() >= low && value.get<double>() <= high;
    if (!fits) fail(place(at), fmt::format("{} is no number from {:g} to {:g}", value.dump(), low, high), {});
    return value.get<double>();
  }

  std::int64_t whole(const Json& value, const std::string& at, std::int64_t low, std::int64_t high) const {
    const double read = number(value, at, static_cast<double>(low), static_cast<double>(high));
    if (read != std::floor(read)) fail(place(at), fmt::format("{} is no whole number", value.dump()), {});
    return static_cast<std::int64_t>(read);
  }

  double amount(const Json& value, const std::string& at) const {
    const AmountRange range = parsed(value, at, parse_amount_range);
    if (range.low != range.high) fail(place(at), "a range is not possible here", "write one amount");
    return range.low;
  }

  void top(const std::string& key, const Json& value, const std::string& at) {
    plan_.given.push_back(key);
    if (key == "from") plan_.from = parsed(value, at, parse_forecast_month);
    if (key == "months") plan_.months = static_cast<std::size_t>(whole(value, at, 1, kMostForecastMonths));
    if (key == "known_at") plan_.known_at = string(value, at);
    if (key == "currency") plan_.currency = string(value, at);
    if (key == "workload") workload(value, at);
    if (key == "growth")
      each(value, at, kGrowth, [&](const std::string& which, const Json& rate, const std::string& member) {
        plan_.given.push_back("growth." + which);
        (which == "volume" ? plan_.growth : plan_.tokens_growth) =
            parsed(rate, member, analysis::parse_growth);
      });
    if (key == "trends") trends(value, at);
    if (key == "fit_over") fit_over(value, at);
    if (key == "options") options(value, at);
    if (key == "switching_cost") plan_.switching_cost = amount(value, at);
    if (key == "waits") waits(value, at);
    if (key == "simulation")
      each(value, at, kSimulation,
           [&](const std::string& which, const Json& count, const std::string& member) {
             plan_.given.push_back(which);
             if (which == "seed")
               plan_.seed = static_cast<std::uint64_t>(whole(count, member, 0, kMostSeed));
             else
               plan_.paths = static_cast<std::size_t>(whole(count, member, 100, kMostForecastPaths));
           });
  }

  void workload(const Json& value, const std::string& at) {
    each(value, at, kWorkload, [&](const std::string& key, const Json& it, const std::string& member) {
      plan_.given.push_back(key);
      if (key == "input_per_day") plan_.input_per_day = number(it, member, 0, kMostTokens);
      if (key == "cached_share") plan_.cached_share = number(it, member, 0, 1);
      if (key == "output_per_day") plan_.output_per_day = number(it, member, 0, kMostTokens);
      if (key == "requests_per_day") plan_.requests_per_day = number(it, member, 1, kMostTokens);
      if (key == "run") plan_.run = string(it, member);
      if (key == "tasks_per_day") plan_.tasks_per_day = number(it, member, 0, kMostTokens);
      if (key == "peak") plan_.peak = number(it, member, 1, 24);
      if (key == "peak_hour") plan_.peak_hour = static_cast<int>(whole(it, member, 0, 23));
      if (key == "price_as")
        each(it, member, {}, [&](const std::string& model, const Json& as, const std::string& below) {
          plan_.price_as[model] = string(as, below);
        });
    });
  }

  template <typename Use>
  void elements(const Json& value, const std::string& at, std::string_view example, Use use) const {
    if (!value.is_array() || value.empty())
      fail(place(at), "expected a list with something in it", fmt::format("write {}", example));
    for (std::size_t i = 0; i < value.size(); ++i) use(value[i], fmt::format("{}/{}", at, i));
  }

  void trends(const Json& value, const std::string& at) {
    elements(value, at, "[\"fit\", \"-30%/year\"]", [&](const Json& it, const std::string& member) {
      plan_.trends.push_back(parsed(it, member, [](const std::string& text, const std::string&) {
        if (text != "fit") (void)analysis::parse_growth(text, "trends");
        return text;
      }));
    });
  }

  void fit_over(const Json& value, const std::string& at) {
    const std::string which = string(value, at);
    if (which != "all" && which != "vendors")
      fail(place(at), fmt::format("'{}' says nothing here", which), "vendors (of the options) or all");
    plan_.fit_over_all = which == "all";
  }

  void waits(const Json& value, const std::string& at) {
    plan_.waits.clear();
    elements(value, at, "[3, 6, 12]", [&](const Json& it, const std::string& member) {
      plan_.waits.push_back(static_cast<std::size_t>(whole(it, member, 1, kMostForecastMonths)));
    });
  }

  void options(const Json& value, const std::string& at) {
    elements(value, at, "[{\"model\": \"openai/gpt-5.5\"}]",
             [&](const Json& it, const std::string& member) { plan_.options.push_back(option(it, member)); });
  }

  std::map<std::string, double> shares(const Json& value, const std::string& at) const {
    std::map<std::string, double> read;
    each(value, at, {}, [&](const std::string& name, const Json& share, const std::string& member) {
      read[name] = number(share, member, 0, 1);
    });
    return read;
  }

  PlannedOption option(const Json& json, const std::string& at) const {
    PlannedOption option;
    std::vector<std::string> kinds;
    each(json, at, kOption, [&](const std::string& key, const Json& value, const std::string& member) {
      if (key == "name") option.name = string(value, member);
      if (key == "class") option.service_class = string(value, member);
      if (key == "region") option.region = string(value, member);
      if (key == "tokens_per_day") option.tokens_per_day = number(value, member, 1, kMostTokens);
      if (key == "from") option.from = parsed(value, member, parse_forecast_month);
      if (key == "shares_last") option.shares_last = shares(value, member);
      if (key == "switching_cost") option.switching_cost = amount(value, member);
      if (key == "model") option.model = string(value, member);
      if (key == "shares") option.shares = shares(value, member);
      if (key == "per_million" || key == "own_per_month")
        option.amount = parsed(value, member, parse_amount_range);
      for (const auto& [name, kind] :
           {std::pair("model", OptionKind::api), std::pair("per_million", OptionKind::rate),
            std::pair("own_per_month", OptionKind::own), std::pair("shares", OptionKind::mix)})
        if (key == name) {
          kinds.push_back(key);
          option.kind = kind;
        }
    });
    if (kinds.size() != 1)
      fail(place(at),
           kinds.empty() ? "this option has no cost"
                         : fmt::format("{} cannot stand together", fmt::join(kinds, " and ")),
           "one of \"model\", \"per_million\", \"own_per_month\", \"shares\"");
    check_keys(option, json, at);
    if (option.name.empty()) option.name = option.kind == OptionKind::api ? api_name(option) : "";
    if (option.name.empty()) fail(place(at), "this option has no name", "add \"name\": \"...\"");
    return option;
  }

  // A key that has no meaning for the kind would be dropped in silence.
  void check_keys(const PlannedOption& option, const Json& json, const std::string& at) const {
    for (const auto& [key, kind] :
         {std::pair("class", OptionKind::api), std::pair("region", OptionKind::api),
          std::pair("tokens_per_day", OptionKind::own), std::pair("shares_last", OptionKind::mix)})
      if (json.contains(key) && option.kind != kind)
        fail(place(at + "/" + key), fmt::format("\"{}\" says nothing of this option", key),
             fmt::format("it goes with options of kind {}", analysis::option_kind_name(kind)));
    if (option.from && (option.kind == OptionKind::api || option.kind == OptionKind::mix))
      fail(place(at + "/from"), "\"from\" says nothing of this option",
           "models begin when their price does; parts of a mix begin on their own");
  }

  static std::string api_name(const PlannedOption& option) {
    return option.service_class == "standard" ? option.model
                                              : fmt::format("{} {}", option.model, option.service_class);
  }

  const ConfigText& text_;
  const std::filesystem::path& path_;
  ForecastPlan plan_;
};

}  // namespace

ForecastPlan read_scenario_file(const std::filesystem::path& path) {
  const ConfigText text = parse_config_text(read_file(path, kLargestScenario), path.string());
  return ScenarioReader(text, path).plan();
}

}  // namespace costwar::cli
