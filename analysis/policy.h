// What an organisation requires of a model and what it prefers, as values: hard limits on figures and on
// facts, and weights for a multi-attribute utility. Where a policy is written: docs/deciding.md. What comes
// of it over candidates: analysis/decision.h. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/gate_rules.h"
#include "analysis/rule.h"

namespace costwar::analysis {

// A share is 0..1; money is in USD for a thousand tasks; times are seconds of an item.
enum class FigureUnit : std::uint8_t { share, money, seconds, joules };

// The figures that a policy can speak of. "quality/NAME" and "safety/NAME" besides: the share solved of the
// task or group NAME.
struct FigureRow {
  std::string_view name;   // "latency_p95"
  std::string_view title;  // "95th percentile of the time of an item"
  FigureUnit unit = FigureUnit::share;
  Side good = Side::at_least;  // at_least: more is better
  double quantile = 0;         // of latency
};
std::span<const FigureRow> figure_rows();
const FigureRow* find_figure_row(std::string_view name);  // nullptr: no such figure

// NAME of "quality/NAME" and "safety/NAME"; empty of any other.
std::string_view figure_part(std::string_view name);

// The facts that a limit can be about.
inline constexpr std::string_view kFactLicence = "licence";
inline constexpr std::string_view kFactWeights = "weights";  // "open" or "closed"
inline constexpr std::string_view kFactResidency = "residency";
inline constexpr std::string_view kFactHardware = "hardware_vendor";
inline constexpr std::string_view kFactTools = "tools";
inline constexpr std::string_view kFactContext = "context";  // tokens
inline constexpr std::string_view kFactOutput = "output";    // tokens

// A figure or a number with a bound, a text of which each has to be allowed, or a yes.
struct PolicyLimit {
  std::string name;     // its place in the policy: "latency.p95_at_most"
  std::string subject;  // a figure's name, or a fact's
  bool fact = false;
  std::optional<Bound> bound{};
  std::vector<std::string> allowed{};  // without regard to case
};

// A part of the utility: 0 at `worst`, 1 at `best`, straight between them (of money on a logarithmic scale if
// it is said), and no more beyond.
struct PolicyWeight {
  std::string figure;
  double weight = 0;  // above 0; they need not add up to 1
  double worst = 0;
  double best = 1;
  bool logarithmic = false;
};

struct Policy {
  std::string name;
  std::string description{};
  std::vector<PolicyLimit> limits{};
  std::vector<PolicyWeight> weights{};  // at least one
  bool mix = false;                     // two models may share the calls at random
  double indifference = 0;              // a utility that is less by no more than this is as good
  OnUnresolved on_unresolved = OnUnresolved::unresolved;
};

// The weights, adding up to 1.
std::vector<double> normalised_weights(const Policy& policy);

// 0 to 1. And the value at which the utility is `u`, which is inside 0..1.
double utility_at(const PolicyWeight& weight, double value);
double value_at(const PolicyWeight& weight, double u);

}  // namespace costwar::analysis
