// Claims and what the evidence says of them, as of one day or several, as a Document. Members are published
// in docs/schema/claims.schema.json (the document) and claim-list.schema.json (the file).
#pragma once

#include <string>
#include <vector>

#include "analysis/claim_judges.h"
#include "core/document.h"

namespace costwar::reports {

// One claim, judged on each day.
struct ClaimShown {
  std::string text;
  std::string source;
  std::string kind;                           // "ratio", "lag", ...
  std::vector<analysis::JudgedClaim> judged;  // one per day
};

struct ClaimsShown {
  std::string name;  // of the list; may be empty
  std::vector<std::string> days;
  double alpha = 0.05;
  std::vector<ClaimShown> claims;
};

Document claims_document(const ClaimsShown& shown);

}  // namespace costwar::reports
