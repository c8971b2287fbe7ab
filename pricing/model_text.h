// Names of models as logs, invoices and catalogues write them: what a snapshot's date is, which all readers
// of names tell in the same way.
#pragma once

#include <string_view>

namespace costwar::pricing {

// "gpt-5.5-2026-04-23", "claude-haiku-5-5-20261001" and "claude-haiku-5-5@20261001" without the date of the
// snapshot; any other name as it is.
std::string_view without_snapshot(std::string_view model);

}  // namespace costwar::pricing
