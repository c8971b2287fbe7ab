#include "cli/claim/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cli/config/node.h"
#include "cli/config/text.h"
#include "core/error.h"
#include "core/suggest.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLargestClaims = 1U << 20U;
constexpr double kMostRatio = 1'000;
constexpr double kMostMonths = 1'200;

struct StatementKind {
  std::string_view name;
  std::array<std::string_view, 4> needed;   // empty: no more
  std::array<std::string_view, 3> allowed;  // besides
};
constexpr std::array kStatementKinds{
    StatementKind{"ratio", {"cheap", "strong"}, {"capability_at_least", "cost_at_most", "evidence"}},
    StatementKind{"list_price_ratio", {"cheap", "strong", "cost_at_most"}, {}},
    StatementKind{"price", {"model"}, {"input", "output", "cached"}},
    StatementKind{"lag", {"model", "months"}, {}},
    StatementKind{"active_share", {"model", "between"}, {}},
    StatementKind{"context", {"model", "tokens_at_least"}, {}},
    StatementKind{"relative", {"subject", "versus", "metric", "gain"}, {}},
};

constexpr std::array<std::string_view, 20> kClaimKeys{
    "text",   "source", "kind",   "cheap",  "strong", "evidence", "capability_at_least", "cost_at_most",
    "model",  "input",  "output", "cached", "months", "between",  "tokens_at_least",     "subject",
    "versus", "metric", "gain",   "note"};

// What only claims of some kinds have.
constexpr std::array<std::string_view, 15> kValueKeys{
    "cheap",  "strong", "evidence", "capability_at_least", "cost_at_most", "model",  "input", "output",
    "cached", "months", "between",  "tokens_at_least",     "subject",      "versus", "gain"};

// Every value that a claim may have; which of them its kind needs is checked afterwards.
struct ClaimFields {
  std::string kind;
  std::map<std::string, std::string> texts;
  std::map<std::string, double> numbers;
  std::map<std::string, Money> amounts;
  std::optional<std::pair<double, double>> months;
  std::optional<std::pair<double, double>> between;
  std::optional<std::int64_t> tokens;
};

std::pair<double, double> pair_of(const ConfigNode& node, double most) {
  const Json& json = node.json();
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_number())
    node.fail("expected two numbers", "write [3, 6]");
  const double low = json[0].get<double>(), high = json[1].get<double>();
  if (!(low >= 0 && low <= high && high <= most))
    node.fail("the first number is the lower one, and neither is negative", "write [3, 6]");
  return {low, high};
}

ClaimFields read_fields(const ConfigNode& node, WrittenClaim& claim) {
  ClaimFields fields;
  node.each(kClaimKeys, [&](const std::string& key, const ConfigNode& value) {
    if (key == "text")
      claim.text = value.text("\"80 % of the capability at 25 % of the cost\"");
    else if (key == "source")
      claim.source = value.text("\"a talk of April 2026\"");
    else if (key == "kind")
      fields.kind = value.text("\"ratio\"");
    else if (key == "capability_at_least" || key == "cost_at_most")
      fields.numbers[key] = value.number(0, kMostRatio);
    else if (key == "gain")
      fields.numbers[key] = value.number(-1, kMostRatio);
    else if (key == "input" || key == "output" || key == "cached")
      fields.amounts.emplace(key, value.usd());
    else if (key == "months")
      fields.months = pair_of(value, kMostMonths);
    else if (key == "between")
      fields.between = pair_of(value, 1);
    else if (key == "tokens_at_least")
      fields.tokens = value.whole(1, 1'000'000'000'000, "a whole number of tokens above 0");
    else if (key != "note")
      fields.texts[key] = value.text("\"...\"");
  });
  return fields;
}

bool has(const ClaimFields& fields, const std::string& key) {
  if (key == "months") return fields.months.has_value();
  if (key == "between") return fields.between.has_value();
  if (key == "tokens_at_least") return fields.tokens.has_value();
  return fields.texts.contains(key) || fields.numbers.contains(key) || fields.amounts.contains(key);
}

const StatementKind& kind_of(const ConfigNode& node, const std::string& name) {
  std::vector<std::string_view> names;
  for (const StatementKind& kind : kStatementKinds) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  node.fail(
      name.empty() ? std::string("the claim has no \"kind\"") : fmt::format("there is no kind \"{}\"", name),
      near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("one of {}", fmt::join(names, ", ")));
}

