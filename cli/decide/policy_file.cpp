#include "cli/decide/policy_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <utility>

#include "cli/catalogue.h"
#include "cli/config/node.h"
#include "cli/config/text.h"
#include "cli/gate/rules.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "stats/proportion.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using analysis::Amount;
using analysis::Bound;
using analysis::Fact;
using analysis::FigureRow;
using analysis::FigureUnit;
using analysis::PolicyLimit;
using analysis::PolicyWeight;
using analysis::Side;

constexpr std::uint64_t kLargestPolicy = 1u << 20;
constexpr std::int64_t kMostTrials = 1'000'000'000;
constexpr std::int64_t kMostTokens = 1'000'000'000'000;
constexpr std::string_view kReadyFolder = "policies";

constexpr std::array<std::string_view, 9> kPolicyKeys{
    "$schema", "name", "description", "limits", "weights", "facts", "mix", "indifference", "on_unresolved"};
constexpr std::array<std::string_view, 15> kLimitKeys{"quality_at_least",
                                                      "tasks",
                                                      "safety",
                                                      "usd_per_thousand_tasks_at_most",
                                                      "usd_per_thousand_solved_at_most",
                                                      "latency",
                                                      "failures_at_most",
                                                      "joules_per_solved_at_most",
                                                      "licences",
                                                      "weights",
                                                      "residency",
                                                      "hardware_vendors",
                                                      "context_at_least",
                                                      "output_at_least",
                                                      "tools"};
constexpr std::array<std::string_view, 3> kLatencyKeys{"median_at_most", "p90_at_most", "p95_at_most"};
constexpr std::array<std::string_view, 4> kWeightKeys{"weight", "worst", "best", "scale"};
constexpr std::array<std::string_view, 9> kFactKeys{
    "licence", "weights", "residency", "hardware_vendor", "tools", "context", "output", "safety", "source"};
constexpr std::array<std::string_view, 2> kTrialKeys{"passed", "of"};

PolicyLimit figure_limit(std::string name, std::string figure, Side side, Amount bound) {
  PolicyLimit limit{std::move(name), std::move(figure)};
  limit.bound = Bound{side, std::move(bound)};
  return limit;
}

PolicyLimit text_limit(std::string name, std::string_view fact, std::vector<std::string> allowed) {
  PolicyLimit limit{std::move(name), std::string(fact), true};
  limit.allowed = std::move(allowed);
  return limit;
}

std::string open_or_closed(const ConfigNode& node) {
  const std::string value = node.text("\"open\"");
  if (value != "open" && value != "closed")
    node.fail(fmt::format("'{}' says nothing of weights", value), "write \"open\" or \"closed\"");
  return value;
}

std::vector<std::string> one_or_more(const ConfigNode& node, std::string_view example) {
  if (node.json().is_string()) return {node.text(example)};
  return node.texts(example);
}

std::int64_t read_tokens(const ConfigNode& node) {
  return node.whole(1, kMostTokens, "a whole number of tokens");
}

class LimitsReader {
 public:
  std::vector<PolicyLimit> read(const ConfigNode& limits) {
    limits.each(kLimitKeys, [&](const std::string& key, const ConfigNode& node) {
      if (!read_figure(key, node)) read_fact(key, node);
    });
    return std::move(limits_);
  }

 private:
  void add(PolicyLimit limit) { limits_.push_back(std::move(limit)); }

  bool read_figure(const std::string& key, const ConfigNode& node) {
    if (key == "quality_at_least")
      add(figure_limit(key, "quality", Side::at_least, node.share()));
    else if (key == "tasks")
      read_parts(key, "quality/", node);
    else if (key == "safety")
      read_parts(key, "safety/", node);
    else if (key == "usd_per_thousand_tasks_at_most" || key == "usd_per_thousand_solved_at_most")
      add(figure_limit(key, key.substr(0, key.size() - 8), Side::at_most, node.usd()));
    else if (key == "latency")
      node.each(kLatencyKeys, [&](const std::string& of, const ConfigNode& bound) {
        add(figure_limit(fmt::format("latency.{}", of), fmt::format("latency_{}", of.substr(0, of.find('_'))),
                         Side::at_most, bound.seconds()));
      });
    else if (key == "failures_at_most")
      add(figure_limit(key, "failures", Side::at_most, node.share()));
    else if (key == "joules_per_solved_at_most")
      add(figure_limit(key, "joules_per_solved", Side::at_most, node.number(1e-12, 1e15)));
    else
      return false;
    return true;
  }

