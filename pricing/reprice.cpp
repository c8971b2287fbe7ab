#include "pricing/reprice.h"

#include <fmt/format.h>

#include <vector>

namespace costwar::pricing {
namespace {

constexpr Meter kTokenMeters[] = {Meter::fresh_input,    Meter::cache_read,     Meter::cache_write_5m,
                                  Meter::cache_write_1h, Meter::visible_output, Meter::reasoning};

}  // namespace

Repricer::Repricer(Tariff tariff, std::optional<Wall> at)
    : tariff_(std::move(tariff)),
      at_(at),
      amount_(tariff_.key().currency, 0),
      low_(amount_),
      high_(amount_) {}

void Repricer::add(const Usage& usage, Wall requested, std::optional<Wall> completed) {
  BillingFacts facts;
  facts.requested = at_.value_or(requested);
  if (!at_) facts.completed = completed;
  // What the attempt used besides tokens is of its own provider: its tool calls have no price elsewhere, save
  // web searches where the vendor sells them, and its machine time is not what another vendor bills.
  const Bill bill = tariff_.bill(usage, facts);
  ++attempts_;
  marks_ |= bill.marks;
  for (const Meter meter : kTokenMeters)
    if (const auto& count = usage[meter]) provenances_[static_cast<std::size_t>(count->provenance)] = true;
  const auto& read = usage[Meter::cache_read];
  cached_ = cached_ || (read && read->value > 0);
  const auto total = bill.total();
  if (!total) {
    ++unpriced_;
    return;
  }
  if (!bill.complete()) ++partly_;
  amount_ += *total;
  low_ += *bill.low();
  high_ += *bill.high();
}

Repriced Repricer::result(const std::string& measured_as) const {
  Repriced list;
  list.priced_as = tariff_.key().provider + "/" + tariff_.key().model;
  list.currency = tariff_.key().currency;
  if (attempts_ > unpriced_) {
    list.amount = amount_;
    list.low = low_;
    list.high = high_;
  }
  list.attempts = attempts_;
  list.unpriced = unpriced_;
  list.partly = partly_;
  list.marks = marks_;
  std::vector<std::string_view> counted_by;
  for (std::size_t i = 0; i < provenances_.size(); ++i)
    if (provenances_[i]) counted_by.push_back(provenance_name(static_cast<Provenance>(i)));
  list.token_basis = fmt::format(
      "token counts of {} ({}) at the rates of {}: a statement about tariffs, not about what {} would use or "
      "answer{}",
      measured_as, counted_by.empty() ? "none known" : fmt::format("{}", fmt::join(counted_by, ", ")),
      list.priced_as, list.priced_as, cached_ ? "; cache reads as measured" : "");
  return list;
}

Repriced reprice(const Tariff& tariff, std::span<const UsageAt> attempts, std::optional<Wall> at,
                 const std::string& measured_as) {
  Repricer repricer(tariff, at);
  for (const UsageAt& attempt : attempts) repricer.add(attempt.usage, attempt.requested, attempt.completed);
  return repricer.result(measured_as);
}

}  // namespace costwar::pricing
