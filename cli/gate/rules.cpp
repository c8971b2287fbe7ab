#include "cli/gate/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>
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

// "3pts", "80 %", 0.8: a share from 0 to 1; a bare number above 1 is not guessed at.
double share_of(const Json& value, const Place& place, std::string_view example) {
  constexpr std::array<std::string_view, 6> kUnits{"pts", "pt", "points", "point", "pp", "%"};
  double share = std::nan("");
  if (value.is_number()) share = value.get<double>();
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    std::string_view unit(end);
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    if (end != text.c_str() && std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end())
      share = number / 100;
  }
  if (!(share >= 0 && share <= 1))
    fail(place, fmt::format("{} is not a share", value.dump()), fmt::format("write it as {}", example));
  return share;
}

double number_of(const Json& value, const Place& place, double most, std::string_view what) {
  const bool fits = value.is_number() && value.get<double>() > 0 && value.get<double>() <= most;
  if (!fits) fail(place, fmt::format("expected {} above 0 and at most {:g}", what, most), {});
  return value.get<double>();
}

Amount amount_of(const RuleKey& row, const Json& value, const Place& place) {
  switch (row.written) {
    case Written::points: {
      const double points = share_of(value, place, "\"3pts\" or 0.03");
      return row.side == Side::at_least ? 0.0 - points : points;
    }
    case Written::share:
      return share_of(value, place, "\"80%\" or 0.8");
    case Written::ratio:
      return number_of(value, place, kLargestRatio, "a multiple of the baseline");
    case Written::seconds:
      return number_of(value, place, kLongestWait, "seconds");
    case Written::money:
      break;
  }
  if (!value.is_string()) fail(place, "expected an amount of money", "write it as \"0.50usd\"");
  try {
    return parse_budget(value.get<std::string>(), "amount");
  } catch (const Error&) {
    fail(place, fmt::format("'{}' is no amount of money in USD", value.get<std::string>()),
         "write it as \"0.50usd\"");
  }
}

class RulesReader {
 public:
  explicit RulesReader(const std::function<Place(const std::string&)>& place) : place_(place) {}

  analysis::GateRules read(const Json& json, const std::string& pointer) {
    each(json, pointer, kSections, [&](const std::string& key, const Json& value, const std::string& member) {
      if (key == "on_unresolved") return read_on_unresolved(value, member);
      if (key == "accept") return read_accepted(value, member);
      if (key == "$schema") return;
      if (key == "latency") return read_latency(value, member);
      if (key == "quality") return read_quality(value, member);
      read_section(key, value, member, key, {});
    });
    if (rules_.rules.empty())
      fail(place_(pointer), "there is no rule", "add one, such as \"quality\": {\"margin\": \"3pts\"}");
    return std::move(rules_);
  }

 private:
  static std::string below(const std::string& pointer, const std::string& key) {
    return (Json::json_pointer(pointer) / key).to_string();
  }

