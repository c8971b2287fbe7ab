// Whom a load run asks: from a model's name to a target that every thread can open connections to.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "cli/config.h"
#include "cli/environment.h"
#include "core/model_card.h"
#include "harness/load/load_target.h"
#include "harness/plan.h"
#include "system/event_loop.h"

namespace costwar::cli {

struct FoundTarget {
  std::unique_ptr<harness::LoadTarget> target;
  harness::PlanModel model;
  std::string address;  // where its requests go; empty: it computes here
  // A machine that computes one call at a time, whatever is asked: more threads make no sense.
  bool one_at_a_time = false;
  bool vendor = false;  // it asks for a key, so it costs money even where no price is known
};

// `connections`: most to one host for each thread, asked once it is known whether that is another machine.
// longest_call: no request lasts longer. Errors of ProviderKit::make; Error{usage} for a recording, a route,
// and the class "batch", which no load can be put on. The target borrows `environment`.
FoundTarget find_load_target(const ModelSpec& spec, EventLoop& loop, const Environment& environment,
                             const Config& config, Nanos longest_call,
                             const std::function<std::size_t(bool remote)>& connections);

}  // namespace costwar::cli
