#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reports/render/format.h"
#include "reports/views/gate_view.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/gate_sample.h"
#include "tests/support/golden.h"

using namespace costwar;
using namespace costwar::reports;
using analysis::Against;
using analysis::Quantity;
using analysis::Side;
using testing::gate_rule;
using testing::GateSample;

namespace {

void check_gate_golden(const std::string& file, const std::string& actual) {
  const std::string difference = testing::golden_difference("reports/" + file, actual);
  CHECK_MESSAGE(difference.empty(), difference);
}

Money gate_usd(const char* amount) {
  return Money::parse(Currency(), amount);
}

// One rule of every quantity.
analysis::GateRules every_rule() {
  analysis::GateRules rules;
  rules.rules = {
      gate_rule("quality.margin", Quantity::quality, Against::difference, Side::at_least, -0.03),
      gate_rule("quality.at_least", Quantity::quality, Against::nothing, Side::at_least, 0.7),
      gate_rule("cost_per_task.at_most", Quantity::cost_per_task, Against::nothing, Side::at_most,
                gate_usd("0.02")),
      gate_rule("cost_per_solved.ratio_at_most", Quantity::cost_per_solved, Against::ratio, Side::at_most,
                1.1),
      gate_rule("latency.median.ratio_at_most", Quantity::latency, Against::ratio, Side::at_most, 1.25),
      gate_rule("failures.increase_at_most", Quantity::failures, Against::difference, Side::at_most, 0.03),
      gate_rule("spend.at_most", Quantity::spend, Against::nothing, Side::at_most, gate_usd("5")),
  };
  return rules;
}

struct Scene {
  std::string name;
  analysis::GateFinding finding;
  std::string rules_from;
};

std::vector<Scene> scenes() {
  std::vector<Scene> scenes;
  scenes.push_back({"pass", GateSample().judge(analysis::default_gate_rules()), ""});
  GateSample worse;
  worse.head_solves = 140;
  worse.head_fails = 12;
  worse.head_cost = "0.0125";
  worse.head_seconds = 1.5;
  scenes.push_back({"fail", worse.judge(every_rule()), "costwar.json:12"});
  GateSample few;
  few.items = 40;
  few.baseline_solves = few.head_solves = 36;
  few.unpriced = 3;
  scenes.push_back({"unresolved", few.judge(every_rule()), "gate-rules.json"});
  GateSample other;
  other.head_only = 4;
  analysis::GateRules rules = every_rule();
  rules.accept = {"served_model"};
  scenes.push_back({"incomparable", other.judge(rules), "gate-rules.json"});
  return scenes;
}

}  // namespace

TEST_CASE("gates read as they always did, in every format") {
  for (const Scene& scene : scenes()) {
    const Document document =
        gate_document(scene.finding, {"baseline.jsonl", "nightly", scene.rules_from,
                                      "20261101T120000Z-000001", "20261102T120000Z-000002"});
    const std::string name = "gate-" + scene.name;
    testing::check_every_format(name, document);
    check_gate_golden(name + ".annotations.txt", render_annotations(document, {}));
  }
}

TEST_CASE("what on_unresolved says of a rule is what JUnit says of its case") {
  GateSample few;
  few.items = 40;
  few.baseline_solves = few.head_solves = 36;
  analysis::GateRules rules;
  rules.rules = {every_rule().rules.front()};
  const auto junit = [&](analysis::OnUnresolved value) {
    rules.on_unresolved = value;
    return render_junit(gate_document(few.judge(rules), {"a", "b", "c"}), {});
  };
  CHECK(junit(analysis::OnUnresolved::unresolved).find("<skipped") != std::string::npos);
  CHECK(junit(analysis::OnUnresolved::pass).find("<skipped") != std::string::npos);
  CHECK(junit(analysis::OnUnresolved::fail).find("<failure") != std::string::npos);
}

TEST_CASE("an accepted difference and shared items are said aloud") {
  GateSample other;
  other.head_only = 4;
  analysis::GateOptions options;
  options.intersect = true;
  const Document document = gate_document(other.judge(every_rule(), options), {"a", "b", "c"});
  CHECK(std::any_of(document.notes.begin(), document.notes.end(), [](const Note& note) {
    return note.text.find("only the 200 shared ones are compared (--intersect)") != std::string::npos;
  }));
}
