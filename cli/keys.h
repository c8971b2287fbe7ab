// API keys and other secrets: from an environment variable or from a file that one names, never from a flag.
#pragma once

#include <optional>
#include <string>

#include "cli/environment.h"

namespace costwar::cli {

// The value of NAME, or the first line of the file that NAME_FILE names; nullopt when neither is set.
// Error{credentials} when the file cannot be read or the key is empty or holds a control character.
std::optional<std::string> find_key(const Environment& environment, const std::string& name);

// As find_key, for a part of a header: blanks may stand inside.
std::optional<std::string> find_header_text(const Environment& environment, const std::string& name);

// As find_key, but Error{credentials} that names the variable when there is none. `model` is for the message.
std::string require_key(const Environment& environment, const std::string& name, const std::string& model);

}  // namespace costwar::cli
