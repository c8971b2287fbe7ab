// Whether an attempt that met a fault on the wire is what the catalogue requires. Pure; `doctor wire` asks
// the questions.
#pragma once

#include <string>

#include "core/attempt.h"
#include "harness/wire_faults.h"

namespace costwar::harness {

// What is wrong with `got`, in words; empty: nothing. reference: the answer to the same prompt without a
// fault.
std::string complaint_about(const WireMode& mode, const Attempt& got, const Attempt& reference);

// The same of the request that followed on the same connection; the mode must have a `next`.
std::string complaint_about_next(const WireMode& mode, const Attempt& got);

// "ok", "capacity, wait 1 s", "stream_error (mock_fault)": what a report shows of an attempt.
std::string outcome_text(const Attempt& attempt);

}  // namespace costwar::harness
