// Claims as people write them: in a file (docs/schema/claims.schema.json), or by the flags of `costwar
// claim`. Values only; unknown keys and values that cannot be meant are Error{input} with file, line and
// suggestion.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "analysis/claim_judges.h"

namespace costwar::cli {

// "STRONG's capability and cost": references to runs, models or published rows; or, where `all_published`,
// models of which every comparable published row counts.
struct RatioStatement {
  analysis::ClaimBounds bounds;
  std::string cheap;
  std::string strong;
  bool all_published = false;
};
struct ListPriceStatement {  // cost at list prices and equal tokens
  std::string cheap;
  std::string strong;
  double cost_at_most = 0;
};
struct PriceStatement {
  analysis::ClaimedPrices prices;
};
struct LagStatement {
  std::string model;
  analysis::MonthRange months;
};
struct ActiveShareStatement {
  std::string model;
  double low = 0;
  double high = 1;
};
struct ContextStatement {
  std::string model;
  std::int64_t tokens_at_least = 0;
};
struct RelativeStatement {
  std::string subject;
  std::string versus;
  std::string metric;
  double gain = 0;
};

using Statement = std::variant<RatioStatement, ListPriceStatement, PriceStatement, LagStatement,
                               ActiveShareStatement, ContextStatement, RelativeStatement>;

struct WrittenClaim {
  std::string text;    // as it was said
  std::string source;  // by whom and when; may be empty
  Statement statement;
};

struct ClaimsFile {
  std::string name;  // what the list is; may be empty
  std::vector<WrittenClaim> claims;
};

ClaimsFile read_claims_file(const std::filesystem::path& path);
ClaimsFile parse_claims(std::string_view text, const std::string& source);

// "3..6" or "3". Error{usage} with `flag`.
analysis::MonthRange parse_months(std::string_view text, std::string_view flag);

}  // namespace costwar::cli
