// What a published score cost to get, as its source printed it: dollars per item or per solved item at the
// prices of then, and tokens where they are told by kind. Nothing is priced again here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/published/published_score.h"

namespace costwar::analysis {

// Words say how each amount came about, without a full stop: "as published" or the division that was made.
struct CostPerItem {
  std::optional<Money> per_item;
  std::string per_item_basis;  // empty where there is none
  std::optional<Money> per_solved;
  std::string per_solved_basis;
  std::optional<Money> total;
};

// Per item: as printed, or the printed total over n. Per solved: as printed, or per item over the share that
// was solved, where the score is one (metric family share_correct or share_correct_two_tries, in percent or
// as a fraction). A share of 0 has no cost per solved item.
CostPerItem published_cost(const PublishedScore& it);

// Of the whole measurement unless `per_item`.
struct PublishedTokens {
  std::optional<std::int64_t> fresh_input;
  std::optional<std::int64_t> cached_input;
  std::optional<std::int64_t> input;     // both, where they are not told apart
  std::optional<std::int64_t> output;    // reasoning included
  std::optional<std::int64_t> per_item;  // a total of all kinds for one item
};

// nullopt where the source gives none.
std::optional<PublishedTokens> published_tokens(const PublishedScore& it);

}  // namespace costwar::analysis
