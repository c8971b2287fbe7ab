#include "cli/imported_costs.h"

#include <fmt/format.h>

namespace costwar::cli {
namespace {

void add(std::optional<Money>& sum, const Money& amount) {
  if (!sum)
    sum = amount;
  else if (sum->currency() == amount.currency())
    *sum += amount;
}

}  // namespace

ImportedCosts::ImportedCosts(const RunColumns& run, bool prefer_reported)
    : run_(run), prefer_reported_(prefer_reported), tallies_(run.header.models.size()) {}

analysis::AttemptCost ImportedCosts::choose(std::size_t attempt, const analysis::AttemptCost& billed) {
  const std::optional<Money> reported = run_.reported_cost(attempt);
  Tally ignored;
  const bool subject = run_.attempts.role[attempt] == CallRole::subject;
  Tally& tally = subject ? tallies_[run_.trials.model[run_.attempts.trial[attempt]]] : ignored;
  ++tally.attempts;
  if (!reported) return billed;
  const Usage usage = run_.attempts.usage[attempt];
  const bool counted = usage.prompt_tokens() || usage.output_tokens();
  const bool is_billed = counted && !billed.unpriced && (billed.amount || billed.low);
  if (is_billed) {
    ++tally.both;
    add(tally.reported, *reported);
    add(tally.billed, billed.amount ? *billed.amount : *billed.low);
    if (!prefer_reported_) return billed;
  }
  ++tally.taken;
  return {*reported, {}, {}, false};
}

std::string ImportedCosts::basis(std::size_t model, const std::string& billed) const {
  const Tally& tally = tallies_[model];
  std::string text = billed;
  if (tally.taken > 0)
    text = tally.taken == tally.attempts
               ? "as imported: what the source of the run says it cost"
               : fmt::format("{}; {} of {} attempts as imported", billed, tally.taken, tally.attempts);
  if (tally.both == 0 || !tally.reported || !tally.billed) return text;
  return fmt::format(
      "{}; for {} of the attempts the source says {} and the price book {} ({})", text, tally.both,
      format_money(*tally.reported), format_money(*tally.billed),
      prefer_reported_ ? "without --imported-costs the latter counts" : "--imported-costs counts the former");
}

}  // namespace costwar::cli
