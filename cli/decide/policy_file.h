// A policy as people write it (docs/deciding.md, docs/schema/policy.schema.json): a file of their own, or one
// of the ready ones of the catalogue. Comments are allowed; unknown keys and values that cannot be meant are
// Error{input} with file, line and suggestion.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/decision.h"
#include "analysis/policy.h"
#include "core/document.h"

namespace costwar::cli {

// So many of so many trials, with at least one.
struct StatedTrials {
  std::int64_t passed = 0;
  std::int64_t of = 0;

  // The share, with its interval at this confidence.
  analysis::SeenFigure figure(double level, const std::string& source) const;
};

// What the policy says of a model, with the source that it names.
struct StatedFacts {
  std::string model;  // as it was written
  std::string source;
  std::map<std::string, analysis::Fact> facts;
  std::map<std::string, StatedTrials> safety;  // "safety/NAME"
};

struct PolicyFile {
  analysis::Policy policy;
  std::vector<StatedFacts> facts;
  std::string origin;  // a file's name, or "ready policy NAME"
};

// `name`: of a ready policy, or a file. Error{usage} with what is near where it is neither.
PolicyFile open_policy(const std::string& name);

// A policy's text. `source` names it for complaints.
PolicyFile parse_policy(std::string_view text, const std::string& source);

struct ReadyPolicy {
  std::string name;
  std::string_view text;  // lives as long as the program
};
std::vector<ReadyPolicy> ready_policies();

}  // namespace costwar::cli
