#include "reports/views/price_show_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "pricing/explain.h"
#include "pricing/price_book.h"
#include "pricing/schedule.h"
#include "reports/render/cell_text.h"
#include "reports/views/price_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::Band;
using pricing::Calendar;
using pricing::Segment;
using pricing::SheetRow;

class ShowView {
 public:
  ShowView(const pricing::Tariff& tariff, Wall at)
      : tariff_(tariff), at_(at), book_(*tariff.resolved().book), key_(tariff.key()) {
    BillingFacts facts;
    facts.requested = at;
    Usage smallest;
    smallest.set(Meter::fresh_input, 1, Provenance::reported);
    smallest.set(Meter::visible_output, 1, Provenance::reported);
    explained_ = pricing::explain(tariff, smallest, facts);
    segment_ = &tariff.resolved().segments[explained_.bill.segment];
    row_ = &segment_->rows[explained_.bill.row];
    if (segment_->calendar) calendar_ = &book_.calendars[*segment_->calendar];
  }

  Document build() {
    document_.kind = "price";
    document_.headline = headline();
    document_.facts = {{"provider", TextCell{key_.provider}},
                       {"model", TextCell{key_.model}},
                       {"served_model", TextCell{served_model()}},
                       {"currency", TextCell{key_.currency.code()}},
                       {"service_class", TextCell{key_.service_class}},
                       {"region", TextCell{key_.region}},
                       {"at", TextCell{format_wall(at_)}},
                       {"known_at", TextCell{format_wall(key_.known_at)}}};
    document_.tables.push_back(rates_table());
    document_.tables.push_back(units_table());
    note_decisions();
    note_band();
    note_tiers();
    note_next_change();
    note_limits();
    for (Note& note : mark_notes(explained_.bill)) document_.notes.push_back(std::move(note));
    document_.notes.push_back(
        {NoteKind::next_step,
         fmt::format("costwar prices explain {} names the records and their sources.", question_words())});
    return std::move(document_);
  }

 private:
  void note(std::string text) { document_.notes.push_back({NoteKind::note, std::move(text)}); }

  // As it is typed.
  std::string question_words() const {
    std::string words = fmt::format("{}/{} --at {}", key_.provider, key_.model, format_wall(at_));
    if (key_.currency != Currency()) words += " --currency " + key_.currency.code();
    if (key_.service_class != "standard") words += " --class " + key_.service_class;
    if (key_.region != "any") words += " --region " + key_.region;
    return words;
  }

  std::string served_model() const {
    return segment_->aliases.empty() ? key_.model : book_.aliases[segment_->aliases.back()].alias_of;
  }

  const pricing::PriceRecord& price() const { return book_.prices[row_->price]; }

  std::string headline() const {
    std::vector<std::string> why;
    if (calendar_ != nullptr) why.push_back(fmt::format("{} holds", pricing::band_words(row_->band)));
    if (segment_->tiered) why.push_back(fmt::format("prompts {}", pricing::tier_words(row_->tier)));
    if (price().rate_kind == pricing::RateKind::promo) why.emplace_back("a promo price");
    return fmt::format("At {}, one million tokens of {} cost {}{}.", format_wall(at_), tariff_words(key_),
                       rates_sentence(*row_, key_.currency),
                       why.empty() ? "" : fmt::format(" ({})", fmt::join(why, "; ")));
  }

