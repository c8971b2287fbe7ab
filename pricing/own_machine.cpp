#include "pricing/own_machine.h"

#include <fmt/format.h>

#include "core/durations.h"
#include "core/error.h"

namespace costwar::pricing {
MachineRate default_machine_rate() {
  return {Money::parse(Currency(), "0.10"),
          "an assumption, not a measurement: about what clouds ask on demand for two virtual CPUs and 8 GB; "
          "set your own with --machine-rate"};
}

MachineRate machine_rate_from_flag(std::string_view dollars_per_hour) {
  try {
    MachineRate rate{Money::parse(Currency(), dollars_per_hour), "set by --machine-rate"};
    if (rate.per_hour.atto() >= 0) return rate;
  } catch (const Error&) {
    // Falls through to the message that names the flag.
  }
  throw Error(ErrorKind::usage, fmt::format("--machine-rate: '{}' is not a price per hour", dollars_per_hour),
              "give US dollars per hour as a decimal number, such as 0.10");
}

Money machine_cost(const MachineRate& rate, std::int64_t machine_ns) {
  if (machine_ns < 0) throw Error(ErrorKind::internal, "the machine time of an attempt is negative");
  return rate.per_hour.scaled(machine_ns, kNanosPerHour);
}

Bill machine_bill(const MachineRate& rate, const Usage& usage) {
  Bill bill;
  bill.currency = rate.per_hour.currency();
  for (const MeterRow& row : meters())
    if (usage[row.meter]) bill.states[static_cast<std::size_t>(row.meter)] = MeterState::not_billed;
  constexpr auto kMachine = static_cast<std::size_t>(Meter::machine_ns);
  const auto& time = usage[Meter::machine_ns];
  if (!time) {
    bill.states[kMachine] = MeterState::unreported;
    return bill;
  }
  bill.states[kMachine] = rate.per_hour.is_zero() ? MeterState::free : MeterState::priced;
  bill.total_atto = bill.low_atto = bill.high_atto = bill.atto[kMachine] =
      machine_cost(rate, time->value).atto();
  return bill;
}

}  // namespace costwar::pricing
