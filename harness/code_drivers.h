// The two Python programs of the code scorer. They speak over descriptor 3: frames of a four-byte length (big
// endian) and JSON in which tuples, sets and the like are tagged, so that a value arrives as what it was. The
// judge holds the tests and alone writes the verdict; the subject holds the model's program and only answers
// calls.
#pragma once

#include <string>

namespace costwar::harness {

// Reads {"kind", "timeout_s", and the item's details} from standard input; writes one line {"verdict",
// "detail"} with the verdict passed, failed, timeout or bad_item.
std::string judge_program();

// Reads {"code", "prompt", "entry_point"} from standard input.
std::string subject_program();

}  // namespace costwar::harness
