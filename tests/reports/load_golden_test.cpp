// Load runs and their differences as documents: golden files of made-up findings, and what must be said.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "reports/render/format.h"
#include "reports/views/load_diff_view.h"
#include "reports/views/load_view.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/golden.h"
#include "tests/support/load_findings_sample.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

void check_load(const std::string& name, const analysis::LoadFindings& findings) {
  const Document document = load_document(findings);
  testing::check_every_format(name, document);
  const std::string difference =
      testing::golden_difference("reports/" + name + ".annotations.txt", render_annotations(document, {}));
  CHECK_MESSAGE(difference.empty(), difference);
}

}  // namespace

TEST_CASE("load runs read as they always did, in every format") {
  check_load("load-closed", sample::closed_load());
  check_load("load-invalid", sample::invalid_load());
  check_load("load-ramp", sample::ramp_load());
  check_load("load-sweep", sample::sweep_load());
  check_load("load-search", sample::search_load());
  check_load("load-unknown", sample::unknown_load());
  check_load("load-empty", sample::empty_load());
}

TEST_CASE("differences of load runs read as they always did, in every format") {
  testing::check_every_format("load-diff", load_diff_document(sample::load_difference()));
  testing::check_every_format("load-diff-sweep", load_diff_document(sample::sweep_difference()));
  testing::check_every_format("load-diff-refused", load_diff_document(sample::incomparable_difference()));
}
