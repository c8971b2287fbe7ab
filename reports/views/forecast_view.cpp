#include "reports/views/forecast_view.h"

#include <cmath>

#include "core/error.h"
#include "reports/views/forecast_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {

Money forecast_money(const analysis::ForecastInput& input, double amount) {
  constexpr double kSteps = 1e4;
  constexpr std::int64_t kAttoPerStep = 100'000'000'000'000;
  constexpr double kMost = 9e14;  // 90 trillion: what 64 bits of steps hold
  if (!(std::abs(amount) <= kMost))
    throw Error(ErrorKind::usage, "a cost of the forecast is beyond every measure",
                "give less growth, fewer months or fewer tokens");
  return {input.currency, static_cast<int128>(std::llround(amount * kSteps)) * kAttoPerStep};
}

Document forecast_document(const ForecastReport& report) {
  const analysis::ForecastInput& input = report.input;
  const auto& model = input.model;
  Document document;
  document.kind = "forecast";
  document.headline = forecast_headline(report);
  document.facts = {
      {"from", TextCell{input.from.text()}},
      {"months_ahead", IntegerCell{static_cast<std::int64_t>(input.months)}},
      {"known_at", TextCell{format_wall(input.known_at)}},
      {"currency", TextCell{input.currency.code()}},
      {"baseline", TextCell{input.options.front().name}},
      {"cheapest", TextCell{input.options[report.forecast.scenarios.front().cheapest].name}},
      {"seed", TextCell{std::to_string(input.seed)}},
      {"paths", IntegerCell{static_cast<std::int64_t>(input.paths)}},
      {"certain", BooleanCell{report.forecast.certain()}},
      {"trend",
       record_cell(
           {{"fitted", BooleanCell{model.has_value()}},
            {"over", TextCell{report.history_scope}},
            {"changes", IntegerCell{static_cast<std::int64_t>(report.history.counted())}},
            {"dates", IntegerCell{static_cast<std::int64_t>(report.history.events())}},
            {"models", IntegerCell{static_cast<std::int64_t>(report.history.models)}},
            {"model_months", NumberCell{report.history.model_months, 2}},
            {"changes_per_year",
             number_cell(model ? std::optional(model->changes_per_year()) : std::nullopt, 6)},
            {"mean_step", number_cell(model ? std::optional(std::exp(model->mean_step())) : std::nullopt, 6)},
            {"log_deviation",
             number_cell(model ? std::optional(model->step_deviation()) : std::nullopt, 6)}})}};
  document.tables = forecast_tables(report);
  document.charts = forecast_charts(report);
  document.notes = forecast_notes(report);
  return document;
}

}  // namespace costwar::reports
