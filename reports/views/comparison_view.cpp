#include "reports/views/comparison_view.h"

#include <utility>

#include "core/time.h"
#include "reports/views/comparison_charts.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {

Document comparison_document(const analysis::Comparison& comparison, std::optional<StepChart> prices) {
  Document document;
  document.kind = "comparison";
  document.headline = comparison_headline(comparison);
  document.facts = {{"run", TextCell{comparison.run_id}},
                    {"label", text_cell(comparison.run_label)},
                    {"created", TextCell{format_wall(comparison.created)}},
                    {"seed", TextCell{std::to_string(comparison.seed)}},
                    {"suite", TextCell{comparison.options.suite}},
                    {"level", NumberCell{comparison.options.level, 2}},
                    {"resamples", IntegerCell{comparison.options.resamples}},
                    {"ratio_intervals", TextCell{ratio_method(comparison.by_delta)}}};
  document.tables.push_back(models_table(comparison));
  document.tables.push_back(served_table(comparison));
  document.tables.push_back(pairs_table(comparison));
  document.tables.push_back(leader_pairs_table(comparison));
  document.tables.push_back(tasks_table(comparison));
  document.tables.push_back(groups_table(comparison));
  document.tables.push_back(repeats_table(comparison));
  document.tables.push_back(usage_table(comparison));
  if (Table energy = energy_table(comparison); !energy.rows.empty())
    document.tables.push_back(std::move(energy));
  document.tables.push_back(failures_table(comparison));
  document.tables.push_back(repriced_table(comparison));
  document.notes = comparison_notes(comparison);
  for (Note& note : energy_notes(comparison)) document.notes.push_back(std::move(note));
  document.charts = comparison_charts(comparison);
  if (prices) document.charts.emplace_back(std::move(*prices));
  return document;
}

}  // namespace costwar::reports
