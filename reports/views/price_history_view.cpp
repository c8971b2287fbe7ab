#include "reports/views/price_history_view.h"

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
using pricing::Period;
using pricing::Segment;
using pricing::SheetRow;

constexpr std::size_t kSlots = 4;  // off-peak or all day, peak; each for short and for long prompts

std::size_t history_slot_of(const SheetRow& row) {
  return (row.band == Band::peak ? 1U : 0U) + (row.tier.low > 0 ? 2U : 0U);
}

class HistoryView {
 public:
  HistoryView(const pricing::Tariff& tariff, Wall from, Wall until)
      : tariff_(tariff),
        book_(*tariff.resolved().book),
        key_(tariff.key()),
        from_(from),
        until_(until),
        periods_(pricing::periods(tariff, from, until)) {
    for (const Period& period : periods_)
      for (const SheetRow& row : segment(period).rows) {
        used_[history_slot_of(row)] = true;
        long_from_ = std::max(long_from_, row.tier.low);
      }
  }

  Document build() {
    Document document;
    document.kind = "price_history";
    document.headline = headline();
    document.facts = {{"provider", TextCell{key_.provider}},
                      {"model", TextCell{key_.model}},
                      {"currency", TextCell{key_.currency.code()}},
                      {"service_class", TextCell{key_.service_class}},
                      {"region", TextCell{key_.region}},
                      {"from", TextCell{format_wall(from_)}},
                      {"until", TextCell{format_wall(until_)}},
                      {"known_at", TextCell{format_wall(key_.known_at)}}};
    document.charts.push_back(chart());
    document.tables.push_back(periods_table());
    document.tables.push_back(withdrawn_table());
    document.notes = notes();
    return document;
  }

 private:
  const Segment& segment(const Period& period) const { return tariff_.resolved().segments[period.segment]; }

  static bool priced(const Segment& segment) { return segment.refusal == pricing::Refusal::none; }

  std::string headline() const {
    const Segment* first = nullptr;
    const Segment* last = nullptr;
    int changes = 0;
    for (const Period& period : periods_) {
      const Segment& here = segment(period);
      if (!priced(here)) continue;
      if (first == nullptr) first = &here;
      if (last != nullptr && all_prices(*last) != all_prices(here)) ++changes;
      last = &here;
    }
    const std::string span =
        fmt::format("from {} to {}", format_wall(from_).substr(0, 10), format_wall(until_).substr(0, 10));
    if (last == nullptr) return fmt::format("{} had no price {}.", tariff_words(key_), span);
    if (changes == 0)
      return fmt::format("{} cost the same {}: {}.", tariff_words(key_), span, sentence(*last));
    return fmt::format("The price of {} changed {} {}: at first one million tokens cost {}; at last {}.",
                       tariff_words(key_), changes == 1 ? "once" : fmt::format("{} times", changes), span,
                       sentence(*first), sentence(*last));
  }

  std::string all_prices(const Segment& segment) const {
    std::string text;
    for (std::size_t slot = 0; slot < kSlots; ++slot)
      for (const SheetRow& row : segment.rows)
        if (history_slot_of(row) == slot)
          text += row_words(row, segment.tiered) + rates_sentence(row, key_.currency);
    return text;
  }

  // What the cheapest row of the sheet costs, named where there are others.
  std::string sentence(const Segment& segment) const {
    const auto& rows = segment.rows;
    const auto base = std::min_element(rows.begin(), rows.end(), [](const SheetRow& a, const SheetRow& b) {
      return history_slot_of(a) < history_slot_of(b);
    });
    const std::string name = row_words(*base, segment.tiered);
    return rates_sentence(*base, key_.currency) + (name.empty() ? "" : fmt::format(" ({})", name));
  }

  std::string slot_words(std::size_t slot) const {
    const bool bands = used_[1] || used_[3];
    const bool tiers = used_[2] || used_[3];
    std::string words;
    if (bands) words = (slot & 1U) != 0 ? "peak" : "off-peak or all day";
    if (tiers)
      words += (words.empty() ? "" : ", ") + ((slot & 2U) != 0 ? pricing::tier_words({long_from_})
                                                               : pricing::tier_words({0, long_from_ - 1}));
    return words;
  }

