// Machine facts as the JSON object that run headers keep.
#pragma once

#include <string>

namespace costwar::cli {

std::string machine_facts_json(const std::string& power = {});

}  // namespace costwar::cli
