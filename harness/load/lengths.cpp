#include "harness/load/lengths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "stats/draws.h"

namespace costwar::harness {
namespace {

constexpr int kMostRedraws = 64;
constexpr double kMostSigma = 5;
constexpr std::size_t kMostListed = 1'000'000;

struct UnitRow {
  std::string_view name;
  double scale;
};
constexpr std::array<UnitRow, 5> kTimeUnits{{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"ns", 1}}};
constexpr std::array<UnitRow, 5> kCountUnits{
    {{"", 1}, {"k", 1024}, {"K", 1024}, {"m", 1024 * 1024}, {"M", 1024 * 1024}}};

constexpr std::array<std::string_view, 4> kDrawNames{"normal", "lognormal", "exponential", "list"};

std::optional<double> scaled_number(std::string_view text, DrawUnit unit) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const UnitRow& row : unit == DrawUnit::time ? kTimeUnits : kCountUnits)
    if (row.name == name) return value * row.scale;
  return std::nullopt;
}

// A quantity as text() writes it: exact, so that what is read back draws the same.
std::string written(double value, DrawUnit unit) {
  if (unit == DrawUnit::count) return fmt::format("{}", value);
  for (const UnitRow& row : {kTimeUnits[2], kTimeUnits[1], kTimeUnits[0]})
    if (std::fmod(value, row.scale) == 0) return fmt::format("{}{}", value / row.scale, row.name);
  return fmt::format("{}ns", value);
}

struct DrawSyntax {
  std::string_view text;
  std::string_view flag;
  DrawUnit unit;
  DrawBounds bounds;

  const char* forms() const {
    return unit == DrawUnit::time
               ? "write 2s, 500ms..3s, exponential:2s, lognormal:2s,0.5, normal:2s,500ms or list:1s,5s"
               : "write 512, 100..500, lognormal:512,0.4, normal:512,50, exponential:512 or list:128,2048";
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' {}", flag, text, why), forms());
  }

  // Within the bounds; whole where counts are meant.
  double quantity(std::string_view part) const {
    const std::optional<double> value = scaled_number(trimmed(part), unit);
    if (!value)
      fail(fmt::format("has '{}' where {} belongs", part,
                       unit == DrawUnit::time ? "a time with its unit" : "a whole number"));
    if (unit == DrawUnit::count && *value != std::floor(*value))
      fail(fmt::format("has '{}', which is not whole", part));
    if (*value < static_cast<double>(bounds.low) || *value > static_cast<double>(bounds.high))
      fail(fmt::format("is not within {} and {}", written(static_cast<double>(bounds.low), unit),
                       written(static_cast<double>(bounds.high), unit)));
    return std::round(*value);
  }

  double spread(std::string_view part) const {  // of the normal distribution, in the unit; may be anything
    const std::optional<double> value = scaled_number(trimmed(part), unit);
    if (!value || *value > static_cast<double>(bounds.high))
      fail(fmt::format("has '{}' where a standard deviation belongs", part));
    return *value;
  }

  double sigma(std::string_view part) const {
    const std::optional<double> value = scaled_number(trimmed(part), DrawUnit::count);
    if (!value || *value > kMostSigma)
      fail(fmt::format("has '{}' where the standard deviation of the logarithm belongs, 0 to {}", part,
                       kMostSigma));
    return *value;
  }

  std::pair<std::string_view, std::string_view> two(std::string_view parameters,
                                                    std::string_view what) const {
    const std::size_t comma = parameters.find(',');
    if (comma == std::string_view::npos) fail(fmt::format("needs two parameters: {}", what));
    return {parameters.substr(0, comma), parameters.substr(comma + 1)};
  }
};

}  // namespace

Drawn Drawn::fixed(std::int64_t value, DrawUnit unit) {
  Drawn drawn;
  drawn.unit_ = unit;
  drawn.first_ = static_cast<double>(value);
  return drawn;
}

Drawn Drawn::list(std::vector<std::int64_t> values, DrawUnit unit) {
  Drawn drawn;
  drawn.kind_ = Kind::list;
  drawn.unit_ = unit;
  drawn.values_ = std::move(values);
  return drawn;
}

