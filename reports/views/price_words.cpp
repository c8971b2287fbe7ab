#include "reports/views/price_words.h"

#include <fmt/format.h>

#include "core/time.h"
#include "pricing/explain.h"
#include "pricing/price_book.h"
#include "pricing/schedule.h"

namespace costwar::reports {
namespace {

constexpr std::int64_t kPerMillion = 1'000'000;

}  // namespace

Money per_million(Currency currency, pricing::AttoRate rate) {
  return Money(currency, rate).times(kPerMillion);
}

std::string tariff_words(const pricing::TariffKey& key) {
  std::string words = fmt::format("{}/{}", key.provider, key.model);
  if (key.service_class != "standard") words += " " + key.service_class;
  if (key.region != "any") words += " in " + key.region;
  return words;
}

std::string table_time(Wall instant) {
  if (instant == pricing::kForever) return "open";
  if (instant == pricing::kBeginning) return "not known";
  std::string text = format_wall(instant);
  text[text.find('T')] = ' ';
  text.pop_back();
  if (text.ends_with(":00") && text.size() == 19) text.resize(16);
  return text;
}

std::string rate_text(const pricing::RateSpan& span, Currency currency) {
  if (!span.known) return "–";
  const std::string low = format_price(per_million(currency, span.low));
  return span.low == span.high ? low
                               : fmt::format("{} to {}", low, format_price(per_million(currency, span.high)));
}

Cell rate_cell(const pricing::RateSpan& span, Currency currency) {
  if (!span.known) return Unknown{};
  if (span.low == span.high) return MoneyCell{per_million(currency, span.low), true};
  return CostCell{currency, std::nullopt, per_million(currency, span.low), per_million(currency, span.high),
                  true};
}

std::string rates_sentence(const pricing::SheetRow& row, Currency currency) {
  std::vector<std::string> parts;
  for (const RateTitle& title : kRateTitles) {
    const pricing::RateSpan& span = row.rates[static_cast<std::size_t>(title.rate)];
    if (span.known) parts.push_back(fmt::format("{} {}", rate_text(span, currency), title.words));
  }
  return list_words(parts);
}

std::string row_words(const pricing::SheetRow& row, bool tiered) {
  std::string words = pricing::band_words(row.band);
  if (tiered) words += (words.empty() ? "" : ", ") + pricing::tier_words(row.tier);
  return words;
}

std::string record_marks(const pricing::PriceRecord& price) {
  std::string words(pricing::rate_kind_name(price.rate_kind));
  if (price.evidence.status != pricing::Status::in_force)
    words += fmt::format(", {}", pricing::status_name(price.evidence.status));
  if (price.derived) words += ", derived";
  if (!price.evidence.confirmed || !price.evidence.unconfirmed.empty()) words += ", unconfirmed";
  return words;
}

std::string list_words(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

std::vector<Note> mark_notes(const pricing::Bill& bill) {
  std::vector<Note> notes;
  for (const pricing::MarkRow& mark : pricing::marks())
    if (bill.has(mark.mark))
      notes.push_back({NoteKind::warning, fmt::format("{}: {}.", mark.name, mark.text)});
  return notes;
}

}  // namespace costwar::reports
