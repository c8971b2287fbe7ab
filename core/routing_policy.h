// A routing policy: which of two models gets a task, as `costwar route` writes it and as a live route follows
// it. A cascade asks the cheap model first and escalates by what it answered; a mix draws lots; a score is
// the user's own and is only known where it was measured. The file is docs/schema/routing-policy.schema.json.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/json.h"

namespace costwar {

enum class RouteRule : std::uint8_t { mix, abstention, format, agreement, score };

struct RouteRuleRow {
  RouteRule rule;
  std::string_view name;
  std::string_view words;  // "escalates where the cheap model ..."
  bool live;               // it can be followed while asking
};
std::span<const RouteRuleRow> route_rules();
const RouteRuleRow& route_rule_row(RouteRule rule);
const RouteRuleRow* find_route_rule(std::string_view name);  // nullptr when there is none

struct RoutingPolicy {
  std::string cheap;  // models as people write them
  std::string strong;
  RouteRule rule = RouteRule::abstention;
  // The strong model gets what is kept with less than this: for abstention and format 0 or 1, for agreement
  // the share of the samples that agree. nullopt: it gets nothing.
  std::optional<double> below{};
  int samples = 1;                 // calls to the cheap model, of agreement
  double strong_share = 0;         // of a mix
  std::string column{};            // of a score: what it was called
  bool before = false;             // of a score: known before the cheap model is asked
  Json evidence = Json::object();  // what it was found on, for people; not read back by anything
};

// What is kept with this is escalated.
bool escalates(const RoutingPolicy& policy, double keep);

Json routing_policy_to_json(const RoutingPolicy& policy);

// Error{input} names source and pointer. Unknown members are refused, apart from those of `evidence`.
RoutingPolicy parse_routing_policy(std::string_view text, std::string_view source);

}  // namespace costwar
