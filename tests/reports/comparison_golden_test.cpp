#include <doctest/doctest.h>

#include <string>

#include "reports/render/format.h"
#include "reports/views/comparison_view.h"
#include "tests/reports/golden_formats.h"
#include "tests/reports/sample_comparisons.h"
#include "tests/support/golden.h"

using namespace costwar;
using namespace costwar::reports;

namespace {
void check_golden(const std::string& file, const std::string& actual) {
  const std::string difference = testing::golden_difference("reports/" + file, actual);
  CHECK_MESSAGE(difference.empty(), difference);
}
}  // namespace

TEST_CASE("comparisons read as they always did, in every format") {
  for (const auto& [name, comparison] : testing::golden_comparisons()) {
    const Document document = comparison_document(comparison);
    testing::check_every_format(std::string(name), document);
  }
}

TEST_CASE("terminals that are narrow, plain or coloured") {
  const Document document = comparison_document(testing::two_tiny_models());
  check_golden("two-models-80.txt", render_terminal(document, {80, false, false}));
  check_golden("two-models-narrow.txt", render_terminal(document, {44, false, false}));
  check_golden("two-models-ascii.txt", render_terminal(document, {100, false, true}));
  check_golden("two-models-colour.txt", render_terminal(document, {100, true, false}));
}
