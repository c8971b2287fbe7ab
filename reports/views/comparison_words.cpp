#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::CostPerSolved;
using analysis::ModelFinding;
using analysis::PairFinding;
using analysis::Verdict;

double known_cost(const CostPerSolved& cost) {
  if (cost.amount) return cost.amount->approximate();
  return cost.low ? cost.low->approximate() : 0;
}

// Cost per solved as an order: unknown and unbounded last.
double rank_cost(const ModelFinding& model) {
  const auto& amount = model.cost_per_solved.amount;
  return amount ? amount->approximate() : std::numeric_limits<double>::infinity();
}

std::string bounds(double low, double high, int decimals, NumberStyle style) {
  const CellText text = cell_text(IntervalCell{0, low, high, decimals, style});
  return fmt::format("[{}, {}]", text.low, text.high);
}

std::string share_words(const analysis::SolveRate& rate) {
  return cell_text(quality_cell(rate)).text;
}

// What a sentence has said already and need not say again.
struct Said {
  bool suite = false;
  bool unit = false;
};

// "88.3 % of the built-in suite for $0.00031 per solved task"
std::string achievement(const Comparison& comparison, const ModelFinding& model, Said& said) {
  const SolvedUnit unit = solved_unit(comparison);
  const std::string of_suite = said.suite ? "" : fmt::format(" of {}", comparison.options.suite);
  said.suite = true;
  const std::string cost = cost_words(comparison, model.cost_per_solved, unit);
  // A price beside "nothing" would read oddly without what it is for.
  const bool unit_is_clear = said.unit && model.quality.solved > 0;
  const std::string price = unit_is_clear || cost.empty() ? cost : fmt::format("{} {}", cost, unit.per);
  said.unit = said.unit || !cost.empty();
  if (model.quality.solved == 0)
    return fmt::format("nothing{}{}", of_suite, cost.empty() ? "" : fmt::format(" ({})", price));
  return fmt::format("{}{} {}", share_words(model.quality), of_suite,
                     cost.empty() ? "at an unknown price" : fmt::format("for {}", price));
}

std::string solves(const Comparison& comparison, const ModelFinding& model, Said& said) {
  if (model.quality.items == 0) return fmt::format("{} has no result yet", model.label);
  return fmt::format("{} solves {}", model.label, achievement(comparison, model, said));
}

// Of a pair whose confidence sequence says when it is decided.
std::string stopped_words(const Comparison& comparison, const PairFinding& pair,
                          const std::string& interval) {
  const std::string& first = comparison.models[pair.first].label;
  const std::string& second = comparison.models[pair.second].label;
  const std::string seen =
      fmt::format("after {} clusters, stopped early, {}", grouped(pair.clusters), interval);
  const std::string open = fmt::format("after {} clusters, {}", grouped(pair.clusters), interval);
  if (pair.equivalent)
    return fmt::format("{} and {} are equivalent within {:g} points ({})", first, second,
                       comparison.early_stop->margin * 100, seen);
  if (pair.quality == Verdict::unresolved)
    return fmt::format("whether {} or {} is better is not decided ({})", first, second, open);
  return fmt::format("{} is {} ({})", first, pair.quality == Verdict::higher ? "better" : "worse", seen);
}

std::string quality_words(const Comparison& comparison, const PairFinding& pair) {
  const std::string& better = comparison.models[pair.first].label;
  const std::int64_t items = pair.counts.items();
  if (!pair.interval)
    return fmt::format("all {} shared answers belong to one cluster, from which no difference can be told",
                       items);
  const int decimals = supported_decimals(pair.interval->width() * 100);
  const std::string interval = bounds(pair.interval->low, pair.interval->high, decimals, NumberStyle::points);
  if (comparison.early_stop) return stopped_words(comparison, pair, interval);
  if (pair.difference == 0)
    return fmt::format("at n = {} both solve equally many, within {} points", items, interval);
  std::string points = cell_text(NumberCell{std::abs(pair.difference), decimals, NumberStyle::points}).text;
  if (points.starts_with('+')) points.erase(0, 1);
  const std::string better_by =
      fmt::format("{} is {} points {}", better, points, pair.difference > 0 ? "better" : "worse");
  if (pair.quality == Verdict::unresolved)
    return fmt::format("{}, which n = {} does not resolve ({})", better_by, items, interval);
  return fmt::format("{} (resolved at n = {}, {})", better_by, items, interval);
}

