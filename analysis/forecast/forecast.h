// What several ways to serve one workload cost over the coming months: a seeded simulation of volume, prices
// and what else is uncertain, and what follows for a switch: when it pays, and what waiting is worth. Pure;
// definitions in docs/forecasting.md.
//
// Inside, amounts are doubles of one currency, because a path of a simulation is no bill; whoever shows them
// makes Money of the figures. All scenarios and options see the same draws of volume, so that their
// difference is not noise, and adding an option does not move the numbers of another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/forecast/growth.h"
#include "analysis/forecast/month.h"
#include "analysis/forecast/month_cost.h"
#include "analysis/forecast/price_trend.h"
#include "core/money.h"

namespace costwar::analysis {

// How list prices move on top of what is announced, for all models of price books alike.
struct PriceScenario {
  std::string name;  // as it was asked for: "-30%/year", "fit"
  bool fitted = false;
  Growth growth{};  // where it is not fitted: one rate for a whole path
};

enum class OptionKind : std::uint8_t {
  api,   // a model of the price book
  rate,  // a cost per million tokens that is given: a new accelerator, an offer
  own,   // own hardware: so much a month for every node that it takes
  mix,   // shares of other options
};
std::string_view option_kind_name(OptionKind kind);

struct MixPart {
  std::size_t option = 0;  // an earlier one that is no mix
  double share = 0;        // of the workload in the first month
  double share_last = 0;   // in the last; in between on a line
};

struct ForecastOption {
  std::string name;
  OptionKind kind = OptionKind::api;
  std::string price_id{};          // "openai/gpt-5.5": options with the same one have the same price jumps
  std::vector<MonthCost> base{};   // api, rate: per month, at the first month's volume
  MonthCost node{};                // own: a node's month
  double node_tokens_per_day = 0;  // own: what a node can do; 0: one node does it all
  double tokens_per_day = 0;       // what the workload is on this option, in the first month
  double relative_error = 0;       // standard error of the tokens of a task over their mean
  std::string usage_id{};          // whose tokens these are: options with the same one are off alike
  std::vector<MixPart> parts{};    // mix
  std::size_t online = 0;          // the first month in which it serves; until then the first option does
  double switching_cost = 0;
};

struct ForecastInput {
  Month from;
  std::size_t months = 0;
  Wall known_at;  // trends begin here
  Currency currency;
  Growth volume{};
  Growth tokens{};  // of a request
  double peak = 1;  // tokens of the busiest hour over the mean hour's: own hardware is sized for it
  std::vector<PriceScenario> scenarios;
  std::optional<JumpModel> model{};     // for fitted scenarios
  std::vector<ForecastOption> options;  // the first is what is used now
  std::vector<std::size_t> waits{};     // months; those that leave none to serve are passed over
  std::uint64_t seed = 0;
  std::size_t paths = 0;
};

// Of a cost over the paths.
struct CostBand {
  double mean = 0;
  double median = 0;
  double low80 = 0;
  double high80 = 0;
  double low95 = 0;
  double high95 = 0;
  // But for what rounding leaves.
  bool certain() const { return high95 - low95 <= 1e-12 * (high95 < 0 ? -high95 : high95); }
};

// Switching in `months` months, undiscounted; amounts are savings against the best decision today.
struct Waiting {
  std::size_t months = 0;
  double committed = 0;         // expected saving of a switch then, decided today
  double informed = 0;          // expected saving where it is decided then, by the costs seen until then
  double switch_share = 0;      // of the paths on which it then is decided to switch
  double value = 0;             // informed minus the better of switching now and never
  double simulation_error = 0;  // standard error of `value` from the number of paths
};

struct SwitchFinding {
  double saving = 0;  // expected, of switching in the first month, switching cost included
  CostBand savings;
  double pays = 0;  // share of the paths on which it has paid for itself by the last month
  // The month, counted from 1, in which it has: nullopt beyond the last one.
  std::optional<double> month;
  std::optional<double> month_low;  // 80 % of the paths
  std::optional<double> month_high;
  std::vector<double> cheaper;  // per month: share of the paths on which it costs less, switching cost apart
  std::vector<Waiting> waits;
};

struct OptionForecast {
  std::vector<CostBand> months;
  std::vector<CostBand> cumulated;  // without the switching cost
  CostBand total() const { return cumulated.back(); }
  std::optional<SwitchFinding> change;  // nullopt for the first option
};

struct ScenarioForecast {
  PriceScenario scenario;
  std::vector<OptionForecast> options;
  // The option with the lowest expected total, switching cost included.
  std::size_t cheapest = 0;
};

struct Forecast {
  std::vector<ScenarioForecast> scenarios;
  bool certain() const;  // nothing uncertain was given: a calculation
};

// Error{internal} where the input does not fit together.
Forecast forecast_costs(const ForecastInput& input);

}  // namespace costwar::analysis
