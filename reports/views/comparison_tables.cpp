#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::ModelFinding;
using analysis::PairFinding;
using analysis::Verdict;

constexpr std::size_t kFewModels = 4;  // up to here the table of pairs shows all of them

// A total is exact where the price is: bounds that equal the amount are no interval.
Cell exact_or_range(const Comparison& comparison, const std::optional<Money>& amount,
                    const std::optional<Money>& low, const std::optional<Money>& high) {
  if (amount && low.value_or(*amount) == *amount && high.value_or(*amount) == *amount)
    return MoneyCell{*amount};
  return CostCell{comparison.currency.value_or(Currency{}), amount, low, high};
}

Cell tokens_record(const analysis::TokenFindings& tokens) {
  std::vector<std::pair<std::string, Cell>> members{{"input", integer_cell(tokens.input)},
                                                    {"cached", integer_cell(tokens.cached)},
                                                    {"output", integer_cell(tokens.output)},
                                                    {"reasoning", integer_cell(tokens.reasoning)}};
  std::vector<std::pair<std::string, Cell>> meters;
  for (const analysis::MeterTotal& total : tokens.meters) {
    const Cell provenance = TextCell{std::string(provenance_name(total.weakest))};
    meters.emplace_back(std::string(meter_row(total.meter).name),
                        record_cell({{"value", IntegerCell{total.value}}, {"provenance", provenance}}));
  }
  members.emplace_back("provenance",
                       text_cell(tokens.weakest ? std::string(provenance_name(*tokens.weakest)) : ""));
  members.emplace_back("attempts_without_counts", IntegerCell{tokens.attempts_without});
  members.emplace_back("meters", record_cell(std::move(meters)));
  return record_cell(std::move(members));
}

Cell median_cell(const analysis::TimeFindings& time) {
  if (!time.median_s) return Unknown{};
  if (!time.median_bounds) return NumberCell{*time.median_s, 3, NumberStyle::plain};
  return IntervalCell{*time.median_s, time.median_bounds->low, time.median_bounds->high,
                      supported_decimals(time.median_bounds->width(), 6), NumberStyle::plain};
}

Cell time_record(const analysis::TimeFindings& time) {
  Cell median = median_cell(time);
  if (const auto* alone = std::get_if<NumberCell>(&median))
    median = IntervalCell{alone->value, std::nan(""), std::nan(""), alone->decimals, NumberStyle::plain};
  return record_cell({{"median_s", median},
                      {"total_s", number_cell(time.total_s, 3)},
                      {"machine_s", number_cell(time.machine_s, 3)},
                      {"median_ttft_s", number_cell(time.median_ttft_s, 3)},
                      {"prefill_tokens_per_s", number_cell(time.prefill_tokens_per_s, 1)},
                      {"decode_tokens_per_s", number_cell(time.decode_tokens_per_s, 1)},
                      {"limited_s", NumberCell{time.limited_s, 3}},
                      {"limited_attempts", IntegerCell{time.limited_attempts}}});
}

Cell failures_record(const ModelFinding& model) {
  std::vector<std::pair<std::string, Cell>> members;
  for (const analysis::OutcomeCount& count : model.failures)
    members.emplace_back(std::string(outcome_row(count.outcome).name), IntegerCell{count.attempts});
  return record_cell(std::move(members));
}

Cell tasks_list(const Comparison& comparison, const ModelFinding& model) {
  TableBuilder table("tasks", "");
  table.data("task").data("scorer").data("n").data("clusters").data("solved").data("quality").data("score");
  table.data("two_readings").data("reading_conflicts");
  for (const analysis::TaskFinding& task : model.tasks) {
    const RunTask& of = comparison.tasks[task.task];
    table.row({TextCell{of.name}, TextCell{fmt::format("{} v{}", of.scorer, of.scorer_version)},
               IntegerCell{task.quality.items}, IntegerCell{task.quality.clusters},
               IntegerCell{task.quality.solved}, quality_cell(task.quality), score_cell(task),
               IntegerCell{task.readings}, IntegerCell{task.reading_conflicts}});
  }
  return table_cell(table.build());
}

