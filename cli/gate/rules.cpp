#include "cli/gate/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "analysis/comparability.h"
#include "cli/budget.h"
#include "cli/config/text.h"
#include "core/error.h"
#include "core/suggest.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using analysis::Against;
using analysis::Amount;
using analysis::GateRule;
using analysis::Quantity;
using analysis::Side;

constexpr std::uint64_t kLargestRules = 1u << 20;
constexpr double kLargestRatio = 1000;
constexpr double kLongestWait = 86'400;

// A difference of shares, a share, a multiple, an amount of money, seconds.
enum class Written : std::uint8_t { points, share, ratio, money, seconds };

struct RuleKey {
  std::string_view section;
  std::string_view key;
  Quantity quantity;
  Against against;
  Side side;
  Written written;
  bool each_task = false;
};

constexpr std::array kKeys{
    RuleKey{"quality", "margin", Quantity::quality, Against::difference, Side::at_least, Written::points},
    RuleKey{"quality", "each_task", Quantity::quality, Against::difference, Side::at_least, Written::points,
            true},
    RuleKey{"quality", "at_least", Quantity::quality, Against::nothing, Side::at_least, Written::share},
    RuleKey{"cost_per_task", "ratio_at_most", Quantity::cost_per_task, Against::ratio, Side::at_most,
            Written::ratio},
    RuleKey{"cost_per_task", "at_most", Quantity::cost_per_task, Against::nothing, Side::at_most,
            Written::money},
    RuleKey{"cost_per_solved", "ratio_at_most", Quantity::cost_per_solved, Against::ratio, Side::at_most,
            Written::ratio},
    RuleKey{"cost_per_solved", "at_most", Quantity::cost_per_solved, Against::nothing, Side::at_most,
            Written::money},
    RuleKey{"latency", "ratio_at_most", Quantity::latency, Against::ratio, Side::at_most, Written::ratio},
    RuleKey{"latency", "at_most_s", Quantity::latency, Against::nothing, Side::at_most, Written::seconds},
    RuleKey{"failures", "increase_at_most", Quantity::failures, Against::difference, Side::at_most,
            Written::points},
    RuleKey{"failures", "at_most", Quantity::failures, Against::nothing, Side::at_most, Written::share},
    RuleKey{"spend", "at_most", Quantity::spend, Against::nothing, Side::at_most, Written::money},
};

struct Quantile {
  std::string_view key;
  double value;
};
constexpr std::array kQuantiles{Quantile{"median", 0.5}, Quantile{"p90", 0.9}, Quantile{"p95", 0.95}};

constexpr std::array<std::string_view, 9> kSections{"$schema",         "quality",       "cost_per_task",
                                                    "cost_per_solved", "latency",       "failures",
                                                    "spend",           "on_unresolved", "accept"};

std::vector<std::string_view> keys_of(std::string_view section) {
  std::vector<std::string_view> keys;
  for (const RuleKey& row : kKeys)
    if (row.section == section) keys.push_back(row.key);
  return keys;
}

double above_zero(const ConfigNode& node, double most, std::string_view what) {
  const Json& value = node.json();
  const bool fits = value.is_number() && value.get<double>() > 0 && value.get<double>() <= most;
  if (!fits) node.fail(fmt::format("expected {} above 0 and at most {:g}", what, most), {});
  return value.get<double>();
}

Amount amount_of(const RuleKey& row, const ConfigNode& node) {
  switch (row.written) {
    case Written::points: {
      const double points = node.points("\"3pts\" or 0.03");
      return row.side == Side::at_least ? 0.0 - points : points;
    }
    case Written::share:
      return node.points("\"80%\" or 0.8");
    case Written::ratio:
      return above_zero(node, kLargestRatio, "a multiple of the baseline");
    case Written::seconds:
      return above_zero(node, kLongestWait, "seconds");
    case Written::money:
      break;
  }
  if (!node.json().is_string()) node.fail("expected an amount of money", "write it as \"0.50usd\"");
  const std::string text = node.json().get<std::string>();
  try {
    return parse_budget(text, "amount");
  } catch (const Error&) {
    node.fail(fmt::format("'{}' is no amount of money in USD", text), "write it as \"0.50usd\"");
  }
}

