#include "cli/costing.h"

#include <fmt/format.h>

#include <map>
#include <variant>

#include "cli/price_book.h"
#include "core/error.h"
#include "core/suggest.h"
#include "pricing/own_machine.h"
#include "pricing/reprice.h"

namespace costwar::cli {
namespace {

using analysis::AttemptCost;
using pricing::Bill;
using pricing::Tariff;
using pricing::Unpriced;

const std::vector<std::string> kDefaultReprice{"openai/gpt-5.5", "deepseek/deepseek-v4-flash",
                                               "deepseek/deepseek-v4-pro"};

pricing::MachineRate machine_rate(const CostingFlags& flags) {
  return flags.machine_rate.empty() ? pricing::default_machine_rate()
                                    : pricing::machine_rate_from_flag(flags.machine_rate);
}

Tariff reprice_tariff(const std::string& name, const pricing::PriceBook& book, Wall known_at) {
  const std::size_t slash = name.find('/');
  pricing::TariffKey key;
  key.provider = name.substr(0, slash);
  key.model = slash == std::string::npos ? "" : name.substr(slash + 1);
  key.known_at = known_at;
  auto resolved = book.resolve(key);
  if (auto* tariff = std::get_if<Tariff>(&resolved)) return std::move(*tariff);
  const auto& unpriced = std::get<Unpriced>(resolved);
  throw Error(ErrorKind::usage, fmt::format("--reprice: {} has no price: {}", name, unpriced.reason),
              unpriced.hint.empty() ? "costwar prices list shows what has" : unpriced.hint);
}

std::vector<std::string> reprice_names(const CostingFlags& flags) {
  if (flags.no_reprice) return {};
  return flags.reprice.empty() ? kDefaultReprice : flags.reprice;
}

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

// Bills the attempts of one model of the run.
class ModelBiller {
 public:
  ModelBiller(const RunColumns& run, const ModelCard& card, const pricing::MachineRate& rate,
              const pricing::PriceBook& book, Wall known_at)
      : run_(run), card_(card), rate_(rate), book_(book), known_at_(known_at) {}

  AttemptCost bill(std::size_t attempt) {
    const Usage usage = run_.attempts.usage[attempt];
    if (card_.own_machine) {
      if (run_.attempts.unsent[attempt] != 0) return {Money(), {}, {}, false};
      const Bill machine = pricing::machine_bill(rate_, usage);
      marks_ |= machine.marks;
      return from_bill(machine);
    }
    // Before the next rule: beside attempts of unknown price, nothing for those that used nothing reads as a
    // total.
    if (card_.price_model.empty()) return {{}, {}, {}, true};
    if (run_.used_nothing(attempt)) return {Money(), {}, {}, false};
    const auto& tariff = tariff_for(run_.attempts.billing[attempt]);
    if (std::holds_alternative<Unpriced>(tariff)) return {{}, {}, {}, true};
    const Bill vendor = std::get<Tariff>(tariff).bill(usage, run_.billing_facts(attempt));
    marks_ |= vendor.marks;
    return from_bill(vendor);
  }

  std::string basis() const {
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

 private:
  const std::variant<Tariff, Unpriced>& tariff_for(std::uint32_t billing_key) {
    const auto found = tariffs_.find(billing_key);
    if (found != tariffs_.end()) return found->second;
    const BillingKey& key = run_.billing_keys.at(billing_key);
    BillingFacts facts;
    facts.service_class = key.service_class;
    facts.region = key.region;
    auto resolved = card_.price_model.empty()
                        ? std::variant<Tariff, Unpriced>(Unpriced{"no price is known", ""})
                        : book_.resolve(pricing::key_for(card_.price_provider, card_.price_model, Currency(),
                                                         facts, known_at_));
    return tariffs_.emplace(billing_key, std::move(resolved)).first->second;
  }

  const RunColumns& run_;
  const ModelCard& card_;
  const pricing::MachineRate& rate_;
  const pricing::PriceBook& book_;
  Wall known_at_;
  std::map<std::uint32_t, std::variant<Tariff, Unpriced>> tariffs_;
  std::uint32_t marks_ = 0;
};

analysis::RepricedCost as_finding(const pricing::Repriced& repriced) {
  analysis::RepricedCost cost;
  cost.priced_as = repriced.priced_as;
  cost.amount = repriced.complete() ? repriced.amount : std::nullopt;
  cost.low = repriced.low;
  cost.high = repriced.complete() ? repriced.high : std::nullopt;
  cost.token_basis = repriced.token_basis;
  return cost;
}

// What each model's own token counts cost at the rates of `name`; one entry per model of the run.
std::vector<pricing::Repriced> reprice_run(const RunColumns& run, const std::string& name,
                                           const pricing::PriceBook& book, Wall known_at) {
  const Tariff tariff = reprice_tariff(name, book, known_at);
  std::vector<pricing::Repricer> repricers(run.header.models.size(), pricing::Repricer(tariff, std::nullopt));
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    if (run.used_nothing(i)) continue;
    const BillingFacts facts = run.billing_facts(i);
    repricers[run.trials.model[run.attempts.trial[i]]].add(run.attempts.usage[i], facts.requested,
                                                           facts.completed);
  }
  std::vector<pricing::Repriced> lists;
  for (std::size_t m = 0; m < repricers.size(); ++m) {
    lists.push_back(repricers[m].result(run.header.models[m].name));
    lists.back().priced_as = name;
  }
  return lists;
}

}  // namespace

void declare_costing_flags(CLI::App& app, CostingFlags& flags) {
  app.add_option("--machine-rate", flags.machine_rate,
                 fmt::format("What an hour of this machine costs, in USD (default: {}, an assumption)",
                             pricing::default_machine_rate().per_hour.decimal()));
  app.add_option("--reprice", flags.reprice,
                 "Models at whose rates the same token counts are priced, comma-separated (default: gpt-5.5 "
                 "and DeepSeek V4)")
      ->delimiter(',');
  app.add_flag("--no-reprice", flags.no_reprice, "Leave that list out");
  declare_book_flags(app, flags.books);
}

void check_costing_flags(const CostingFlags& flags, const pricing::PriceBook& book, Wall known_at) {
  (void)machine_rate(flags);
  for (const std::string& name : reprice_names(flags)) (void)reprice_tariff(name, book, known_at);
}

Costing cost_run(const RunColumns& run, const CostingFlags& flags, const pricing::PriceBook& book,
                 Wall known_at) {
  const pricing::MachineRate rate = machine_rate(flags);
  std::vector<ModelBiller> billers;
  for (const ModelCard& card : run.header.models) billers.emplace_back(run, card, rate, book, known_at);
  Costing costing;
  costing.costs.reserve(run.attempts.size());
  for (std::size_t i = 0; i < run.attempts.size(); ++i)
    costing.costs.push_back(billers[run.trials.model[run.attempts.trial[i]]].bill(i));
  for (const ModelBiller& biller : billers) costing.pricing.push_back({biller.basis(), {}});
  for (const std::string& name : reprice_names(flags)) {
    const std::vector<pricing::Repriced> lists = reprice_run(run, name, book, known_at);
    for (std::size_t m = 0; m < lists.size(); ++m) {
      const ModelCard& card = run.header.models[m];
      if (card.price_provider + "/" + card.price_model == name) continue;  // its own bill already
      costing.pricing[m].repriced.push_back(as_finding(lists[m]));
    }
  }
  return costing;
}

}  // namespace costwar::cli
