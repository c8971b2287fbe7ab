#include "pricing/explain.h"

#include <fmt/format.h>

#include "pricing/price_book.h"

namespace costwar::pricing {
namespace {

std::string when(Wall instant, Precision precision) {
  if (instant == kBeginning) return "an unknown start";
  if (instant == kForever) return "further notice";
  const std::string text = format_wall(instant);
  if (precision == Precision::day) return text.substr(0, 10) + " (hour not known)";
  if (precision == Precision::month) return text.substr(0, 7) + " (day not known)";
  return text;
}

std::string factor_text(std::int64_t millionths) {
  return Money(Currency(), int128{millionths} * 1'000'000'000'000).decimal();
}

std::string amount_text(Currency currency, int128 atto) {
  return fmt::format("{} {}", currency.code(), Money(currency, atto).decimal());
}

// The rate that a meter is billed at, or nullptr for meters without one.
const RateSpan* rate_of(const SheetRow& row, Meter meter) {
  switch (meter) {
    case Meter::fresh_input:
      return &row.rates[static_cast<std::size_t>(Rate::input)];
    case Meter::cache_read:
      return &row.rates[static_cast<std::size_t>(Rate::cache_read)];
    case Meter::cache_write_5m:
      return &row.rates[static_cast<std::size_t>(Rate::cache_write_5m)];
    case Meter::cache_write_1h:
      return &row.rates[static_cast<std::size_t>(Rate::cache_write_1h)];
    case Meter::visible_output:
    case Meter::reasoning:
      return &row.rates[static_cast<std::size_t>(Rate::output)];
    default:
      return nullptr;
  }
}

std::string rate_text(const RateSpan& span, Currency currency) {
  const std::string low = Money(currency, span.low * 1'000'000).decimal();
  if (span.low == span.high) return fmt::format("{} per 1M", low);
  return fmt::format("{} to {} per 1M", low, Money(currency, span.high * 1'000'000).decimal());
}

std::string meter_line(const Bill& bill, const SheetRow& row, Meter meter, const Count& count) {
  const MeterRow& names = meter_row(meter);
  const std::string head =
      fmt::format("{}: {} {} ({})", names.title, count.value, names.unit, provenance_name(count.provenance));
  const MeterState state = bill.state(meter);
  if (state != MeterState::priced && state != MeterState::free)
    return fmt::format("{}: {}", head,
                       state == MeterState::unpriced ? "no rate is recorded" : "not charged for");
  const RateSpan* span = rate_of(row, meter);
  const std::string amount = amount_text(bill.currency, bill.atto[static_cast<std::size_t>(meter)]);
  if (span == nullptr) return fmt::format("{} = {}", head, amount);
  return fmt::format("{} x {} = {}", head, rate_text(*span, bill.currency), amount);
}

std::string total_line(const Bill& bill) {
  const auto total = bill.total();
  if (!total) return "Total: not known";
  std::string line = fmt::format("Total: {}{}", bill.complete() ? "" : "at least ",
                                 amount_text(bill.currency, total->atto()));
  if (!bill.settled())
    line += fmt::format(", between {} and {}", Money(bill.currency, bill.low_atto).decimal(),
                        Money(bill.currency, bill.high_atto).decimal());
  return line;
}

void add_factors(const Tariff& tariff, const Bill& bill, std::vector<std::string>& lines) {
  const Tariff::Resolved& resolved = tariff.resolved();
  const Segment& segment = resolved.segments[bill.segment];
  for (const std::uint32_t index : segment.aliases) {
    const AliasRecord& alias = resolved.book->aliases[index];
    lines.push_back(fmt::format("Alias: {} is billed as {}", alias.model, alias.alias_of));
  }
  for (const std::uint32_t index : segment.multipliers) {
    const MultiplierRecord& multiplier = resolved.book->multipliers[index];
    const bool range = multiplier.factor_low != multiplier.factor_high;
    lines.push_back(fmt::format("Factor: {}{} for {} {}", factor_text(multiplier.factor_low),
                                range ? " to " + factor_text(multiplier.factor_high) : "",
                                multiplier.dimension == Dimension::region ? "region" : "service class",
                                multiplier.value));
  }
  if (segment.calendar) {
    const Calendar& calendar = resolved.book->calendars[*segment.calendar];
    lines.push_back(fmt::format(
        "Band: {} by calendar {}, decided by {}{}", band_name(segment.rows[bill.row].band), calendar.id,
        decided_by_name(calendar.decided_by), calendar.decided_by_confirmed ? "" : " (not confirmed)"));
  }
}

}  // namespace

std::vector<std::string> describe(const Evidence& evidence) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("Record: {}, {}, from {} until {}", evidence.id, status_name(evidence.status),
                              when(evidence.from, evidence.from_precision),
                              when(evidence.until, evidence.until_precision)));
  lines.push_back(fmt::format("  {}, seen {}, last verified {}{}", source_kind_name(evidence.source_kind),
                              evidence.seen, evidence.last_verified,
                              evidence.confirmed ? "" : ", not confirmed"));
  if (evidence.layer > 0) lines.push_back(fmt::format("  from a book of your own: {}", evidence.where));
  if (!evidence.unconfirmed.empty())
    lines.push_back(fmt::format("  not settled: {}", fmt::join(evidence.unconfirmed, ", ")));
  for (const std::string& source : evidence.sources) lines.push_back(fmt::format("  source: {}", source));
  return lines;
}

Explanation explain(const Tariff& tariff, const Usage& usage, const BillingFacts& facts) {
  Explanation explanation{tariff.bill(usage, facts), {}};
  const Bill& bill = explanation.bill;
  std::vector<std::string>& lines = explanation.lines;
  if (bill.refusal != Refusal::none) {
    lines.push_back("Not priced: " + tariff.reason(bill));
    return explanation;
  }
  const SheetRow& row = tariff.resolved().segments[bill.segment].rows[bill.row];
  for (const MeterRow& meter : meters()) {
    const auto& count = usage[meter.meter];
    if (count) lines.push_back(meter_line(bill, row, meter.meter, *count));
    if (!count && bill.state(meter.meter) == MeterState::unreported)
      lines.push_back(fmt::format("{}: not reported, so not in the total", meter.title));
  }
  lines.push_back(total_line(bill));
  add_factors(tariff, bill, lines);
  for (const Evidence* evidence : tariff.records(bill))
    for (std::string& line : describe(*evidence)) lines.push_back(std::move(line));
  for (const MarkRow& mark : marks())
    if (bill.has(mark.mark)) lines.push_back(fmt::format("Note: {}", mark.text));
  return explanation;
}

}  // namespace costwar::pricing
