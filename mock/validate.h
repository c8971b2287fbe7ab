// Refuses options that no server could keep.
#pragma once

#include "mock/options.h"

namespace costwar::mock {

// Error{usage} that names the option.
void validate(const MockOptions& options);

}  // namespace costwar::mock
