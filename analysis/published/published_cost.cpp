#include "analysis/published/published_cost.h"

#include <fmt/format.h>

#include <cmath>

namespace costwar::analysis {
namespace {

constexpr std::int64_t kParts = 1'000'000'000;  // a share is rounded to nine decimals

// The share of items that was solved, in parts of kParts; nullopt where the score is none.
std::optional<std::int64_t> solved_parts(const PublishedScore& it) {
  const auto full = full_score(it);
  if (!it.score || !full) return std::nullopt;
  const std::int64_t parts = std::llround(it.score->value / *full * static_cast<double>(kParts));
  return parts > 0 ? std::optional(parts) : std::nullopt;
}

}  // namespace

CostPerItem published_cost(const PublishedScore& it) {
  CostPerItem cost;
  cost.total = it.cost.total;
  if (it.cost.per_item) {
    cost.per_item = it.cost.per_item;
    cost.per_item_basis = "as published";
  } else if (it.cost.total && it.n) {
    cost.per_item = it.cost.total->scaled(1, *it.n);
    cost.per_item_basis =
        fmt::format("the published total of {} over {} items", format_price(*it.cost.total), *it.n);
  }
  if (it.cost.per_solved) {
    cost.per_solved = it.cost.per_solved;
    cost.per_solved_basis = "as published";
  } else if (const auto parts = solved_parts(it); parts && cost.per_item) {
    cost.per_solved = cost.per_item->scaled(kParts, *parts);
    cost.per_solved_basis =
        fmt::format("the cost per item ({}) over the share solved, {}", cost.per_item_basis, score_text(it));
  }
  return cost;
}

std::optional<PublishedTokens> published_tokens(const PublishedScore& it) {
  if (it.tokens.empty()) return std::nullopt;
  PublishedTokens tokens;
  for (const auto& [key, count] : it.tokens) {
    if (key == "uncached_input") tokens.fresh_input = count;
    if (key == "cached_input") tokens.cached_input = count;
    if (key == "prompt") tokens.input = count;
    if (key == "output" || key == "completion") tokens.output = count;
    if (key == "per_item") tokens.per_item = count;
  }
  if (!tokens.input && tokens.fresh_input && tokens.cached_input)
    tokens.input = *tokens.fresh_input + *tokens.cached_input;
  return tokens;
}

}  // namespace costwar::analysis
