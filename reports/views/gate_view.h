// The gate as a Document: a headline in words, the rules with what was seen and what is required, how far
// both measurements cover the same items, what differs between them, and what to do next. The rows of `rules`
// carry verdicts, for formats that report them one by one. Members are published in
// docs/schema/gate.schema.json.
#pragma once

#include <string>

#include "analysis/gate.h"
#include "core/document.h"

namespace costwar::reports {

struct GateView {
  std::string baseline;  // as they were typed
  std::string head;
  std::string rules;           // where they stand: "costwar.json:12"; empty: the built-in ones
  std::string baseline_run{};  // ids
  std::string head_run{};
};

Document gate_document(const analysis::GateFinding& finding, const GateView& view);

}  // namespace costwar::reports
