#include "reports/views/price_explain_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "pricing/explain.h"
#include "pricing/price_book.h"
#include "reports/views/price_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::Evidence;
using pricing::MeterState;

std::string headline(const pricing::Tariff& tariff, const pricing::Explanation& explained, Wall at) {
  const std::string what = fmt::format("{} at {}", tariff_words(tariff.key()), format_wall(at));
  const pricing::Bill& bill = explained.bill;
  if (!explained.refused.empty()) return fmt::format("{} has no price: {}.", what, explained.refused);
  const auto total = bill.total();
  if (!total) return fmt::format("{}: nothing of this usage has a known price.", what);
  std::string text = fmt::format("{}: {}{}", what, bill.complete() ? "" : "at least ", format_price(*total));
  if (!bill.settled())
    text += fmt::format(", between {} and {}", format_price(*bill.low()), format_price(*bill.high()));
  return text + ".";
}

std::string_view state_words(MeterState state) {
  static constexpr std::array<std::string_view, 6> kWords{"not used", "not charged for",   "free",
                                                          "priced",   "no price is known", "not reported"};
  return kWords[static_cast<std::size_t>(state)];
}

Table bill_table(const pricing::Explanation& explained, Currency currency) {
  TableBuilder table("bill", "The bill");
  table.text("title", "Meter").data("meter").number("count", "Count").text("unit", "Unit");
  table.number("per_million", fmt::format("{} per 1M", currency.code()));
  table.number("amount", currency.code()).text("state", "State").data("provenance");
  for (const pricing::ExplainedMeter& meter : explained.meters) {
    const MeterRow& names = meter_row(meter.meter);
    const bool charged = meter.state == MeterState::priced || meter.state == MeterState::free;
    table.row({TextCell{std::string(names.title)}, TextCell{std::string(names.name)},
               meter.count ? Cell{IntegerCell{meter.count->value}} : Cell{Unknown{}},
               TextCell{std::string(names.unit)},
               meter.rate ? rate_cell(*meter.rate, currency) : Cell{Unknown{}},
               charged ? Cell{MoneyCell{meter.amount, true}} : Cell{Unknown{}},
               TextCell{std::string(state_words(meter.state))},
               meter.count ? Cell{TextCell{std::string(provenance_name(meter.count->provenance))}}
                           : Cell{Unknown{}}});
  }
  const auto total = explained.bill.total();
  if (total)
    table.row({TextCell{explained.bill.complete() ? "Total" : "Total, at least"}, Unknown{}, Unknown{},
               TextCell{""}, Unknown{}, MoneyCell{*total, true}, TextCell{""}, Unknown{}});
  return table.build();
}

Table decisions_table(const pricing::Explanation& explained) {
  TableBuilder table("decisions", "How it was decided");
  table.text("what", "What").text("decided", "Decided").text("because", "Because").data("record");
  for (const pricing::Decision& decision : explained.decisions)
    table.row({TextCell{decision.what}, TextCell{decision.decided}, TextCell{decision.because},
               decision.evidence == nullptr ? Cell{Unknown{}} : Cell{TextCell{decision.evidence->id}}});
  return table.build();
}

Cell instant_or_unknown(Wall instant) {
  if (instant == pricing::kBeginning || instant == pricing::kForever) return Unknown{};
  return TextCell{format_wall(instant)};
}

Table records_table(const pricing::Explanation& explained) {
  TableBuilder table("records", "The records it rests on");
  table.shown("").text("record", "Record").text("status", "Status");
  table.shown("In force", Align::left).data("from").data("until").data("known_from");
  table.text("verified", "Last verified").data("source_kind").data("confirmed").data("not_settled");
  std::int64_t number = 0;
  for (const Evidence* evidence : explained.records) {
    std::string status(pricing::status_name(evidence->status));
    std::replace(status.begin(), status.end(), '_', ' ');
    if (!evidence->confirmed) status += ", not confirmed";
    if (evidence->layer > 0) status += ", from a book of your own, " + evidence->where;
    table.row({IntegerCell{++number}, TextCell{evidence->id}, TextCell{status},
               TextCell{fmt::format("from {} until {}",
                                    pricing::instant_words(evidence->from, evidence->from_precision),
                                    pricing::instant_words(evidence->until, evidence->until_precision))},
               instant_or_unknown(evidence->from), instant_or_unknown(evidence->until),
               instant_or_unknown(evidence->known_from), text_cell(evidence->last_verified),
               TextCell{std::string(pricing::source_kind_name(evidence->source_kind))},
               BooleanCell{evidence->confirmed},
               text_cell(fmt::format("{}", fmt::join(evidence->unconfirmed, ", ")))});
  }
  return table.build();
}