Cell served_list(const Comparison& comparison, const ModelFinding& model) {
  TableBuilder table("served", "");
  table.data("served_model").data("service_class").data("n").data("solved").data("quality");
  table.data("total_cost").data("first").data("last");
  for (const analysis::ServedModel& served : model.served)
    table.row({text_cell(served.model), text_cell(served.service_class), IntegerCell{served.quality.items},
               IntegerCell{served.quality.solved}, quality_cell(served.quality),
               total_cell(comparison, served.cost), TextCell{format_wall(served.first)},
               TextCell{format_wall(served.last)}});
  return table_cell(table.build());
}

Cell decimal_cell(const std::optional<Money>& amount) {
  return text_cell(amount ? amount->decimal() : "");
}

Cell repriced_list(const Comparison& comparison, const ModelFinding& model) {
  TableBuilder table("repriced", "");
  table.data("priced_as").data("amount").data("currency").data("low").data("high").data("token_basis");
  for (const analysis::RepricedCost& cost : model.pricing.repriced)
    table.row({TextCell{cost.priced_as}, decimal_cell(cost.amount),
               TextCell{comparison.currency.value_or(Currency{}).code()}, decimal_cell(cost.low),
               decimal_cell(cost.high), text_cell(cost.token_basis)});
  return table_cell(table.build());
}

// " (75 items each)" where every model completed equally many items of every task.
std::string common_items(const Comparison& comparison) {
  std::optional<std::int64_t> common;
  for (const ModelFinding& model : comparison.models)
    for (const analysis::TaskFinding& task : model.tasks) {
      if (common && *common != task.quality.items) return {};
      common = task.quality.items;
    }
  return common ? fmt::format(" ({} items each)", *common) : "";
}

TableBuilder pairs_builder() {
  TableBuilder table("pairs", "Differences on the items that both models answered");
  table.data("a").data("b").shown("Models", Align::left).number("n", "n");
  table.number("difference", "Solved, points").number("cost_ratio", "Cost per solved");
  table.text("verdict", "The first is");
  table.data("resolved").data("quality").data("cost").data("p").data("p_adjusted").data("counts");
  table.data("items_to_resolve").data("clusters").data("anytime_valid").data("equivalent");
  return table;
}

void add_pair(TableBuilder& table, const Comparison& comparison, const PairFinding& pair) {
  const ModelFinding& a = comparison.models[pair.first];
  const ModelFinding& b = comparison.models[pair.second];
  table.row(
      {TextCell{a.card.name}, TextCell{b.card.name}, TextCell{fmt::format("{} vs {}", a.label, b.label)},
       IntegerCell{pair.counts.items()}, difference_cell(pair), ratio_cell(pair),
       TextCell{pair.equivalent ? "equivalent" : std::string(analysis::pair_words(pair.quality, pair.cost))},
       BooleanCell{pair.quality != Verdict::unresolved}, TextCell{std::string(verdict_name(pair.quality))},
       TextCell{std::string(verdict_name(pair.cost))}, number_cell(pair.p, 4),
       number_cell(pair.p_adjusted, 4),
       record_cell({{"both", IntegerCell{pair.counts.both}},
                    {"only_a", IntegerCell{pair.counts.only_first}},
                    {"only_b", IntegerCell{pair.counts.only_second}},
                    {"neither", IntegerCell{pair.counts.neither}}}),
       integer_cell(pair.items_to_resolve), IntegerCell{pair.clusters},
       BooleanCell{comparison.early_stop.has_value()}, BooleanCell{pair.equivalent}});
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::higher:
      return "higher";
    case Verdict::lower:
      return "lower";
    case Verdict::unresolved:
      break;
  }
  return "unresolved";
}

Cell difference_cell(const PairFinding& pair) {
  if (!pair.interval)
    return IntervalCell{pair.difference, std::nan(""), std::nan(""), 1, NumberStyle::points};
  return IntervalCell{pair.difference, pair.interval->low, pair.interval->high,
                      supported_decimals(pair.interval->width() * 100), NumberStyle::points};
}

Cell ratio_cell(const PairFinding& pair) {
  if (!pair.cost_interval) return Unknown{};
  return IntervalCell{pair.cost_ratio.value_or(std::numeric_limits<double>::quiet_NaN()),
                      pair.cost_interval->low, pair.cost_interval->high, ratio_decimals(*pair.cost_interval),
                      NumberStyle::factor};
}