RatioStatement ratio_of(const ConfigNode& node, ClaimFields& fields) {
  RatioStatement ratio;
  ratio.cheap = fields.texts["cheap"];
  ratio.strong = fields.texts["strong"];
  if (fields.numbers.contains("capability_at_least"))
    ratio.bounds.capability = fields.numbers["capability_at_least"];
  if (fields.numbers.contains("cost_at_most")) ratio.bounds.cost = fields.numbers["cost_at_most"];
  if (!ratio.bounds.capability && !ratio.bounds.cost)
    node.fail("the claim says nothing of capability or cost",
              "add \"capability_at_least\": 0.8 or \"cost_at_most\": 0.25");
  if (fields.texts.contains("evidence")) {
    if (fields.texts["evidence"] != "published")
      node.fail(fmt::format("\"evidence\": \"{}\" is not known", fields.texts["evidence"]),
                "write \"published\" for every comparable published row, or leave it out");
    ratio.all_published = true;
  }
  return ratio;
}

Statement statement_of(const ConfigNode& node, ClaimFields& fields) {
  const StatementKind& kind = kind_of(node, fields.kind);
  for (const std::string_view key : kValueKeys) {
    const auto among = [&](const auto& keys) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    if (has(fields, std::string(key)) && !among(kind.needed) && !among(kind.allowed))
      node.fail(fmt::format("a claim of kind \"{}\" has no \"{}\"", kind.name, key),
                "leave it out, or make a claim of its own of it");
  }
  for (const std::string_view key : kind.needed)
    if (!key.empty() && !has(fields, std::string(key)))
      node.fail(fmt::format("a claim of kind \"{}\" needs \"{}\"", kind.name, key),
                "docs/claims.md has examples");
  const auto amount = [&](const std::string& key) {
    return fields.amounts.contains(key) ? std::optional(fields.amounts.at(key)) : std::nullopt;
  };
  if (kind.name == "ratio") return ratio_of(node, fields);
  if (kind.name == "list_price_ratio")
    return ListPriceStatement{fields.texts["cheap"], fields.texts["strong"], fields.numbers["cost_at_most"]};
  if (kind.name == "price") {
    PriceStatement price{{fields.texts["model"], amount("input"), amount("output"), amount("cached")}};
    if (!price.prices.input && !price.prices.output && !price.prices.cached)
      node.fail("the claim names no price", "add \"input\": \"5\" in dollars per million tokens");
    return price;
  }
  if (kind.name == "lag")
    return LagStatement{fields.texts["model"], {fields.months->first, fields.months->second}};
  if (kind.name == "active_share")
    return ActiveShareStatement{fields.texts["model"], fields.between->first, fields.between->second};
  if (kind.name == "context") return ContextStatement{fields.texts["model"], *fields.tokens};
  return RelativeStatement{fields.texts["subject"], fields.texts["versus"], fields.texts["metric"],
                           fields.numbers["gain"]};
}

}  // namespace

ClaimsFile parse_claims(std::string_view text, const std::string& source) {
  const ConfigText parsed = parse_config_text(text, source);
  const Places places = places_in(parsed, source);
  constexpr std::array<std::string_view, 3> kFileKeys{"$schema", "name", "claims"};
  ClaimsFile file;
  const ConfigNode root(parsed.json, "", places);
  root.each(kFileKeys, [&](const std::string& key, const ConfigNode& node) {
    if (key == "name") file.name = node.text("\"what the list is\"");
    if (key != "claims") return;
    node.elements("[ {...}, {...} ]", [&](const ConfigNode& each) {
      WrittenClaim claim;
      ClaimFields fields = read_fields(each, claim);
      claim.statement = statement_of(each, fields);
      if (claim.text.empty()) each.fail("the claim has no \"text\"", "say what was claimed, in words");
      file.claims.push_back(std::move(claim));
    });
  });
  if (file.claims.empty()) root.fail("there is no claim in it", "add \"claims\": [ ... ]");
  return file;
}

ClaimsFile read_claims_file(const std::filesystem::path& path) {
  return parse_claims(read_file(path, kLargestClaims), path.string());
}

analysis::MonthRange parse_months(std::string_view text, std::string_view flag) {
  const std::size_t dots = text.find("..");
  const auto number = [&](std::string_view part) {
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || !(value >= 0 && value <= kMostMonths))
      throw Error(ErrorKind::usage, fmt::format("{} {}: no range of months", flag, text), "write 3..6");
    return value;
  };
  if (dots == std::string_view::npos) return {number(text), number(text)};
  const analysis::MonthRange range{number(text.substr(0, dots)), number(text.substr(dots + 2))};
  if (range.low > range.high)
    throw Error(ErrorKind::usage, fmt::format("{} {}: the first number is the lower one", flag, text),
                "write 3..6");
  return range;
}

}  // namespace costwar::cli
