// One request to one provider, waited for: for checks that ask a handful of questions one after another. The
// runner is for everything that is measured.
#pragma once

#include "core/attempt.h"
#include "core/chat.h"
#include "core/provider.h"
#include "system/event_loop.h"

namespace costwar::harness {

// Runs the loop until the attempt has ended; after `deadline` it is cancelled and comes back as timed_out. A
// request that the provider refuses comes back as config, with the refusal's words.
Attempt ask_once(EventLoop& loop, Provider& provider, ChatRequest request, Nanos deadline);

}  // namespace costwar::harness
