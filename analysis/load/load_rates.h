// What passes through a stage in time: requests and tokens per second, the number in flight, slices, what met
// its objectives, and money. Pure; called by load_stage.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/load/load_calls.h"
#include "analysis/load/load_findings.h"
#include "analysis/load/load_stage.h"

namespace costwar::analysis {

// A stretch of a stage, nanoseconds since its begin; from <= until.
struct LoadSpan {
  std::int64_t from = 0;
  std::int64_t until = 0;
  double seconds() const { return static_cast<double>(until - from) / 1e9; }
  bool contains(std::int64_t at) const { return at >= from && at < until; }
};

// Rates over the span, and output tokens by who counted them.
void fill_rates(LoadStageFindings& findings, std::span<const LoadCall> calls,
                std::span<const CallNumbers> numbers, const LoadSpan& span);

// Up to 60 slices of at least a second from the stage's begin to its end.
std::vector<LoadSlice> load_slices(const LoadStageRow& row, std::span<const LoadCall> calls,
                                   std::span<const CallNumbers> numbers);

// Money of the stage; nullopt where no call has a price and there is no machine.

std::optional<LoadMoney> load_money(const LoadStageInput& input, const LoadStageFindings& findings,
                                    std::span<const CallNumbers> numbers, const LoadSpan& span);

Goodput goodput_of(const ServiceObjectives& objectives, const LoadStageInput& input,
                   std::span<const CallNumbers> numbers, const LoadSpan& span);

// Whether a call kept all objectives; a failed one kept none, and one whose payload came at once none on
// TTFT or TPOT. `open`: whether TTFT counts from due.
bool meets(const ServiceObjectives& objectives, const CallNumbers& call, bool open);

// In the slot of an instant of the span: 0 <= slot < slots; the span contains the instant.
std::size_t slot_of(const LoadSpan& span, std::int64_t at, std::size_t slots);

}  // namespace costwar::analysis
