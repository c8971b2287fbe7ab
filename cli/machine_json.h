// Machine facts as the JSON object that run headers keep.
#pragma once

#include <string>

namespace costwar::cli {

std::string machine_facts_json();

}  // namespace costwar::cli
