// Golden files: what the product prints, kept in tests/golden. COSTWAR_UPDATE_GOLDEN=1 in the environment of
// a test run writes them anew; then read the difference before committing it.
#pragma once

#include <string>

namespace costwar::testing {

// Compares with tests/golden/<name>, or writes it. An empty text: equal. Otherwise what differs first, and
// how to refresh the file. Tests run in the source root.
std::string golden_difference(const std::string& name, const std::string& actual);

}  // namespace costwar::testing
