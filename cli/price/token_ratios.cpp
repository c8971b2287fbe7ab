#include "cli/price/token_ratios.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <vector>

#include "core/error.h"
#include "core/millionths.h"
#include "stats/bootstrap.h"

namespace costwar::cli {
namespace {

using pricing::CountFactor;
using pricing::TokenRatio;

constexpr std::size_t kFewestItems = 5;

[[noreturn]] void fail(const std::string& text) {
  throw Error(ErrorKind::usage, fmt::format("--token-ratio: '{}' is not a ratio of token counts", text),
              "write in=1.08,out=1.3: what the other model counts where this one counted 1");
}

std::int64_t factor(std::string_view number, const std::string& whole) {
  const auto value = parse_millionths(number);
  if (!value || *value <= 0 || *value > 1000 * kMillionthsInOne) fail(whole);
  return *value;
}

bool is_model(const ModelCard& card, const std::string& name) {
  return card.price_provider + "/" + card.price_model == name || card.provider + "/" + card.model == name ||
         card.name == name;
}

std::optional<std::uint32_t> model_of(const RunColumns& run, const std::string& name) {
  for (std::size_t i = 0; i < run.header.models.size(); ++i)
    if (is_model(run.header.models[i], name)) return static_cast<std::uint32_t>(i);
  return std::nullopt;
}

struct Tokens {
  std::int64_t input = 0;
  std::int64_t output = 0;
};

// What a model's last attempt at each completed item counted.
std::map<std::uint32_t, Tokens> tokens_by_item(const RunColumns& run, std::uint32_t model) {
  std::map<std::uint32_t, Tokens> items;
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    const std::uint32_t trial = run.attempts.trial[i];
    if (run.trials.model[trial] != model || run.trials.complete[trial] == 0 ||
        run.attempts.outcome[i] != Outcome::ok)
      continue;
    const Usage usage = run.attempts.usage[i];
    const auto input = usage.prompt_tokens();
    const auto output = usage.output_tokens();
    if (input && output) items[run.trials.item[trial]] = {*input, *output};
  }
  return items;
}

CountFactor factor_of(const std::vector<stats::RatioItem>& items, std::uint64_t seed,
                      const std::string& stream) {
  double above = 0;
  double below = 0;
  for (const auto& item : items) {
    above += item.numerator;
    below += item.denominator;
  }
  if (below <= 0) return {};
  stats::BootstrapOptions options;
  options.seed = seed;
  options.stream = stream;
  const stats::Interval interval = stats::bootstrap_ratio(items, options);
  const auto rounded = [](double value) {
    return static_cast<std::int64_t>(
        std::llround(std::min(value, 1000.0) * static_cast<double>(kMillionthsInOne)));
  };
  return {rounded(above / below), rounded(interval.low), rounded(interval.high)};
}

}  // namespace

TokenRatio parse_token_ratio(const std::string& text) {
  TokenRatio ratio;
  bool given[2] = {false, false};
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    if (equals == std::string_view::npos || (name != "in" && name != "out")) fail(text);
    const bool out = name == "out";
    if (given[out ? 1 : 0]) fail(text);
    given[out ? 1 : 0] = true;
    const std::int64_t value = factor(part.substr(equals + 1), text);
    (out ? ratio.output : ratio.input) = {value, value, value};
  }
  if (!given[0] && !given[1]) fail(text);
  return ratio;
}

std::optional<TokenRatio> paired_ratio(const RunColumns& run, const std::string& served,
                                       const std::string& as) {
  const auto first = model_of(run, as);
  const auto second = model_of(run, served);
  if (!first || !second) return std::nullopt;
  const auto by_as = tokens_by_item(run, *first);
  const auto by_served = tokens_by_item(run, *second);
  std::vector<stats::RatioItem> inputs;
  std::vector<stats::RatioItem> outputs;
  for (const auto& [item, tokens] : by_as) {
    const auto other = by_served.find(item);
    if (other == by_served.end()) continue;
    inputs.push_back({static_cast<double>(tokens.input), static_cast<double>(other->second.input)});
    outputs.push_back({static_cast<double>(tokens.output), static_cast<double>(other->second.output)});
  }
  if (inputs.size() < kFewestItems) return std::nullopt;
  return TokenRatio{factor_of(inputs, run.header.seed, "token-ratio.in." + served + "." + as),
                    factor_of(outputs, run.header.seed, "token-ratio.out." + served + "." + as)};
}

}  // namespace costwar::cli
