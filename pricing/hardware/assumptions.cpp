#include "pricing/hardware/assumptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr double kShare = 0.2;  // the range of a value of which no other range is known

constexpr std::array<InputRow, kInputCount> kInputs{{
    {Input::rent, "rent", "Rent, USD per accelerator-hour", 0, 1e6, std::nullopt, 0, 0, ""},
    {Input::capital, "capital", "Capital, USD per accelerator", 0, 1e9, std::nullopt, 0, 0, ""},
    {Input::life_years, "life", "Life, years", 0.1, 50, 4, 3, 6, "no source; set your own"},
    {Input::residual_share, "residual", "Residual value, share of capital", 0, 1, 0.1, 0, 0.3,
     "no source; set your own"},
    {Input::wacc, "wacc", "Cost of money, per year", 0, 1, 0.1, 0.06, 0.15, "no source; set your own"},
    {Input::availability, "availability", "Availability, share of hours", 0.01, 1, 0.98, 0.95, 0.999,
     "no source; set your own"},
    {Input::active_kw, "active_kw", "IT power busy, kW per accelerator", 0, 1e4, std::nullopt, 0, 0, ""},
    {Input::idle_kw, "idle_kw", "IT power idle, kW per accelerator", 0, 1e4, std::nullopt, 0, 0, ""},
    {Input::pue, "pue", "PUE", 1, 5, 1.3, 1.1, 1.6, "no source; set your own"},
    {Input::kwh_price, "kwh_price", "Electricity, USD per kWh", 0, 10, 0.1, 0.05, 0.25,
     "no source; set your own"},
    {Input::colo_kw_month, "colo", "Colocation, USD per kW and month", 0, 1e5, 150, 100, 250,
     "no source; set your own"},
    {Input::support_share, "support", "Network and support, share of capital per year", 0, 1, 0.05, 0.02, 0.1,
     "no source; set your own"},
    {Input::staff, "staff", "Staff, USD per accelerator and year", 0, 1e6, 1000, 0, 4000,
     "no source; set your own"},
    {Input::prefill_efficiency, "mfu", "Prefill: share of the roofline (MFU)", 0.001, 1, 0.35, 0.15, 0.6,
     "one value for all accelerators; docs/own-hardware.md shows what it misses by"},
    {Input::decode_efficiency, "mbu", "Decode: share of the roofline (MBU)", 0.001, 1, 0.3, 0.15, 0.6,
     "one value for all accelerators; docs/own-hardware.md shows what it misses by"},
    {Input::tokens_per_step, "tokens_per_step", "Tokens per decode step (speculation)", 1, 32, 1, 1, 1,
     "no speculation"},
    {Input::memory_share, "memory_share", "Share of memory for weights and cache", 0.05, 1, 0.9, 0.85, 0.95,
     "as vLLM takes by default (gpu-memory-utilization)"},
    {Input::chunk_tokens, "chunk", "Prompt tokens per prefill pass", 1, 1e6, 8192, 2048, 16384,
     "no source; what servers take by default differs"},
    {Input::cache_load, "cache_load", "Cached prefix comes back at, GB/s per accelerator", 0.001, 1e5, 25, 5,
     100, "no source; below a PCIe link of 64 GB/s"},
    {Input::peak_utilisation, "peak_utilisation", "Used share of capacity in the busiest hour", 0.01, 1, 0.8,
     0.6, 0.95, "no source; the rest is what keeps queues short"},
}};

std::size_t index_of(Input input) {
  return static_cast<std::size_t>(input);
}

}  // namespace

std::string_view origin_name(Origin origin) {
  constexpr std::array<std::string_view, 4> kNames{"default", "catalogue", "measured", "user"};
  return kNames[static_cast<std::size_t>(origin)];
}

std::span<const InputRow> input_rows() {
  return kInputs;
}

const InputRow& input_row(Input input) {
  return kInputs[index_of(input)];
}

Assumptions::Assumptions() {
  for (const InputRow& row : kInputs)
    if (row.value)
      values_[index_of(row.input)] =
          Assumption{row.input, *row.value, row.low, row.high, Origin::assumed, std::string(row.why)};
}

const Assumption* Assumptions::find(Input input) const {
  const auto& value = values_[index_of(input)];
  return value ? &*value : nullptr;
}

double Assumptions::at(Input input) const {
  const Assumption* found = find(input);
  if (found == nullptr)
    throw Error(ErrorKind::internal, fmt::format("nobody said: {}", input_row(input).title));
  return found->value;
}

void Assumptions::set(Input input, double value, Origin origin, std::string source) {
  const InputRow& row = input_row(input);
  set({input, value, std::max(row.least, value * (1 - kShare)), std::min(row.most, value * (1 + kShare)),
       origin, std::move(source)});
}

void Assumptions::set(Assumption assumption) {
  const InputRow& row = input_row(assumption.input);
  if (!std::isfinite(assumption.value) || assumption.value < row.least || assumption.value > row.most)
    throw Error(ErrorKind::usage, fmt::format("{}: {:g} is out of range", row.title, assumption.value),
                fmt::format("it lies between {:g} and {:g}", row.least, row.most));
  values_[index_of(assumption.input)] = std::move(assumption);
}

void Assumptions::clear(Input input) {
  values_[index_of(input)].reset();
}

Assumptions Assumptions::with(Input input, double value) const {
  Assumptions copy = *this;
  Assumption changed = find(input) != nullptr ? *find(input) : Assumption{};
  changed.input = input;
  changed.value = value;
  copy.set(std::move(changed));
  return copy;
}

std::vector<Assumption> Assumptions::rows() const {
  std::vector<Assumption> rows;
  for (const auto& value : values_)
    if (value) rows.push_back(*value);
  return rows;
}

}  // namespace costwar::pricing
