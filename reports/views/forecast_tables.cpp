#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/views/forecast_parts.h"
#include "reports/views/price_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::CostBand;
using analysis::ForecastInput;
using analysis::OptionForecast;
using analysis::ScenarioForecast;
using analysis::SwitchFinding;
using analysis::Waiting;

constexpr std::size_t kMonthsShown = 24;
constexpr std::size_t kOptionsShown = 4;

// What amounts are shown in: one unit for all tables, so that they can be compared at a glance.
struct ShownUnit {
  double size = 1;
  int decimals = 2;
  std::string words;  // "thousand USD"
};

ShownUnit unit_of(const ForecastReport& report) {
  constexpr double kThousand = 1e3;
  constexpr double kSmall = 1e4;  // a month of less is shown to the cent
  constexpr double kLarge = 1e6;  // a month of less is shown with a decimal
  double month = 0;
  for (const OptionForecast& option : report.forecast.scenarios.front().options)
    month = std::max(month, option.months.front().median);
  const std::string code = report.input.currency.code();
  if (month < kSmall) return {1, 2, code};
  return {kThousand, month < kLarge ? 1 : 0, "thousand " + code};
}

class ForecastTables {
 public:
  explicit ForecastTables(const ForecastReport& report)
      : report_(report), input_(report.input), unit_(unit_of(report)) {}

  std::vector<Table> build() const {
    // The data of most use first: it is what CSV has without --table.
    return {month_rows(),    totals(), waiting(), totals_shown(), months_shown(),
            waiting_shown(), events(), options(), assumptions(),  changes()};
  }

 private:
  const ScenarioForecast& first() const { return report_.forecast.scenarios.front(); }

  Cell amount(double value) const { return MoneyCell{forecast_money(input_, value)}; }

  // The median and 80 % of the paths.
  Cell band(const CostBand& it) const {
    if (it.certain()) return amount(it.median);
    return CostCell{input_.currency, forecast_money(input_, it.median), forecast_money(input_, it.low80),
                    forecast_money(input_, it.high80)};
  }

  // For people: in the unit of all tables, with as many digits as a simulation supports.
  Cell shown(double value) const { return NumberCell{value / unit_.size, unit_.decimals}; }
  Cell shown_band(const CostBand& it) const {
    if (it.certain()) return shown(it.median);
    return IntervalCell{it.median / unit_.size, it.low80 / unit_.size, it.high80 / unit_.size, unit_.decimals,
                        NumberStyle::plain};
  }

  Cell month_cell(const std::optional<double>& month) const {
    if (!month) return Unknown{};
    return IntegerCell{std::lround(*month)};
  }

  std::string span() const {
    return fmt::format("{} to {}", input_.from.text(),
                       (input_.from + (static_cast<std::int64_t>(input_.months) - 1)).text());
  }

  Table totals() const {
    TableBuilder table("totals", span());
    table.text("scenario", "List prices").text("option", "Option").number("total", "Total");
    for (const char* key : {"expected", "low95", "high95"}) table.data(key);
    table.number("saving", "Saved by switching").data("expected_saving");
    table.number("pays", "Pays on").number("paid_by_month", "Paid by month");
    table.data("paid_by_low").data("paid_by_high").data("cheapest");
    for (const ScenarioForecast& scenario : report_.forecast.scenarios)
      for (std::size_t i = 0; i < scenario.options.size(); ++i) {
        const CostBand total = scenario.options[i].total();
        const auto& change = scenario.options[i].change;
        table.row({TextCell{scenario.scenario.name}, TextCell{input_.options[i].name}, band(total),
                   amount(total.mean), amount(total.low95), amount(total.high95),
                   change ? band(change->savings) : Cell{Unknown{}},
                   change ? amount(change->saving) : Cell{Unknown{}},
                   change ? Cell{NumberCell{change->pays, 0, NumberStyle::share}} : Cell{Unknown{}},
                   change ? month_cell(change->month) : Cell{Unknown{}},
                   change ? month_cell(change->month_low) : Cell{Unknown{}},
                   change ? month_cell(change->month_high) : Cell{Unknown{}},
                   BooleanCell{i == scenario.cheapest}});
      }
    table.show(Show::data_only);
    return table.build();
  }

