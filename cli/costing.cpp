#include "cli/costing.h"

#include <fmt/format.h>

#include <variant>

#include "cli/attempt_biller.h"
#include "cli/imported_costs.h"
#include "cli/price_book.h"
#include "core/error.h"
#include "core/suggest.h"
#include "pricing/own_machine.h"
#include "pricing/reprice.h"

namespace costwar::cli {
namespace {

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

analysis::RepricedCost as_finding(const pricing::Repriced& repriced) {
  analysis::RepricedCost cost;
  cost.priced_as = repriced.priced_as;
  cost.amount = repriced.complete() ? repriced.amount : std::nullopt;
  cost.low = repriced.low;
  cost.high = repriced.complete() ? repriced.high : std::nullopt;
  cost.token_basis = repriced.token_basis;
  return cost;
}

bool goes_to_strong(const RunColumns& run, std::size_t attempt) {
  const ModelCard& card = run.header.models[run.trials.model[run.attempts.trial[attempt]]];
  return !card.members.empty() && run.attempts.turn[attempt] >= card.cheap_calls;
}

// The same prompt without any cache: all of it is fresh.
Usage without_cache(Usage usage) {
  const auto prompt = usage.prompt_tokens();
  const auto& fresh = usage[Meter::fresh_input];
  const Provenance provenance = fresh ? fresh->provenance : Provenance::reported;
  for (const Meter meter : {Meter::cache_read, Meter::cache_write_5m, Meter::cache_write_1h})
    usage.clear(meter);
  if (prompt) usage.set(Meter::fresh_input, *prompt, provenance);
  return usage;
}

bool any_cache_read(const RunColumns& run) {
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    const auto read = run.attempts.usage[i][Meter::cache_read];
    if (read && read->value > 0 && run.attempts.role[i] == CallRole::subject) return true;
  }
  return false;
}

// What each model's own token counts cost at the rates of `name`; one entry per model of the run.
std::vector<pricing::Repriced> reprice_run(const RunColumns& run, const std::string& name,
                                           const pricing::PriceBook& book, Wall known_at,
                                           const std::optional<Wall>& moved_to) {
  const Tariff tariff = reprice_tariff(name, book, known_at);
  std::vector<pricing::Repricer> repricers(run.header.models.size(), pricing::Repricer(tariff, std::nullopt));
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    if (run.used_nothing(i) || run.attempts.role[i] != CallRole::subject) continue;
    BillingFacts facts = run.billing_facts(i);
    if (moved_to) facts.requested = *moved_to, facts.completed = moved_to;
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
  app.add_flag("--imported-costs", flags.imported_costs,
               "Imported runs cost what their source says, also where their tokens can be priced");
  app.add_option("--at", flags.at, "Price everything at this instant instead of its own");
  declare_book_flags(app, flags.books);
}

std::optional<Wall> costing_instant(const CostingFlags& flags) {
  if (flags.at.empty()) return std::nullopt;
  const auto at = read_wall(flags.at);
  if (!at || !(at->date_only || at->strict))
    throw Error(ErrorKind::usage, fmt::format("--at {}: no instant", flags.at), "write 2026-04-24T12:00:00Z");
  return at->wall;
}

void check_costing_flags(const CostingFlags& flags, const pricing::PriceBook& book, Wall known_at) {
  (void)machine_rate(flags);
  (void)costing_instant(flags);
  for (const std::string& name : reprice_names(flags)) (void)reprice_tariff(name, book, known_at);
}

Costing cost_run(const RunColumns& run, const CostingFlags& flags, const pricing::PriceBook& book,
                 Wall known_at, analysis::CostLines* lines) {
  const pricing::MachineRate rate = machine_rate(flags);
  std::vector<AttemptBiller> billers;
  std::vector<AttemptBiller> escalated;  // of a route: what its strong model costs
  for (const ModelCard& card : run.header.models) {
    billers.emplace_back(card.asked_in(0), rate, book, known_at);
    escalated.emplace_back(card.asked_in(card.cheap_calls), rate, book, known_at);
  }
  // Who measures is billed at prices of its own. A run without one has no such attempts. Of several runs read
  // as one, each has its own.
  std::vector<AttemptBiller> judges;
  std::vector<AttemptBiller> users;
  for (std::size_t m = 0; m < run.header.models.size(); ++m) {
    const bool own = !run.header.origins.empty();
    const auto& judge = own ? run.header.origins[m].judge : run.header.judge;
    const auto& user = own ? run.header.origins[m].simulated_user : run.header.simulated_user;
    judges.emplace_back(judge.value_or(ModelCard()), rate, book, known_at);
    users.emplace_back(user.value_or(ModelCard()), rate, book, known_at);
  }
  ImportedCosts imported(run, flags.imported_costs);
  const std::optional<Wall> moved_to = costing_instant(flags);
  Costing costing;
  costing.costs.reserve(run.attempts.size());
  const bool cached = any_cache_read(run);
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    const CallRole role = run.attempts.role[i];
    const std::uint32_t model = run.trials.model[run.attempts.trial[i]];
    AttemptBiller& biller = role == CallRole::judge            ? judges[model]
                            : role == CallRole::simulated_user ? users[model]
                            : goes_to_strong(run, i)           ? escalated[model]
                                                               : billers[model];
    const Usage usage = run.attempts.usage[i];
    BillingFacts facts = run.billing_facts(i);
    if (moved_to) facts.requested = *moved_to, facts.completed = moved_to;
    const analysis::CostLines::At at{facts.completed.value_or(facts.requested), model, role,
                                     run.attempts.outcome[i] == Outcome::in_doubt};
    const auto bill = [&](const Usage& used, analysis::CostLines* into) {
      return biller.bill(used, facts, run.attempts.unsent[i] != 0, run.used_nothing(i), {into, at});
    };
    const bool reported = run.reported_cost(i).has_value();
    const analysis::AttemptCost billed = bill(usage, reported ? nullptr : lines);
    const analysis::AttemptCost cost = imported.choose(i, billed);
    costing.costs.push_back(cost);
    const bool as_billed = !reported || cost.amount == billed.amount;
    if (reported && lines != nullptr) {
      if (as_billed)
        bill(usage, lines);
      else
        lines->add_imported(at, cost);
    }
    // What a source says it cost does not say what it would have cost without a cache.
    if (cached)
      costing.cold.push_back(as_billed ? bill(without_cache(usage), nullptr)
                                       : analysis::AttemptCost{{}, {}, {}, true});
  }
  for (std::size_t m = 0; m < billers.size(); ++m) {
    std::string basis = billers[m].basis();
    if (!run.header.models[m].members.empty())
      basis = fmt::format("calls to {}: {}; calls to {}: {}", run.header.models[m].members[0].name, basis,
                          run.header.models[m].members[1].name, escalated[m].basis());
    basis = imported.basis(m, basis);
    if (moved_to) basis += fmt::format("; as if asked on {}", format_wall(*moved_to));
    costing.pricing.push_back({std::move(basis), {}});
  }
  for (const std::string& name : reprice_names(flags)) {
    const std::vector<pricing::Repriced> lists = reprice_run(run, name, book, known_at, moved_to);
    for (std::size_t m = 0; m < lists.size(); ++m) {
      const ModelCard& card = run.header.models[m];
      if (card.price_provider + "/" + card.price_model == name) continue;  // its own bill already
      costing.pricing[m].repriced.push_back(as_finding(lists[m]));
    }
  }
  return costing;
}

}  // namespace costwar::cli
