#include "cli/attempt_biller.h"

#include <fmt/format.h>

#include "core/spent.h"

namespace costwar::cli {
namespace {

using analysis::AttemptCost;
using pricing::Bill;
using pricing::Tariff;
using pricing::Unpriced;

AttemptCost from_bill(const Bill& bill) {
  AttemptCost cost;
  cost.unpriced = !bill.complete();
  cost.amount = bill.total();
  if (!bill.settled()) {
    cost.low = bill.low();
    cost.high = bill.high();
  }
  return cost;
}

}  // namespace

AttemptBiller::AttemptBiller(ModelCard card, const pricing::MachineRate& rate, const pricing::PriceBook& book,
                             Wall known_at)
    : card_(std::move(card)), rate_(rate), book_(book), known_at_(known_at) {}

AttemptCost AttemptBiller::bill(const Usage& usage, const BillingFacts& facts, bool unsent, bool used_nothing,
                                const BillLines& lines) {
  const auto no_charge = [&] {
    if (lines.into != nullptr) lines.into->add_no_charge(lines.at);
    return AttemptCost{Money(), {}, {}, false};
  };
  const auto unpriced = [&](const std::string& priced_as) {
    if (lines.into != nullptr) lines.into->add_unpriced(lines.at, priced_as, usage);
    return AttemptCost{{}, {}, {}, true};
  };
  if (card_.own_machine) {
    if (unsent) return no_charge();
    const Bill machine = pricing::machine_bill(rate_, usage);
    marks_ |= machine.marks;
    if (lines.into != nullptr) lines.into->add_machine(lines.at, rate_, usage, machine);
    return from_bill(machine);
  }
  // Before the next rule: beside attempts of unknown price, nothing for those that used nothing reads as a
  // total.
  if (card_.price_model.empty()) return unpriced("");
  if (used_nothing) return no_charge();
  const Answer& tariff = tariff_for(facts);
  if (std::holds_alternative<Unpriced>(tariff))
    return unpriced(card_.price_provider + "/" + card_.price_model);
  const Bill vendor = std::get<Tariff>(tariff).bill(usage, facts);
  marks_ |= vendor.marks;
  if (lines.into != nullptr) lines.into->add_bill(lines.at, std::get<Tariff>(tariff), usage, vendor);
  return from_bill(vendor);
}

AttemptCost AttemptBiller::bill(const Attempt& attempt) {
  return bill(attempt.usage, attempt.billing, is_unsent(attempt), used_nothing(attempt));
}

std::string AttemptBiller::basis() const {
  if (card_.own_machine)
    return fmt::format("this machine's time at {} an hour ({})", format_money(rate_.per_hour),
                       rate_.provenance);
  if (card_.price_model.empty()) return "no price is known";
  std::string text = fmt::format("list prices of {}/{} as known on {}", card_.price_provider,
                                 card_.price_model, format_wall(known_at_).substr(0, 10));
  for (const auto& [key, tariff] : tariffs_)
    if (const auto* unpriced = std::get_if<Unpriced>(&tariff)) text = unpriced->reason;
  for (const pricing::MarkRow& row : pricing::marks())
    if ((marks_ >> static_cast<unsigned>(row.mark) & 1U) != 0) text += fmt::format("; {}", row.text);
  return text;
}

const AttemptBiller::Answer& AttemptBiller::tariff_for(const BillingFacts& facts) {
  std::pair<std::string, std::string> key{facts.service_class, facts.region};
  const auto found = tariffs_.find(key);
  if (found != tariffs_.end()) return found->second;
  Answer answer =
      book_.resolve(pricing::key_for(card_.price_provider, card_.price_model, Currency(), facts, known_at_));
  return tariffs_.emplace(std::move(key), std::move(answer)).first->second;
}

}  // namespace costwar::cli
