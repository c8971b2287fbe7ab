// The rules of a gate as people write them, in the section "gate" of costwar.json or in a file of their own:
// docs/gate.md, docs/schema/gate-rules.schema.json. Unknown keys and values that cannot be meant are
// Error{input} with file, line and suggestion.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "analysis/gate_rules.h"
#include "cli/config/checks.h"
#include "core/json.h"

namespace costwar::cli {

// `pointer`: where `json` stands in its file; `place`: of a pointer.
analysis::GateRules read_gate_rules(const Json& json, const std::string& pointer,
                                    const std::function<Place(const std::string& pointer)>& place);

// A whole file. Comments are allowed.
analysis::GateRules read_gate_rules_file(const std::filesystem::path& path);

}  // namespace costwar::cli
