#include "reports/views/audit_view.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/time.h"
#include "reports/views/price_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::AuditFinding;
using pricing::Disagreement;

Cell billed_rate_cell(Currency currency, const pricing::RateSpan& span) {
  if (span.low == span.high) return MoneyCell{per_million(currency, span.low)};
  return CostCell{currency, std::nullopt, per_million(currency, span.low), per_million(currency, span.high)};
}

std::string billed_rate_text(Currency currency, const pricing::RateSpan& span) {
  const std::string low = format_money(per_million(currency, span.low));
  return span.low == span.high ? low
                               : fmt::format("{} to {}", low, format_money(per_million(currency, span.high)));
}

// Away from 1, two decimals; close to it as many as show that it is not 1.
int decimals_of_factor(double factor) {
  const double distance = std::abs(factor - 1);
  return distance >= 0.005 ? 2 : distance >= 0.000005 ? 5 : 8;
}

// Half away from zero, where printing alone would make 1.12 of 1.125.
double rounded(double factor) {
  const double scale = std::pow(10, decimals_of_factor(factor));
  return std::round(factor * scale) / scale;
}

Cell factor_cell(const pricing::Ratio& ratio) {
  return ratio.infinite() ? Cell{Unknown{}} : Cell{NumberCell{ratio.approximate(), 6, NumberStyle::factor}};
}

Cell shown_factor_cell(const pricing::Ratio& ratio) {
  const double factor = ratio.approximate();
  return ratio.infinite()
             ? Cell{TextCell{"from 0"}}
             : Cell{NumberCell{rounded(factor), decimals_of_factor(factor), NumberStyle::factor}};
}

std::string factor_text(const pricing::Ratio& ratio) {
  const double factor = ratio.approximate();
  return ratio.infinite() ? "charged" : fmt::format("{:.{}f}×", rounded(factor), decimals_of_factor(factor));
}

std::string when_text(const Disagreement& each) {
  std::string text = each.band == pricing::Band::all ? "" : std::string(band_name(each.band));
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (each.service_class != "standard") add(each.service_class);
  if (each.region != "any") add(each.region);
  constexpr pricing::TokenRange kAll;
  if (each.prompt.low > kAll.low) add(fmt::format("prompt from {}", each.prompt.low));
  if (each.prompt.high < kAll.high) add(fmt::format("prompt to {}", each.prompt.high));
  return text;
}

std::string meter_text(pricing::Rate rate) {
  std::string text(rate_name(rate));
  for (char& c : text)
    if (c == '_') c = ' ';
  return text;
}

std::string headline(const AuditFinding& finding, const AuditView& view) {
  if (finding.models.both.empty())
    return fmt::format("{} and {} have no model in common.", view.name_a, view.name_b);
  if (finding.compared_models == 0)
    return fmt::format("{} and {} have {} models in common, but no price of one for the same instants.",
                       view.name_a, view.name_b, finding.models.both.size());
  const std::string common = fmt::format("{} models for which both have prices{}", finding.compared_models,
                                         view.at ? " at " + format_wall(*view.at) : "");
  if (finding.disagreements.empty())
    return fmt::format("{} agrees with {} on all {}.", view.name_b, view.name_a, common);
  const Disagreement& worst = finding.disagreements.front();
  const std::string when = when_text(worst);
  return fmt::format(
      "{} disagrees with {} on {} of the {}; farthest apart: {}/{} {}{} is {} ({} instead of {}).",
      view.name_b, view.name_a, finding.disagreeing_models, common, worst.provider, worst.model,
      meter_text(worst.rate), when.empty() ? "" : fmt::format(" ({})", when), factor_text(worst.factor),
      billed_rate_text(worst.currency, worst.b), billed_rate_text(worst.currency, worst.a));
}

Cell prompt_end_cell(const pricing::TokenRange& prompt) {
  constexpr pricing::TokenRange kAll;
  return prompt.high == kAll.high ? Cell{Unknown{}} : Cell{IntegerCell{prompt.high}};
}

// A day where the instant is its first.
Cell instant_cell(Wall instant) {
  if (instant == pricing::kBeginning || instant == pricing::kForever) return Unknown{};
  const std::string text = format_wall(instant);
  return TextCell{text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text};
}