  Table totals_shown() const {
    const bool switches = input_.options.size() > 1;
    TableBuilder table("totals_shown",
                       fmt::format("{} in {}: median [80 % of the paths]", span(), unit_.words));
    table.text("scenario", "List prices").text("option", "Option").number("total", "Total");
    if (switches)
      table.number("saving", "Saved by switching").number("pays", "Pays on").number("month", "By month");
    for (const ScenarioForecast& scenario : report_.forecast.scenarios)
      for (std::size_t i = 0; i < scenario.options.size(); ++i) {
        const auto& change = scenario.options[i].change;
        std::vector<Cell> row{TextCell{scenario.scenario.name}, TextCell{input_.options[i].name},
                              shown_band(scenario.options[i].total())};
        if (switches) {
          row.push_back(change ? shown_band(change->savings) : Cell{Unknown{}});
          row.push_back(change ? Cell{NumberCell{change->pays, 0, NumberStyle::share}} : Cell{Unknown{}});
          row.push_back(change ? month_cell(change->month) : Cell{Unknown{}});
        }
        table.row(std::move(row));
      }
    table.show(Show::text_only);
    return table.build();
  }

  // As many options as stand side by side: the first, and the cheapest of the others in their order.
  std::vector<std::size_t> columns_shown() const {
    std::vector<std::size_t> others;
    for (std::size_t i = 1; i < input_.options.size(); ++i) others.push_back(i);
    const auto expected = [&](std::size_t i) {
      return first().options[i].total().mean + input_.options[i].switching_cost;
    };
    std::stable_sort(others.begin(), others.end(),
                     [&](std::size_t a, std::size_t b) { return expected(a) < expected(b); });
    others.resize(std::min(others.size(), kOptionsShown - 1));
    std::sort(others.begin(), others.end());
    others.insert(others.begin(), 0);
    return others;
  }

  Table months_shown() const {
    const std::vector<std::size_t> columns = columns_shown();
    const std::size_t left_out = input_.options.size() - columns.size();
    TableBuilder table(
        "months_shown",
        fmt::format("Each month in {}, {}: median [80 %]{}{}", unit_.words,
                    price_scenario_words(first().scenario), cheaper_words(),
                    left_out > 0 ? fmt::format(" ({} more in JSON, CSV and XLSX)", left_out) : ""));
    table.shown("Month", Align::left);
    for (const std::size_t i : columns) table.shown(input_.options[i].name);
    const std::size_t best = best_alternative(input_, first());
    if (best > 0) table.shown("Cheaper on");
    const std::size_t stride = (input_.months + kMonthsShown - 1) / kMonthsShown;
    for (std::size_t m = 0; m < input_.months; ++m) {
      if (m % stride != 0 && m + 1 != input_.months) continue;
      std::vector<Cell> row{TextCell{(input_.from + static_cast<std::int64_t>(m)).text()}};
      for (const std::size_t i : columns) row.push_back(shown_band(first().options[i].months[m]));
      if (best > 0)
        row.emplace_back(NumberCell{first().options[best].change->cheaper[m], 0, NumberStyle::share});
      table.row(std::move(row));
    }
    table.show(Show::text_only);
    return table.build();
  }

  std::string cheaper_words() const {
    const std::size_t best = best_alternative(input_, first());
    if (best == 0) return "";
    return fmt::format("; cheaper on: the paths on which {} costs less than {}", input_.options[best].name,
                       input_.options[0].name);
  }