  // Members of an object, each of a known name (any, where none is listed).
  template <typename Use>
  void each(const Json& object, const std::string& pointer, std::span<const std::string_view> known,
            Use use) {
    if (!object.is_object()) fail(place_(pointer), "expected an object", "write { ... }");
    for (const auto& [key, value] : object.items()) {
      const std::string member = below(pointer, key);
      if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
        const auto near = nearest_name(key, known);
        fail(place_(member), fmt::format("\"{}\" is not known here", key),
             near ? fmt::format("did you mean \"{}\"?", *near)
                  : fmt::format("known are {}", fmt::join(known, ", ")));
      }
      use(key, value, member);
    }
  }

  void add(const std::string& section, const std::string& key, const Json& value, const std::string& member,
           const std::string& name, const GateRule& like) {
    const auto* row = std::find_if(kKeys.begin(), kKeys.end(), [&](const RuleKey& candidate) {
      return candidate.section == section && candidate.key == key;
    });
    GateRule rule = like;
    rule.name = fmt::format("{}.{}", name, key);
    rule.quantity = row->quantity;
    rule.against = row->against;
    rule.bound = {row->side, amount_of(*row, value, place_(member))};
    rule.each_task = row->each_task;
    rules_.rules.push_back(std::move(rule));
  }

  // `like`: what the rules of the section have in common.
  void read_section(const std::string& section, const Json& json, const std::string& pointer,
                    const std::string& name, const GateRule& like) {
    each(json, pointer, keys_of(section),
         [&](const std::string& key, const Json& value, const std::string& member) {
           add(section, key, value, member, name, like);
         });
  }

  void read_quality(const Json& json, const std::string& pointer) {
    std::vector<std::string_view> known = keys_of("quality");
    known.push_back("tasks");
    each(json, pointer, known, [&](const std::string& key, const Json& value, const std::string& member) {
      if (key != "tasks") return add("quality", key, value, member, "quality", {});
      each(value, member, {}, [&](const std::string& task, const Json& rules, const std::string& below_task) {
        constexpr std::array<std::string_view, 2> kOfTask{"margin", "at_least"};
        GateRule like;
        like.task = task;
        each(rules, below_task, kOfTask,
             [&](const std::string& rule, const Json& bound, const std::string& place) {
               add("quality", rule, bound, place, "quality.tasks." + task, like);
             });
      });
    });
  }

  void read_latency(const Json& json, const std::string& pointer) {
    std::vector<std::string_view> known;
    for (const Quantile& quantile : kQuantiles) known.push_back(quantile.key);
    each(json, pointer, known, [&](const std::string& key, const Json& value, const std::string& member) {
      const auto* row = std::find_if(kQuantiles.begin(), kQuantiles.end(),
                                     [&](const Quantile& candidate) { return candidate.key == key; });
      GateRule like;
      like.quantile = row->value;
      read_section("latency", value, member, "latency." + key, like);
    });
  }

  void read_on_unresolved(const Json& value, const std::string& pointer) {
    std::vector<std::string_view> names;
    for (const auto each :
         {analysis::OnUnresolved::fail, analysis::OnUnresolved::pass, analysis::OnUnresolved::unresolved}) {
      names.push_back(analysis::on_unresolved_name(each));
      if (value.is_string() && value.get<std::string>() == names.back()) {
        rules_.on_unresolved = each;
        return;
      }
    }
    fail(place_(pointer), fmt::format("{} says nothing here", value.dump()),
         fmt::format("one of {}", fmt::join(names, ", ")));
  }

  void read_accepted(const Json& value, const std::string& pointer) {
    if (!value.is_array()) fail(place_(pointer), "expected a list", "write [\"served_model\"]");
    const auto fields = analysis::acceptable_fields();
    for (const Json& entry : value) {
      const std::string text = entry.is_string() ? entry.get<std::string>() : entry.dump();
      const std::string field = text.substr(0, text.find('.'));
      if (std::find(fields.begin(), fields.end(), field) == fields.end() ||
          (field != text && (field != "settings" || text.size() == field.size() + 1))) {
        const auto near = nearest_name(text, fields);
        const std::string hint = text == "items" ? "items are compared where they are shared by --intersect"
                                 : near          ? fmt::format("did you mean \"{}\"?", *near)
                                                 : fmt::format("one of {}", fmt::join(fields, ", "));
        fail(place_(pointer), fmt::format("'{}' is no difference that can be accepted", text), hint);
      }
      rules_.accept.push_back(text);
    }
  }

  const std::function<Place(const std::string&)>& place_;
  analysis::GateRules rules_;
};

}  // namespace

analysis::GateRules read_gate_rules(const Json& json, const std::string& pointer,
                                    const std::function<Place(const std::string&)>& place) {
  return RulesReader(place).read(json, pointer);
}

analysis::GateRules read_gate_rules_file(const std::filesystem::path& path) {
  const ConfigText text = parse_config_text(read_file(path, kLargestRules), path.string());
  const std::function<Place(const std::string&)> place = [&](const std::string& pointer) {
    const auto line = text.lines.find(pointer);
    return Place{fmt::format("{}:{}", path.string(), line == text.lines.end() ? 1 : line->second)};
  };
  return read_gate_rules(text.json, "", place);
}

}  // namespace costwar::cli
