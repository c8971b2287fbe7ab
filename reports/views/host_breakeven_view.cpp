#include "reports/views/host_breakeven_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/host_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::BreakEven;
using pricing::HybridPoint;
using pricing::OwnCapacity;
using pricing::Step;

std::string tokens(double count) {
  for (const auto& [unit, name] :
       {std::pair(1e12, " T"), std::pair(1e9, " B"), std::pair(1e6, " M"), std::pair(1e3, " k")})
    if (count >= unit) return fmt::format("{:.3g}{}", count / unit, name);
  return fmt::format("{:.0f}", count);
}

class BreakEvenView {
 public:
  explicit BreakEvenView(const BreakEvenReport& report)
      : report_(report),
        found_(pricing::break_even(report.own, report.work)),
        hybrid_(pricing::hybrid(report.own, report.work)),
        best_(*std::min_element(
            hybrid_.begin(), hybrid_.end(),
            [](const HybridPoint& a, const HybridPoint& b) { return a.total() < b.total(); })),
        own_day_(pricing::own_cost(report.own, report.work, 1)),
        instances_(pricing::instances_needed(report.own, report.work, 1)),
        months_(pricing::months_to_pay_back(report.own, report.work, 1)) {}

  Document build() {
    document_.kind = "host_breakeven";
    document_.headline = headline();
    add_facts();
    document_.tables.push_back(volumes_table());
    document_.tables.push_back(capacity_table());
    document_.tables.push_back(crossings_table());
    document_.tables.push_back(hybrid_table());
    document_.tables.push_back(sensitivity_table());
    document_.tables.push_back(rates_table());
    document_.tables.push_back(
        assumptions_table({{report_.serving.accelerator.id, report_.serving.operation.assumptions}}));
    document_.charts.emplace_back(staircase_chart());
    document_.charts.emplace_back(tornado_chart());
    document_.charts.emplace_back(hybrid_chart());
    add_notes();
    return std::move(document_);
  }

 private:
  double volume_tokens(double volume) const { return report_.work.tokens.total() * volume; }

  std::string headline() const {
    const double api = report_.work.api_total();
    std::string text =
        fmt::format("{} tokens a day of {} on {} cost an estimated {} against {} at {}: {}.",
                    tokens(volume_tokens(1)), report_.model,
                    fmt::format("{} x ({})", instances_ + report_.own.spares, layout_words(report_.serving)),
                    dollar_words(own_day_), dollar_words(api), report_.against,
                    own_day_ <= api ? fmt::format("{:.3g} times cheaper", api / own_day_)
                                    : fmt::format("{:.3g} times dearer", own_day_ / api));
    if (!found_.first) return text + fmt::format(" It never pays: {}.", found_.why_never);
    text += fmt::format(" It pays from {} tokens a day on", tokens(volume_tokens(*found_.first)));
    if (found_.settled && *found_.settled > *found_.first * 1.001)
      text += fmt::format(", and always from {} on", tokens(volume_tokens(*found_.settled)));
    return text + ".";
  }

  void add_facts() {
    const auto number = [](double value) { return Cell{NumberCell{value, 6}}; };
    document_.facts = {{"model", TextCell{report_.model}},
                       {"weights", text_cell(report_.weights)},
                       {"accelerator", TextCell{report_.serving.accelerator.id}},
                       {"against", TextCell{report_.against}},
                       {"at", TextCell{report_.at}},
                       {"fresh_per_day", NumberCell{report_.work.tokens.fresh, 0}},
                       {"cached_per_day", NumberCell{report_.work.tokens.cached, 0}},
                       {"output_per_day", NumberCell{report_.work.tokens.output, 0}},
                       {"own_usd_per_day", dollars_cell(own_day_)},
                       {"api_usd_per_day", money_cell(report_.api_day)},
                       {"break_even_volume", number_cell(found_.first, 6)},
                       {"settled_volume", number_cell(found_.settled, 6)},
                       {"utilisation_needed", std::isfinite(found_.mean_utilisation_needed)
                                                  ? number(found_.mean_utilisation_needed)
                                                  : Cell{Unknown{}}},
                       {"cost_at_full", number(found_.cost_at_full)},
                       {"why_never", text_cell(found_.why_never)},
                       {"months_to_pay_back", number_cell(months_, 2)},
                       {"best_hybrid_instances", IntegerCell{best_.instances}},
                       {"best_hybrid_usd_per_day", dollars_cell(best_.total())}};
  }