  // Everything, for programs.
  Table month_rows() const {
    TableBuilder table("months", "Every month, option and scenario");
    for (const char* key : {"scenario", "month", "option", "expected", "median", "low80", "high80", "low95",
                            "high95", "cumulated_median", "cumulated_low80", "cumulated_high80", "cheaper"})
      table.data(key);
    for (const ScenarioForecast& scenario : report_.forecast.scenarios)
      for (std::size_t i = 0; i < scenario.options.size(); ++i)
        for (std::size_t m = 0; m < input_.months; ++m) {
          const OptionForecast& option = scenario.options[i];
          const CostBand& it = option.months[m];
          const CostBand& sum = option.cumulated[m];
          table.row({TextCell{scenario.scenario.name},
                     TextCell{(input_.from + static_cast<std::int64_t>(m)).text()},
                     TextCell{input_.options[i].name}, amount(it.mean), amount(it.median), amount(it.low80),
                     amount(it.high80), amount(it.low95), amount(it.high95), amount(sum.median),
                     amount(sum.low80), amount(sum.high80),
                     option.change ? Cell{NumberCell{option.change->cheaper[m], 4}} : Cell{Unknown{}}});
        }
    table.show(Show::data_only);
    return table.build();
  }

  // `people`: in the unit of the tables, without what a program wants.
  void add_waits(TableBuilder& table, const ScenarioForecast& scenario, std::size_t option,
                 bool people) const {
    if (option == 0) return;
    const SwitchFinding& change = *scenario.options[option].change;
    const auto cell = [&](double value) { return people ? shown(value) : amount(value); };
    for (const Waiting& it : change.waits)
      table.row({TextCell{scenario.scenario.name}, TextCell{input_.options[option].name},
                 IntegerCell{static_cast<std::int64_t>(it.months)}, cell(change.saving), cell(it.committed),
                 cell(it.informed), NumberCell{it.switch_share, people ? 0 : 4, NumberStyle::share},
                 cell(it.value), cell(it.simulation_error)});
  }

  static TableBuilder waiting_table(const std::string& key, const std::string& title) {
    TableBuilder table(key, title);
    table.text("scenario", "List prices").text("option", "Switch to").number("months", "Wait");
    table.number("saving_now", "Now")
        .number("saving_then", "Then")
        .number("saving_informed", "If decided then");
    table.number("switches", "Switches on").number("value", "Waiting is worth");
    table.number("simulation_error", "±");
    return table;
  }

  Table waiting_shown() const {
    TableBuilder table = waiting_table(
        "waiting_shown",
        fmt::format("What waiting so many months is worth, in {}: expected savings of a switch now, of one "
                    "then, and if it is decided then by the costs seen",
                    unit_.words));
    for (const ScenarioForecast& scenario : report_.forecast.scenarios)
      add_waits(table, scenario, best_alternative(input_, scenario), true);
    table.show(Show::text_only);
    return table.build();
  }

  Table waiting() const {
    TableBuilder table = waiting_table("waiting", "What waiting is worth");
    for (const ScenarioForecast& scenario : report_.forecast.scenarios)
      for (std::size_t i = 1; i < scenario.options.size(); ++i) add_waits(table, scenario, i, false);
    table.show(Show::data_only);
    return table.build();
  }

  Table events() const {
    TableBuilder table("events", "What is known to happen to prices, per million tokens of the mix");
    table.text("at", "From (UTC)").text("model", "Model").data("event").shown("What", Align::left);
    table.number("before", "Before").number("after", "After").text("detail", "");
    for (const analysis::PriceEvent& it : report_.events)
      table.row({it.at ? Cell{TextCell{format_wall(*it.at)}} : Cell{Unknown{}}, TextCell{it.model},
                 TextCell{std::string(analysis::price_event_name(it.kind))},
                 TextCell{std::string(analysis::price_event_words(it.kind))}, optional_amount(it.before),
                 optional_amount(it.after), text_cell(it.detail)});
    table.when_empty("Nothing is announced for these models in this time.");
    return table.build();
  }

  Cell optional_amount(const std::optional<double>& value) const {
    return value ? amount(*value) : Cell{Unknown{}};
  }

