// Reads a scenario file into a plan: every key has its place, and what cannot be meant is named with its
// line.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "cli/config/node.h"
#include "cli/config/text.h"
#include "cli/forecast/plan.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using analysis::OptionKind;

constexpr std::uint64_t kLargestScenario = 1u << 20;
constexpr double kMostTokens = 1e15;
constexpr std::int64_t kMostSeed = 1'000'000'000'000;
constexpr std::string_view kMonthExample = "\"2026-12\"";

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

double tokens(const ConfigNode& node) {
  return node.number(0, kMostTokens);
}

AmountRange amount_range(const ConfigNode& node) {
  return node.parsed("\"0.25\" or \"0.10..0.30\"", parse_amount_range);
}

double amount(const ConfigNode& node) {
  const AmountRange range = amount_range(node);
  if (range.low != range.high) node.fail("a range is not possible here", "write one amount");
  return range.low;
}

std::map<std::string, double> shares(const ConfigNode& node) {
  std::map<std::string, double> read;
  node.each({}, [&](const std::string& name, const ConfigNode& share) { read[name] = share.number(0, 1); });
  return read;
}

std::string api_name(const PlannedOption& option) {
  return option.service_class == "standard" ? option.model
                                            : fmt::format("{} {}", option.model, option.service_class);
}

// A key that has no meaning for the kind would be dropped in silence.
void check_keys(const PlannedOption& option, const ConfigNode& node) {
  node.each(kOption, [&](const std::string& key, const ConfigNode& member) {
    for (const auto& [name, kind] :
         {std::pair("class", OptionKind::api), std::pair("region", OptionKind::api),
          std::pair("tokens_per_day", OptionKind::own), std::pair("shares_last", OptionKind::mix)})
      if (key == name && option.kind != kind)
        member.fail(fmt::format("\"{}\" says nothing of this option", key),
                    fmt::format("it goes with options of kind {}", analysis::option_kind_name(kind)));
    if (key == "from" && (option.kind == OptionKind::api || option.kind == OptionKind::mix))
      member.fail("\"from\" says nothing of this option",
                  "models begin when their price does; parts of a mix begin on their own");
  });
}

PlannedOption read_option(const ConfigNode& node) {
  PlannedOption option;
  std::vector<std::string> kinds;
  node.each(kOption, [&](const std::string& key, const ConfigNode& member) {
    if (key == "name") option.name = member.text("\"our own machine\"");
    if (key == "class") option.service_class = member.text("\"batch\"");
    if (key == "region") option.region = member.text("\"eu\"");
    if (key == "tokens_per_day") option.tokens_per_day = member.number(1, kMostTokens);
    if (key == "from") option.from = member.parsed(kMonthExample, parse_forecast_month);
    if (key == "shares_last") option.shares_last = shares(member);
    if (key == "switching_cost") option.switching_cost = amount(member);
    if (key == "model") option.model = member.text("\"openai/gpt-5.5\"");
    if (key == "shares") option.shares = shares(member);
    if (key == "per_million" || key == "own_per_month") option.amount = amount_range(member);
    for (const auto& [name, kind] :
         {std::pair("model", OptionKind::api), std::pair("per_million", OptionKind::rate),
          std::pair("own_per_month", OptionKind::own), std::pair("shares", OptionKind::mix)})
      if (key == name) {
        kinds.push_back(key);
        option.kind = kind;
      }
  });
  if (kinds.size() != 1)
    node.fail(kinds.empty() ? "this option has no cost"
                            : fmt::format("{} cannot stand together", fmt::join(kinds, " and ")),
              "one of \"model\", \"per_million\", \"own_per_month\", \"shares\"");
  check_keys(option, node);
  if (option.name.empty()) option.name = option.kind == OptionKind::api ? api_name(option) : "";
  if (option.name.empty()) node.fail("this option has no name", "add \"name\": \"...\"");
  return option;
}

class ScenarioReader {
 public:
  ForecastPlan read(const ConfigNode& root) {
    root.each(kTop, [&](const std::string& key, const ConfigNode& node) {
      if (key == "$schema") return;
      plan_.given.push_back(key);
      if (!read_when(key, node)) read_what(key, node);
    });
    if (plan_.options.empty() && plan_.run.empty())
      root.fail("there is no option", "add \"options\": [{\"model\": \"openai/gpt-5.5\"}]");
    return std::move(plan_);
  }

