#include "tests/reports/golden_formats.h"

#include <doctest/doctest.h>

#include "reports/render/format.h"
#include "tests/reports/html_page.h"
#include "tests/support/golden.h"

namespace costwar::testing {

void check_every_format(const std::string& name, const Document& document, int width) {
  reports::RenderOptions options;
  options.width = width;
  for (const reports::Format& format : reports::formats()) {
    if (format.binary || format.name == "focus") continue;
    const std::string difference = golden_difference("reports/" + name + std::string(format.extension),
                                                     without_assets(rendered(format, document, options)));
    CHECK_MESSAGE(difference.empty(), difference);
  }
}

}  // namespace costwar::testing