Table sources_table(const pricing::Explanation& explained) {
  TableBuilder table("sources", "Sources");
  table.shown("Of").data("record").text("kind", "Kind").text("seen", "Seen").text("source", "Source");
  std::int64_t number = 0;
  for (const Evidence* evidence : explained.records) {
    ++number;
    std::string kind(pricing::source_kind_name(evidence->source_kind));
    std::replace(kind.begin(), kind.end(), '_', ' ');
    for (const std::string& source : evidence->sources)
      table.row({IntegerCell{number}, TextCell{evidence->id}, TextCell{kind}, text_cell(evidence->seen),
                 TextCell{source}});
  }
  return table.build();
}

Table considered_table(const pricing::Explanation& explained) {
  TableBuilder table("considered", "Considered, and why it does not apply");
  table.text("record", "Record")
      .text("why_not", "Why not")
      .data("status")
      .data("known_from")
      .data("known_until");
  for (const pricing::ConsideredRecord& considered : explained.considered)
    table.row({TextCell{considered.evidence->id}, TextCell{considered.why_not},
               TextCell{std::string(pricing::status_name(considered.evidence->status))},
               instant_or_unknown(considered.evidence->known_from),
               instant_or_unknown(considered.evidence->known_until)});
  return table.build();
}

void add_notes(Document& document, const pricing::Tariff& tariff, const pricing::Explanation& explained) {
  const auto add = [&](std::string text) { document.notes.push_back({NoteKind::note, std::move(text)}); };
  add(fmt::format("Only what was known at {} counts.", format_wall(tariff.key().known_at)));
  for (const Evidence* evidence : explained.records) {
    if (!evidence->unconfirmed.empty())
      add(fmt::format("Not settled in {}: {}.", evidence->id, fmt::join(evidence->unconfirmed, ", ")));
    if (!evidence->notes.empty()) add(fmt::format("{}: {}", evidence->id, evidence->notes));
  }
  for (Note& note : mark_notes(explained.bill)) document.notes.push_back(std::move(note));
}

}  // namespace

Document price_explain_document(const pricing::Tariff& tariff, const Usage& usage, Wall at) {
  BillingFacts facts;
  facts.requested = at;
  const pricing::Explanation explained = pricing::explain(tariff, usage, facts);
  const pricing::TariffKey& key = tariff.key();
  const pricing::Bill& bill = explained.bill;
  Document document;
  document.kind = "price_explanation";
  document.headline = headline(tariff, explained, at);
  document.facts = {{"provider", TextCell{key.provider}},
                    {"model", TextCell{key.model}},
                    {"currency", TextCell{key.currency.code()}},
                    {"service_class", TextCell{key.service_class}},
                    {"region", TextCell{key.region}},
                    {"at", TextCell{format_wall(at)}},
                    {"known_at", TextCell{format_wall(key.known_at)}},
                    {"total", CostCell{key.currency, bill.total(), bill.low(), bill.high()}},
                    {"complete", BooleanCell{bill.complete()}},
                    {"refused", text_cell(explained.refused)}};
  if (explained.refused.empty()) document.tables.push_back(bill_table(explained, key.currency));
  document.tables.push_back(decisions_table(explained));
  document.tables.push_back(records_table(explained));
  document.tables.push_back(sources_table(explained));
  document.tables.push_back(considered_table(explained));
  add_notes(document, tariff, explained);
  return document;
}

}  // namespace costwar::reports