// "costs 1.3 times as much per solved task [1.1, 1.5]"; empty where the costs cannot be compared.
std::string ratio_words(const PairFinding& pair) {
  if (!pair.cost_ratio || !pair.cost_interval || !std::isfinite(*pair.cost_ratio) || *pair.cost_ratio == 0)
    return {};
  const int decimals = ratio_decimals(*pair.cost_interval);
  const std::string interval =
      bounds(pair.cost_interval->low, pair.cost_interval->high, decimals, NumberStyle::factor);
  std::string times = cell_text(NumberCell{*pair.cost_ratio, decimals, NumberStyle::plain}).text;
  const std::string doubt = pair.cost == Verdict::unresolved ? ", not resolved" : "";
  return fmt::format("costs {} times as much per solved task {}{}", times, interval, doubt);
}

// Where either completed more than both did, its share is of other items than the difference.
std::string shared_words(const Comparison& comparison, const PairFinding& pair) {
  const std::int64_t shared = pair.counts.items();
  if (comparison.models[pair.first].quality.items == shared &&
      comparison.models[pair.second].quality.items == shared)
    return {};
  return fmt::format("on the {} items that both completed, ", grouped(shared));
}

std::string pair_sentence(const Comparison& comparison, const PairFinding& pair) {
  const std::string quality = shared_words(comparison, pair) + quality_words(comparison, pair);
  const std::string cost = ratio_words(pair);
  if (cost.empty()) return quality;
  // Where neither is better the subject has not been named yet.
  return pair.difference == 0
             ? fmt::format("{}, and {} {}", quality, comparison.models[pair.first].label, cost)
             : fmt::format("{} and {}", quality, cost);
}

std::string standings(const Comparison& comparison, const Leaders& two) {
  const ModelFinding& best = comparison.models[two.best];
  const ModelFinding& rival = comparison.models[two.rival];
  Said said;
  if (comparison.models.size() == 2) {
    const std::string first = solves(comparison, best, said);
    return fmt::format("{}; {}", first, solves(comparison, rival, said));
  }
  if (best.quality.solved == 0)
    return fmt::format("None of {} models solves anything of {}", comparison.models.size(),
                       comparison.options.suite);
  const auto cheaper = [&](const ModelFinding& model) { return rank_cost(model) < rank_cost(best); };
  const bool best_is_cheapest = std::isfinite(rank_cost(best)) &&
                                std::none_of(comparison.models.begin(), comparison.models.end(), cheaper);
  const std::string most = achievement(comparison, best, said);
  const bool alike =
      std::all_of(comparison.models.begin(), comparison.models.end(),
                  [&](const ModelFinding& model) { return model.items == comparison.models.front().items; });
  return fmt::format("Of {} models{}, {} solves the most, {}{}; {}, {}, solves {}", comparison.models.size(),
                     alike ? "" : ", which were not all given the same items", best.label, most,
                     best_is_cheapest ? ", and is the cheapest" : "", rival.label,
                     cheaper(rival) ? "the cheapest" : "the next best", achievement(comparison, rival, said));
}

}  // namespace

int supported_decimals(double width, int most) {
  if (!std::isfinite(width) || width <= 0) return 0;
  return std::clamp(static_cast<int>(std::ceil(-std::log10(width / 20))), 0, most);
}

std::string ratio_method(bool by_delta) {
  return by_delta ? "clustered delta method" : "bootstrap";
}

std::string delta_note() {
  return "Intervals of cost ratios are by the clustered delta method, which serves above 200,000 items; "
         "--bootstrap "
         "resamples them.";
}

