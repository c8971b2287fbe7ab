// What the caller knows of money, as plain values: analysis needs no price book and no network to be tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/int128.h"
#include "core/money.h"

namespace costwar::analysis {

// The bill of one attempt. A price that is only known as a range has low and high, and an amount only if one
// figure can be defended. What an attempt in doubt cost is not known: it is unpriced.
struct AttemptCost {
  std::optional<Money> amount;
  std::optional<Money> low;   // nullopt: the amount
  std::optional<Money> high;  // nullopt: the amount
  bool unpriced = false;      // some of its usage has no known price: what is given is a lower bound
};

// The bills of a run's attempts, one after another: 17 bytes an attempt, more only where a price is a range.
class CostColumns {
 public:
  CostColumns() = default;
  CostColumns(const std::vector<AttemptCost>& costs);  // implicit: a list of bills is one

  void push_back(const AttemptCost& cost);
  void reserve(std::size_t attempts);
  AttemptCost operator[](std::size_t attempt) const;
  std::size_t size() const { return flags_.size(); }
  bool empty() const { return flags_.empty(); }

 private:
  struct Range {
    std::size_t attempt = 0;
    std::optional<Money> low;
    std::optional<Money> high;
  };
  std::vector<int128> atto_;          // of the amounts
  std::vector<std::uint8_t> flags_;   // what an attempt has, and the place of its currency
  std::vector<Currency> currencies_;  // few: of the amounts
  std::vector<Range> ranges_;         // ascending
};

// What the same token counts would cost at another model's rates: a statement about tariffs, never about that
// model.
struct RepricedCost {
  std::string priced_as;        // "openai/gpt-5.5"
  std::optional<Money> amount;  // of the whole run of the measured model; nullopt: no price, or a range only
  std::optional<Money> low;
  std::optional<Money> high;
  std::string
      token_basis;  // whose tokens, counted how: "tokens of local/tiny-moe as its engine counted them"
};

// How one model of a run was priced.
struct ModelPricing {
  std::string basis;  // "openai list price of 2026-04-24", "machine time at $0.40 an hour"; empty: not said
  std::vector<RepricedCost> repriced;
};

}  // namespace costwar::analysis