Cell total_cell(const Comparison& comparison, const analysis::CostTotal& cost) {
  return exact_or_range(comparison, cost.amount, cost.low, cost.high);
}

Table models_table(const Comparison& comparison) {
  const SolvedUnit unit = solved_unit(comparison);
  TableBuilder table("models", "");
  table.data("model")
      .shown("Model", Align::left)
      .data("label")
      .data("title")
      .data("evidence")
      .number("n", "n");
  table.data("planned").data("solved").number("quality", "Solved").data("cost_per_solved");
  table.shown(fmt::format("Cost {}", unit.per))
      .data("total_cost")
      .shown("Total cost")
      .data("unpriced")
      .data("attempts");
  table.data("retries")
      .data("failures")
      .data("priced_by")
      .data("tokens")
      .data("time")
      .data("tasks")
      .data("repriced")
      .data("served")
      .data("evaluation");
  for (const ModelFinding& model : comparison.models) {
    const CostCell per_solved = cost_cell(comparison, model.cost_per_solved, 1);
    table.row({TextCell{model.card.name},
               TextCell{model.label},
               TextCell{model.label},
               text_cell(model.card.title),
               TextCell{std::string(evidence_name(model.evidence))},
               IntegerCell{model.quality.items},
               IntegerCell{model.items},
               IntegerCell{model.quality.solved},
               quality_cell(model.quality),
               per_solved,
               cost_cell(comparison, model.cost_per_solved, unit.tasks),
               total_cell(comparison, model.cost),
               total_cell(comparison, model.cost),
               IntegerCell{model.cost.unpriced},
               IntegerCell{model.cost.attempts},
               IntegerCell{model.retries},
               failures_record(model),
               text_cell(model.pricing.basis),
               tokens_record(model.tokens),
               time_record(model.time),
               tasks_list(comparison, model),
               repriced_list(comparison, model),
               served_list(comparison, model),
               record_cell(quality_members(comparison, model))});
  }
  return table.build();
}

Table usage_table(const Comparison& comparison) {
  const auto& models = comparison.models;
  const auto any = [&](auto known) { return std::any_of(models.begin(), models.end(), known); };
  const bool cached = any([](const ModelFinding& m) { return m.tokens.cached.has_value(); });
  const bool reasoning = any([](const ModelFinding& m) { return m.tokens.reasoning.has_value(); });
  const bool ttft = any([](const ModelFinding& m) { return m.time.median_ttft_s.has_value(); });
  const bool decode = any([](const ModelFinding& m) { return m.time.decode_tokens_per_s.has_value(); });
  const bool limited = any([](const ModelFinding& m) { return m.time.limited_attempts > 0; });
  TableBuilder table("usage", "What it took");
  if (!any([](const ModelFinding& m) { return m.cost.attempts > 0; })) return table.build();
  table.show(Show::text_only).detail().shown("Model", Align::left).shown("Tokens in");
  if (cached) table.shown("of it cached");
  table.shown("Tokens out");
  if (reasoning) table.shown("of it reasoning");
  table.shown("Median s per item");
  if (ttft) table.shown("s to first token");
  if (decode) table.shown("Tokens out / s");
  if (limited) table.shown("s waited for limits");
  for (const ModelFinding& model : models) {
    std::vector<Cell> cells{TextCell{model.label}, integer_cell(model.tokens.input)};
    if (cached) cells.push_back(integer_cell(model.tokens.cached));
    cells.push_back(integer_cell(model.tokens.output));
    if (reasoning) cells.push_back(integer_cell(model.tokens.reasoning));
    cells.push_back(median_cell(model.time));
    const analysis::TimeFindings& time = model.time;
    if (ttft) cells.push_back(number_cell(time.median_ttft_s, time.median_ttft_s < 0.1 ? 4 : 2));
    if (decode)
      cells.push_back(number_cell(time.decode_tokens_per_s, time.decode_tokens_per_s < 100 ? 1 : 0));
    if (limited) cells.emplace_back(NumberCell{time.limited_s, time.limited_s < 100 ? 1 : 0});
    table.row(std::move(cells));
  }
  return table.build();
}