  StepChart chart() const {
    StepChart chart{"chart", fmt::format("{} per million tokens", key_.currency.code()), from_, until_, {}};
    for (const RateTitle& title : kRateTitles) {
      StepPanel panel{std::string(title.key), std::string(title.title), {}};
      for (std::size_t slot = 0; slot < kSlots; ++slot) {
        if (!used_[slot]) continue;
        StepSeries series{slot_words(slot), points(title.rate, slot)};
        const bool known = std::any_of(series.points.begin(), series.points.end(),
                                       [](const StepPoint& point) { return point.value.has_value(); });
        if (known) panel.series.push_back(std::move(series));
      }
      if (!panel.series.empty()) chart.panels.push_back(std::move(panel));
    }
    return chart;
  }

  std::vector<StepPoint> points(pricing::Rate rate, std::size_t slot) const {
    std::vector<StepPoint> points;
    for (const Period& period : periods_) {
      std::optional<Money> value;
      for (const SheetRow& row : segment(period).rows) {
        const pricing::RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
        if (history_slot_of(row) == slot && span.known)
          value = Money(key_.currency, span.high).times(1'000'000);
      }
      if (!points.empty() && points.back().value == value) continue;
      points.push_back({std::max(period.from, from_), value});
    }
    return points;
  }

  std::string end_words(Wall instant) const {
    if (instant == pricing::kForever) return "open";
    return instant == pricing::kBeginning ? "not known" : format_wall(instant);
  }

  Table periods_table() const {
    TableBuilder table("periods", "");
    table.shown("From (UTC)", Align::left).shown("Until (UTC)", Align::left).data("from").data("until");
    const bool bands = used_[1] || used_[3] || used_[2];
    if (bands) table.text("when", "When");
    if (!bands) table.data("when");
    for (const RateTitle& title : kRateTitles) {
      if (has_rate(title.rate)) table.number(std::string(title.key), std::string(title.title));
      if (!has_rate(title.rate)) table.data(std::string(title.key));
    }
    table.text("status", "Kind").data("served_model").data("record");
    for (const Period& period : periods_) add_rows(table, period);
    return table.build();
  }

  bool has_rate(pricing::Rate rate) const {
    return std::any_of(periods_.begin(), periods_.end(), [&](const Period& period) {
      const auto& rows = segment(period).rows;
      return std::any_of(rows.begin(), rows.end(), [&](const SheetRow& row) {
        return row.rates[static_cast<std::size_t>(rate)].known;
      });
    });
  }

  static Cell exact(Wall instant) {
    const bool bound = instant == pricing::kBeginning || instant == pricing::kForever;
    return bound ? Cell{Unknown{}} : Cell{TextCell{format_wall(instant)}};
  }

  // For people, the times of a period stand beside its first row only.
  static std::vector<Cell> times(const Period& period, bool first) {
    return {TextCell{first ? table_time(period.from) : ""}, TextCell{first ? table_time(period.until) : ""},
            exact(period.from), exact(period.until)};
  }

