// A run by its id, or by the beginning of one: the same for runs and load runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/store/sqlite.h"

namespace costwar::harness {

// `table` has the columns id and header; `things` is what its rows are, for people. The header's line;
// nullopt: there is none. Error{usage} lists them where several ids begin so.
std::optional<std::string> header_by_id(Database& database, std::string_view table, std::string_view things,
                                        std::string_view id_or_prefix);

}  // namespace costwar::harness
