// Claims about list prices, model facts and accelerators.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "analysis/claim_judges.h"
#include "analysis/published/day_span.h"

namespace costwar::analysis {
namespace {

using pricing::ListedPrice;
using pricing::Rate;

JudgedClaim no_facts(std::string why) {
  JudgedClaim judged;
  judged.because = std::move(why);
  return judged;
}

// The plain sheet of a model: USD, standard class, any region, the smallest tier; one row per band of the
// day.
std::vector<ListedPrice> plain_sheet(const pricing::PriceBook& book, const std::string& model, Wall instant,
                                     int depth = 0) {
  std::vector<ListedPrice> rows;
  for (const ListedPrice& price : book.list(instant, instant)) {
    if (price.provider + "/" + price.model != model) continue;
    if (!price.alias_of.empty()) {
      if (depth < 3) return plain_sheet(book, price.provider + "/" + price.alias_of, instant, depth + 1);
      continue;
    }
    if (price.currency == Currency() && price.service_class == "standard" &&
        (price.region == "any" || price.region.empty()) && price.tier.low <= 1)
      rows.push_back(price);
  }
  return rows;
}

std::optional<Money> rate_of(const ListedPrice& price, Rate rate) {
  return price.per_million.at(static_cast<std::size_t>(rate));
}

std::string price_day(Wall wall) {
  return format_wall(wall).substr(0, 10);
}

void add_price_source(ClaimEvidence& row, const ListedPrice& price) {
  if (price.evidence == nullptr) return;
  row.source = fmt::format("price record {}", price.evidence->id);
  row.date = price.evidence->from == pricing::kBeginning ? "" : price_day(price.evidence->from);
}

void settle(JudgedClaim& judged) {
  const auto any = [&](ClaimVerdict verdict) {
    return std::any_of(judged.evidence.begin(), judged.evidence.end(),
                       [&](const ClaimEvidence& row) { return row.verdict == verdict; });
  };
  if (judged.evidence.empty()) return;
  judged.verdict = any(ClaimVerdict::refuted)       ? ClaimVerdict::refuted
                   : any(ClaimVerdict::no_evidence) ? ClaimVerdict::no_evidence
                   : any(ClaimVerdict::unresolved)  ? ClaimVerdict::unresolved
                                                    : ClaimVerdict::supported;
}

// Why a fact of the model says nothing as of a day; empty: it does.
std::string fact_gap(const pricing::ModelFacts& model, std::span<const std::string_view> used, Wall as_of) {
  if (model.released.empty())
    return fmt::format("the catalogue does not know when {} was released", model.id);
  if (parse_wall(model.released) > as_of)
    return fmt::format("{} was released on {}", model.id, model.released);
  for (const std::string_view member : used)
    if (std::find(model.unconfirmed.begin(), model.unconfirmed.end(), member) != model.unconfirmed.end())
      return fmt::format("{} of {} is not confirmed", member, model.id);
  return {};
}

std::string sources_of(const pricing::ModelFacts& model) {
  std::string text;
  for (const std::string& source : model.sources) text += (text.empty() ? "" : "; ") + source;
  return text;
}

JudgedClaim fact_verdict(const pricing::ModelFacts& model, std::string what, std::string figures,
                         bool holds) {
  ClaimEvidence row;
  row.what = std::move(what);
  row.basis = ClaimBasis::catalogue;
  row.figures = std::move(figures);
  row.verdict = holds ? ClaimVerdict::supported : ClaimVerdict::refuted;
  row.source = sources_of(model);
  row.date = model.released;
  JudgedClaim judged;
  judged.verdict = row.verdict;
  judged.because = row.figures;
  judged.evidence.push_back(std::move(row));
  return judged;
}

struct RatioRange {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  bool any = false;
  void see(double ratio) {
    low = std::min(low, ratio);
    high = std::max(high, ratio);
    any = true;
  }
};

// A vendor without a price for cached input bills it as fresh.
std::optional<Money> billed_rate(const ListedPrice& price, Rate rate) {
  const auto own = rate_of(price, rate);
  return own || rate != Rate::cache_read ? own : rate_of(price, Rate::input);
}

// The longest prompt at which both still have the prices of their lowest tier; nullopt: any.
std::optional<std::int64_t> lowest_tier_ends(const std::vector<ListedPrice>& first,
                                             const std::vector<ListedPrice>& second) {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  for (const auto* sheet : {&first, &second})
    for (const ListedPrice& price : *sheet) end = std::min(end, price.tier.high);
  return end == std::numeric_limits<std::int64_t>::max() ? std::nullopt : std::optional(end);
}

}  // namespace

JudgedClaim judge_prices(const ClaimedPrices& claimed, const pricing::PriceBook& book, Wall instant) {
  const std::vector<ListedPrice> sheet = plain_sheet(book, claimed.model, instant);
  if (sheet.empty())
    return no_facts(
        fmt::format("no list price of {} in USD is known for {}", claimed.model, price_day(instant)));
  JudgedClaim judged;
  const auto check = [&](std::string_view what, Rate rate, const std::optional<Money>& said) {
    if (!said) return;
    for (const ListedPrice& price : sheet) {
      const auto listed = rate_of(price, rate);
      ClaimEvidence row;
      row.what = fmt::format("{}{}", what, price.band == "all" ? "" : fmt::format(" ({})", price.band));
      row.basis = ClaimBasis::list_price;
      row.verdict = !listed            ? ClaimVerdict::no_evidence
                    : *listed == *said ? ClaimVerdict::supported
                                       : ClaimVerdict::refuted;
      row.figures =
          listed ? fmt::format("{} per million, claimed {}", format_price(*listed), format_price(*said))
                 : "not listed";
      if (!price.confirmed) row.doubt = "the record is not confirmed in every figure";
      add_price_source(row, price);
      judged.evidence.push_back(std::move(row));
    }
  };
  check("input", Rate::input, claimed.input);
  check("output", Rate::output, claimed.output);
  check("cached input", Rate::cache_read, claimed.cached);
  settle(judged);
  judged.because = fmt::format("list prices of {} on {}", claimed.model, price_day(instant));
  return judged;
}

JudgedClaim judge_list_price_ratio(const std::string& cheap, const std::string& strong, double cost_at_most,
                                   const pricing::PriceBook& book, Wall instant) {
  const auto first = plain_sheet(book, cheap, instant), second = plain_sheet(book, strong, instant);
  if (first.empty() || second.empty())
    return no_facts(fmt::format("no list price of {} in USD is known for {}", first.empty() ? cheap : strong,
                                price_day(instant)));
  constexpr std::array kKinds{std::pair(Rate::input, "input"), std::pair(Rate::cache_read, "cached input"),
                              std::pair(Rate::output, "output")};
  JudgedClaim judged;
  RatioRange all;
  for (const auto& kind : kKinds) {
    RatioRange range;
    for (const ListedPrice& a : first)
      for (const ListedPrice& b : second) {
        const auto above = billed_rate(a, kind.first), below = billed_rate(b, kind.first);
        if (above && below && !below->is_zero()) range.see(above->approximate() / below->approximate());
      }
    if (!range.any) continue;
    all.see(range.low);
    all.see(range.high);
    ClaimEvidence row;
    row.what = fmt::format("{} tokens", kind.second);
    row.basis = ClaimBasis::list_price;
    row.figures = range.low == range.high
                      ? fmt::format("{:.3f} of the price", range.low)
                      : fmt::format("{:.3f} to {:.3f} of the price, by the hour", range.low, range.high);
    row.verdict = range.high <= cost_at_most ? ClaimVerdict::supported
                  : range.low > cost_at_most ? ClaimVerdict::refuted
                                             : ClaimVerdict::unresolved;
    add_price_source(row, first.front());
    judged.evidence.push_back(std::move(row));
  }
  if (judged.evidence.empty())
    return no_facts(fmt::format("no kind of token has a list price of both above zero at {}", strong));
  judged.verdict = all.high <= cost_at_most ? ClaimVerdict::supported
                   : all.low > cost_at_most ? ClaimVerdict::refuted
                                            : ClaimVerdict::unresolved;
  judged.because = fmt::format("at equal tokens, whatever their mix, {} costs {:.3f} to {:.3f} of {} on {}",
                               cheap, all.low, all.high, strong, price_day(instant));
  if (const auto end = lowest_tier_ends(first, second))
    judged.because += fmt::format(", for prompts of up to {} tokens", *end);
  std::string warning = "This is about prices, not about tasks";
  if (all.high > 0)
    warning +=
        fmt::format(": with {:.1f} times as many tokens {} costs {:.0f} % of the other at the dearest kind",
                    cost_at_most / all.high, cheap, cost_at_most * 100);
  judged.warnings.push_back(warning + ".");
  return judged;
}

JudgedClaim judge_active_share(const pricing::ModelFacts& model, double low, double high, Wall as_of) {
  const double total = std::strtod(model.params_total_b.c_str(), nullptr);
  const double active = std::strtod(model.params_active_b.c_str(), nullptr);
  if (!(total > 0) || !(active > 0))
    return no_facts(fmt::format("the catalogue has no parameter counts of {}", model.id));
  constexpr std::array<std::string_view, 2> kUsed{"params_total_b", "params_active_b"};
  if (std::string gap = fact_gap(model, kUsed, as_of); !gap.empty()) return no_facts(std::move(gap));
  const double share = active / total;
  return fact_verdict(
      model, "active over total parameters",
      fmt::format("{}B of {}B are active: {:.1f} %, claimed {:.0f} to {:.0f} %", model.params_active_b,
                  model.params_total_b, share * 100, low * 100, high * 100),
      share >= low && share <= high);
}

JudgedClaim judge_context(const pricing::ModelFacts& model, std::int64_t tokens_at_least, Wall as_of) {
  if (!model.context_tokens)
    return no_facts(fmt::format("the catalogue has no context length of {}", model.id));
  constexpr std::array<std::string_view, 1> kUsed{"context_tokens"};
  if (std::string gap = fact_gap(model, kUsed, as_of); !gap.empty()) return no_facts(std::move(gap));
  JudgedClaim judged =
      fact_verdict(model, "context length",
                   fmt::format("{} tokens are offered, claimed {}", *model.context_tokens, tokens_at_least),
                   *model.context_tokens >= tokens_at_least);
  judged.warnings.push_back("This is what the vendor accepts, not how well the model uses it.");
  return judged;
}

JudgedClaim judge_relative(std::span<const pricing::Accelerator> accelerators, const std::string& subject,
                           const std::string& versus, const std::string& metric, double gain, Wall as_of) {
  const auto found = std::find_if(accelerators.begin(), accelerators.end(),
                                  [&](const pricing::Accelerator& each) { return each.id == subject; });
  if (found == accelerators.end())
    return no_facts(fmt::format("the catalogue has no accelerator {}", subject));
  JudgedClaim judged;
  for (const pricing::RelativeClaim& claim : found->claims) {
    if (claim.metric != metric || claim.versus != versus) continue;
    const auto day = read_day_span(claim.date);
    if (day && day->first * 86'400'000'000'000 > as_of.ns) continue;
    ClaimEvidence row;
    row.what = fmt::format("{} of {} over {}", metric, subject, versus);
    row.basis = ClaimBasis::vendor_claim;
    const bool repeats = std::abs(claim.factor - (1 + gain)) < 1e-9;
    row.figures = fmt::format("the {} says {:+.0f} %", claim.claimed_by, (claim.factor - 1) * 100);
    row.verdict = repeats ? ClaimVerdict::no_evidence : ClaimVerdict::refuted;
    row.doubt = repeats ? "a claim repeated is no evidence for itself" : "not what was said";
    row.source = claim.source;
    row.date = claim.date;
    judged.evidence.push_back(std::move(row));
  }
  if (judged.evidence.empty()) return no_facts("the catalogue has no such statement of anybody by then");
  const bool repeated = judged.evidence.front().verdict == ClaimVerdict::no_evidence;
  judged.verdict = repeated ? ClaimVerdict::no_evidence : ClaimVerdict::refuted;
  judged.because = repeated ? "only the vendor says so; no price of either accelerator and no independent "
                              "measurement is catalogued to check it"
                            : "the vendor said another figure";
  return judged;
}

}  // namespace costwar::analysis
