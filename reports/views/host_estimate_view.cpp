#include "reports/views/host_estimate_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/host_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::PublishedComparison;
using pricing::Serving;
using pricing::TokenPrices;

constexpr std::array<double, 7> kUtilisations{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1};

std::optional<TokenPrices> prices_of(const EstimateRow& row, double utilisation) {
  if (!row.serving.good() || !row.cost) return std::nullopt;
  return pricing::token_prices(row.cost->at(utilisation) * row.serving.instance(), row.serving.rates(),
                               utilisation);
}

std::string headline(const EstimateReport& report) {
  const EstimateRow* best = nullptr;
  const double at = report.utilisation.value_or(1);
  double cheapest = 0;
  for (const EstimateRow& row : report.rows)
    if (const auto prices = prices_of(row, at); prices && (best == nullptr || prices->output < cheapest)) {
      best = &row;
      cheapest = prices->output;
    }
  if (best != nullptr) {
    const TokenPrices full = *prices_of(*best, at);
    const TokenPrices tenth = *prices_of(*best, 0.1);
    return fmt::format(
        "{} on {}: an estimated {} per million input tokens and {} per million output tokens {}; used to "
        "10 %, {} and {}.",
        report.model, layout_words(best->serving), dollar_words(full.input), dollar_words(full.output),
        at == 1 ? std::string("with no second idle") : fmt::format("at {:.0f} % use", at * 100),
        dollar_words(tenth.input), dollar_words(tenth.output));
  }
  const auto runs = std::find_if(report.rows.begin(), report.rows.end(),
                                 [](const EstimateRow& row) { return row.serving.good(); });
  if (runs != report.rows.end())
    return fmt::format(
        "{} on {}: an estimated {:.3g} prompt tokens and {:.3g} output tokens per second; what that "
        "costs is not known.",
        report.model, layout_words(runs->serving), runs->serving.prefill->tokens_per_s,
        runs->serving.decode->tokens_per_s);
  return fmt::format("{} cannot be estimated on {}: {}.", report.model,
                     report.rows.front().serving.accelerator.id, report.rows.front().serving.problem);
}

Table speeds_table(const EstimateReport& report) {
  TableBuilder table("speeds", "One instance: what fits and how fast it is (estimates)");
  table.text("instance", "Instance")
      .data("accelerator")
      .data("accelerators")
      .data("tensor_parallel")
      .data("pipeline_parallel");
  table.number("weights_gb", "Weights, GB each")
      .number("cache_gb", "Cache, GB a sequence")
      .number("fits", "Sequences that fit");
  table.number("batch", "Batch")
      .number("tpot_ms", "TPOT, ms")
      .number("decode", "Decode, tok/s")
      .text("decode_bound", "Bound by");
  table.number("prefill", "Prefill, tok/s").text("prefill_bound", "Bound by").number("ttft_ms", "TTFT, ms");
  table.text("problem", "Not met");
  for (const EstimateRow& row : report.rows) {
    const Serving& it = row.serving;
    const auto& layout = it.operation.layout;
    const auto of = [](const auto& part, auto get) {
      return part ? std::optional<double>(get(*part)) : std::nullopt;
    };
    table.row(
        {TextCell{layout_words(it)}, TextCell{it.accelerator.id}, IntegerCell{layout.accelerators},
         IntegerCell{layout.tensor}, IntegerCell{layout.pipeline},
         figure_cell(of(it.fit, [](const auto& fit) { return fit.weights / 1e9; })),
         figure_cell(of(it.fit, [](const auto& fit) { return fit.cache_per_sequence / 1e9; })),
         number_cell(of(it.fit, [](const auto& fit) { return fit.largest_batch; }), 0),
         number_cell(of(it.decode, [](const auto& d) { return d.batch; }), 0),
         figure_cell(of(it.decode, [](const auto& d) { return d.tpot_s * 1000; })),
         figure_cell(of(it.decode, [](const auto& d) { return d.tokens_per_s; })),
         it.decode ? Cell{TextCell{std::string(bound_name(it.decode->step.bound))}} : Cell{Unknown{}},
         figure_cell(of(it.prefill, [](const auto& p) { return p.tokens_per_s; })),
         it.prefill ? Cell{TextCell{std::string(bound_name(it.prefill->prompt.bound))}} : Cell{Unknown{}},
         figure_cell(of(it.prefill, [](const auto& p) { return p.ttft_s * 1000; })), text_cell(it.problem)});
  }
  return table.build();
}

