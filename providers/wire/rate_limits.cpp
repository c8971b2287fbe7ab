#include "providers/wire/rate_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

#include "core/text.h"
#include "providers/wire/retry_advice.h"

namespace costwar::wire {
namespace {

constexpr Nanos kLongestReset = seconds(31LL * 86'400);

struct Counted {
  RateLimit RateLimits::*limit;
  std::string_view openai, anthropic;  // the words in the headers' names; empty: the style has none
};
constexpr std::array kCounted{
    Counted{&RateLimits::requests, "requests", "requests"},
    Counted{&RateLimits::tokens, "tokens", "tokens"},
    Counted{&RateLimits::input_tokens, {}, "input-tokens"},
    Counted{&RateLimits::output_tokens, {}, "output-tokens"},
};

struct Unit {
  std::string_view name;
  Nanos length;
};
constexpr std::array kUnits{
    Unit{"d", seconds(86'400)}, Unit{"h", seconds(3600)},    Unit{"m", seconds(60)},
    Unit{"s", seconds(1)},      Unit{"ms", milliseconds(1)}, Unit{"us", microseconds(1)},
    Unit{"ns", nanoseconds(1)},
};

std::optional<std::int64_t> whole(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const std::string_view digits = trimmed(*text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Nanos> until(std::string_view text, Wall from) {
  const auto instant = read_wall(trimmed(text));
  if (!instant || instant->date_only || !instant->has_zone) return std::nullopt;
  const Nanos wait = std::max(Nanos{}, instant->wall - from);
  return wait > kLongestReset ? std::nullopt : std::optional(wait);
}

void forget_what_is_not_counted(RateLimit& limit) {
  if (limit.limit && *limit.limit <= 0) limit.limit.reset();
  if (limit.remaining && (*limit.remaining < 0 || (*limit.remaining == 0 && !limit.limit)))
    limit.remaining.reset();
}

// One after another: a field that is known stays.
void fill(RateLimit& into, const RateLimit& from) {
  if (!into.limit) into.limit = from.limit;
  if (!into.remaining) into.remaining = from.remaining;
  if (!into.reset) into.reset = from.reset;
}

RateLimit read_openai(const HttpHead& head, std::string_view what) {
  const auto header = [&](std::string_view kind) {
    return head.find(fmt::format("x-ratelimit-{}-{}", kind, what));
  };
  RateLimit out{whole(header("limit")), whole(header("remaining"))};
  if (const auto reset = header("reset")) out.reset = parse_limit_duration(trimmed(*reset));
  forget_what_is_not_counted(out);
  return out;
}

RateLimit read_anthropic(const HttpHead& head, std::string_view what, Wall from) {
  const auto header = [&](std::string_view kind) {
    return head.find(fmt::format("anthropic-ratelimit-{}-{}", what, kind));
  };
  RateLimit out{whole(header("limit")), whole(header("remaining"))};
  if (const auto reset = header("reset")) out.reset = until(*reset, from);
  forget_what_is_not_counted(out);
  return out;
}

// Most answers tell no limits: one look at the names spares the searches.
bool tells_any(const HttpHead& head) {
  return std::any_of(head.headers.begin(), head.headers.end(),
                     [](const auto& header) { return header.first.find("ratelimit-") != std::string::npos; });
}

}  // namespace

std::optional<Nanos> parse_limit_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  std::size_t next_unit = 0;  // units only become smaller
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(value) || value < 0 || text.front() == '-')
      return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_not_of("dhmsun"));
    const auto* const unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& row) { return row.name == name; });
    const auto place = static_cast<std::size_t>(unit - kUnits.begin());
    if (unit == kUnits.end() || place < next_unit) return std::nullopt;
    next_unit = place + 1;
    total += value * static_cast<double>(unit->length.count);
    text.remove_prefix(name.size());
  }
  if (total > static_cast<double>(kLongestReset.count)) return std::nullopt;
  return Nanos{static_cast<std::int64_t>(std::llround(total))};
}

RateLimits read_rate_limits(const HttpHead& head, Wall now) {
  RateLimits limits;
  if (!tells_any(head)) return limits;
  const auto date = head.find("date");
  const Wall from = (date ? parse_http_date(*date) : std::nullopt).value_or(now);
  for (const Counted& counted : kCounted) {
    RateLimit& limit = limits.*counted.limit;
    if (!counted.openai.empty()) fill(limit, read_openai(head, counted.openai));
    fill(limit, read_anthropic(head, counted.anthropic, from));
  }
  return limits;
}

}  // namespace costwar::wire