class RulesReader {
 public:
  analysis::GateRules read(const ConfigNode& root) {
    root.each(kSections, [&](const std::string& key, const ConfigNode& node) {
      if (key == "on_unresolved")
        rules_.on_unresolved = read_on_unresolved(node);
      else if (key == "accept")
        read_accepted(node);
      else if (key == "latency")
        read_latency(node);
      else if (key == "quality")
        read_quality(node);
      else if (key != "$schema")
        read_section(key, node, key, {});
    });
    if (rules_.rules.empty())
      root.fail("there is no rule", "add one, such as \"quality\": {\"margin\": \"3pts\"}");
    return std::move(rules_);
  }

 private:
  void add(const std::string& section, const std::string& key, const ConfigNode& node,
           const std::string& name, const GateRule& like) {
    const auto* row = std::find_if(kKeys.begin(), kKeys.end(), [&](const RuleKey& candidate) {
      return candidate.section == section && candidate.key == key;
    });
    GateRule rule = like;
    rule.name = fmt::format("{}.{}", name, key);
    rule.quantity = row->quantity;
    rule.against = row->against;
    rule.bound = {row->side, amount_of(*row, node)};
    rule.each_task = row->each_task;
    rules_.rules.push_back(std::move(rule));
  }

  // `like`: what the rules of the section have in common.
  void read_section(const std::string& section, const ConfigNode& node, const std::string& name,
                    const GateRule& like) {
    node.each(keys_of(section),
              [&](const std::string& key, const ConfigNode& bound) { add(section, key, bound, name, like); });
  }

  void read_quality(const ConfigNode& quality) {
    std::vector<std::string_view> known = keys_of("quality");
    known.push_back("tasks");
    quality.each(known, [&](const std::string& key, const ConfigNode& node) {
      if (key != "tasks") return add("quality", key, node, "quality", {});
      node.each({}, [&](const std::string& task, const ConfigNode& rules) {
        constexpr std::array<std::string_view, 2> kOfTask{"margin", "at_least"};
        GateRule like;
        like.task = task;
        rules.each(kOfTask, [&](const std::string& rule, const ConfigNode& bound) {
          add("quality", rule, bound, "quality.tasks." + task, like);
        });
      });
    });
  }

  void read_latency(const ConfigNode& latency) {
    std::vector<std::string_view> known;
    for (const Quantile& quantile : kQuantiles) known.push_back(quantile.key);
    latency.each(known, [&](const std::string& key, const ConfigNode& node) {
      const auto* row = std::find_if(kQuantiles.begin(), kQuantiles.end(),
                                     [&](const Quantile& candidate) { return candidate.key == key; });
      GateRule like;
      like.quantile = row->value;
      read_section("latency", node, "latency." + key, like);
    });
  }

  void read_accepted(const ConfigNode& node) {
    if (!node.json().is_array()) node.fail("expected a list", "write [\"served_model\"]");
    const auto fields = analysis::acceptable_fields();
    for (const Json& entry : node.json()) {
      const std::string text = entry.is_string() ? entry.get<std::string>() : entry.dump();
      const std::string field = text.substr(0, text.find('.'));
      if (std::find(fields.begin(), fields.end(), field) == fields.end() ||
          (field != text && (field != "settings" || text.size() == field.size() + 1))) {
        const auto near = nearest_name(text, fields);
        const std::string hint = text == "items" ? "items are compared where they are shared by --intersect"
                                 : near          ? fmt::format("did you mean \"{}\"?", *near)
                                                 : fmt::format("one of {}", fmt::join(fields, ", "));
        node.fail(fmt::format("'{}' is no difference that can be accepted", text), hint);
      }
      rules_.accept.push_back(text);
    }
  }

  analysis::GateRules rules_;
};

}  // namespace

analysis::OnUnresolved read_on_unresolved(const ConfigNode& node) {
  constexpr std::array kAll{analysis::OnUnresolved::fail, analysis::OnUnresolved::pass,
                            analysis::OnUnresolved::unresolved};
  std::vector<std::string_view> names;
  for (const analysis::OnUnresolved each : kAll) names.push_back(analysis::on_unresolved_name(each));
  return kAll[node.choice(names)];
}

analysis::GateRules read_gate_rules(const ConfigNode& node) {
  return RulesReader().read(node);
}

analysis::GateRules read_gate_rules_file(const std::filesystem::path& path) {
  const ConfigText text = parse_config_text(read_file(path, kLargestRules), path.string());
  const Places places = places_in(text, path.string());
  return read_gate_rules(ConfigNode(text.json, "", places));
}

}  // namespace costwar::cli
