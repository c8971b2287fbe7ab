#include "analysis/forecast/paths.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/error.h"
#include "stats/draws.h"

namespace costwar::analysis {
namespace {

constexpr double kLeastUsageFactor = 0.05;  // a task takes tokens, however uncertain how many

// What one path takes for true.
struct Path {
  std::vector<double> volume;               // by month, times the first month's
  std::vector<std::vector<double>> prices;  // by option and month, times the announced price
  std::vector<double> range;                // by option: where in its range it lies
  std::vector<double> usage;                // by option: its tokens over what was measured
};

class PathDrawer {
 public:
  PathDrawer(const ForecastInput& input, const PriceScenario& scenario)
      : input_(input),
        scenario_(scenario),
        volume_(input.seed, "forecast/volume"),
        tokens_(input.seed, "forecast/tokens"),
        trend_(input.seed, "forecast/trend") {
    if (scenario.fitted && !input.model) throw Error(ErrorKind::internal, "a fitted scenario has no model");
    for (const ForecastOption& option : input.options) {
      if (option.kind == OptionKind::api && option.base.size() != input.months)
        throw Error(ErrorKind::internal, "an option has not one cost per month");
      ranges_.emplace_back(input.seed, "forecast/range/" + option.name);
      usages_.try_emplace(option.usage_id, input.seed, "forecast/usage/" + option.usage_id);
      if (option.kind == OptionKind::api)
        jumps_.try_emplace(option.price_id, input.seed, "forecast/jumps/" + option.price_id);
    }
    for (std::size_t m = 0; m < input.months; ++m) {
      const Month month = input.from + static_cast<std::int64_t>(m);
      const double middle =
          (months_between(input.known_at, month.begin()) + months_between(input.known_at, month.end())) / 2;
      since_known_.push_back(std::max(0.0, middle));
    }
  }

  Path draw() {
    Path path;
    const double growth = input_.volume.log_per_month(input_.volume.rate_at(volume_.unit())) +
                          input_.tokens.log_per_month(input_.tokens.rate_at(tokens_.unit()));
    for (std::size_t m = 0; m < input_.months; ++m)
      path.volume.push_back(std::exp(growth * static_cast<double>(m)));
    const std::map<std::string, std::vector<double>> moved = draw_prices();
    // One measurement is off for all that rest on it, so that their difference is not.
    std::map<std::string, double> off;
    for (auto& [id, random] : usages_) off.emplace(id, stats::draw_normal(random));
    for (std::size_t i = 0; i < input_.options.size(); ++i) {
      const ForecastOption& option = input_.options[i];
      path.range.push_back(ranges_[i].unit());
      path.usage.push_back(std::max(kLeastUsageFactor, 1 + option.relative_error * off.at(option.usage_id)));
      path.prices.push_back(option.kind == OptionKind::api ? moved.at(option.price_id)
                                                           : std::vector<double>(input_.months, 1.0));
    }
    return path;
  }

 private:
  std::map<std::string, std::vector<double>> draw_prices() {
    std::map<std::string, std::vector<double>> prices;
    const double quantile = trend_.unit();
    JumpModel::Truth truth;
    if (scenario_.fitted) truth = input_.model->draw_truth(trend_);
    const double slope = scenario_.growth.log_per_month(scenario_.growth.rate_at(quantile));
    for (auto& [id, random] : jumps_) {
      std::vector<double> factors;
      if (scenario_.fitted) factors = input_.model->draw_path(truth, since_known_, random);
      for (std::size_t m = 0; m < input_.months; ++m) {
        if (!scenario_.fitted) factors.push_back(slope * since_known_[m]);
        factors[m] = std::exp(factors[m]);
      }
      prices.emplace(id, std::move(factors));
    }
    return prices;
  }

  const ForecastInput& input_;
  const PriceScenario& scenario_;
  RandomStream volume_;
  RandomStream tokens_;
  RandomStream trend_;
  std::vector<RandomStream> ranges_;
  std::map<std::string, RandomStream> usages_;
  std::map<std::string, RandomStream> jumps_;
  std::vector<double> since_known_;  // months from known_at to the middle of each month
};

double within(const MonthCost& cost, double where) {
  return cost.low == cost.high ? cost.cost : cost.low + (cost.high - cost.low) * where;
}

// What `share` of the workload costs on an option.
double cost_on(const ForecastInput& input, const Path& path, std::size_t index, std::size_t month,
               double share) {
  const ForecastOption& option = input.options[month < input.options[index].online ? 0 : index];
  const std::size_t used = month < input.options[index].online ? 0 : index;
  const double volume = path.volume[month] * path.usage[used] * share;
  switch (option.kind) {
    case OptionKind::api:
    case OptionKind::rate:
      return within(option.base[month], path.range[used]) * path.prices[used][month] * volume;
    case OptionKind::own: {
      double nodes = 1;
      if (option.node_tokens_per_day > 0)
        nodes = std::max(
            1.0, std::ceil(option.tokens_per_day * volume * input.peak / option.node_tokens_per_day - 1e-9));
      return share > 0 ? within(option.node, path.range[used]) * nodes : 0;
    }
    case OptionKind::mix:
      break;
  }
  double sum = 0;
  const double along =
      input.months > 1 ? static_cast<double>(month) / static_cast<double>(input.months - 1) : 0;
  for (const MixPart& part : option.parts)
    sum += cost_on(input, path, part.option, month,
                   share * (part.share + (part.share_last - part.share) * along));
  return sum;
}

}  // namespace

PathCosts draw_paths(const ForecastInput& input, const PriceScenario& scenario) {
  PathCosts costs(input.options.size(), input.paths, input.months);
  PathDrawer drawer(input, scenario);
  for (std::size_t p = 0; p < input.paths; ++p) {
    const Path path = drawer.draw();
    for (std::size_t i = 0; i < input.options.size(); ++i)
      for (std::size_t m = 0; m < input.months; ++m) costs.at(i, p, m) = cost_on(input, path, i, m, 1);
  }
  return costs;
}

}  // namespace costwar::analysis
