// Walking a file that people write (a policy, rules of a gate, a scenario, claims): each value with the place
// where it stands, members by name with a suggestion for what is misspelt, and values in their units. What
// cannot be meant is Error{input} that names file and line and shows how to write it. A node refers to the
// JSON and the places that it was made of, which have to outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config/checks.h"
#include "cli/config/text.h"
#include "core/error.h"
#include "core/json.h"
#include "core/money.h"

namespace costwar::cli {

// The place of what a JSON pointer names.
using Places = std::function<Place(const std::string& pointer)>;

// Places in a file: "policy.json:12". Refers to `text`, which has to outlive it.
Places places_in(const ConfigText& text, std::string source);

class ConfigNode {
 public:
  ConfigNode(const Json& json, std::string pointer, const Places& places)
      : json_(&json), pointer_(std::move(pointer)), places_(&places) {}

  const Json& json() const { return *json_; }
  const std::string& pointer() const { return pointer_; }
  Place place() const { return (*places_)(pointer_); }
  std::string name() const;  // the last part of the pointer: the member's name, or the element's index
  [[noreturn]] void fail(std::string_view what, std::string hint) const;

  // Calls use(key, node) for each member; all names where none are listed. Error{input} unless an object.
  void each(std::span<const std::string_view> known,
            const std::function<void(const std::string&, const ConfigNode&)>& use) const;
  // Calls use(node) for each element. Error{input} unless a list with something in it.
  void elements(std::string_view example, const std::function<void(const ConfigNode&)>& use) const;

  std::string text(std::string_view example) const;                   // not empty, printable
  std::vector<std::string> texts(std::string_view example) const;     // one or more
  std::size_t choice(std::span<const std::string_view> names) const;  // the index of one of the names
  bool yes_or_no() const;
  std::int64_t whole(std::int64_t low, std::int64_t high, std::string_view what = "a whole number") const;
  double number(double low, double high) const;
  double share() const;                           // 0.85, "85%"
  double points(std::string_view example) const;  // of shares: 0.03, "3pts", "3%"; 0 to 1
  Money usd() const;                              // "40", "40usd", "$40"; not negative
  double seconds() const;                         // "8s", "500ms"; above 0

  // What read(text, name) makes of the text; its complaint comes with the place.
  template <typename Read>
  auto parsed(std::string_view example, Read read) const {
    const std::string written = text(example);
    try {
      return read(written, name());
    } catch (const Error& error) {
      fail(error.what(), error.hint());
    }
  }

 private:
  ConfigNode member(const Json& value, std::string pointer) const {
    return {value, std::move(pointer), *places_};
  }
  std::optional<double> hundredths(std::span<const std::string_view> units) const;

  const Json* json_;
  std::string pointer_;
  const Places* places_;
};

}  // namespace costwar::cli