Table tasks_table(const Comparison& comparison) {
  TableBuilder table("tasks", "Solved, by task" + common_items(comparison));
  table.show(Show::text_only).shown("Task", Align::left);
  for (const ModelFinding& model : comparison.models) table.shown(model.label);
  if (comparison.tasks.size() < 2) return table.build();
  for (std::size_t task = 0; task < comparison.tasks.size(); ++task) {
    std::vector<Cell> cells{TextCell{comparison.tasks[task].name}};
    for (const ModelFinding& model : comparison.models)
      cells.push_back(quality_cell(model.tasks[task].quality));
    table.row(std::move(cells));
  }
  return table.build();
}

Table pairs_table(const Comparison& comparison) {
  TableBuilder table = pairs_builder();
  if (comparison.models.size() > kFewModels) table.show(Show::data_only);
  for (const PairFinding& pair : comparison.pairs) add_pair(table, comparison, pair);
  return table.build();
}

Table leader_pairs_table(const Comparison& comparison) {
  TableBuilder table = pairs_builder();
  table.show(Show::text_only);
  if (comparison.models.size() <= kFewModels) return table.build();
  const std::size_t best = leaders(comparison).best;
  for (std::size_t other = 0; other < comparison.models.size(); ++other)
    if (const auto pair = other == best ? std::nullopt : pair_of(comparison, best, other))
      add_pair(table, comparison, *pair);
  return table.build();
}

Table repriced_table(const Comparison& comparison) {
  TableBuilder table("repriced",
                     "What the same token counts would cost at other rates (tariffs, not measurements)");
  table.show(Show::text_only).detail().shown("Tokens of", Align::left).shown("At the rates of", Align::left);
  table.shown("Total").shown("Times its own cost");
  for (const ModelFinding& model : comparison.models) {
    for (const analysis::RepricedCost& cost : model.pricing.repriced) {
      Cell times = Unknown{};
      if (cost.amount && model.cost.amount && !model.cost.amount->is_zero()) {
        const double factor = cost.amount->approximate() / model.cost.amount->approximate();
        times = NumberCell{factor, factor < 10 ? 2 : 0, NumberStyle::factor};
      }
      table.row({TextCell{model.label}, TextCell{cost.priced_as},
                 exact_or_range(comparison, cost.amount, cost.low, cost.high), times});
    }
  }
  return table.build();
}

Table served_table(const Comparison& comparison) {
  const auto& models = comparison.models;
  const auto classes = [](const ModelFinding& model) { return model.service_classes_differ(); };
  const bool any_class = std::any_of(models.begin(), models.end(), classes);
  TableBuilder table("served", "Served models: what answered, as it named itself");
  table.show(Show::text_only).shown("Model", Align::left).shown("Served by", Align::left);
  if (any_class) table.shown("Class", Align::left);
  table.shown("n")
      .shown("Solved")
      .shown("Total cost")
      .shown("From, UTC", Align::left)
      .shown("To, UTC", Align::left);
  for (const ModelFinding& model : models) {
    if (!model.served_models_differ() && !model.service_classes_differ()) continue;
    for (const analysis::ServedModel& served : model.served) {
      std::vector<Cell> cells{TextCell{model.label}, text_cell(served.model)};
      if (any_class) cells.push_back(text_cell(served.service_class));
      cells.emplace_back(IntegerCell{served.quality.items});
      cells.push_back(quality_cell(served.quality));
      cells.push_back(total_cell(comparison, served.cost));
      cells.emplace_back(TextCell{format_wall(served.first).substr(5, 11)});
      cells.emplace_back(TextCell{format_wall(served.last).substr(5, 11)});
      table.row(std::move(cells));
    }
  }
  return table.build();
}

Table failures_table(const Comparison& comparison) {
  TableBuilder table("failures", "Attempts that did not end well");
  table.show(Show::text_only).shown("Model", Align::left).shown("Outcome", Align::left).shown("Attempts");
  table.shown("What to do", Align::left);
  for (const ModelFinding& model : comparison.models)
    for (const analysis::OutcomeCount& count : model.failures)
      table.row({TextCell{model.label}, TextCell{std::string(outcome_row(count.outcome).name)},
                 IntegerCell{count.attempts}, text_cell(std::string(outcome_row(count.outcome).advice))});
  return table.build();
}

}  // namespace costwar::reports
