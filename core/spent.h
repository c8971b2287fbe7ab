// Whether an attempt can have cost anything. Pure.
#pragma once

#include "core/attempt.h"
#include "core/usage.h"

namespace costwar {

// Whether it ended before its request had left whole; of one in doubt, nobody knows.
bool is_unsent(const Attempt& attempt);

// What never left whole used nothing, at any rates; nor did what a vendor rejected outright, before working
// on it. An answer that had begun used something, however it ended: what, is not known without its usage.
bool used_nothing(const Attempt& attempt);
bool rejected_outright(Outcome outcome, const Usage& usage, bool answer_began);

}  // namespace costwar
