// A configuration file as text: JSON that may hold comments (// to the line's end, and between /* and */),
// and the line on which each of its values stands. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "core/json.h"

namespace costwar::cli {

struct ConfigText {
  Json json;
  std::map<std::string, std::size_t>
      lines;  // JSON pointer ("/network/proxy") to line, of a member: its key's
};

// Error{input} that names the source, and line and column of what is no JSON.
ConfigText parse_config_text(std::string_view text, std::string_view source);

}  // namespace costwar::cli
