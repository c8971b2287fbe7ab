// A document in every format against its golden files, so that no format is forgotten for a fixture.
#pragma once

#include <string>

#include "core/document.h"

namespace costwar::testing {

// Compares with tests/golden/reports/<name><extension>, for every format that writes text. Spreadsheets and
// FOCUS rows, which need cost lines, have tests of their own (xlsx_test, flat_formats_test).
void check_every_format(const std::string& name, const Document& document, int width = 100);

}  // namespace costwar::testing