Table disagreement_table(const AuditFinding& finding, const AuditView& view) {
  const Show over_time = view.at ? Show::data_only : Show::everywhere;
  Table table{"disagreements",
              "Per million tokens; the factor is the second over the first",
              {{"provider", "", Align::left, Show::data_only},
               {"model", "Model", Align::left, Show::data_only},
               {"other_name", "", Align::left, Show::data_only},
               {"shown", "Model", Align::left, Show::text_only},
               {"meter", "", Align::left, Show::data_only},
               {"meter_shown", "Meter", Align::left, Show::text_only},
               {"when", "When", Align::left, Show::text_only},
               {"band", "", Align::left, Show::data_only},
               {"prompt_from", "", Align::right, Show::data_only},
               {"prompt_to", "", Align::right, Show::data_only},
               {"currency", "", Align::left, Show::data_only},
               {"service_class", "", Align::left, Show::data_only},
               {"region", "", Align::left, Show::data_only},
               {"a", view.title_a},
               {"b", view.title_b},
               {"factor", "", Align::right, Show::data_only},
               {"factor_shown", "Factor", Align::right, Show::text_only},
               {"from", "From", Align::left, over_time},
               {"until", "Until", Align::left, over_time},
               {"record_a", "", Align::left, Show::data_only},
               {"record_b", "", Align::left, Show::data_only}}};
  for (const Disagreement& each : finding.disagreements) {
    std::string shown = each.provider + "/" + each.model;
    if (each.model != each.other_model) shown += fmt::format(" (there {})", each.other_model);
    table.rows.push_back({TextCell{each.provider},
                          TextCell{each.model},
                          TextCell{each.other_model},
                          TextCell{shown},
                          TextCell{std::string(rate_name(each.rate))},
                          TextCell{meter_text(each.rate)},
                          text_cell(when_text(each)),
                          TextCell{std::string(band_name(each.band))},
                          IntegerCell{each.prompt.low},
                          prompt_end_cell(each.prompt),
                          TextCell{each.currency.code()},
                          TextCell{each.service_class},
                          TextCell{each.region},
                          billed_rate_cell(each.currency, each.a),
                          billed_rate_cell(each.currency, each.b),
                          factor_cell(each.factor),
                          shown_factor_cell(each.factor),
                          instant_cell(each.from),
                          instant_cell(each.until),
                          TextCell{each.record_a},
                          TextCell{each.record_b}});
  }
  return table;
}

Table missing_table(std::string key, const std::string& title, const std::vector<std::string>& names) {
  Table table{std::move(key), title, {{"model", "Model", Align::left}}};
  for (const std::string& name : names) table.rows.push_back({TextCell{name}});
  return table;
}

Cell count_cell(std::size_t count) {
  return IntegerCell{static_cast<std::int64_t>(count)};
}

void add_notes(Document& document, const AuditFinding& finding, const AuditView& view) {
  const auto note = [&](std::string text) { document.notes.push_back({NoteKind::note, std::move(text)}); };
  note(fmt::format("{} rates were compared. {} are in {} alone and {} in {} alone, of what both sell.",
                   finding.compared, finding.only_a, view.name_a, finding.only_b, view.name_b));
  if (!view.missing)
    note(fmt::format("{} models are in {} alone and {} in {} alone: --missing lists them.",
                     finding.models.only_a.size(), view.name_a, finding.models.only_b.size(), view.name_b));
  if (view.at)
    note(
        "Where a price depends on the hour, the band that holds at this instant was compared; --history "
        "compares every band and every dated price.");
}

}  // namespace

Document audit_document(const AuditFinding& finding, const AuditView& view) {
  Document document;
  document.kind = "price_audit";
  document.headline = headline(finding, view);
  document.facts = {{"at", view.at ? Cell{TextCell{format_wall(*view.at)}} : Cell{Unknown{}}},
                    {"name_a", TextCell{view.name_a}},
                    {"name_b", TextCell{view.name_b}},
                    {"models_in_both", count_cell(finding.models.both.size())},
                    {"models_compared", count_cell(finding.compared_models)},
                    {"models_disagreeing", count_cell(finding.disagreeing_models)},
                    {"models_only_a", count_cell(finding.models.only_a.size())},
                    {"models_only_b", count_cell(finding.models.only_b.size())},
                    {"rates_compared", count_cell(finding.compared)},
                    {"rates_only_a", count_cell(finding.only_a)},
                    {"rates_only_b", count_cell(finding.only_b)}};
  document.tables.push_back(disagreement_table(finding, view));
  if (view.missing) {
    document.tables.push_back(
        missing_table("only_a", fmt::format("Only in {}", view.name_a), finding.models.only_a));
    document.tables.push_back(
        missing_table("only_b", fmt::format("Only in {}", view.name_b), finding.models.only_b));
  }
  add_notes(document, finding, view);
  return document;
}

}  // namespace costwar::reports