 private:
  bool read_when(const std::string& key, const ConfigNode& node) {
    if (key == "from")
      plan_.from = node.parsed(kMonthExample, parse_forecast_month);
    else if (key == "months")
      plan_.months = months(node);
    else if (key == "known_at")
      plan_.known_at = node.text("\"2026-06-01\"");
    else if (key == "waits")
      read_waits(node);
    else if (key == "simulation")
      read_simulation(node);
    else
      return false;
    return true;
  }

  void read_what(const std::string& key, const ConfigNode& node) {
    if (key == "currency") plan_.currency = node.text("\"USD\"");
    if (key == "workload") read_workload(node);
    if (key == "growth") read_growth(node);
    if (key == "trends") read_trends(node);
    if (key == "fit_over") {
      constexpr std::array<std::string_view, 2> kOver{"vendors", "all"};
      plan_.fit_over_all = node.choice(kOver) == 1;
    }
    if (key == "options")
      node.elements("[{\"model\": \"openai/gpt-5.5\"}]",
                    [&](const ConfigNode& option) { plan_.options.push_back(read_option(option)); });
    if (key == "switching_cost") plan_.switching_cost = amount(node);
  }

  static std::size_t months(const ConfigNode& node) {
    return static_cast<std::size_t>(node.whole(1, kMostForecastMonths));
  }

  void read_growth(const ConfigNode& growth) {
    growth.each(kGrowth, [&](const std::string& which, const ConfigNode& rate) {
      plan_.given.push_back("growth." + which);
      (which == "volume" ? plan_.growth : plan_.tokens_growth) =
          rate.parsed("\"5%/month\"", analysis::parse_growth);
    });
  }

  void read_simulation(const ConfigNode& simulation) {
    simulation.each(kSimulation, [&](const std::string& which, const ConfigNode& count) {
      plan_.given.push_back(which);
      if (which == "seed")
        plan_.seed = static_cast<std::uint64_t>(count.whole(0, kMostSeed));
      else
        plan_.paths = static_cast<std::size_t>(count.whole(100, kMostForecastPaths));
    });
  }

  void read_workload(const ConfigNode& workload) {
    workload.each(kWorkload, [&](const std::string& key, const ConfigNode& node) {
      plan_.given.push_back(key);
      if (key == "input_per_day") plan_.input_per_day = tokens(node);
      if (key == "cached_share") plan_.cached_share = node.number(0, 1);
      if (key == "output_per_day") plan_.output_per_day = tokens(node);
      if (key == "requests_per_day") plan_.requests_per_day = node.number(1, kMostTokens);
      if (key == "run") plan_.run = node.text("\"nightly\"");
      if (key == "tasks_per_day") plan_.tasks_per_day = tokens(node);
      if (key == "peak") plan_.peak = node.number(1, 24);
      if (key == "peak_hour") plan_.peak_hour = static_cast<int>(node.whole(0, 23));
      if (key == "price_as")
        node.each({}, [&](const std::string& model, const ConfigNode& as) {
          plan_.price_as[model] = as.text("\"openai/gpt-5.5\"");
        });
    });
  }

  void read_trends(const ConfigNode& trends) {
    constexpr std::string_view kExample = "[\"fit\", \"-30%/year\"]";
    trends.elements(kExample, [&](const ConfigNode& trend) {
      plan_.trends.push_back(trend.parsed(kExample, [](const std::string& text, const std::string&) {
        if (text != "fit") (void)analysis::parse_growth(text, "trends");
        return text;
      }));
    });
  }

  void read_waits(const ConfigNode& waits) {
    plan_.waits.clear();
    waits.elements("[3, 6, 12]", [&](const ConfigNode& wait) { plan_.waits.push_back(months(wait)); });
  }

  ForecastPlan plan_;
};

}  // namespace

ForecastPlan read_scenario_file(const std::filesystem::path& path) {
  const ConfigText text = parse_config_text(read_file(path, kLargestScenario), path.string());
  const Places places = places_in(text, path.string());
  ForecastPlan plan = ScenarioReader().read(ConfigNode(text.json, "", places));
  plan.origin = path.filename().string();
  return plan;
}

}  // namespace costwar::cli