  Table rates_table() const {
    TableBuilder table("prices", fmt::format("{} per million tokens", key_.currency.code()));
    if (calendar_ != nullptr) table.text("band", "Band");
    if (calendar_ == nullptr) table.data("band");
    if (segment_->tiered) table.text("prompt", "Prompt");
    if (!segment_->tiered) table.data("prompt");
    for (const RateTitle& title : kRateTitles) {
      const bool known = std::any_of(segment_->rows.begin(), segment_->rows.end(), [&](const SheetRow& row) {
        return row.rates[static_cast<std::size_t>(title.rate)].known;
      });
      if (known) table.number(std::string(title.key), std::string(title.title));
      if (!known) table.data(std::string(title.key));
    }
    table.text("marks", "Kind").text("since", "Since (UTC)").data("in_effect").data("record");
    for (const SheetRow* row : ordered_rows()) {
      const bool holds = row->band == Band::all || row->band == row_->band;
      std::string band = pricing::band_words(row->band);
      if (calendar_ != nullptr && holds) band += " (holds)";
      const pricing::PriceRecord& record = book_.prices[row->price];
      std::vector<Cell> cells{text_cell(band), TextCell{pricing::tier_words(row->tier)}};
      for (const RateTitle& title : kRateTitles)
        cells.push_back(rate_cell(row->rates[static_cast<std::size_t>(title.rate)], key_.currency));
      cells.insert(cells.end(), {TextCell{record_marks(record)}, TextCell{since_words(record.evidence)},
                                 BooleanCell{holds}, TextCell{record.evidence.id}});
      table.row(std::move(cells));
    }
    return table.build();
  }

  static std::string since_words(const pricing::Evidence& evidence) {
    if (evidence.from == pricing::kBeginning) return "not known";
    const std::string day = format_wall(evidence.from).substr(0, 10);
    return evidence.from_precision == pricing::Precision::minute ? table_time(evidence.from) : day;
  }