  void read_parts(const std::string& key, const std::string& prefix, const ConfigNode& node) {
    node.each({}, [&](const std::string& part, const ConfigNode& bound) {
      if (part.empty()) bound.fail("a task or group has a name", "write \"injection\": 0.95");
      add(figure_limit(fmt::format("{}.{}", key, part), prefix + part, Side::at_least, bound.share()));
    });
  }

  void read_fact(const std::string& key, const ConfigNode& node) {
    if (key == "licences")
      add(text_limit(key, analysis::kFactLicence, node.texts("[\"MIT\", \"Apache-2.0\"]")));
    if (key == "residency") add(text_limit(key, analysis::kFactResidency, node.texts("[\"eu\"]")));
    if (key == "hardware_vendors") add(text_limit(key, analysis::kFactHardware, node.texts("[\"nvidia\"]")));
    if (key == "weights") {
      if (open_or_closed(node) != "open")
        node.fail("only open weights can be required", "write \"open\", or leave it out");
      add(text_limit(key, analysis::kFactWeights, {"open"}));
    }
    if (key == "tools") {
      if (!node.yes_or_no()) node.fail("tools can be required, not forbidden", "leave it out");
      add({key, std::string(analysis::kFactTools), true});
    }
    if (key == "context_at_least" || key == "output_at_least") {
      PolicyLimit limit = figure_limit(key, key.substr(0, key.find('_')), Side::at_least,
                                       static_cast<double>(read_tokens(node)));
      limit.fact = true;
      add(std::move(limit));
    }
  }

  std::vector<PolicyLimit> limits_;
};

double value_in_unit(const ConfigNode& node, FigureUnit unit) {
  switch (unit) {
    case FigureUnit::share:
      return node.share();
    case FigureUnit::money:
      return node.usd().approximate();
    case FigureUnit::seconds:
      return node.seconds();
    case FigureUnit::joules:
      break;
  }
  return node.number(0, 1e15);
}

void check_ends(const ConfigNode& node, const PolicyWeight& weight, const FigureRow& row) {
  const bool more_is_better = row.good == Side::at_least;
  if (more_is_better ? weight.best <= weight.worst : weight.best >= weight.worst)
    node.fail(fmt::format("the best of {} has to be {} its worst", weight.figure,
                          more_is_better ? "above" : "below"),
              "the range is from what is worth nothing to what is worth everything");
  if (weight.logarithmic && (weight.best <= 0 || weight.worst <= 0))
    node.fail("a logarithmic scale has no place for 0", "name a best above 0, such as \"0.01usd\"");
}

PolicyWeight read_weight(const std::string& figure, const ConfigNode& node) {
  const FigureRow* row = analysis::find_figure_row(figure);
  if (row == nullptr) {
    std::vector<std::string_view> names;
    for (const FigureRow& each : analysis::figure_rows()) names.push_back(each.name);
    const auto near = nearest_name(figure, std::span<const std::string_view>(names));
    node.fail(fmt::format("\"{}\" is no figure", figure),
              near ? fmt::format("did you mean \"{}\"?", *near)
                   : fmt::format("known are {}, quality/TASK, safety/TASK", fmt::join(names, ", ")));
  }
  PolicyWeight weight;
  weight.figure = figure;
  bool has_worst = false;
  bool has_best = false;
  node.each(kWeightKeys, [&](const std::string& key, const ConfigNode& value) {
    if (key == "weight") weight.weight = value.number(0, 1e6);
    if (key == "worst") weight.worst = value_in_unit(value, row->unit);
    if (key == "best") weight.best = value_in_unit(value, row->unit);
    has_worst = has_worst || key == "worst";
    has_best = has_best || key == "best";
    if (key != "scale") return;
    const std::string scale = value.text("\"logarithmic\"");
    if (scale != "linear" && scale != "logarithmic")
      value.fail(fmt::format("'{}' is no scale", scale), "write \"linear\" or \"logarithmic\"");
    weight.logarithmic = scale == "logarithmic";
    if (weight.logarithmic && row->unit == FigureUnit::share)
      value.fail("a share has no logarithmic scale", "leave \"scale\" out");
  });
  if (weight.weight <= 0) node.fail(fmt::format("{} has no weight above 0", figure), "add \"weight\": 0.5");
  if (!has_worst || !has_best)
    node.fail(fmt::format("{} has no range", figure),
              "add \"worst\" and \"best\": what is worth nothing and what is worth everything");
  check_ends(node, weight, *row);
  return weight;
}

