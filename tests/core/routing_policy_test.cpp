#include "core/routing_policy.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace costwar;

namespace {

RoutingPolicy again(const RoutingPolicy& policy) {
  return parse_routing_policy(routing_policy_to_json(policy).dump(), "policy.json");
}

// A policy as text, with one member changed, or gone where the value is "gone".
std::string changed(Json policy, const std::string& member, const Json& value) {
  if (value == "gone")
    policy.erase(member);
  else
    policy[member] = value;
  return policy.dump();
}

Json whole(const char* rule) {
  Json policy = {{"schema_version", 1},
                 {"kind", "routing_policy"},
                 {"cheap", "a/weak"},
                 {"strong", "a/strong"},
                 {"rule", rule}};
  if (std::string(rule) == "mix")
    policy["strong_share"] = 0.25;
  else
    policy["escalate_below"] = 1;
  if (std::string(rule) == "agreement") policy["samples"] = 3;
  if (std::string(rule) == "score") policy["column"] = "win_rate";
  return policy;
}

void check_refused(const std::string& text, const std::string& what, const std::string& hint = {}) {
  try {
    static_cast<void>(parse_routing_policy(text, "policy.json"));
    FAIL_CHECK("was taken: " << text);
  } catch (const Error& error) {
    CAPTURE(error.what());
    CAPTURE(error.hint());
    CHECK(error.kind() == ErrorKind::input);
    CHECK(std::string(error.what()).starts_with("policy.json"));
    CHECK(std::string(error.what()).find(what) != std::string::npos);
    CHECK(error.hint().find(hint) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a policy of every rule is read as it was written") {
  for (const RouteRuleRow& row : route_rules()) {
    CAPTURE(row.name);
    RoutingPolicy policy;
    policy.cheap = "a/weak";
    policy.strong = "http://127.0.0.1:8089/v1#strong";
    policy.rule = row.rule;
    if (row.rule == RouteRule::mix) policy.strong_share = 0.375;
    if (row.rule != RouteRule::mix) policy.below = -0.5;
    if (row.rule == RouteRule::agreement) policy.samples = 5;
    if (row.rule == RouteRule::score) policy.column = "win_rate", policy.before = true;
    policy.evidence = {{"solved", {{"estimate", 0.5}}}};
    const RoutingPolicy read = again(policy);
    CHECK(read.cheap == policy.cheap);
    CHECK(read.strong == policy.strong);
    CHECK(read.rule == policy.rule);
    CHECK(read.below == policy.below);
    CHECK(read.samples == policy.samples);
    CHECK(read.strong_share == policy.strong_share);
    CHECK(read.column == policy.column);
    CHECK(read.before == policy.before);
    CHECK(read.evidence == policy.evidence);
  }
}

TEST_CASE("null escalates nothing, which is another thing than a threshold that is missing") {
  const RoutingPolicy never = parse_routing_policy(changed(whole("format"), "escalate_below", nullptr), "p");
  CHECK_FALSE(never.below);
  CHECK_FALSE(escalates(never, 0));
  CHECK_FALSE(again(never).below);
  check_refused(changed(whole("format"), "escalate_below", "gone"), "\"escalate_below\" is missing");
}

TEST_CASE("what is kept with the threshold itself stays with the cheap model") {
  const RoutingPolicy policy = parse_routing_policy(whole("abstention").dump(), "p");
  CHECK(escalates(policy, 0));
  CHECK_FALSE(escalates(policy, 1));
}

TEST_CASE("editors may name the schema, and a newer minor version may be told") {
  Json policy = whole("abstention");
  policy["$schema"] = "docs/schema/routing-policy.schema.json";
  policy["schema_minor"] = 7;
  CHECK(parse_routing_policy(policy.dump(), "p").cheap == "a/weak");
}

TEST_CASE("a file that is no policy, or a wrong one, is refused with the place") {
  check_refused("{", "policy.json");
  check_refused("[]", "expected an object");
  check_refused("{}", "this is no routing policy", "costwar route CHEAP STRONG --policy FILE");
  const Json good = whole("abstention");
  check_refused(changed(good, "kind", "policy"), "this is no routing policy");
  check_refused(changed(good, "kind", 1), "/kind");
  check_refused(changed(good, "schema_version", "gone"), "\"schema_version\" is missing");
  check_refused(changed(good, "schema_version", 2), "version 2 is not known", "newer costwar");
  check_refused(changed(good, "cheap", "gone"), "\"cheap\" is missing");
  check_refused(changed(good, "cheap", ""), "/cheap: the name is empty");
  check_refused(changed(good, "strong", ""), "/strong: the name is empty");
  check_refused(changed(good, "strong", "a/weak"), "/strong: cheap and strong are the same model");
  check_refused(changed(good, "strong", 3), "/strong");
  check_refused(changed(good, "rule", "gone"), "\"rule\" is missing");
  check_refused(changed(good, "rule", "abstension"), "/rule: there is no rule", "did you mean abstention?");
  check_refused(changed(good, "rule", "zzzzzzzzz"), "/rule: there is no rule", "rules are mix");
  check_refused(changed(good, "escalate_below", "1"), "/escalate_below");
  check_refused(changed(good, "escalate_bellow", 1), "\"escalate_bellow\" is not known here",
                "did you mean \"escalate_below\"?");
  check_refused(changed(good, "evidence", 3), "/evidence: expected an object");
}

TEST_CASE("members of another rule are refused: they would be passed over") {
  for (const char* rule : {"abstention", "format"}) {
    check_refused(changed(whole(rule), "samples", 3), "/samples: the rule \"" + std::string(rule));
    check_refused(changed(whole(rule), "strong_share", 0.5), "/strong_share: the rule");
    check_refused(changed(whole(rule), "column", "x"), "/column: the rule");
    check_refused(changed(whole(rule), "known_before", true), "/known_before: the rule");
  }
  check_refused(changed(whole("mix"), "escalate_below", 1), "/escalate_below: the rule \"mix\"");
  check_refused(changed(whole("mix"), "strong_share", "gone"), "\"strong_share\" is missing");
  check_refused(changed(whole("mix"), "strong_share", 1.5),
                "/strong_share: expected a share between 0 and 1");
  check_refused(changed(whole("mix"), "strong_share", -0.1),
                "/strong_share: expected a share between 0 and 1");
  check_refused(changed(whole("agreement"), "samples", "gone"), "\"samples\" is missing");
  check_refused(changed(whole("agreement"), "samples", 1), "/samples");
  check_refused(changed(whole("agreement"), "samples", 101), "/samples");
  check_refused(changed(whole("agreement"), "samples", 2.5), "/samples");
  check_refused(changed(whole("score"), "column", "gone"), "\"column\" is missing");
  check_refused(changed(whole("score"), "known_before", 1), "/known_before");
}
