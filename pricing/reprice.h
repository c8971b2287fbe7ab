// Repricing: what a run's own usage would cost at another model's rates. It is a statement about tariffs
// only: the other model would use other numbers of tokens and give other answers. Costs are added attempt by
// attempt, since tiers and bands apply per attempt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/money.h"
#include "core/usage.h"
#include "pricing/tariff.h"

namespace costwar::pricing {

struct Repriced {
  std::string priced_as;  // "openai/gpt-5.5"
  Currency currency;
  std::optional<Money> amount;  // sum over what could be priced; nullopt where nothing could
  std::optional<Money> low;
  std::optional<Money> high;
  std::int64_t attempts = 0;
  std::int64_t unpriced = 0;  // attempts of which nothing could be priced
  std::int64_t partly = 0;    // attempts of which some meter could not: the amount is "at least"
  std::uint32_t marks = 0;    // union over the bills
  std::string token_basis;    // whose tokens were counted, by whom, and what that means

  bool complete() const { return unpriced == 0 && partly == 0; }
};

// Adds up one list. Not thread-safe; make one per list.
class Repricer {
 public:
  // Every attempt is billed as if it was sent at `at`; without it, at its own instants.
  Repricer(Tariff tariff, std::optional<Wall> at);

  void add(const Usage& usage, Wall requested, std::optional<Wall> completed);

  // `measured_as`: the model whose tokens these are. May be called at any time.
  Repriced result(const std::string& measured_as) const;

 private:
  Tariff tariff_;
  std::optional<Wall> at_;
  Money amount_;
  Money low_;
  Money high_;
  std::int64_t attempts_ = 0;
  std::int64_t unpriced_ = 0;
  std::int64_t partly_ = 0;
  std::uint32_t marks_ = 0;
  std::array<bool, 4> provenances_{};  // indexed by Provenance
  bool cached_ = false;
};

struct UsageAt {
  Usage usage;
  Wall requested;
  std::optional<Wall> completed;
};
Repriced reprice(const Tariff& tariff, std::span<const UsageAt> attempts, std::optional<Wall> at,
                 const std::string& measured_as);

}  // namespace costwar::pricing
