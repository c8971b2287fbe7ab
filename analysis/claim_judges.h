// What the evidence says of one claim, by the claim's kind: the ratio of two models measured on the same
// items, or published on comparable rows; list prices; months behind the frontier; facts of the catalogue; a
// vendor's own relative claim. Each piece of evidence is a row with its source and a verdict of its own, and
// is never averaged with another. Where nothing bears on a claim the verdict is "no evidence", not a guess.
// Pure; definitions in docs/claims.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/claim.h"
#include "analysis/comparability.h"
#include "analysis/published/lag.h"
#include "analysis/published/published_cost.h"
#include "analysis/published/published_scores.h"
#include "analysis/published/side_by_side.h"
#include "pricing/hardware/accelerator.h"
#include "pricing/price_book.h"

namespace costwar::analysis {

// What kind of figure a row rests on; kinds never stand in one figure.
enum class ClaimBasis : std::uint8_t {
  measured,
  imported,
  measured_and_imported,
  published_vendor,
  published_independent,
  published_mixed,  // one side by its maker, the other by somebody else
  list_price,
  catalogue,
  vendor_claim,
};
std::string_view claim_basis_name(ClaimBasis basis);  // "published by others"

struct ClaimEvidence {
  std::string what;  // "chi-bench:v1.0.0", "input tokens", "parameters"
  ClaimBasis basis = ClaimBasis::measured;
  ClaimVerdict verdict = ClaimVerdict::unresolved;
  std::string figures;  // "14.2 % against 20.9 %", in words
  std::optional<ClaimPart> capability;
  std::optional<ClaimPart> cost;
  std::string doubt;   // what differs or is missing, sentences without a full stop; empty: nothing
  std::string source;  // where it stands
  std::string date;    // of the source
};

struct JudgedClaim {
  ClaimVerdict verdict = ClaimVerdict::no_evidence;
  std::string because;  // a sentence without its full stop
  std::vector<ClaimEvidence> evidence;
  std::optional<std::int64_t> items_needed;
  std::vector<std::string> warnings;  // sentences: what the verdict is not about
  std::vector<std::string> notes{};   // sentences: prices, what is missing
};

// Runs on the same items. `differences`: what else differs between their measurements.
JudgedClaim judge_measured(const ClaimBounds& bounds, const SharedOutcomes& shared, std::size_t cheap,
                           std::size_t strong, std::span<const Difference> differences,
                           const ClaimOptions& options);

// Two published rows; of one benchmark, variant and metric, else Error{input}. Shares with a published sample
// size have an interval: Koopman's, with the number of tasks where trials of a task are related. A published
// cost is a point.
ClaimEvidence judge_published_pair(const ClaimBounds& bounds, const PublishedScore& cheap,
                                   const PublishedScore& strong, const ClaimOptions& options);

// Every benchmark on which both have comparable rows. Supported only where each that decides anything
// supports, refuted likewise.
JudgedClaim judge_published(const ClaimBounds& bounds, const std::vector<ClaimEvidence>& pairs);

// Months behind, row by row (published/lag.h).
JudgedClaim judge_lag(const std::vector<LagRow>& rows, const MonthRange& range);

// Prices per million tokens of a model, as listed at an instant and known then.
struct ClaimedPrices {
  std::string model;  // "openai/gpt-5.5"
  std::optional<Money> input;
  std::optional<Money> output;
  std::optional<Money> cached;
};
JudgedClaim judge_prices(const ClaimedPrices& claimed, const pricing::PriceBook& book, Wall instant);

// The cost ratio of two models at list prices if both use the same tokens: for any mix of input, cached input
// and output it lies between the least and the largest ratio of a kind, over the bands of the day. How many
// tokens each needs is not in it, so it supports no claim about the cost of tasks.
JudgedClaim judge_list_price_ratio(const std::string& cheap, const std::string& strong, double cost_at_most,
                                   const pricing::PriceBook& book, Wall instant);

// Active over total parameters, within a range; of a model without these facts there is no evidence.
JudgedClaim judge_active_share(const pricing::ModelFacts& model, double low, double high, Wall as_of);
JudgedClaim judge_context(const pricing::ModelFacts& model, std::int64_t tokens_at_least, Wall as_of);

// "+80 % performance per dollar": whether anybody but the vendor says so, with a price to check it by.
JudgedClaim judge_relative(std::span<const pricing::Accelerator> accelerators, const std::string& subject,
                           const std::string& versus, const std::string& metric, double gain, Wall as_of);

}  // namespace costwar::analysis