  Table volumes_table() const {
    TableBuilder table("volumes", "A day by volume (estimates)");
    table.text("what", "Volume").number("volume", "x workload").number("tokens_per_day", "Tokens a day");
    table.number("instances", "Instances").number("spares", "Spares").number("utilisation", "Mean use");
    table.number("own_usd", "Own").number("api_usd", "API").number("own_over_api", "Own / API");
    const auto row = [&](const std::string& what, double volume) {
      const auto instances = pricing::instances_needed(report_.own, report_.work, volume);
      const double own = pricing::own_cost(report_.own, report_.work, volume);
      const double api = report_.work.api_total() * volume;
      const double busy = pricing::busy_seconds(report_.work.tokens, report_.own.rates).total() * volume;
      table.row({TextCell{what}, figure_cell(volume), NumberCell{volume_tokens(volume), 0},
                 IntegerCell{instances}, IntegerCell{report_.own.spares},
                 NumberCell{busy / (86'400.0 * static_cast<double>(instances + report_.own.spares)), 0,
                            NumberStyle::share},
                 dollars_cell(own), dollars_cell(api), NumberCell{own / api, 2, NumberStyle::factor}});
    };
    row("this workload", 1);
    if (found_.first) row("break-even", *found_.first);
    if (found_.settled && *found_.settled > *found_.first * 1.001)
      row("cheaper from here on", *found_.settled);
    for (const double factor : {2.0, 10.0, 100.0}) row(fmt::format("{:.0f} times it", factor), factor);
    return table.build();
  }

  Table capacity_table() const {
    TableBuilder table("capacity", "One instance at the latency that is asked for (estimates)");
    table.text("instance", "Instance").number("fits", "Sequences that fit").number("batch", "Batch");
    table.number("tpot_ms", "TPOT, ms").number("ttft_ms", "TTFT, ms").number("prefill", "Prefill, tok/s");
    table.number("cached", "Cached, tok/s")
        .number("decode", "Decode, tok/s")
        .text("bound", "Decode bound by");
    table.number("prefill_share", "Time for prefill")
        .number("usd_per_hour", "USD/h idle")
        .number("usd_per_hour_busy", "USD/h busy");
    table.number("capital", "Capital, USD");
    const auto& it = report_.serving;
    const auto busy = pricing::busy_seconds(report_.work.tokens, report_.own.rates);
    table.row({TextCell{layout_words(it)},
               number_cell(it.fit ? std::optional(it.fit->largest_batch) : std::nullopt, 0),
               NumberCell{it.decode->batch, 0}, figure_cell(it.decode->tpot_s * 1000),
               figure_cell(it.prefill->ttft_s * 1000), figure_cell(report_.own.rates.prefill),
               figure_cell(report_.own.rates.cached), figure_cell(report_.own.rates.decode),
               TextCell{std::string(bound_name(it.decode->step.bound))},
               NumberCell{(busy.prefill + busy.cached) / busy.total(), 0, NumberStyle::share},
               dollars_cell(report_.own.fixed_per_hour),
               dollars_cell(report_.own.fixed_per_hour + report_.own.busy_per_hour),
               dollars_cell(report_.own.capital)});
    return table.build();
  }

  Table crossings_table() const {
    TableBuilder table("crossings", "Where the staircase of own instances crosses the API's line");
    table.number("volume", "x workload").number("tokens_per_day", "Tokens a day").text("above", "Above it");
    constexpr std::size_t kMost = 40;
    for (std::size_t i = 0; i < std::min(kMost, found_.crossings.size()); ++i) {
      const auto& it = found_.crossings[i];
      table.row(
          {figure_cell(it.volume), NumberCell{volume_tokens(it.volume), 0},
           TextCell{it.own_cheaper_above ? "own hardware is cheaper" : "one more instance makes it dearer"}});
    }
    table.when_empty(found_.why_never.empty() ? "" : "None: " + found_.why_never + ".");
    return table.build();
  }

  // Rows around the best, so that a large fleet stays readable.
  Table hybrid_table() const {
    TableBuilder table("hybrid", "Own instances for the base, the API for the peaks: USD a day (estimates)");
    table.number("instances", "Own instances").number("own_share", "Served there").number("own_usd", "Own");
    table.number("api_usd", "API").number("total_usd", "Together").text("remark", "");
    constexpr std::ptrdiff_t kAround = 4;
    const auto best = std::find_if(hybrid_.begin(), hybrid_.end(),
                                   [&](const HybridPoint& it) { return it.instances == best_.instances; }) -
                      hybrid_.begin();
    const auto size = static_cast<std::ptrdiff_t>(hybrid_.size());
    for (std::ptrdiff_t i = 0; i < size; ++i) {
      if (i != 0 && i != size - 1 && std::abs(i - best) > kAround) continue;
      const HybridPoint& it = hybrid_[static_cast<std::size_t>(i)];
      table.row({IntegerCell{it.instances}, NumberCell{it.own_share, 0, NumberStyle::share},
                 dollars_cell(it.own_usd), dollars_cell(it.api_usd), dollars_cell(it.total()),
                 text_cell(i == best ? "cheapest" : "")});
    }
    return table.build();
  }

  std::vector<Sensitivity> by_spread() const {
    std::vector<Sensitivity> rows = report_.sensitivity;
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Sensitivity& a, const Sensitivity& b) { return spread(a) > spread(b); });
    return rows;
  }

  // By what full instances ask: smooth, where the number of whole instances jumps or stays.
  double spread(const Sensitivity& it) const {
    if (!it.low.at_full || !it.high.at_full) return HUGE_VAL;
    const auto [low, high] = std::minmax({*it.low.at_full, *it.high.at_full, found_.cost_at_full});
    return high - low;
  }

  Table sensitivity_table() const {
    TableBuilder table("sensitivity",
                       "What each assumption moves: the break-even, own USD a day, and own USD for what the "
                       "API asks $1 for where instances are full");
    table.data("input").text("what", "Assumption").number("low", "Low").number("high", "High");
    table.number("full_at_low", "Per API $ at low").number("full_at_high", "at high");
    table.number("own_at_low", "Own a day at low").number("own_at_high", "at high");
    table.number("break_even_at_low", "Break-even at low, x").number("break_even_at_high", "at high, x");
    for (const Sensitivity& it : by_spread()) {
      const auto& row = pricing::input_row(it.assumption.input);
      table.row({TextCell{std::string(row.key)}, TextCell{std::string(row.title)},
                 figure_cell(it.assumption.low), figure_cell(it.assumption.high),
                 dollars_cell(it.low.at_full), dollars_cell(it.high.at_full), dollars_cell(it.low.own_usd),
                 dollars_cell(it.high.own_usd), figure_cell(it.low.break_even),
                 figure_cell(it.high.break_even)});
    }
    return table.build();
  }

  Table rates_table() const {
    TableBuilder table(
        "api_rates", fmt::format("What {} asks, USD per million, over the hours of a week", report_.against));
    table.text("kind", "Tokens").number("low", "Lowest").number("high", "Highest");
    for (const ApiRate& it : report_.api_rates)
      table.row({TextCell{it.kind}, dollars_cell(it.low), dollars_cell(it.high)});
    table.detail();
    return table.build();
  }

  LineChart staircase_chart() const {
    const double most = std::max(2.0, found_.first ? *found_.first * 3 : 2.0);
    LineChart chart{"staircase",
                    "USD a day by volume: own instances against the API (estimates)",
                    {"Tokens a day, millions", NumberStyle::plain, 0},
                    {"USD a day", NumberStyle::plain, 0, Currency()},
                    {}};
    LineSeries own{"own: " + report_.own.name, {}, ""};
    const std::vector<Step> steps = pricing::staircase(report_.own, report_.work, most);
    const std::size_t stride = std::max<std::size_t>(1, steps.size() / 200);
    for (std::size_t i = 0; i < steps.size(); i += stride) {
      const double end = std::min(steps[i].until, most);
      own.points.emplace_back(volume_tokens(steps[i].from) / 1e6, steps[i].cost_from);
      own.points.emplace_back(volume_tokens(end) / 1e6, pricing::own_cost(report_.own, report_.work, end));
    }
    LineSeries api{
        report_.against, {{0, 0}, {volume_tokens(most) / 1e6, report_.work.api_total() * most}}, ""};
    chart.series = {std::move(own), std::move(api)};
    return chart;
  }

  BarChart tornado_chart() const {
    BarChart chart{"tornado",
                   "Own USD for what the API asks $1 for, as each assumption goes through its range",
                   {"USD per API dollar", NumberStyle::plain, 2, Currency()},
                   {},
                   {}};
    BarSeries series;
    for (const Sensitivity& it : by_spread()) {
      if (!(spread(it) > 0) || !it.low.at_full || !it.high.at_full) continue;
      chart.categories.emplace_back(pricing::input_row(it.assumption.input).title);
      const auto [low, high] = std::minmax({*it.low.at_full, *it.high.at_full, found_.cost_at_full});
      series.values.emplace_back(Estimate{found_.cost_at_full, low, high});
    }
    chart.series.push_back(std::move(series));
    return chart;
  }

  BarChart hybrid_chart() const {
    BarChart chart{"hybrid_cost",
                   "USD a day by number of own instances",
                   {"USD a day", NumberStyle::plain, 0, Currency()},
                   {},
                   {}};
    chart.stacked = true;
    BarSeries own{"own", {}, {}};
    BarSeries api{"API", {}, {}};
    const std::size_t stride = std::max<std::size_t>(1, hybrid_.size() / 24);
    for (std::size_t i = 0; i < hybrid_.size(); i += stride) {
      chart.categories.push_back(fmt::format("{}", hybrid_[i].instances));
      own.values.emplace_back(Estimate{hybrid_[i].own_usd});
      api.values.emplace_back(Estimate{hybrid_[i].api_usd});
    }
    chart.series = {std::move(own), std::move(api)};
    return chart;
  }

  void say(NoteKind kind, std::string text) { document_.notes.push_back({kind, std::move(text)}); }

  void add_notes() {
    const double needed = found_.mean_utilisation_needed;
    if (std::isfinite(needed))
      say(NoteKind::note,
          needed <= 1
              ? fmt::format(
                    "An instance equals the API where it is used to {:.0f} % over the day, spares apart.",
                    needed * 100)
              : fmt::format("To equal the API an instance would have to be used to {:.0f} % over the day, "
                            "which cannot be.",
                            needed * 100));
    if (best_.instances == 0)
      say(NoteKind::note, "The cheapest mix has no own instance: the API alone.");
    else if (best_.api_usd > 0.005 * best_.total())
      say(NoteKind::note,
          fmt::format("The cheapest mix is {} own instance{} for {:.0f} % of the work and the "
                      "API for the rest: {} a day.",
                      best_.instances, best_.instances == 1 ? "" : "s", best_.own_share * 100,
                      dollar_words(best_.total())));
    if (report_.own.capital)
      say(NoteKind::note,
          months_
              ? fmt::format(
                    "At this volume the capital of {} is paid back in {:.3g} months, before interest.",
                    dollar_words(*report_.own.capital * static_cast<double>(instances_ + report_.own.spares)),
                    *months_)
              : "At this volume the capital is never paid back: running it costs more than the API.");
    say(NoteKind::note, fmt::format("Whole instances for the busiest hour at {:.0f} % use, {} spare{}; "
                                    "speeds are those at the asked latency, not peaks.",
                                    report_.own.peak_utilisation * 100, report_.own.spares,
                                    report_.own.spares == 1 ? "" : "s"));
    say(NoteKind::note,
        "The same tokens are assumed on both sides; whether both models solve as much is another question: "
        "costwar compare.");
    for (const std::string& note : report_.serving.notes) say(NoteKind::note, note + ".");
    for (const std::string& note : report_.notes) say(NoteKind::note, note);
    say(NoteKind::next_step,
        fmt::format("costwar host estimate {} --on {} shows speed, cost and what was published.",
                    report_.model, report_.serving.accelerator.id));
  }

  const BreakEvenReport& report_;
  BreakEven found_;
  std::vector<HybridPoint> hybrid_;
  HybridPoint best_;
  double own_day_;
  std::int64_t instances_;
  std::optional<double> months_;
  Document document_;
};

}  // namespace

Document breakeven_document(const BreakEvenReport& report) {
  return BreakEvenView(report).build();
}

}  // namespace costwar::reports
