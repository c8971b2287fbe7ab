#include "reports/views/host_accelerators_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/views/host_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::Accelerator;
using pricing::FigureRow;
using pricing::SourcedFigure;

Cell scaled_cell(const SourcedFigure& figure, double scale) {
  return figure_cell(figure.value ? std::optional(*figure.value / scale) : std::nullopt);
}

std::string doubts_of(const Accelerator& it) {
  std::vector<std::string> doubts;
  for (const FigureRow& row : pricing::figure_rows())
    if ((it.*row.figure).value && !(it.*row.figure).confirmed) doubts.emplace_back(row.key);
  return fmt::format("{}", fmt::join(doubts, ", "));
}

Cell rent_cell(const Accelerator& it, bool highest) {
  const auto cheaper = [](const auto& a, const auto& b) {
    return a.per_accelerator_hour < b.per_accelerator_hour;
  };
  if (it.rentals.empty()) return Unknown{};
  const auto found = highest ? std::max_element(it.rentals.begin(), it.rentals.end(), cheaper)
                             : std::min_element(it.rentals.begin(), it.rentals.end(), cheaper);
  return MoneyCell{found->per_accelerator_hour, true};
}

Table figures_table(const Accelerator& it) {
  TableBuilder table("figures", "Figures");
  table.data("key").text("what", "What").number("value", "Value").text("state", "State");
  table.text("others", "Others say").text("source", "Source");
  for (const FigureRow& row : pricing::figure_rows()) {
    const SourcedFigure& figure = it.*row.figure;
    std::vector<std::string> others;
    for (const auto& other : figure.others)
      others.push_back(fmt::format("{:g}{}", other.value / row.scale,
                                   other.source.empty() ? "" : fmt::format(" ({})", other.source)));
    const std::string state = !figure.value ? "" : figure.confirmed ? "confirmed" : "not confirmed";
    const std::string note = figure.note.empty()     ? ""
                             : figure.source.empty() ? figure.note
                                                     : "; " + figure.note;
    table.row({TextCell{std::string(row.key)}, TextCell{std::string(row.title)},
               scaled_cell(figure, row.scale), text_cell(state),
               text_cell(fmt::format("{}", fmt::join(others, "; "))), text_cell(figure.source + note)});
  }
  return table.build();
}

Table rentals_table(const Accelerator& it) {
  TableBuilder table("rentals", "Rent seen, USD per accelerator-hour");
  table.number("usd", "USD/h")
      .text("provider", "Provider")
      .text("commitment", "Commitment")
      .text("seen", "Seen");
  table.text("terms", "Terms").text("source", "Source");
  for (const auto& row : it.rentals)
    table.row({MoneyCell{row.per_accelerator_hour, true}, text_cell(row.provider), TextCell{row.commitment},
               text_cell(row.seen), text_cell(row.terms), TextCell{row.source}});
  return table.build();
}

Table purchases_table(const Accelerator& it) {
  TableBuilder table("purchases", "Purchase prices seen");
  table.number("low", "From")
      .number("high", "To")
      .text("unit", "For")
      .number("accelerators", "Accelerators in it");
  table.text("state", "State").text("source", "Source");
  for (const auto& row : it.purchases)
    table.row({MoneyCell{row.low}, MoneyCell{row.high}, TextCell{row.unit}, IntegerCell{row.accelerators},
               TextCell{row.confirmed ? "confirmed" : "not confirmed"}, TextCell{row.source}});
  return table.build();
}

Table points_table(const Accelerator& it) {
  TableBuilder table("throughput", "Speeds published, tokens per second");
  table.text("id", "Id").text("model", "Model").number("tokens_per_s", "tok/s");
  table.number("accelerators", "On")
      .text("counted", "Counted")
      .text("conditions", "Conditions")
      .text("source", "Source");
  for (const auto& row : it.points)
    table.row({TextCell{row.id}, TextCell{row.model_label}, figure_cell(row.tokens_per_s),
               IntegerCell{row.per_accelerators}, TextCell{row.tokens_counted}, text_cell(row.conditions),
               TextCell{row.source}});
  return table.build();
}

Table claims_table(const Accelerator& it) {
  TableBuilder table("claims", "Claims against something else: no cost without one for the base");
  table.text("metric", "Of").text("versus", "Against").number("factor", "Factor").text("by", "Claimed by");
  table.text("source", "Source");
  for (const auto& row : it.claims)
    table.row({TextCell{row.metric}, TextCell{row.versus}, NumberCell{row.factor, 2, NumberStyle::factor},
               text_cell(row.claimed_by), TextCell{row.source}});
  return table.build();
}

}  // namespace

Document accelerators_document(const std::vector<Accelerator>& all) {
  Document document;
  document.kind = "host_accelerators";
  std::size_t points = 0;
  TableBuilder table("accelerators", "");
  table.text("id", "Id").data("name").data("vendor").text("basis", "State").number("memory_gb", "GB");
  table.number("bandwidth_tb_s", "TB/s")
      .number("fp8_tflops", "FP8 TFLOP/s")
      .number("bf16_tflops", "BF16 TFLOP/s");
  table.number("all_in_kw", "kW all in").number("rent_low", "Rent from").number("rent_high", "to");
  table.number("points", "Speeds").text("not_confirmed", "Not confirmed");
  for (const Accelerator& it : all) {
    points += it.points.size();
    table.row({TextCell{it.id}, TextCell{it.name}, TextCell{it.vendor}, TextCell{it.basis},
               scaled_cell(it.memory_bytes, 1e9), scaled_cell(it.bandwidth, 1e12),
               scaled_cell(it.fp8_flops, 1e12), scaled_cell(it.bf16_flops, 1e12),
               scaled_cell(it.all_in_kw, 1), rent_cell(it, false), rent_cell(it, true),
               IntegerCell{static_cast<std::int64_t>(it.points.size())}, text_cell(doubts_of(it))});
  }
  document.headline = fmt::format("{} accelerators and {} published speeds, each figure with its source.",
                                  all.size(), points);
  document.tables.push_back(table.build());
  document.notes.push_back({NoteKind::note,
                            "A dash is a figure that no source gives. Rent is USD per accelerator-hour, "
                            "the lowest and the highest seen."});
  document.notes.push_back({NoteKind::next_step,
                            "costwar host accelerators h100-sxm names every source; costwar host "
                            "estimate deepseek-v3 --on h100-sxm makes a cost of it."});
  return document;
}

Document accelerator_document(const Accelerator& it) {
  Document document;
  document.kind = "host_accelerator";
  std::size_t known = 0;
  std::size_t confirmed = 0;
  for (const FigureRow& row : pricing::figure_rows()) {
    known += (it.*row.figure).value ? 1U : 0U;
    confirmed += (it.*row.figure).value && (it.*row.figure).confirmed ? 1U : 0U;
  }
  document.headline = fmt::format("{} ({}): {} of {} figures are known, {} of them confirmed.", it.name,
                                  it.basis, known, pricing::figure_rows().size(), confirmed);
  document.facts = {{"id", TextCell{it.id}}, {"name", TextCell{it.name}}, {"basis", TextCell{it.basis}}};
  for (auto make : {figures_table, rentals_table, purchases_table, points_table, claims_table})
    document.tables.push_back(make(it));
  if (!it.notes.empty()) document.notes.push_back({NoteKind::note, it.notes});
  return document;
}

}  // namespace costwar::reports
