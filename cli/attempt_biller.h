// What attempts of one model cost: at list prices, or by the time of the own machine. Reports bill the
// attempts of a run with it, budgets each attempt as it ends, so that the two cannot disagree. Keeps the
// tariffs that it has met; one thread. The book and the rate must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "analysis/attempt_cost.h"
#include "analysis/cost_lines.h"
#include "core/attempt.h"
#include "core/model_card.h"
#include "core/time.h"
#include "pricing/own_machine.h"
#include "pricing/price_book.h"

namespace costwar::cli {

// Where the lines of a bill go as it is made; nullptr: nobody asks.
struct BillLines {
  analysis::CostLines* into = nullptr;
  analysis::CostLines::At at;
};

class AttemptBiller {
 public:
  // Prices as known at `known_at`.
  AttemptBiller(ModelCard card, const pricing::MachineRate& rate, const pricing::PriceBook& book,
                Wall known_at);

  // At the attempt's own instant. unsent, used_nothing: as core/spent.h says of it.
  analysis::AttemptCost bill(const Usage& usage, const BillingFacts& facts, bool unsent, bool used_nothing,
                             const BillLines& lines = {});
  analysis::AttemptCost bill(const Attempt& attempt);

  // For people: whose prices, and what there is to know about the bills so far.
  std::string basis() const;

 private:
  using Answer = std::variant<pricing::Tariff, pricing::Unpriced>;
  const Answer& tariff_for(const BillingFacts& facts);

  ModelCard card_;
  const pricing::MachineRate& rate_;
  const pricing::PriceBook& book_;
  Wall known_at_;
  std::map<std::pair<std::string, std::string>, Answer> tariffs_;  // by class and region
  std::uint32_t marks_ = 0;
};

}  // namespace costwar::cli
