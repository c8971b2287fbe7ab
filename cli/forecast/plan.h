// What a forecast is asked for, by flags or by a scenario file, before any price is looked up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/forecast/forecast.h"

namespace costwar::cli {

inline constexpr std::size_t kMostForecastMonths = 120;
inline constexpr std::size_t kMostForecastOptions = 16;
inline constexpr std::size_t kMostForecastPaths = 20'000;
inline constexpr std::size_t kMostForecastTrends = 8;
inline constexpr std::size_t kMostForecastWaits = 12;

// "0.25" or "0.10..0.30": an amount of money, or a range of which one value holds.
struct AmountRange {
  double low = 0;
  double high = 0;
  std::string text;
};

struct PlannedOption {
  std::string name;
  analysis::OptionKind kind = analysis::OptionKind::api;
  std::string model;  // api: "openai/gpt-5.5"
  std::string service_class = "standard";
  std::string region = "any";
  AmountRange amount;         // rate: per million tokens; own: per month and node
  double tokens_per_day = 0;  // own: of a node; 0: one node does it all
  std::optional<analysis::Month> from;
  std::map<std::string, double> shares;       // mix: by the name of the option, in the first month
  std::map<std::string, double> shares_last;  // mix: in the last; empty: the same
  std::optional<double> switching_cost;
};

struct ForecastPlan {
  std::optional<analysis::Month> from;  // nullopt: the month after known_at
  std::size_t months = 24;
  std::string known_at;  // empty: now
  std::string currency = "USD";
  double input_per_day = 0;
  double cached_share = 0;
  double output_per_day = 0;
  double requests_per_day = 0;  // 0: prompts of the usual size
  std::string run;              // instead of tokens a day
  double tasks_per_day = 0;
  std::map<std::string, std::string> price_as;  // model of the run to provider/model
  double peak = 1;
  int peak_hour = 14;
  analysis::Growth growth{};
  analysis::Growth tokens_growth{};
  std::vector<std::string> trends;  // "fit", "flat", "-30%/year"; empty: flat
  bool fit_over_all = false;        // else the vendors of the options
  std::vector<PlannedOption> options;
  double switching_cost = 0;
  std::vector<std::size_t> waits{3, 6, 12};
  std::uint64_t seed = 1;
  std::size_t paths = 4000;
  std::vector<std::string> given;  // keys of the file, or names of the flags without dashes, that were set
  std::string origin = "given";    // of what was set: "given", or the file's name

  bool is_given(std::string_view key) const;
};

// Error{usage} that names `what` and shows the form.
AmountRange parse_amount_range(std::string_view text, std::string_view what);
analysis::Month parse_forecast_month(std::string_view text, std::string_view what);

// What holds whoever wrote the plan. Error{usage}.
void check_plan(const ForecastPlan& plan);

// docs/schema/forecast-scenario.schema.json. Error{input} with file, line and suggestion.
ForecastPlan read_scenario_file(const std::filesystem::path& path);

}  // namespace costwar::cli
