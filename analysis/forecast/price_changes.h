// The list prices of models over time as a history of changes, from which a trend can be fitted. Pure.
//
// The price of a model is what a million tokens of a stated mix cost: fresh, cached and output tokens at the
// weights of the workload, in the tier of its prompts, averaged over the hours of a week where the price has
// peak hours. A change is one model's list price becoming another list price: the same model (a successor
// behind the same name is another model), the same currency, class "standard", region "any". Rows of bands,
// tiers, classes and regions are no changes of their own, nor is a sheet that only moves hours. A promo is
// shown and never counted: what counts is the list price before it against the one after it.
#pragma once

#include <string>
#include <vector>

#include "analysis/forecast/month_cost.h"
#include "core/money.h"
#include "pricing/price_book.h"

namespace costwar::analysis {

struct PriceChange {
  std::string provider;
  std::string model;
  Wall at;
  double before = 0;  // per million tokens of the mix
  double after = 0;
  bool promo = false;  // it begins a promo: not counted
  double log_ratio() const;
  std::string id() const { return provider + "/" + model; }
};

struct PriceHistory {
  std::vector<PriceChange> changes;  // ascending by instant
  double model_months = 0;           // for which list prices were watched
  std::size_t models = 0;
  std::size_t vendors = 0;

  std::size_t counted() const;  // without promos
  // Of the counted ones: a vendor that changes several prices at once decides once.
  std::size_t events() const;
};

struct HistoryQuestion {
  Currency currency;
  Wall known_at;                     // only what could be known then, and only changes until then
  std::vector<std::string> vendors;  // empty: all
  Workload mix;
};

PriceHistory price_history(const pricing::PriceBook& book, const HistoryQuestion& question);

// The price of a million tokens of the mix in a segment; nullopt where a part has none.
std::optional<double> mixed_price(const pricing::Tariff& tariff, const pricing::Segment& segment,
                                  const Workload& mix);

}  // namespace costwar::analysis
