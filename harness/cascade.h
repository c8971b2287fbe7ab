// A cascade as a dialogue: the item is put to the cheap model, once or several times, and what it answered
// decides whether the strong one is asked the same. The last answer is the reply. Only items of one call can
// be routed: what a second turn refers to would otherwise be another model's words.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/attempt.h"
#include "core/routing_policy.h"
#include "harness/dialogue.h"
#include "harness/item.h"

namespace costwar::harness {

// How far the cheap model's answers are to be kept, by a rule: see RoutingPolicy::below.
using KeepRule = std::function<double(std::span<const Attempt> answers, const std::string& scorer)>;

struct RouteKeeper {
  KeepRule keep;
  RoutingPolicy policy;
};

// Of a policy whose rule can be followed live. Error{usage} for any other.
KeepRule keep_rule(const RoutingPolicy& policy);

// The same for answers that are there: 1 is kept, 0 is not; of agreement the share of answers that are the
// first one's.
double keep_of_abstention(const Attempt& answer);
double keep_of_format(const Attempt& answer, std::string_view scorer);
double keep_of_agreement(std::span<const Attempt> answers, std::string_view scorer);

std::unique_ptr<Dialogue> make_cascade(const Item& item, const std::string& scorer,
                                       const RouteKeeper& keeper);

}  // namespace costwar::harness