  std::vector<const SheetRow*> ordered_rows() const {
    std::vector<const SheetRow*> rows;
    for (const SheetRow& row : segment_->rows) rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(), [](const SheetRow* a, const SheetRow* b) {
      return std::tuple(a->band == Band::peak, a->tier.low) < std::tuple(b->band == Band::peak, b->tier.low);
    });
    return rows;
  }

  Table units_table() const {
    TableBuilder table("units", "Besides tokens");
    table.text("item", "Item").text("caller", "Caller").number("price", "Price").text("unit", "Unit");
    table.number("free_per_month", "Free per month").data("state").data("record");
    for (const pricing::UnitRecord* unit : pricing::units_at(tariff_, at_)) {
      Cell amount = Unknown{};
      if (unit->state == pricing::UnitState::priced)
        amount = MoneyCell{Money(unit->currency, unit->per_unit).times(unit->units_per_price), true};
      if (unit->state == pricing::UnitState::free) amount = MoneyCell{Money(unit->currency, 0), true};
      static constexpr std::string_view kStates[] = {"priced", "free", "unpriced"};
      table.row({TextCell{spaced(unit->item)}, TextCell{spaced(unit->caller)}, amount,
                 TextCell{spaced(unit->unit)}, integer_cell(unit->free_units_per_month),
                 TextCell{std::string(kStates[static_cast<std::size_t>(unit->state)])},
                 TextCell{unit->evidence.id}});
    }
    return table.build();
  }

  static std::string spaced(std::string text) {
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
  }

  void note_decisions() {
    for (const pricing::Decision& decision : explained_.decisions) {
      if (decision.what == "alias") note(decision.because + ".");
      if (decision.what == "service class" || decision.what == "region")
        note(fmt::format("{}: the standard sheet {}.",
                         decision.what == "region" ? "Region " + key_.region : "Class " + key_.service_class,
                         decision.decided));
    }
    if (price().promo_assured_until)
      note(fmt::format("The promo price was promised until {} at least.",
                       format_wall(*price().promo_assured_until).substr(0, 10)));
  }

  void note_band() {
    if (calendar_ == nullptr) return;
    const auto band = std::find_if(explained_.decisions.begin(), explained_.decisions.end(),
                                   [](const pricing::Decision& each) { return each.what == "band"; });
    std::string text = fmt::format("Bands: {}.", pricing::calendar_words(*calendar_));
    if (band != explained_.decisions.end()) text += fmt::format(" {}.", band->because);
    note(text);
    const auto next = pricing::next_band(*calendar_, at_);
    if (!next) return;
    const Band then = calendar_->band_at(*next).band;
    note(fmt::format("{} holds from {}.", then == Band::peak ? "Peak" : "Off-peak", format_wall(*next)));
  }

  void note_tiers() {
    if (!segment_->tiered) return;
    for (const SheetRow* row : ordered_rows()) {
      if (row->tier.low == 0 || (row->band != Band::all && row->band != row_->band)) continue;
      note(
          fmt::format("A prompt {} (fresh, cache reads and cache writes) costs the whole request, output "
                      "included, {}.",
                      pricing::tier_words(row->tier), rates_sentence(*row, key_.currency)));
    }
  }

  void note_next_change() {
    const auto coming = pricing::periods(tariff_, at_, pricing::kForever);
    for (std::size_t i = 1; i < coming.size(); ++i) {
      const Segment& next = tariff_.resolved().segments[coming[i].segment];
      if (next.refusal != pricing::Refusal::none) {
        note(fmt::format("From {} no price is recorded.", format_wall(coming[i].from)));
        return;
      }
      const std::string change = change_words(next);
      if (change.empty()) continue;
      note(fmt::format("From {} {}.", format_wall(coming[i].from), change));
      return;
    }
  }

  // Empty where the same rows cost the same.
  std::string change_words(const Segment& next) const {
    if (segment_->rows.size() == 1 && next.rows.size() == 1) {
      std::vector<std::string> parts;
      for (const RateTitle& title : kRateTitles) {
        const auto index = static_cast<std::size_t>(title.rate);
        const pricing::RateSpan& before = segment_->rows[0].rates[index];
        const pricing::RateSpan& after = next.rows[0].rates[index];
        if (!before.known || !after.known || (before.low == after.low && before.high == after.high)) continue;
        parts.push_back(fmt::format("the price of {} {} from {} to {}", title.words,
                                    after.high < before.high ? "falls" : "rises",
                                    rate_text(before, key_.currency), rate_text(after, key_.currency)));
      }
      return list_words(parts);
    }
    std::vector<std::string> parts;
    bool same = next.rows.size() == segment_->rows.size();
    for (const SheetRow& row : next.rows) {
      const std::string name = row_words(row, next.tiered);
      parts.push_back(
          fmt::format("{}{}", name.empty() ? "" : name + ": ", rates_sentence(row, key_.currency)));
      same = same && std::any_of(segment_->rows.begin(), segment_->rows.end(), [&](const SheetRow& old) {
               return row_words(old, segment_->tiered) == name &&
                      rates_sentence(old, key_.currency) == rates_sentence(row, key_.currency);
             });
    }
    if (same && next.calendar == segment_->calendar) return "";
    if (same && next.calendar)
      return fmt::format("the same prices have other hours: {}",
                         pricing::calendar_words(book_.calendars[*next.calendar]));
    return fmt::format("one million tokens cost {}", fmt::join(parts, "; "));
  }

  void note_limits() {
    const pricing::ModelFacts* facts = book_.model(key_.provider + "/" + served_model());
    if (facts == nullptr) facts = book_.model(key_.provider + "/" + key_.model);
    if (facts == nullptr) return;
    std::vector<std::string> parts;
    if (facts->context_tokens)
      parts.push_back(fmt::format("a context of {} tokens", grouped(*facts->context_tokens)));
    if (facts->max_input_tokens)
      parts.push_back(fmt::format("at most {} of them input", grouped(*facts->max_input_tokens)));
    if (facts->max_output_tokens)
      parts.push_back(fmt::format("at most {} output tokens", grouped(*facts->max_output_tokens)));
    if (!parts.empty()) note(fmt::format("{} has {}.", facts->id, list_words(parts)));
  }

  const pricing::Tariff& tariff_;
  Wall at_;
  const pricing::Book& book_;
  const pricing::TariffKey& key_;
  pricing::Explanation explained_;
  const Segment* segment_ = nullptr;
  const SheetRow* row_ = nullptr;
  const Calendar* calendar_ = nullptr;
  Document document_;
};

}  // namespace

Document price_show_document(const pricing::Tariff& tariff, Wall at) {
  return ShowView(tariff, at).build();
}

}  // namespace costwar::reports
