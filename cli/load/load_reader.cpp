#include "cli/load/load_reader.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "cli/costing.h"
#include "cli/load/objectives.h"
#include "core/error.h"
#include "core/spent.h"

namespace costwar::cli {
namespace {

// As bills go by it: a call without its texts.
Attempt attempt_of(const LoadCall& call) {
  Attempt attempt;
  attempt.outcome = call.outcome;
  attempt.http_status = call.http_status;
  attempt.error_code = call.error_code;
  attempt.usage = call.usage;
  attempt.billing = call.billing;
  attempt.timeline.due = call.timeline.due;
  attempt.timeline.issued = call.timeline.issued;
  attempt.timeline.sent = call.timeline.sent;
  attempt.timeline.headers = call.timeline.headers;
  attempt.timeline.first_any = call.timeline.first_any;
  attempt.timeline.first_visible = call.timeline.first_visible;
  attempt.timeline.end = call.timeline.end;
  return attempt;
}

void move_to(BillingFacts& facts, Wall at) {
  if (facts.completed) facts.completed = at + (*facts.completed - facts.requested);
  facts.requested = at;
}

}  // namespace

LoadReader::LoadReader(const LoadReadingFlags& flags, const ModelCard& card, const Environment& environment,
                       Wall known_at)
    : card_(card), book_(load_price_book(flags.books, environment)), rate_(pricing::default_machine_rate()) {
  for (const std::string& text : flags.slo) objectives_.push_back(parse_objectives(text, "--slo"));
  if (!flags.machine_rate.empty()) {
    rate_ = pricing::machine_rate_from_flag(flags.machine_rate);
    machine_per_hour_ = rate_.per_hour;
  }
  CostingFlags costing;
  costing.at = flags.at;
  at_ = costing_instant(costing);
  if (!card_.price_model.empty())
    priced_ = std::holds_alternative<pricing::Tariff>(
        book_.resolve({card_.price_provider, card_.price_model, Currency(), "standard", "any", known_at}));
  biller_ = std::make_unique<AttemptBiller>(card_, rate_, book_, known_at);
}

analysis::LoadStageFindings LoadReader::stage(const LoadStageRow& row, std::span<const LoadCall> calls) {
  analysis::LoadStageInput input;
  input.row = &row;
  input.calls = calls;
  input.objectives = objectives_;
  input.machine_per_hour = machine_per_hour_;
  analysis::CostColumns costs;
  if (!machine_per_hour_ && (priced_ || card_.own_machine)) {
    costs.reserve(calls.size());
    for (const LoadCall& call : calls) {
      Attempt attempt = attempt_of(call);
      if (at_) move_to(attempt.billing, *at_);
      costs.push_back(biller_->bill(attempt));
    }
    input.costs = &costs;
    input.cost_basis = biller_->basis();
  }
  if (machine_per_hour_)
    input.cost_basis = fmt::format("hardware at {} an hour", format_money(*machine_per_hour_));
  return analysis::load_stage(input);
}

}  // namespace costwar::cli
