#include "core/routing_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"

namespace costwar {
namespace {

constexpr std::array kRouteRules{
    RouteRuleRow{RouteRule::mix, "mix", "sends a share of the tasks to the strong model at random", false},
    RouteRuleRow{RouteRule::abstention, "abstention",
                 "escalates where the cheap model refuses or says that it does not know", true},
    RouteRuleRow{RouteRule::format, "format",
                 "escalates where the cheap model's reply has no answer that can be read", true},
    RouteRuleRow{RouteRule::agreement, "agreement",
                 "escalates where several answers of the cheap model disagree", true},
    RouteRuleRow{RouteRule::score, "score", "escalates by a score of yours", false},
};

double share_of(const JsonIn& in) {
  const double value = in.number();
  if (value < 0 || value > 1) in.fail("expected a share between 0 and 1");
  return value;
}

// Members that only some rules have: with another rule they would be passed over without a word.
void allow_only_of_rule(const JsonIn& in, RouteRule rule) {
  const auto only = [&](std::string_view member, bool allowed) {
    if (!allowed && in.raw().contains(member))
      in.at(member).fail(fmt::format("the rule \"{}\" has no \"{}\"", route_rule_row(rule).name, member),
                         "leave it out");
  };
  only("strong_share", rule == RouteRule::mix);
  only("escalate_below", rule != RouteRule::mix);
  only("samples", rule == RouteRule::agreement);
  only("column", rule == RouteRule::score);
  only("known_before", rule == RouteRule::score);
}

RouteRule rule_of(const JsonIn& in) {
  const std::string name = in.string();
  if (const RouteRuleRow* row = find_route_rule(name)) return row->rule;
  std::vector<std::string_view> names;
  for (const RouteRuleRow& row : kRouteRules) names.push_back(row.name);
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  in.fail("there is no rule \"" + name + "\"",
          near ? "did you mean " + *near + "?" : "rules are mix, abstention, format, agreement and score");
}

}  // namespace

std::span<const RouteRuleRow> route_rules() {
  return kRouteRules;
}

const RouteRuleRow& route_rule_row(RouteRule rule) {
  return *std::find_if(kRouteRules.begin(), kRouteRules.end(),
                       [&](const RouteRuleRow& row) { return row.rule == rule; });
}

const RouteRuleRow* find_route_rule(std::string_view name) {
  const auto* const found = std::find_if(kRouteRules.begin(), kRouteRules.end(),
                                         [&](const RouteRuleRow& row) { return row.name == name; });
  return found == kRouteRules.end() ? nullptr : found;
}

bool escalates(const RoutingPolicy& policy, double keep) {
  return policy.below && keep < *policy.below;
}

Json routing_policy_to_json(const RoutingPolicy& policy) {
  Json out = {{"schema_version", 1},
              {"kind", "routing_policy"},
              {"cheap", policy.cheap},
              {"strong", policy.strong},
              {"rule", route_rule_row(policy.rule).name}};
  if (policy.rule == RouteRule::mix)
    out["strong_share"] = policy.strong_share;
  else
    out["escalate_below"] = policy.below ? Json(*policy.below) : Json(nullptr);
  if (policy.rule == RouteRule::agreement) out["samples"] = policy.samples;
  if (policy.rule == RouteRule::score) {
    out["column"] = policy.column;
    out["known_before"] = policy.before;
  }
  if (!policy.evidence.empty()) out["evidence"] = policy.evidence;
  return out;
}

RoutingPolicy parse_routing_policy(std::string_view text, std::string_view source) {
  const Json json = parse_json(text, source);
  const JsonIn in(json, std::string(source));
  if (const auto kind = in.find("kind"); !kind || kind->string() != "routing_policy")
    in.fail("this is no routing policy: \"kind\" is not \"routing_policy\"",
            "costwar route CHEAP STRONG --policy FILE writes one");
  require_schema(in, 1);
  in.allow_only({"$schema", "schema_version", "schema_minor", "kind", "cheap", "strong", "rule",
                 "escalate_below", "samples", "strong_share", "column", "known_before", "evidence"});
  RoutingPolicy policy;
  policy.cheap = in.at("cheap").string();
  policy.strong = in.at("strong").string();
  if (policy.cheap.empty()) in.at("cheap").fail("the name is empty");
  if (policy.strong.empty()) in.at("strong").fail("the name is empty");
  if (policy.cheap == policy.strong) in.at("strong").fail("cheap and strong are the same model");
  policy.rule = rule_of(in.at("rule"));
  allow_only_of_rule(in, policy.rule);
  if (policy.rule == RouteRule::mix) {
    policy.strong_share = share_of(in.at("strong_share"));
  } else if (const JsonIn below = in.at("escalate_below"); !below.is_null()) {  // null: nothing
    policy.below = below.number();
  }
  if (policy.rule == RouteRule::agreement)
    policy.samples = static_cast<int>(in.at("samples").integer(2, 100));
  if (policy.rule == RouteRule::score) {
    policy.column = in.at("column").string();
    if (const auto before = in.find("known_before")) policy.before = before->boolean();
  }
  if (const auto evidence = in.find("evidence")) {
    static_cast<void>(evidence->members());
    policy.evidence = evidence->raw();
  }
  return policy;
}

}  // namespace costwar