  Table options() const {
    TableBuilder table("options", "The options");
    table.text("option", "Option").text("kind", "Kind").number("first_month", "First month");
    table.number("tokens_per_day", "Tokens a day").text("online", "Serves from");
    table.number("switching_cost", "Switching cost");
    for (std::size_t i = 0; i < input_.options.size(); ++i) {
      const analysis::ForecastOption& it = input_.options[i];
      table.row({TextCell{it.name}, TextCell{std::string(analysis::option_kind_name(it.kind))},
                 band(first().options[i].months.front()),
                 it.tokens_per_day > 0 ? Cell{IntegerCell{std::llround(it.tokens_per_day)}} : Cell{Unknown{}},
                 TextCell{(input_.from + static_cast<std::int64_t>(it.online)).text()},
                 amount(it.switching_cost)});
    }
    table.detail();
    return table.build();
  }

  Table assumptions() const {
    TableBuilder table("assumptions", "What the figures rest on");
    table.text("what", "Assumption").text("value", "Value").text("origin", "From");
    for (const ForecastAssumption& it : report_.assumptions)
      table.row({TextCell{it.what}, TextCell{it.value}, TextCell{it.origin}});
    table.detail();
    return table.build();
  }

  Table changes() const {
    TableBuilder table("changes", fmt::format("Changes of list prices of {} until {}, per million tokens of "
                                              "the mix",
                                              report_.history_scope, format_wall(input_.known_at)));
    table.text("at", "Since (UTC)").text("model", "Model").number("before", "Before");
    table.number("after", "After").number("factor", "Factor").text("counts", "Counts for a trend");
    for (const analysis::PriceChange& it : report_.history.changes)
      table.row({TextCell{format_wall(it.at)}, TextCell{it.id()}, amount(it.before), amount(it.after),
                 NumberCell{it.after / it.before, 3, NumberStyle::factor},
                 TextCell{it.promo ? "no: a promo" : "yes"}});
    table.detail();
    table.when_empty("None.");
    return table.build();
  }

  const ForecastReport& report_;
  const ForecastInput& input_;
  ShownUnit unit_;
};

// The median and both ends of 80 %, as lines: no format draws areas.
void add_lines(LineChart& chart, const std::string& name, const std::vector<CostBand>& bands) {
  LineSeries median{name, {}, "median"};
  LineSeries low{name + ", 10 %", {}, "a tenth of the paths is below"};
  LineSeries high{name + ", 90 %", {}, "a tenth of the paths is above"};
  bool certain = true;
  for (std::size_t m = 0; m < bands.size(); ++m) {
    const auto month = static_cast<double>(m + 1);
    median.points.emplace_back(month, bands[m].median);
    low.points.emplace_back(month, bands[m].low80);
    high.points.emplace_back(month, bands[m].high80);
    certain = certain && bands[m].certain();
  }
  chart.series.push_back(std::move(median));
  if (certain) return;
  chart.series.push_back(std::move(low));
  chart.series.push_back(std::move(high));
}

}  // namespace

std::vector<Table> forecast_tables(const ForecastReport& report) {
  return ForecastTables(report).build();
}

std::vector<Chart> forecast_charts(const ForecastReport& report) {
  const ForecastInput& input = report.input;
  const ScenarioForecast& scenario = report.forecast.scenarios.front();
  const std::string code = input.currency.code();
  const Axis months{fmt::format("Month, 1 is {}", input.from.text()), NumberStyle::plain, 0};
  LineChart monthly{"monthly_costs",
                    fmt::format("{} a month, {}", code, price_scenario_words(scenario.scenario)),
                    months,
                    {code + " a month", NumberStyle::plain, 0, input.currency},
                    {}};
  LineChart sums{"cumulated_costs",
                 fmt::format("{} since the beginning, {}", code, price_scenario_words(scenario.scenario)),
                 months,
                 {code, NumberStyle::plain, 0, input.currency},
                 {}};
  for (std::size_t i = 0; i < input.options.size(); ++i) {
    add_lines(monthly, input.options[i].name, scenario.options[i].months);
    add_lines(sums, input.options[i].name, scenario.options[i].cumulated);
  }
  return {monthly, sums};
}

}  // namespace costwar::reports
