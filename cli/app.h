// The program: finds the verb, reads its flags, runs it, and turns every Error into one line on stderr and an
// exit code.
#pragma once

#include "cli/environment.h"

namespace costwar::cli {

int run(int argc, const char* const* argv, Environment environment);

}  // namespace costwar::cli
