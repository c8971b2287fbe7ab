// What other tools call the providers that we know under another name.
#pragma once

#include <string>
#include <string_view>

namespace costwar::pricing {

// Our name of a provider that `format` calls `theirs`; one that is in no table keeps its name, in lower case
// and with '-' for what an identifier cannot hold. Empty stays empty.
std::string provider_name(std::string_view format, std::string_view theirs);

}  // namespace costwar::pricing