Table prices_table(const EstimateReport& report) {
  TableBuilder table("prices", "USD per million tokens by utilisation (estimates)");
  table.text("accelerator", "Accelerator").number("utilisation", "Used");
  table.number("instance_hour", "Instance, USD/h")
      .number("input", "Input")
      .number("cached", "Cached input")
      .number("output", "Output");
  for (const EstimateRow& row : report.rows)
    for (const double utilisation : kUtilisations) {
      const auto prices = prices_of(row, utilisation);
      if (!prices) continue;
      const double hour = row.cost->at(utilisation) * row.serving.instance();
      const Cell billed = row.rent
                              ? Cell{MoneyCell{row.rent->times(row.serving.operation.layout.accelerators)}}
                              : dollars_cell(hour);
      table.row({TextCell{row.serving.accelerator.id}, NumberCell{utilisation, 0, NumberStyle::share}, billed,
                 dollars_cell(prices->input), dollars_cell(prices->cached), dollars_cell(prices->output)});
    }
  return table.build();
}

Table hours_table(const EstimateReport& report) {
  TableBuilder table("hour", "What one accelerator-hour is made of, USD");
  table.text("accelerator", "Accelerator")
      .data("part")
      .text("what", "Part")
      .number("idle", "Idle")
      .number("busy", "Busy");
  for (const EstimateRow& row : report.rows) {
    if (!row.cost) continue;
    for (const auto& line : row.cost->lines)
      table.row({TextCell{row.serving.accelerator.id}, TextCell{std::string(line.key)},
                 TextCell{std::string(line.title)}, dollars_cell(line.fixed),
                 dollars_cell(line.fixed + line.busy)});
    table.row({TextCell{row.serving.accelerator.id}, TextCell{"total"}, TextCell{"Total"},
               dollars_cell(row.cost->at(0)), dollars_cell(row.cost->at(1))});
  }
  return table.build();
}

Table scenarios_table(const EstimateReport& report) {
  TableBuilder table("scenarios", "If a claim held: scenarios, not costs");
  table.text("subject", "Of")
      .text("claim", "Claim")
      .text("against", "Made against")
      .text("base", "Applied to");
  table.number("input", "Input, USD/M").number("output", "Output, USD/M").text("source", "Source");
  for (const ScenarioRow& row : report.scenarios) {
    const auto scaled = [&](double TokenPrices::*part) {
      return row.base_prices ? pricing::scenario_cost(row.claim, (*row.base_prices).*part) : std::nullopt;
    };
    table.row({TextCell{row.claim.subject},
               TextCell{fmt::format("{:.2f}x {}", row.claim.factor, row.claim.metric)},
               TextCell{row.claim.versus}, TextCell{row.base}, dollars_cell(scaled(&TokenPrices::input)),
               dollars_cell(scaled(&TokenPrices::output)),
               TextCell{row.claim.claimed_by + ": " + row.claim.source}});
  }
  return table.build();
}

