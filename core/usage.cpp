#include "core/usage.h"

#include <algorithm>

namespace costwar {
namespace {

constexpr std::array<MeterRow, kMeterCount> kMeters{{
    {Meter::fresh_input, "fresh_input", "Fresh input", "tokens"},
    {Meter::cache_read, "cache_read", "Cache read", "tokens"},
    {Meter::cache_write_5m, "cache_write_5m", "Cache write, 5 min", "tokens"},
    {Meter::cache_write_1h, "cache_write_1h", "Cache write, 1 h", "tokens"},
    {Meter::visible_output, "visible_output", "Visible output", "tokens"},
    {Meter::reasoning, "reasoning", "Reasoning", "tokens"},
    {Meter::requests, "requests", "Requests", "requests"},
    {Meter::tool_calls, "tool_calls", "Tool calls", "calls"},
    {Meter::cache_token_hours, "cache_token_hours", "Cache storage", "token-hours"},
    {Meter::machine_ns, "machine_ns", "Machine time", "ns"},
    {Meter::microjoules, "microjoules", "Energy", "µJ"},
    {Meter::web_searches, "web_searches", "Web searches", "searches"},
}};

constexpr std::array<std::string_view, 4> kProvenances{"reported", "timings", "tokenizer", "estimated"};

std::optional<std::int64_t> sum(const Usage& usage, std::initializer_list<Meter> meters_to_add) {
  std::optional<std::int64_t> total;
  for (const Meter meter : meters_to_add)
    if (const auto& count = usage[meter]) total = total.value_or(0) + count->value;
  return total;
}

}  // namespace

std::span<const MeterRow> meters() {
  return kMeters;
}

const MeterRow& meter_row(Meter meter) {
  return kMeters[static_cast<std::size_t>(meter)];
}

std::optional<Meter> meter_by_name(std::string_view name) {
  const auto* found =
      std::find_if(kMeters.begin(), kMeters.end(), [&](const MeterRow& row) { return row.name == name; });
  return found == kMeters.end() ? std::nullopt : std::optional(found->meter);
}

std::string_view provenance_name(Provenance provenance) {
  return kProvenances[static_cast<std::size_t>(provenance)];
}

std::optional<Provenance> provenance_by_name(std::string_view name) {
  const auto* found = std::find(kProvenances.begin(), kProvenances.end(), name);
  if (found == kProvenances.end()) return std::nullopt;
  return static_cast<Provenance>(found - kProvenances.begin());
}

std::optional<std::int64_t> Usage::prompt_tokens() const {
  return sum(*this, {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m, Meter::cache_write_1h});
}

std::optional<std::int64_t> Usage::output_tokens() const {
  return sum(*this, {Meter::visible_output, Meter::reasoning});
}

void Usage::add(const Usage& other) {
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    const auto& theirs = other.counts_[i];
    if (!theirs) continue;
    auto& ours = counts_[i];
    ours =
        ours ? Count{ours->value + theirs->value, std::max(ours->provenance, theirs->provenance)} : *theirs;
  }
}

}  // namespace costwar
