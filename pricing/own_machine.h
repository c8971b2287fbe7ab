// What the own machine costs: its time at a rate per hour. The rate is the user's to set; the default is an
// assumption that says so wherever it is shown. Energy and depreciation by part belong to the host model, not
// here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/money.h"
#include "core/usage.h"
#include "pricing/tariff.h"

namespace costwar::pricing {

struct MachineRate {
  Money per_hour;
  std::string provenance;  // where the rate comes from, for people
};

// USD 0.10 per hour, about what a cloud asks for a rented machine of two virtual CPUs and 8 GB.
MachineRate default_machine_rate();

// The rate given by --machine-rate, in USD per hour. Error{usage} unless it is a non-negative decimal number.
MachineRate machine_rate_from_flag(std::string_view dollars_per_hour);

// per_hour x machine_ns / 3.6e12, rounded once at 1e-18. Error{internal} on overflow or a negative time.
Money machine_cost(const MachineRate& rate, std::int64_t machine_ns);

// Bills an attempt by its machine time alone. Without a machine time the bill is unreported, never zero.
Bill machine_bill(const MachineRate& rate, const Usage& usage);

}  // namespace costwar::pricing
