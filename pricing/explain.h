// How a bill came about, as values for a view: every meter with its count, rate and amount; every decision
// (alias, sheet, factor, band, tier) with the record that it rests on; every record that was considered and
// does not apply. Pointers live as long as the tariff's book.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pricing/tariff.h"

namespace costwar::pricing {

struct ExplainedMeter {
  Meter meter = Meter::fresh_input;
  std::optional<Count> count;  // nullopt: a bill needs it and nobody reported it
  MeterState state = MeterState::not_used;
  std::optional<RateSpan> rate;  // per single unit; nullopt for meters without a rate
  Money amount;                  // 0 unless priced
};

struct Decision {
  std::string what;  // "alias", "sheet", "service class", "region", "band", "prompt size", "web search", ...
  std::string decided;  // "peak"
  std::string because;
  const Evidence* evidence = nullptr;  // may be none
};

struct ConsideredRecord {
  const Evidence* evidence = nullptr;
  std::string why_not;
};

struct Explanation {
  Bill bill;
  std::string refused;  // why there is no bill; empty when there is one
  std::vector<ExplainedMeter> meters;
  std::vector<Decision> decisions;
  std::vector<const Evidence*> records;  // that the bill rests on
  std::vector<ConsideredRecord> considered;
};

// Bills the attempt and explains the bill.
Explanation explain(const Tariff& tariff, const Usage& usage, const BillingFacts& facts);

// "2026-04-24 (hour not known)", "an unknown start", "further notice", or the instant.
std::string instant_words(Wall instant, Precision precision);

// "0.5", "1.75 to 2"
std::string factor_words(const MultiplierRecord& multiplier);

// "any size", "below 272,000 tokens", "from 272,000 tokens", "over 100,000 tokens"
std::string tier_words(const TokenRange& tier);

}  // namespace costwar::pricing
