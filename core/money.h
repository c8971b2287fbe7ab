// Exact money: a 128-bit count of 1e-18 units of one currency. Decimal text in and out, checked arithmetic,
// no floating point, no mixing of currencies, no exchange. Rounding happens once, when a person reads it
// (format_money).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/int128.h"

namespace costwar {

// Three upper-case letters, as in ISO 4217.
class Currency {
 public:
  constexpr Currency() = default;            // USD
  explicit Currency(std::string_view code);  // Error{input} unless three letters A-Z
  std::string code() const { return {letters_.begin(), letters_.end()}; }
  auto operator<=>(const Currency&) const = default;

 private:
  std::array<char, 3> letters_{'U', 'S', 'D'};
};

class Money {
 public:
  constexpr Money() = default;  // 0 USD
  constexpr Money(Currency currency, int128 atto) : currency_(currency), atto_(atto) {}

  // "1.245", "-0.000001", at most 18 digits after the point and 18 before; no exponent. Error{input}
  // otherwise.
  static Money parse(Currency currency, std::string_view decimal);

  Currency currency() const { return currency_; }
  int128 atto() const { return atto_; }
  bool is_zero() const { return atto_ == 0; }

  // Throws Error{internal} when currencies differ or the sum leaves 128 bits.
  Money& operator+=(const Money& other);
  Money& operator-=(const Money& other);
  friend Money operator+(Money a, const Money& b) { return a += b; }
  friend Money operator-(Money a, const Money& b) { return a -= b; }

  // Exact product with a count. Throws Error{internal} on overflow.
  Money times(std::int64_t count) const;

  // this * numerator / denominator with the quotient rounded half away from zero at 1e-18. denominator > 0.
  Money scaled(std::int64_t numerator, std::int64_t denominator) const;

  // Every digit, without trailing zeros: "1.245". The form that is stored and exported.
  std::string decimal() const;

  // For statistics and charts only; about 15 significant digits.
  double approximate() const;

  // Nearest Money to a statistic such as a bootstrap bound. Error{internal} unless finite and within range.
  static Money from_statistic(Currency currency, double value);

  friend bool operator==(const Money&, const Money&) = default;
  // Orders amounts of one currency; Error{internal} across currencies.
  friend std::strong_ordering operator<=>(const Money& a, const Money& b);

 private:
  Currency currency_;
  int128 atto_ = 0;
};

// The one place where money is rounded for people: `significant` digits for amounts below 1, two decimals
// from 1 up, with the currency sign or code: "$0.00127", "$12.40", "CNY 3.50".
std::string format_money(const Money& money, int significant = 3);

// Every digit, and at least two after the point: "$0.003625", "$1.30", "CNY 12.00". For prices, which are not
// rounded.
std::string format_price(const Money& money);

}  // namespace costwar
