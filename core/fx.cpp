#include "core/fx.h"

#include <fmt/format.h>

#include <array>

#include "core/csv.h"
#include "core/day.h"
#include "core/error.h"
#include "core/magnitude.h"
#include "core/text.h"

namespace costwar {
namespace {

constexpr uint128 kUnit = 1'000'000'000'000'000'000;
constexpr std::array<std::string_view, 4> kColumns{"date", "from", "to", "rate"};

[[noreturn]] void fail(const std::string& name, std::size_t line, const std::string& what) {
  throw Error(ErrorKind::input, fmt::format("{} line {}: {}", name, line, what),
              "exchange rates are lines of date,from,to,rate such as 2026-08-17,CNY,USD,0.1394");
}

// Where each of kColumns stands in the header.
std::array<std::size_t, 4> columns_of(std::span<const std::string_view> header, const std::string& name) {
  std::array<std::size_t, 4> columns{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    std::size_t at = 0;
    while (at < header.size() && trimmed(header[at]) != kColumns[i]) ++at;
    if (at == header.size()) fail(name, 1, fmt::format("the header has no column {}", kColumns[i]));
    columns[i] = at;
  }
  return columns;
}

// a * b / 1e18, rounded half up; false on overflow. With a = q1 u + r1 and b = q2 u + r2 (u = 1e18), only
// r1 r2 / u is not a whole number, and it fits.
bool multiply(uint128 a, uint128 b, uint128& out) {
  const uint128 q1 = a / kUnit, r1 = a % kUnit, q2 = b / kUnit, r2 = b % kUnit;
  uint128 whole = 0;
  if (__builtin_mul_overflow(q1, q2, &whole) || __builtin_mul_overflow(whole, kUnit, &whole)) return false;
  uint128 mixed = 0, sum = 0;
  if (__builtin_mul_overflow(q1, r2, &mixed) || __builtin_mul_overflow(q2, r1, &sum)) return false;
  const uint128 rest = (r1 * r2 + kUnit / 2) / kUnit;
  return !__builtin_add_overflow(whole, mixed, &out) && !__builtin_add_overflow(out, sum, &out) &&
         !__builtin_add_overflow(out, rest, &out);
}

struct Quote {
  Currency from, to;
  int128 atto = 0;
};

// `complain` does not return.
template <typename F>
Quote read_quote(std::string_view from, std::string_view to, std::string_view rate, const F& complain) {
  Quote quote;
  try {
    quote = {Currency(from), Currency(to), Money::parse(Currency(to), rate).atto()};
  } catch (const Error& error) {
    complain(error.what());
  }
  if (quote.atto <= 0) complain(fmt::format("a rate of {} is not above 0", rate));
  return quote;
}

}  // namespace

FxTable FxTable::parse(std::string_view csv, const std::string& name) {
  FxTable table;
  CsvReader reader(csv, csv_delimiter(csv));
  const auto header = reader.next();
  if (!header || reader.error()) fail(name, 1, "there is no header");
  const auto columns = columns_of(*header, name);
  while (const auto fields = reader.next()) {
    if (reader.error()) fail(name, reader.error()->line, std::string(reader.error()->what));
    const auto field = [&](std::size_t i) {
      return columns[i] < fields->size() ? trimmed((*fields)[columns[i]]) : std::string_view{};
    };
    const auto day = parse_day(field(0));
    if (!day) fail(name, reader.line(), fmt::format("'{}' is not a date", field(0)));
    const Quote quote = read_quote(field(1), field(2), field(3),
                                   [&](const std::string& what) { fail(name, reader.line(), what); });
    const auto [at, added] = table.rates_.try_emplace({day->day, quote.from, quote.to}, quote.atto);
    if (!added && at->second != quote.atto)
      fail(name, reader.line(),
           fmt::format("a second rate from {} to {} on {}", field(1), field(2), format_day(day->day)));
  }
  return table;
}

std::optional<Money> FxTable::convert(const Money& amount, Currency to, std::int64_t day) const {
  if (amount.currency() == to) return amount;
  const auto found = rates_.find({day, amount.currency(), to});
  if (found == rates_.end()) return std::nullopt;
  uint128 product = 0;
  if (!multiply(magnitude(amount.atto()), static_cast<uint128>(found->second), product) ||
      (product >> 127U) != 0)
    throw Error(ErrorKind::input,
                fmt::format("{} {} is too much to be converted to {}", amount.decimal(),
                            amount.currency().code(), to.code()),
                "check the amount and the rate");
  const auto value = static_cast<int128>(product);
  return Money{to, amount.atto() < 0 ? -value : value};
}

std::optional<std::string> FxTable::rate(Currency from, Currency to, std::int64_t day) const {
  const auto found = rates_.find({day, from, to});
  if (found == rates_.end()) return std::nullopt;
  return Money(to, found->second).decimal();
}

}  // namespace costwar