StatedTrials read_trials(const ConfigNode& node) {
  std::optional<std::int64_t> passed;
  std::optional<std::int64_t> of;
  node.each(kTrialKeys, [&](const std::string& key, const ConfigNode& value) {
    (key == "passed" ? passed : of) = value.whole(0, kMostTrials, "a number of trials");
  });
  if (!passed || !of || *of == 0 || *passed > *of)
    node.fail("expected how many of how many trials passed", "write {\"passed\": 97, \"of\": 100}");
  return {*passed, *of};
}

StatedFacts read_facts(const std::string& model, const ConfigNode& node) {
  StatedFacts stated;
  stated.model = model;
  node.each(kFactKeys, [&](const std::string& key, const ConfigNode& value) {
    Fact fact;
    if (key == "source") {
      stated.source = value.text("\"where this stands\"");
      return;
    }
    if (key == "safety") {
      value.each({}, [&](const std::string& part, const ConfigNode& trials) {
        stated.safety["safety/" + part] = read_trials(trials);
      });
      return;
    }
    if (key == "tools")
      fact.value = value.yes_or_no();
    else if (key == "context" || key == "output")
      fact.value = read_tokens(value);
    else if (key == "weights")
      fact.value = std::vector<std::string>{open_or_closed(value)};
    else
      fact.value = one_or_more(value, "[\"eu\"]");
    stated.facts[key] = std::move(fact);
  });
  if (stated.source.empty())
    node.fail(fmt::format("what is said of {} has no source", model),
              "add \"source\": \"where this stands\"");
  for (auto& [name, fact] : stated.facts) fact.source = stated.source;
  return stated;
}

PolicyFile read_policy(const ConfigNode& root) {
  PolicyFile file;
  analysis::Policy& policy = file.policy;
  root.each(kPolicyKeys, [&](const std::string& key, const ConfigNode& node) {
    if (key == "name") policy.name = node.text("\"our policy\"");
    if (key == "description") policy.description = node.text("\"what it is for\"");
    if (key == "limits") policy.limits = LimitsReader().read(node);
    if (key == "weights")
      node.each({}, [&](const std::string& figure, const ConfigNode& weight) {
        policy.weights.push_back(read_weight(figure, weight));
      });
    if (key == "facts")
      node.each({}, [&](const std::string& model, const ConfigNode& facts) {
        file.facts.push_back(read_facts(model, facts));
      });
    if (key == "mix") policy.mix = node.yes_or_no();
    if (key == "indifference") policy.indifference = node.number(0, 1);
    if (key == "on_unresolved") policy.on_unresolved = read_on_unresolved(node);
  });
  if (policy.weights.empty())
    root.fail("there are no weights, so nothing says which model is better",
              R"(add "weights": {"quality": {"weight": 1, "worst": 0, "best": 1}})");
  return file;
}

}  // namespace

analysis::SeenFigure StatedTrials::figure(double level, const std::string& source) const {
  const stats::Interval interval = stats::wilson_interval(passed, of, level);
  analysis::SeenFigure figure;
  figure.evidence = analysis::EvidenceKind::stated;
  figure.source = source;
  figure.seen.value = static_cast<double>(passed) / static_cast<double>(of);
  figure.seen.low = interval.low;
  figure.seen.high = interval.high;
  figure.seen.n = of;
  return figure;
}

PolicyFile parse_policy(std::string_view text, const std::string& source) {
  const ConfigText parsed = parse_config_text(text, source);
  const Places places = places_in(parsed, source);
  PolicyFile file = read_policy(ConfigNode(parsed.json, "", places));
  if (file.policy.name.empty()) file.policy.name = std::filesystem::path(source).stem().string();
  file.origin = source;
  return file;
}

std::vector<ReadyPolicy> ready_policies() {
  std::vector<ReadyPolicy> policies;
  for (const CatalogueFile& file : catalogue_folder(kReadyFolder))
    policies.push_back({std::filesystem::path(file.path).stem().string(), file.bytes});
  return policies;
}

PolicyFile open_policy(const std::string& name) {
  std::vector<std::string> names;
  for (const ReadyPolicy& ready : ready_policies()) {
    if (ready.name == name) {
      PolicyFile file = parse_policy(ready.text, fmt::format("{}/{}.json", kReadyFolder, ready.name));
      file.origin = fmt::format("ready policy {}", ready.name);
      return file;
    }
    names.push_back(ready.name);
  }
  if (std::filesystem::exists(name)) return parse_policy(read_file(name, kLargestPolicy), name);
  const auto near = nearest_name(name, std::span<const std::string>(names));
  throw Error(
      ErrorKind::usage, fmt::format("{} is neither a file nor a ready policy", name),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("ready are {}", fmt::join(names, ", ")));
}

}  // namespace costwar::cli
