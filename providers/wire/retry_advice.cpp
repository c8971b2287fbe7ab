#include "providers/wire/retry_advice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "providers/wire/rate_limits.h"

namespace costwar {
namespace {

constexpr double kLongestWaitSeconds = 86'400;

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int> parse_digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Nanos> wait_of(double seconds_to_wait) {
  if (seconds_to_wait < 0 || seconds_to_wait > kLongestWaitSeconds) return std::nullopt;
  return Nanos{static_cast<std::int64_t>(std::llround(seconds_to_wait * 1e9))};
}

std::optional<Nanos> read_wait(const HttpHead& head, Wall now) {
  if (const auto text = head.find("retry-after-ms"))
    if (const auto value = parse_number(*text))
      if (const auto wait = wait_of(*value / 1000)) return wait;
  const auto text = head.find("retry-after");
  if (!text) return std::nullopt;
  if (const auto value = parse_number(*text)) return wait_of(*value);
  const auto until = parse_http_date(*text);
  if (!until) return std::nullopt;
  const auto date = head.find("date");
  const Wall from = (date ? parse_http_date(*date) : std::nullopt).value_or(now);
  return wait_of(std::max(0.0, (*until - from).seconds()));
}

}  // namespace

std::optional<Wall> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // Sun, 06 Nov 1994 08:49:37 GMT
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[19] != ':' ||
      text[22] != ':')
    return std::nullopt;
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = parse_digits(text.substr(5, 2));
  const auto year = parse_digits(text.substr(12, 4));
  const auto hour = parse_digits(text.substr(17, 2));
  const auto minute = parse_digits(text.substr(20, 2));
  const auto second = parse_digits(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second || *year < 1970 ||
      *year > 2260 || *hour > 23 || *minute > 59 || *second > 60 || *day < 1 || *day > 31)
    return std::nullopt;
  const std::int64_t days = days_from_civil({*year, static_cast<int>(month - kMonths.begin()) + 1, *day});
  return Wall{} + seconds(days * 86'400 + *hour * 3600 + *minute * 60 + *second);
}

RetryAdvice read_retry_advice(const HttpHead& head, Wall now) {
  RetryAdvice advice;
  advice.wait = read_wait(head, now);
  const auto word = head.find("x-should-retry");
  if (word == "true") advice.should_retry = true;
  if (word == "false") advice.should_retry = false;
  advice.limits = wire::read_rate_limits(head, now);
  return advice;
}

bool is_quota_code(std::string_view code) {
  return code == "insufficient_quota" || code == "credit_balance_exhausted" ||
         code == "billing_hard_limit_reached" || code == "billing_not_active" ||
         code == "insufficient_balance" || code == "billing_error" || code == "402";
}

bool is_overload_code(std::string_view code) {
  return code == "overloaded_error" || code == "rate_limit_exceeded" || code == "rate_limit_error" ||
         code == "server_overloaded" || code == "insufficient_system_resource" || code == "429" ||
         code == "503" || code == "529";
}

}  // namespace costwar