int ratio_decimals(const stats::Interval& interval) {
  // Twice the width: a ratio is read for its size, not for its last digit.
  return std::isfinite(interval.width()) ? supported_decimals(2 * interval.width(), 4) : 2;
}

Cell share_cell(double value, const std::optional<stats::Interval>& interval) {
  if (!interval) return IntervalCell{value, std::nan(""), std::nan(""), 1, NumberStyle::share};
  return IntervalCell{value, interval->low, interval->high, supported_decimals(interval->width() * 100),
                      NumberStyle::share};
}

Cell quality_cell(const analysis::SolveRate& rate) {
  if (rate.items == 0) return Unknown{};
  return share_cell(rate.value, rate.interval);
}

SolvedUnit solved_unit(const Comparison& comparison) {
  double largest = 0;
  for (const ModelFinding& model : comparison.models)
    largest = std::max(largest, known_cost(model.cost_per_solved));
  if (largest == 0 || largest >= 1e-4) return {1, "per solved task"};
  if (largest >= 1e-7) return {1000, "per 1,000 solved tasks"};
  return {1'000'000, "per million solved tasks"};
}

CostCell cost_cell(const Comparison& comparison, const CostPerSolved& cost, std::int64_t tasks) {
  const auto scaled = [&](const std::optional<Money>& money) {
    return money ? std::optional(money->times(tasks)) : std::nullopt;
  };
  return {comparison.currency.value_or(Currency{}), scaled(cost.amount), scaled(cost.low), scaled(cost.high)};
}

std::string cost_words(const Comparison& comparison, const CostPerSolved& cost, const SolvedUnit& unit) {
  const CostCell cell = cost_cell(comparison, cost, unit.tasks);
  if (cell.amount) return money_text(*cell.amount, money_decimals(*cell.amount));
  if (cell.low && cell.high) return cell_text(cell).text;
  if (cell.low) return "at least " + money_text(*cell.low, money_decimals(*cell.low));
  return {};
}

Leaders leaders(const Comparison& comparison) {
  const auto& models = comparison.models;
  const auto better = [&](std::size_t a, std::size_t b) {
    if (models[a].quality.value != models[b].quality.value)
      return models[a].quality.value > models[b].quality.value;
    return rank_cost(models[a]) < rank_cost(models[b]);
  };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < models.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), better);
  if (order.size() < 2) return {};
  if (order.size() == 2) return {order[0], order[1]};
  const auto cheapest = *std::min_element(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rank_cost(models[a]) < rank_cost(models[b]);
  });
  return {order[0], cheapest == order[0] ? order[1] : cheapest};
}

std::optional<PairFinding> pair_of(const Comparison& comparison, std::size_t first, std::size_t second) {
  for (const PairFinding& pair : comparison.pairs) {
    if (pair.first == first && pair.second == second) return pair;
    if (pair.first == second && pair.second == first) return mirrored(pair);
  }
  return std::nullopt;
}

std::string comparison_headline(const Comparison& comparison) {
  const bool anything = std::any_of(comparison.models.begin(), comparison.models.end(),
                                    [](const ModelFinding& model) { return model.quality.items > 0; });
  if (!anything) return "No item has a result yet: there is nothing to compare.";
  const Leaders two = leaders(comparison);
  if (comparison.models.size() == 1) {
    const analysis::SolveRate& rate = comparison.models[0].quality;
    const CellText quality = cell_text(quality_cell(rate));
    Said said;
    const std::string solved = solves(comparison, comparison.models[0], said);
    if (!quality.has_bounds())
      return fmt::format("{} (n = {}, all of one cluster: no interval).", solved, rate.items);
    return fmt::format("{} (n = {}, {:.0f} % interval of the solve rate [{}, {}]).", solved, rate.items,
                       comparison.options.level * 100, quality.low, quality.high);
  }
  std::string text = standings(comparison, two);
  if (const auto pair = pair_of(comparison, two.best, two.rival))
    text += ": " + pair_sentence(comparison, *pair);
  return text + '.';
}

}  // namespace costwar::reports
