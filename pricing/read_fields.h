// Reading the fields that price-book records share: words of closed sets, instants, days, decimals. Every
// function complains through JsonIn, so that a message names the source and the JSON pointer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/json.h"
#include "core/time.h"
#include "pricing/record.h"

namespace costwar::pricing {

template <typename E>
using Word = std::pair<std::string_view, E>;

// Position of a word in a closed set; Error lists the set and suggests the nearest word.
std::size_t read_word_index(const JsonIn& in, std::span<const std::string_view> words);

template <typename E, std::size_t N>
E read_word(const JsonIn& in, const std::array<Word<E>, N>& table) {
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) words[i] = table[i].first;
  return table[read_word_index(in, words)].second;
}

// "2026-04-26T12:15:00Z" or a bare date.
Wall read_instant(const JsonIn& in);
std::optional<Wall> find_instant(const JsonIn& object, std::string_view key);

// "2026-11-23", as days since 1970-01-01.
std::int64_t read_day(const JsonIn& in);

// "2026-11" or "2026-11-23": the first instant after that month or day.
Wall read_end_of_period(const JsonIn& in);

// A non-negative decimal text as 1e-18 units, divided exactly by `per`: a price per 1M tokens with per =
// 1,000,000 becomes a rate per token. Error when it does not divide or exceeds what bills can carry.
AttoRate read_rate(const JsonIn& in, Currency currency, std::int64_t per);

// Non-negative decimal text, kept as printed.
std::string read_decimal(const JsonIn& in);

// A positive decimal text of at most 6 digits after the point, as millionths, at most 1000.
std::int64_t read_factor(const JsonIn& in);

// An identifier: lower-case letters, digits and . _ - only, not empty.
std::string read_identifier(const JsonIn& in);
std::string read_text(const JsonIn& in);                            // not empty
std::string find_text(const JsonIn& object, std::string_view key);  // empty when absent
std::vector<std::string> find_texts(const JsonIn& object, std::string_view key);
bool find_boolean(const JsonIn& object, std::string_view key, bool otherwise);

inline constexpr std::array<Word<Band>, 3> kBandWords{
    {{"all", Band::all}, {"peak", Band::peak}, {"off_peak", Band::off_peak}}};
inline constexpr std::int64_t kMaxTokens = 1'000'000'000'000'000;

}  // namespace costwar::pricing
