// Where two price books disagree, meter by meter, for the models that both have. Pure. Both books are asked
// by the six steps, so aliases, multipliers, tiers and bands count; what is compared is the rate that a
// request would be billed at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pricing/audit_match.h"
#include "pricing/price_book.h"

namespace costwar::pricing {

// A ratio of two rates, exact. Infinite where only the divisor is 0.
struct Ratio {
  AttoRate dividend = 1;
  AttoRate divisor = 1;
  bool infinite() const { return divisor == 0; }
  // How far from 1, whichever side is larger: 2 and 1/2 are equally far. Orders by it.
  bool farther_than(const Ratio& other) const;
  // Whether the larger side is more than `millionths` / 1,000,000 times the smaller.
  bool above(std::int64_t millionths) const;
  double approximate() const;  // for display; infinity where infinite
};

struct Disagreement {
  std::string provider;
  std::string model;        // its name in A
  std::string other_model;  // its name in B; equal to `model` but for the way of writing
  Currency currency;
  std::string service_class;
  std::string region;
  Band band = Band::all;  // the one that held in either book
  TokenRange prompt;      // the prompt sizes for which it is so
  Rate rate = Rate::input;
  // Low and high differ where the vendor names a range of factors.
  RateSpan a;
  RateSpan b;
  Ratio factor;          // b / a, of the bounds that are nearest to each other
  Wall from;             // over time: since when and until when they disagree in this way
  Wall until;            // kForever: open
  std::string record_a;  // ids of the price rows
  std::string record_b;
};

struct AuditFinding {
  ModelMatch models;
  std::size_t compared_models = 0;     // of models.both, those with something that both price
  std::size_t disagreeing_models = 0;  // of compared_models
  std::size_t compared = 0;            // rates that both have; over time, each stretch on its own
  std::size_t only_a = 0;              // rates that A alone has, of what both sell
  std::size_t only_b = 0;
  std::vector<Disagreement> disagreements;  // the farthest from 1 first
};

struct AuditOptions {
  std::optional<Wall> at;  // nullopt: every instant for which both books have a price
  Wall known_at;
};

// A price whose start is not known counts, over time, from when it was first seen: before that the book says
// nothing.
AuditFinding audit(const PriceBook& a, const PriceBook& b, const AuditOptions& options);

}  // namespace costwar::pricing