LineChart utilisation_chart(const EstimateReport& report) {
  LineChart chart{"output_by_utilisation",
                  "Output tokens, USD per million, by utilisation (estimates)",
                  {"Utilisation", NumberStyle::share, 0},
                  {"USD per million", NumberStyle::plain, 2, Currency(), true},
                  {}};
  for (const EstimateRow& row : report.rows) {
    LineSeries series{row.serving.accelerator.id, {}, layout_words(row.serving)};
    for (int percent = 5; percent <= 100; percent += 5)
      if (const auto prices = prices_of(row, percent / 100.0))
        series.points.emplace_back(percent / 100.0, prices->output);
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

void add_notes(Document& document, const EstimateReport& report) {
  std::vector<std::string> said;
  const auto say = [&](NoteKind kind, const std::string& text) {
    if (std::find(said.begin(), said.end(), text) != said.end()) return;
    said.push_back(text);
    document.notes.push_back({kind, text});
  };
  for (const EstimateRow& row : report.rows) {
    if (!row.serving.good()) say(NoteKind::warning, row.serving.problem + ".");
    if (!row.cost_problem.empty())
      say(NoteKind::warning, fmt::format("{}: {}.", row.serving.accelerator.id, row.cost_problem));
    for (const std::string& note : row.serving.notes) say(NoteKind::note, note + ".");
  }
  for (const ScenarioRow& row : report.scenarios)
    if (row.base != row.claim.versus)
      say(NoteKind::warning,
          fmt::format("{} was compared with {}, not with {}: carrying the claim over is a supposition.",
                      row.claim.subject, row.claim.versus, row.base));
  for (const std::string& note : report.notes) say(NoteKind::note, note);
  say(NoteKind::note,
      "Each phase is priced as if an instance did nothing else: an hour that is shared costs each its "
      "share of the seconds. Speeds are a roofline times the share of it that is reached in practice, "
      "which one value per phase cannot know of every server: measure, and give --measured.");
  if (std::any_of(report.published.begin(), report.published.end(),
                  [](const PublishedComparison& row) { return row.error() && std::abs(*row.error()) > 0.5; }))
    say(NoteKind::warning,
        "A published speed of this model is missed by more than half: see the table of what was "
        "published.");
  say(NoteKind::next_step,
      fmt::format(
          "costwar host breakeven {} --on {} --against deepseek/deepseek-v4-flash --input-per-day 2e9 "
          "--output-per-day 2e8 says from which volume on it pays.",
          report.model, report.rows.front().serving.accelerator.id));
}

}  // namespace

Document estimate_document(const EstimateReport& report) {
  Document document;
  document.kind = "host_estimate";
  document.headline = headline(report);
  document.facts = {{"model", TextCell{report.model}},
                    {"weights", text_cell(report.weights)},
                    {"model_source", text_cell(report.model_source)},
                    {"total_parameters", NumberCell{report.total_parameters, 0}},
                    {"active_parameters", NumberCell{report.active_parameters, 0}},
                    {"context", NumberCell{report.wish.context, 0}},
                    {"prompt", NumberCell{report.wish.prompt, 0}},
                    {"kv_type", TextCell{report.kv_type}},
                    {"utilisation", number_cell(report.utilisation, 4)}};
  document.tables.push_back(speeds_table(report));
  document.tables.push_back(prices_table(report));
  document.tables.push_back(scenarios_table(report));
  document.tables.push_back(
      published_table(report.published, "What was published of it, and what is predicted for that", false));
  document.tables.push_back(hours_table(report));
  document.tables.back().detail = true;
  std::vector<std::pair<std::string, pricing::Assumptions>> sets;
  for (const EstimateRow& row : report.rows)
    sets.emplace_back(row.serving.accelerator.id, row.serving.operation.assumptions);
  document.tables.push_back(assumptions_table(sets));
  LineChart chart = utilisation_chart(report);
  if (!chart.series.empty()) document.charts.emplace_back(std::move(chart));
  add_notes(document, report);
  return document;
}

Document published_document(const std::vector<PublishedComparison>& rows,
                            const pricing::Assumptions& assumptions) {
  Document document;
  document.kind = "host_published";
  const auto all = summarise(rows, false, false);
  const auto settled = summarise(rows, true, false);
  const auto left_out = summarise(rows, true, true);
  document.headline = fmt::format(
      "{} of {} published speeds can be predicted; the median error is {}, and {} over the {} whose batch or "
      "latency is "
      "published too; fitted on the others alone, {}.",
      all.points, rows.size(), error_words(all), error_words(settled), settled.points, error_words(left_out));
  document.facts = {{"points", IntegerCell{static_cast<std::int64_t>(rows.size())}},
                    {"predicted", IntegerCell{static_cast<std::int64_t>(all.points)}},
                    {"median_error", number_cell(all.median, 4)},
                    {"median_error_settled", number_cell(settled.median, 4)},
                    {"median_error_left_out", number_cell(left_out.median, 4)},
                    {"prefill_efficiency", NumberCell{assumptions.at(pricing::Input::prefill_efficiency), 4}},
                    {"decode_efficiency", NumberCell{assumptions.at(pricing::Input::decode_efficiency), 4}}};
  document.tables.push_back(published_table(rows, "", true));
  document.notes.push_back(
      {NoteKind::note, fmt::format("Every prediction takes {:.0f} % of the roofline for prefill and {:.0f} % "
                                   "for decode, whatever the "
                                   "accelerator. A point fitted without it takes the median of what the "
                                   "other points of its phase reach.",
                                   assumptions.at(pricing::Input::prefill_efficiency) * 100,
                                   assumptions.at(pricing::Input::decode_efficiency) * 100)});
  return document;
}

}  // namespace costwar::reports