  void add_rows(TableBuilder& table, const Period& period) const {
    const Segment& here = segment(period);
    if (!priced(here)) {
      if (period.from == pricing::kBeginning) return;
      std::vector<Cell> cells = times(period, true);
      cells.push_back(TextCell{""});
      cells.resize(cells.size() + kRateTitles.size(), Unknown{});
      cells.insert(cells.end(), {TextCell{"no price"}, Unknown{}, Unknown{}});
      table.row(std::move(cells));
      return;
    }
    std::vector<const SheetRow*> rows;
    for (const SheetRow& row : here.rows) rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(), [](const SheetRow* a, const SheetRow* b) {
      return history_slot_of(*a) < history_slot_of(*b);
    });
    for (const SheetRow* row : rows) {
      const pricing::PriceRecord& record = book_.prices[row->price];
      std::vector<Cell> cells = times(period, row == rows.front());
      cells.push_back(TextCell{row_words(*row, here.tiered)});
      for (const RateTitle& title : kRateTitles)
        cells.push_back(rate_cell(row->rates[static_cast<std::size_t>(title.rate)], key_.currency));
      std::string status = record_marks(record);
      const std::string served =
          here.aliases.empty() ? key_.model : book_.aliases[here.aliases.back()].alias_of;
      if (!here.aliases.empty()) status += fmt::format(", as {}", served);
      cells.insert(cells.end(), {TextCell{status}, TextCell{served}, TextCell{record.evidence.id}});
      table.row(std::move(cells));
    }
  }

  Table withdrawn_table() const {
    TableBuilder table("withdrawn", "Announced or shown, never in force");
    table.shown("Would have held from (UTC)", Align::left).shown("Announced (UTC)", Align::left);
    table.shown("Withdrawn (UTC)", Align::left).text("what", "What");
    table.data("from").data("known_from").data("known_until").data("status").data("record");
    for (const pricing::Withdrawn& each : pricing::never_in_force(tariff_)) {
      const pricing::Evidence& evidence = *each.evidence;
      const bool shown = evidence.status == pricing::Status::reference;
      table.row(
          {TextCell{table_time(evidence.from)}, TextCell{table_time(evidence.known_from)},
           TextCell{shown ? "only shown" : table_time(evidence.known_until)},
           TextCell{each.alias != nullptr ? "served as " + each.alias->alias_of : price_words(*each.price)},
           exact(evidence.from), exact(evidence.known_from), exact(evidence.known_until),
           TextCell{std::string(pricing::status_name(evidence.status))}, TextCell{evidence.id}});
    }
    return table.build();
  }

  std::string price_words(const pricing::PriceRecord& price) const {
    std::vector<std::string> parts;
    for (const RateTitle& title : kRateTitles)
      if (const auto& rate = price.rates[static_cast<std::size_t>(title.rate)])
        parts.push_back(
            fmt::format("{} {}", format_price(Money(price.currency, *rate).times(1'000'000)), title.words));
    const std::string band = pricing::band_words(price.band);
    return (band.empty() ? "" : band + ": ") + list_words(parts);
  }

  std::vector<Note> notes() const {
    std::vector<Note> notes;
    std::vector<std::uint32_t> calendars;
    for (const Period& period : periods_) {
      const Segment& here = segment(period);
      if (!here.calendar || std::find(calendars.begin(), calendars.end(), *here.calendar) != calendars.end())
        continue;
      calendars.push_back(*here.calendar);
      notes.push_back(
          {NoteKind::note, fmt::format("From {}: {}.", end_words(period.from),
                                       pricing::calendar_words(book_.calendars[*here.calendar]))});
    }
    std::vector<std::string> aliases;
    for (const Period& period : periods_)
      for (const std::uint32_t index : segment(period).aliases) {
        const pricing::AliasRecord& alias = book_.aliases[index];
        const std::string text =
            fmt::format("{} is served and billed as {} from {}.", alias.model, alias.alias_of,
                        pricing::instant_words(alias.evidence.from, alias.evidence.from_precision));
        if (std::find(aliases.begin(), aliases.end(), text) == aliases.end()) aliases.push_back(text);
      }
    for (std::string& text : aliases) notes.push_back({NoteKind::note, std::move(text)});
    return notes;
  }

  const pricing::Tariff& tariff_;
  const pricing::Book& book_;
  const pricing::TariffKey& key_;
  Wall from_;
  Wall until_;
  std::vector<Period> periods_;
  std::array<bool, kSlots> used_{};
  std::int64_t long_from_ = 0;
};

}  // namespace

Document price_history_document(const pricing::Tariff& tariff, Wall from, Wall until) {
  return HistoryView(tariff, from, until).build();
}

}  // namespace costwar::reports
