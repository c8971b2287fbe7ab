#include "providers/wire/usage.h"

#include <variant>

namespace costwar::wire {

void count_usage(Attempt& attempt, UsageDialect dialect, const RawUsage& raw, bool any_payload,
                 Provenance provenance) {
  const auto counted = normalise_usage(dialect, raw, provenance);
  if (const auto* mismatch = std::get_if<UsageMismatch>(&counted)) {
    attempt.notes.push_back("usage rejected: " + mismatch->message);
    return;
  }
  attempt.usage = std::get<Usage>(counted);
  if (any_payload && attempt.usage.output_tokens() == 0)
    attempt.notes.emplace_back("usage says 0 output tokens although text came");
}

std::string_view service_class_of(std::string_view tier) {
  if (tier == "auto") return {};
  return tier == "default" ? std::string_view("standard") : tier;
}

}  // namespace costwar::wire
