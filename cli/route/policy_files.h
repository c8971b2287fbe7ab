// Routing policies as files: what `costwar route` found, for a live route and for LiteLLM's router.
#pragma once

#include <string>

#include "analysis/routing.h"
#include "cli/config.h"
#include "cli/route/signals.h"
#include "core/routing_policy.h"

namespace costwar::cli {

// Of the rule that is named, or else of the one that gains most. `rule`: "mix" too. Error{usage} for a name
// that no rule has.
RoutingPolicy policy_of(const analysis::Routing& routing, const std::vector<FoundSignal>& signals,
                        const std::string& rule);

// A configuration of LiteLLM's router that does what the policy says, as YAML (docs.litellm.ai/docs/routing:
// deployments of one model_name with weights, and simple-shuffle). Error{usage} for what its router cannot
// do: it does not read replies, and asks models behind an API only. `config`: where providers are.
std::string litellm_config(const RoutingPolicy& policy, const Config& config);

}  // namespace costwar::cli
