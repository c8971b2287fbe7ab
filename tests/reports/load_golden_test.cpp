// Load runs and their differences as documents: golden files of made-up findings, and what must be said.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

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

namespace {

bool load_says(const Document& document, NoteKind kind, const std::string& words) {
  return std::any_of(document.notes.begin(), document.notes.end(), [&](const Note& note) {
    return note.kind == kind && note.text.find(words) != std::string::npos;
  });
}

std::vector<RowVerdict> row_verdicts(const Document& document) {
  for (const Table& table : document.tables)
    if (!table.verdicts.empty()) return table.verdicts;
  return {};
}

}  // namespace

TEST_CASE("a headline has the verdict first, and an INVALID run boasts of no figure") {
  CHECK(load_document(sample::closed_load()).headline.starts_with("Valid: "));
  CHECK(load_document(sample::sweep_load()).headline.starts_with("Valid with notes: "));
  const std::string invalid = load_document(sample::invalid_load()).headline;
  CHECK(invalid.starts_with("INVALID: "));
  CHECK(invalid.find("a second") == std::string::npos);
  CHECK(invalid.find('$') == std::string::npos);
  CHECK(load_document(sample::unknown_load()).headline.find("no request to") != std::string::npos);
}

TEST_CASE("an objective that was not kept fails its stage, but not where a search looked for that") {
  analysis::LoadFindings search = sample::search_load();
  const auto kinds = [](const analysis::LoadFindings& findings) {
    std::vector<VerdictKind> all;
    for (const RowVerdict& verdict : row_verdicts(load_document(findings))) all.push_back(verdict.kind);
    return all;
  };
  using enum VerdictKind;
  CHECK(kinds(search) == std::vector{passed, undecided, passed, undecided});
  search.highest.reset();
  CHECK(kinds(search) == std::vector{passed, failed, passed, failed});
  search.stages[0].growing = true;  // kept by those that ended, while the others pile up
  CHECK(kinds(search) == std::vector{failed, failed, passed, failed});
}

TEST_CASE("an INVALID stage fails only a run whose answer rests on it") {
  CHECK(row_verdicts(load_document(sample::invalid_load()))[0].kind == VerdictKind::failed);
  CHECK(row_verdicts(load_document(sample::sweep_load())).back().kind == VerdictKind::undecided);
}

TEST_CASE("a search that no rate satisfied, and one that no rate broke, say so") {
  analysis::LoadFindings search = sample::search_load();
  search.highest->kept.reset();
  CHECK(load_document(search).headline.find("even at 14 a second, the lowest rate tried") !=
        std::string::npos);
  CHECK(row_verdicts(load_document(search))[1].kind == VerdictKind::failed);
  search = sample::search_load();
  search.highest->broken.reset();
  search.highest->resolved = false;
  const std::string headline = load_document(search).headline;
  CHECK(headline.find("at 12 a second, the highest rate tried") != std::string::npos);
  CHECK(headline.find("not resolved") != std::string::npos);
}

TEST_CASE("an incomplete run says how to go on, and an unpriced one that costs are unknown") {
  const Document unknown = load_document(sample::unknown_load());
  CHECK(load_says(unknown, NoteKind::next_step, "costwar load resume 20261128T140000Z-0000c6"));
  CHECK(load_says(unknown, NoteKind::note, "costs are unknown, not zero"));
  CHECK(load_says(load_document(sample::invalid_load()), NoteKind::warning, "money is a lower bound"));
}

TEST_CASE("a difference of load runs that cannot be compared calls nothing better or worse") {
  const Document document = load_diff_document(sample::incomparable_difference());
  CHECK(document.headline.starts_with("The load runs cannot be compared: the head is INVALID"));
  const std::string json = render_json(document, {});
  CHECK(json.find("\"outcome\": \"better\"") == std::string::npos);
  CHECK(json.find("\"outcome\": \"worse\"") == std::string::npos);
  CHECK(render_json(load_diff_document(sample::load_difference()), {}).find("\"outcome\": \"better\"") !=
        std::string::npos);
}
