// What was asked of a load run, as it stands in LoadHeader::settings under "asked": flags by name, those that
// are not at their defaults. `load resume` reads them back.
#pragma once

#include <string>

#include "cli/load/load_flags.h"
#include "core/json.h"

namespace costwar::cli {

Json asked_json(const LoadFlags& flags);

// Puts them into `flags`; the others stay. Error{input} for what asked_json does not write.
void take_asked(const Json& asked, const std::string& source, LoadFlags& flags);

}  // namespace costwar::cli
