// Regular expressions over untrusted text: RE2, which takes linear time. Programs above 1 MiB are refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace costwar::harness {

// flags: any of "i" (case), "m" (^ and $ at line ends), "s" (. matches line ends). Error{input} naming
// `source` when the pattern is none, needs what RE2 lacks (look-around, back references) or is too large.
std::shared_ptr<const re2::RE2> compile_pattern(std::string_view pattern, std::string_view flags,
                                                const std::string& source);

}  // namespace costwar::harness
