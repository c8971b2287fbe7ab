#include "core/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/magnitude.h"

namespace costwar {
namespace {

constexpr int kScaleDigits = 18;
constexpr int128 kAttoPerUnit = 1'000'000'000'000'000'000;

[[noreturn]] void fail_parse(std::string_view text) {
  throw Error(ErrorKind::input, fmt::format("'{}' is not an amount of money", text),
              "write a decimal number such as 0.0028, with at most 18 digits after the point");
}

void require_same_currency(const Money& a, const Money& b) {
  if (a.currency() != b.currency())
    throw Error(ErrorKind::internal,
                fmt::format("amounts in {} and {} were combined", a.currency().code(), b.currency().code()));
}

std::string unsigned_decimal(uint128 value) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// value / 10^places, rounded half away from zero.
uint128 round_off(uint128 value, int places) {
  for (int i = 0; i < places - 1; ++i) value /= 10;
  return places > 0 ? (value + 5) / 10 : value;
}

// Puts the decimal point `places` digits from the right.
std::string with_point(const std::string& digits, int places) {
  if (places == 0) return digits;
  std::string padded = digits;
  if (padded.size() <= static_cast<std::size_t>(places))
    padded.insert(0, static_cast<std::size_t>(places) + 1 - padded.size(), '0');
  padded.insert(padded.size() - static_cast<std::size_t>(places), 1, '.');
  return padded;
}

}  // namespace

Currency::Currency(std::string_view code) {
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    throw Error(ErrorKind::input, fmt::format("'{}' is not a currency", code),
                "use a code such as USD or CNY");
  std::copy(code.begin(), code.end(), letters_.begin());
}

Money Money::parse(Currency currency, std::string_view decimal) {
  std::string_view rest = decimal;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  const auto all_digits = [](std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 18 || fraction.size() > kScaleDigits || !all_digits(whole) ||
      !all_digits(fraction) || (point != std::string_view::npos && fraction.empty()))
    fail_parse(decimal);
  int128 atto = 0;
  for (const char c : whole) atto = atto * 10 + (c - '0');
  for (int i = 0; i < kScaleDigits; ++i) {
    const auto at = static_cast<std::size_t>(i);
    atto = atto * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
  }
  return {currency, negative ? -atto : atto};
}

Money& Money::operator+=(const Money& other) {
  require_same_currency(*this, other);
  if (__builtin_add_overflow(atto_, other.atto_, &atto_))
    throw Error(ErrorKind::internal, "a sum of money left the range of 128 bits");
  return *this;
}

Money& Money::operator-=(const Money& other) {
  require_same_currency(*this, other);
  if (__builtin_sub_overflow(atto_, other.atto_, &atto_))
    throw Error(ErrorKind::internal, "a difference of money left the range of 128 bits");
  return *this;
}

Money Money::times(std::int64_t count) const {
  int128 product = 0;
  if (__builtin_mul_overflow(atto_, static_cast<int128>(count), &product))
    throw Error(ErrorKind::internal, "a product of money left the range of 128 bits");
  return {currency_, product};
}

Money Money::scaled(std::int64_t numerator, std::int64_t denominator) const {
  if (denominator <= 0)
    throw Error(ErrorKind::internal, "money was scaled by a fraction without a denominator");
  const int128 product = times(numerator).atto_;
  const uint128 divisor = static_cast<uint128>(denominator);
  const uint128 rounded = (magnitude(product) + divisor / 2) / divisor;
  return {currency_, product < 0 ? -static_cast<int128>(rounded) : static_cast<int128>(rounded)};
}

std::string Money::decimal() const {
  std::string text = with_point(unsigned_decimal(magnitude(atto_)), kScaleDigits);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return atto_ < 0 ? "-" + text : text;
}

double Money::approximate() const {
  return static_cast<double>(atto_) / 1e18;
}

Money Money::from_statistic(Currency currency, double value) {
  if (!std::isfinite(value) || std::abs(value) > 1e18)
    throw Error(ErrorKind::internal, "a statistic of money is not a finite amount");
  return {currency, static_cast<int128>(std::round(value * 1e18))};
}

std::strong_ordering operator<=>(const Money& a, const Money& b) {
  require_same_currency(a, b);
  return a.atto_ <=> b.atto_;
}

std::string format_money(const Money& money, int significant) {
  const uint128 value = magnitude(money.atto());
  const uint128 unit = static_cast<uint128>(kAttoPerUnit);
  int decimals = 2;
  if (value != 0 && value < unit) {
    const int leading_zeros = kScaleDigits - static_cast<int>(unsigned_decimal(value).size());
    decimals = std::clamp(leading_zeros + significant, 2, kScaleDigits);
  }
  const std::string amount =
      with_point(unsigned_decimal(round_off(value, kScaleDigits - decimals)), decimals);
  const std::string sign = money.atto() < 0 ? "-" : "";
  const std::string code = money.currency().code();
  return code == "USD" ? fmt::format("{}${}", sign, amount) : fmt::format("{}{} {}", sign, code, amount);
}

std::string format_price(const Money& money) {
  std::string digits = money.decimal();
  const std::string sign = digits.starts_with('-') ? "-" : "";
  digits.erase(0, sign.size());
  std::size_t point = digits.find('.');
  if (point == std::string::npos) {
    point = digits.size();
    digits += '.';
  }
  digits.resize(std::max(digits.size(), point + 3), '0');
  const std::string code = money.currency().code();
  return code == "USD" ? fmt::format("{}${}", sign, digits) : fmt::format("{}{} {}", sign, code, digits);
}

}  // namespace costwar