Drawn Drawn::parse(std::string_view text, std::string_view flag, DrawUnit unit, DrawBounds bounds) {
  const DrawSyntax syntax{text, flag, unit, bounds};
  Drawn drawn;
  drawn.unit_ = unit;
  drawn.low_ = static_cast<double>(bounds.low);
  drawn.high_ = static_cast<double>(bounds.high);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
      drawn.kind_ = Kind::uniform;
      drawn.first_ = syntax.quantity(text.substr(0, dots));
      drawn.second_ = syntax.quantity(text.substr(dots + 2));
      if (drawn.first_ > drawn.second_) syntax.fail("has its larger end first");
      return drawn;
    }
    Drawn fixed = Drawn::fixed(0, unit);
    fixed.first_ = syntax.quantity(text);
    return fixed;
  }
  const std::string name = lowered(trimmed(text.substr(0, colon)));
  const std::string_view parameters = text.substr(colon + 1);
  if (name == "normal") {
    const auto [mean, deviation] = syntax.two(parameters, "mean and standard deviation");
    drawn.kind_ = Kind::normal;
    drawn.first_ = syntax.quantity(mean);
    drawn.second_ = syntax.spread(deviation);
  } else if (name == "lognormal") {
    const auto [median, sigma] = syntax.two(parameters, "median and standard deviation of the logarithm");
    drawn.kind_ = Kind::lognormal;
    drawn.first_ = syntax.quantity(median);
    drawn.second_ = syntax.sigma(sigma);
  } else if (name == "exponential") {
    drawn.kind_ = Kind::exponential;
    drawn.first_ = syntax.quantity(parameters);
  } else if (name == "list") {
    std::vector<std::int64_t> values;
    for (std::string_view rest = parameters;;) {
      const std::size_t comma = rest.find(',');
      values.push_back(static_cast<std::int64_t>(syntax.quantity(rest.substr(0, comma))));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    return Drawn::list(std::move(values), unit);
  } else {
    const auto meant = nearest_name(name, std::span<const std::string_view>(kDrawNames));
    syntax.fail(meant ? fmt::format("has no known distribution; did you mean '{}'?", *meant)
                      : std::string("has no known distribution"));
  }
  return drawn;
}

std::int64_t Drawn::draw(RandomStream& stream) const {
  switch (kind_) {
    case Kind::fixed:
      return static_cast<std::int64_t>(first_);
    case Kind::uniform:
      return stream.between(static_cast<std::int64_t>(first_), static_cast<std::int64_t>(second_));
    case Kind::list:
      return values_[static_cast<std::size_t>(stream.below(values_.size()))];
    default:
      break;
  }
  double value = 0;
  for (int i = 0; i < kMostRedraws; ++i) {
    if (kind_ == Kind::normal)
      value = first_ + second_ * stats::draw_normal(stream);
    else if (kind_ == Kind::lognormal)
      value = first_ * std::exp(second_ * stats::draw_normal(stream));
    else
      value = first_ * stats::draw_exponential(stream);
    value = std::round(value);
    if (value >= low_ && value <= high_) break;
  }
  return static_cast<std::int64_t>(std::clamp(value, low_, high_));
}

std::string Drawn::text() const {
  const std::string first = written(first_, unit_);
  switch (kind_) {
    case Kind::fixed:
      return first;
    case Kind::uniform:
      return fmt::format("{}..{}", first, written(second_, unit_));
    case Kind::normal:
      return fmt::format("normal:{},{}", first, written(second_, unit_));
    case Kind::lognormal:
      return fmt::format("lognormal:{},{}", first, second_);
    case Kind::exponential:
      return fmt::format("exponential:{}", first);
    case Kind::list:
      break;
  }
  std::string text = "list:";
  for (std::size_t i = 0; i < values_.size(); ++i)
    text += (i > 0 ? "," : "") + written(static_cast<double>(values_[i]), unit_);
  return text;
}

Drawn drawn_from_lines(std::string_view text, std::string_view source, DrawUnit unit, DrawBounds bounds) {
  std::vector<std::int64_t> values;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const std::optional<double> value = scaled_number(line, unit);
    if (!value || std::round(*value) != *value || *value < static_cast<double>(bounds.low) ||
        *value > static_cast<double>(bounds.high))
      throw Error(
          ErrorKind::input,
          fmt::format("{}:{}: '{}' is not within {} and {}", source, number, line.substr(0, 40),
                      written(static_cast<double>(bounds.low), unit),
                      written(static_cast<double>(bounds.high), unit)),
          unit == DrawUnit::time ? "write one time with its unit a line" : "write one whole number a line");
    if (values.size() == kMostListed)
      throw Error(ErrorKind::input, fmt::format("{}: more than {} values", source, kMostListed),
                  "keep a sample of them");
    values.push_back(static_cast<std::int64_t>(*value));
  }
  if (values.empty())
    throw Error(ErrorKind::input, fmt::format("{}: no values to draw from", source), "write one a line");
  return Drawn::list(std::move(values), unit);
}

}  // namespace costwar::harness
