#include "cli/decide/policy_reader.h"

#include <cmath>
#include <cstdlib>

#include "cli/mock/quantities.h"
#include "core/error.h"
#include "core/text.h"

namespace costwar::cli {

void PolicyNode::each(std::span<const std::string_view> known,
                      const std::function<void(const std::string&, const PolicyNode&)>& use) const {
  if (!json_->is_object()) fail("expected an object", "write { ... }");
  for (const auto& [key, value] : json_->items()) {
    const PolicyNode member(value, (Json::json_pointer(pointer_) / key).to_string(), *places_);
    if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
      const auto near = nearest_name(key, known);
      member.fail(fmt::format("\"{}\" is not known here", key),
                  near ? fmt::format("did you mean \"{}\"?", *near)
                       : fmt::format("known are {}", fmt::join(known, ", ")));
    }
    use(key, member);
  }
}

std::string PolicyNode::text(std::string_view example) const {
  const std::string value = json_->is_string() ? json_->get<std::string>() : "";
  const bool prints = std::all_of(value.begin(), value.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
  if (value.empty() || !prints) fail("expected a text", fmt::format("write it as {}", example));
  return value;
}

std::vector<std::string> PolicyNode::texts(std::string_view example) const {
  const std::string hint = fmt::format("write it as {}", example);
  if (!json_->is_array() || json_->empty()) fail("expected a list of texts with at least one", hint);
  std::vector<std::string> values;
  for (const Json& value : *json_) values.push_back(PolicyNode(value, pointer_, *places_).text(example));
  return values;
}

bool PolicyNode::yes_or_no() const {
  if (!json_->is_boolean()) fail("expected true or false", {});
  return json_->get<bool>();
}

std::int64_t PolicyNode::count() const {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  const bool fits = json_->is_number_integer() && *json_ >= 1 && *json_ <= kMost;
  if (!fits) fail("expected a whole number of tokens above 0", "write it as 200000");
  return json_->get<std::int64_t>();
}

double PolicyNode::share() const {
  double value = std::nan("");
  if (json_->is_number()) value = json_->get<double>();
  if (json_->is_string()) {
    const std::string written = json_->get<std::string>();
    char* end = nullptr;
    const double number = std::strtod(written.c_str(), &end);
    std::string_view unit(end);
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    if (end != written.c_str() && unit == "%") value = number / 100;
  }
  if (!(value >= 0 && value <= 1))
    fail(fmt::format("{} is not a share from 0 to 1", json_->dump()), "write it as 0.85 or \"85%\"");
  return value;
}

double PolicyNode::number(double low, double high) const {
  const bool fits = json_->is_number() && json_->get<double>() >= low && json_->get<double>() <= high;
  if (!fits) fail(fmt::format("expected a number from {:g} to {:g}", low, high), {});
  return json_->get<double>();
}

Money PolicyNode::usd() const {
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

double PolicyNode::seconds() const {
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
