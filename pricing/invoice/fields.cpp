// What the readers of invoices share: words, days, currencies.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/day.h"
#include "core/durations.h"
#include "core/error.h"
#include "pricing/invoice/formats.h"

namespace costwar::pricing {
namespace {

struct KindWord {
  std::string_view word;
  LineKind kind;
};
constexpr std::array kKindWords{
    KindWord{"credit", LineKind::credit},
    KindWord{"credits", LineKind::credit},
    KindWord{"grant", LineKind::credit},
    KindWord{"discount", LineKind::credit},
    KindWord{"refund", LineKind::credit},
    KindWord{"tax", LineKind::tax},
    KindWord{"taxes", LineKind::tax},
    KindWord{"vat", LineKind::tax},
    KindWord{"gst", LineKind::tax},
    KindWord{"minimum", LineKind::minimum},
    KindWord{"commitment", LineKind::minimum},
    KindWord{"rounding", LineKind::rounding},
};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

void read_money(std::string_view text, Currency currency, ReadLine& out) {
  const ReadAmount read = read_amount(text, currency);
  out.line.amount = read.amount;
  out.decimals = read.decimals;
}

void read_day(std::string_view text, ReadLine& out) {
  const std::string_view printed = trimmed(text);
  if (const auto day = parse_day(printed)) {
    out.line.day = day->day;
    out.offset_ns = day->offset_ns;
    return;
  }
  // Seconds since 1970: OpenAI's start_time. Nine or ten digits, so 1973 to 2286.
  if ((printed.size() == 9 || printed.size() == 10) &&
      printed.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    for (const char c : printed) seconds = seconds * 10 + (c - '0');
    out.line.day = seconds / (kNanosPerDay / 1'000'000'000);
    out.offset_ns = 0;
    return;
  }
  throw Error(ErrorKind::input, fmt::format("'{}' is not a day", printed.substr(0, 60)),
              "write days as 2026-08-17");
}

Currency read_currency(std::string_view printed, const InvoiceOptions& options) {
  std::string code = lowered(trimmed(printed));
  if (code.empty()) {
    if (options.currency) return *options.currency;
    throw Error(ErrorKind::input, "no currency is printed: say which with --invoice-currency",
                "for example --invoice-currency CNY");
  }
  std::transform(code.begin(), code.end(), code.begin(),
                 [](char c) { return is_letter(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  return Currency(code);
}

LineKind kind_of_label(std::string_view label) {
  const std::string text = lowered(trimmed(label));
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view word = std::string_view(text).substr(at, end - at);
    for (const KindWord& row : kKindWords)
      if (word == row.word) return row.kind;
    at = end + 1;
  }
  return LineKind::usage;
}

}  // namespace costwar::pricing
