// A decision as a Document: the recommendation in words, the candidates with their utility, each figure with
// where it comes from, each limit with what was seen and what is missing, the weights and where they would
// turn the answer, and what else would. And the list of ready policies. Members are published in
// docs/schema/decision.schema.json and policy_list.schema.json.
#pragma once

#include <string>
#include <vector>

#include "analysis/decision.h"
#include "core/document.h"

namespace costwar::reports {

struct DecisionView {
  std::string policy_from;                // the file, or "ready policy NAME"
  std::vector<std::string> runs;          // as they were typed
  std::vector<std::string> differences;   // what else but the models differs, in words
  std::vector<std::string> no_candidate;  // names in the policy's facts of which there is no candidate
  std::vector<std::string> pricing;       // how the models were priced
};

Document decision_document(const analysis::Decision& decision, const DecisionView& view);

struct ListedPolicy {
  std::string name;  // as it is asked for: "agent-work"
  analysis::Policy policy;
};
Document policy_list_document(const std::vector<ListedPolicy>& policies);

}  // namespace costwar::reports
