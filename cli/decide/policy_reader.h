// Walking a policy's JSON: members by name with their place, and values in their units. Internal to
// cli/decide.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/policy.h"
#include "cli/config/checks.h"
#include "core/json.h"
#include "core/money.h"
#include "core/suggest.h"

namespace costwar::cli {

// A value and where it stands.
class PolicyNode {
 public:
  using Places = std::function<Place(const std::string& pointer)>;
  PolicyNode(const Json& json, std::string pointer, const Places& places)
      : json_(&json), pointer_(std::move(pointer)), places_(&places) {}

  const Json& json() const { return *json_; }
  Place place() const { return (*places_)(pointer_); }
  [[noreturn]] void fail(std::string_view what, std::string hint) const {
    cli::fail(place(), what, std::move(hint));
  }

  // Calls use(key, node) for each member; all names where none are listed. Error{input} unless an object.
  void each(std::span<const std::string_view> known,
            const std::function<void(const std::string&, const PolicyNode&)>& use) const;

  std::string text(std::string_view example) const;                // not empty, printable
  std::vector<std::string> texts(std::string_view example) const;  // one or more
  bool yes_or_no() const;
  std::int64_t count() const;  // 1 to 1e12
  double share() const;        // 0.85, "85%"
  double number(double low, double high) const;
  Money usd() const;       // "40", "40usd", "$40"; not negative
  double seconds() const;  // "8s", "500ms"; above 0

 private:
  const Json* json_;
  std::string pointer_;
  const Places* places_;
};

}  // namespace costwar::cli
