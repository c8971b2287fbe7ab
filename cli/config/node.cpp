#include "cli/config/node.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "cli/quantities.h"
#include "core/suggest.h"
#include "core/text.h"

namespace costwar::cli {

Places places_in(const ConfigText& text, std::string source) {
  return [&text, source = std::move(source)](const std::string& pointer) {
    const auto line = text.lines.find(pointer);
    return Place{fmt::format("{}:{}", source, line == text.lines.end() ? 1 : line->second)};
  };
}

std::string ConfigNode::name() const {
  return pointer_.empty() ? std::string() : Json::json_pointer(pointer_).back();
}

void ConfigNode::fail(std::string_view what, std::string hint) const {
  cli::fail(place(), what, std::move(hint));
}

void ConfigNode::each(std::span<const std::string_view> known,
                      const std::function<void(const std::string&, const ConfigNode&)>& use) const {
  if (!json_->is_object()) fail("expected an object", "write { ... }");
  for (const auto& [key, value] : json_->items()) {
    const ConfigNode node = member(value, (Json::json_pointer(pointer_) / key).to_string());
    if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
      const auto near = nearest_name(key, known);
      node.fail(fmt::format("\"{}\" is not known here", key),
                near ? fmt::format("did you mean \"{}\"?", *near)
                     : fmt::format("known are {}", fmt::join(known, ", ")));
    }
    use(key, node);
  }
}

void ConfigNode::elements(std::string_view example, const std::function<void(const ConfigNode&)>& use) const {
  if (!json_->is_array() || json_->empty())
    fail("expected a list with at least one element", fmt::format("write it as {}", example));
  for (std::size_t i = 0; i < json_->size(); ++i) use(member((*json_)[i], fmt::format("{}/{}", pointer_, i)));
}

std::string ConfigNode::text(std::string_view example) const {
  std::string value = json_->is_string() ? json_->get<std::string>() : "";
  const bool prints = std::all_of(value.begin(), value.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
  if (value.empty() || !prints) fail("expected a text", fmt::format("write it as {}", example));
  return value;
}

std::vector<std::string> ConfigNode::texts(std::string_view example) const {
  if (!json_->is_array() || json_->empty())
    fail("expected a list of texts with at least one", fmt::format("write it as {}", example));
  std::vector<std::string> values;
  elements(example, [&](const ConfigNode& node) { values.push_back(node.text(example)); });
  return values;
}

std::size_t ConfigNode::choice(std::span<const std::string_view> names) const {
  const auto chosen = json_->is_string()
                          ? std::find(names.begin(), names.end(), json_->get_ref<const std::string&>())
                          : names.end();
  if (chosen == names.end())
    fail(fmt::format("{} says nothing here", json_->dump()),
         fmt::format("one of {}", fmt::join(names, ", ")));
  return static_cast<std::size_t>(chosen - names.begin());
}

bool ConfigNode::yes_or_no() const {
  if (!json_->is_boolean()) fail("expected true or false", {});
  return json_->get<bool>();
}

std::int64_t ConfigNode::whole(std::int64_t low, std::int64_t high, std::string_view what) const {
  const bool fits = json_->is_number_integer() && *json_ >= low && *json_ <= high;
  if (!fits) fail(fmt::format("expected {} from {} to {}", what, low, high), {});
  return json_->get<std::int64_t>();
}

double ConfigNode::number(double low, double high) const {
  const bool fits = json_->is_number() && json_->get<double>() >= low && json_->get<double>() <= high;
  if (!fits) fail(fmt::format("expected a number from {:g} to {:g}", low, high), {});
  return json_->get<double>();
}

// A number, or so many hundredths with a unit.
std::optional<double> ConfigNode::hundredths(std::span<const std::string_view> units) const {
  if (json_->is_string()) return read_share(json_->get<std::string>(), units);
  if (!json_->is_number()) return std::nullopt;
  const double value = json_->get<double>();
  return value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

double ConfigNode::share() const {
  constexpr std::array<std::string_view, 1> kUnits{"%"};
  const auto value = hundredths(kUnits);
  if (!value)
    fail(fmt::format("{} is not a share from 0 to 1", json_->dump()), "write it as 0.85 or \"85%\"");
  return *value;
}

double ConfigNode::points(std::string_view example) const {
  constexpr std::array<std::string_view, 6> kUnits{"pts", "pt", "points", "point", "pp", "%"};
  const auto value = hundredths(kUnits);
  if (!value) fail(fmt::format("{} is not a share", json_->dump()), fmt::format("write it as {}", example));
  return *value;
}

Money ConfigNode::usd() const {
  const std::string hint = "write it as \"40usd\" or \"0.50usd\"";
  if (!json_->is_string()) fail("expected an amount of money", hint);
  std::string amount = lowered(json_->get<std::string>());
  if (amount.starts_with('$')) amount.erase(0, 1);
  if (amount.ends_with("usd")) amount.erase(amount.size() - 3);
  while (amount.ends_with(' ')) amount.pop_back();
  const bool digits = !amount.empty() && amount.find_first_not_of("0123456789.") == std::string::npos;
  try {
    if (digits) return Money::parse(Currency(), amount);
  } catch (const Error&) {
    fail(fmt::format("{} is no amount of money in USD", json_->dump()), hint);
  }
  fail(fmt::format("{} is no amount of money in USD", json_->dump()), hint);
}

double ConfigNode::seconds() const {
  const std::string hint = "write a number with its unit: \"500ms\", \"8s\" or \"2m\"";
  if (!json_->is_string()) fail("expected a duration", hint);
  double value = 0;
  try {
    value = static_cast<double>(parse_duration(json_->get<std::string>(), "duration").count) / 1e9;
  } catch (const Error&) {
    fail(fmt::format("{} is no duration up to a day", json_->dump()), hint);
  }
  if (value <= 0) fail("expected a duration above 0", hint);
  return value;
}

}  // namespace costwar::cli
