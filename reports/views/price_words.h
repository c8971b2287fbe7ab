// Words that the views of prices share: what a million tokens cost in a row, how a change reads, what the
// marks of a bill mean.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/document.h"
#include "pricing/tariff.h"

namespace costwar::reports {

struct RateTitle {
  pricing::Rate rate;
  std::string_view key;    // of JSON: "cache_write_5m"
  std::string_view title;  // of a column: "Cache write"
  std::string_view words;  // in a sentence: "cache writes"
};
inline constexpr std::array<RateTitle, pricing::kRateCount> kRateTitles{
    {{pricing::Rate::input, "input", "Input", "input"},
     {pricing::Rate::cache_read, "cache_read", "Cache read", "cache reads"},
     {pricing::Rate::cache_write_5m, "cache_write_5m", "Cache write", "cache writes"},
     {pricing::Rate::cache_write_1h, "cache_write_1h", "Cache write, 1 h", "cache writes for 1 h"},
     {pricing::Rate::output, "output", "Output", "output"}}};

// "openai/gpt-5.5 batch"; class and region only where they are not the usual ones.
std::string tariff_words(const pricing::TariffKey& key);

// For columns, which say that it is UTC: "2026-08-17 01:00", which breaks at the space where it must.
std::string table_time(Wall instant);

// A rate per million tokens, exact; a range where the vendor names one; unknown where there is none.
Cell rate_cell(const pricing::RateSpan& span, Currency currency);
std::string rate_text(const pricing::RateSpan& span, Currency currency);  // "$0.44", "$2.62 to $3.00"

// "$1.32 input, $0.044 cache reads and $3.96 output"
std::string rates_sentence(const pricing::SheetRow& row, Currency currency);

// "peak, from 272,000 tokens"; empty for the only row there is.
std::string row_words(const pricing::SheetRow& row, bool tiered);

// "list", "promo"; then what is not usual about the record: scheduled, derived, unconfirmed.
std::string record_marks(const pricing::PriceRecord& price);

// "a", "a and b", "a, b and c"
std::string list_words(const std::vector<std::string>& words);

// A warning per mark of the bill that a person should know.
std::vector<Note> mark_notes(const pricing::Bill& bill);

// What a million of a meter's tokens cost.
Money per_million(Currency currency, pricing::AttoRate rate);

}  // namespace costwar::reports
