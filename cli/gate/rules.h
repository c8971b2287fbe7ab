// The rules of a gate as people write them, in the section "gate" of costwar.json or in a file of their own:
// docs/gate.md, docs/schema/gate-rules.schema.json. Unknown keys and values that cannot be meant are
// Error{input} with file, line and suggestion.
#pragma once

#include <filesystem>

#include "analysis/gate_rules.h"
#include "cli/config/node.h"

namespace costwar::cli {

analysis::GateRules read_gate_rules(const ConfigNode& node);

// "fail", "pass" or "unresolved": what becomes of what the numbers do not settle.
analysis::OnUnresolved read_on_unresolved(const ConfigNode& node);

// A whole file. Comments are allowed.
analysis::GateRules read_gate_rules_file(const std::filesystem::path& path);

}  // namespace costwar::cli
