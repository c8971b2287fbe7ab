#include "pricing/traffic/run_records.h"

#include <fmt/format.h>

#include <variant>

#include "core/error.h"

namespace costwar::pricing {

std::optional<UsageRecord> RunRecords::take(const RunRow& row) {
  if (const auto* trial = std::get_if<TrialRow>(&row)) {
    if (trial->model >= header_.models.size())
      throw Error(ErrorKind::input,
                  fmt::format("trial {} names model {}, which the header lacks", trial->trial, trial->model));
    models_[trial->trial] = trial->model;
    return std::nullopt;
  }
  const auto* attempt = std::get_if<AttemptRow>(&row);
  if (attempt == nullptr) return std::nullopt;
  const auto found = models_.find(attempt->trial);
  if (found == models_.end())
    throw Error(ErrorKind::input,
                fmt::format("an attempt names trial {}, which is not there", attempt->trial));
  const ModelCard& card = header_.models[found->second];
  attempt_ = attempt->attempt;
  if (!attempt_.usage.prompt_tokens() && !attempt_.usage.output_tokens()) return std::nullopt;
  const BillingFacts& billing = attempt_.billing;
  UsageRecord record;
  record.provider = card.price_provider.empty() ? card.provider : card.price_provider;
  record.model = card.price_model.empty() ? card.model : card.price_model;
  record.service_class = billing.service_class.empty() ? "standard" : std::string_view(billing.service_class);
  record.region = billing.region.empty() ? "any" : std::string_view(billing.region);
  record.usage = attempt_.usage;
  record.facts.requested = billing.requested;
  record.facts.completed = billing.completed;
  return record;
}

}  // namespace costwar::pricing
