#include "reports/views/audit_view.h"

#include <doctest/doctest.h>

#include "reports/render/format.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

constexpr AttoRate kDollar = 1'000'000'000'000;  // a dollar per million tokens, in 1e-18 per token

Disagreement differs(AttoRate a, AttoRate b) {
  Disagreement each;
  each.provider = "acme";
  each.model = each.other_model = "m1";
  each.service_class = "standard";
  each.region = "any";
  each.rate = Rate::cache_read;
  each.a = {true, a, a};
  each.b = {true, b, b};
  each.factor = {b, a};
  each.from = parse_wall("2026-03-01");
  each.until = parse_wall("2026-06-01T12:00:00Z");
  return each;
}

AuditFinding finding(std::vector<Disagreement> disagreements) {
  AuditFinding found;
  found.models.both.resize(3);
  found.models.only_b = {"acme/m9"};
  found.compared_models = 2;
  found.disagreeing_models = disagreements.empty() ? 0 : 1;
  found.compared = 7;
  found.disagreements = std::move(disagreements);
  return found;
}

reports::AuditView view() {
  return {"the built-in book", "mine.json", "Built-in", "mine.json", std::nullopt, false};
}

std::string terminal(const AuditFinding& found, const reports::AuditView& how) {
  reports::RenderOptions options;
  options.width = 120;
  return reports::render_terminal(reports::audit_document(found, how), options);
}

}  // namespace

TEST_CASE("the headline says how many disagree and where they are farthest apart") {
  CHECK(
      reports::audit_document(finding({differs(kDollar, 2 * kDollar)}), view()).headline ==
      "mine.json disagrees with the built-in book on 1 of the 2 models for which both have prices; farthest "
      "apart: acme/m1 cache read is 2.00× ($2.00 instead of $1.00).");
  Disagreement special = differs(8 * kDollar, 9 * kDollar);
  special.service_class = "batch";
  special.band = Band::peak;
  special.prompt.low = 201;
  special.b.high = 10 * kDollar;
  CHECK(reports::audit_document(finding({special}), view())
            .headline.find("acme/m1 cache read (peak, batch, prompt from 201) is 1.13× ($9.00 to $10.00 "
                           "instead of $8.00).") != std::string::npos);
  CHECK(reports::audit_document(finding({differs(0, kDollar)}), view())
            .headline.find("acme/m1 cache read is charged ($1.00 instead of $0.00).") != std::string::npos);
  CHECK(reports::audit_document(finding({differs(1'000'000, 1'000'001)}), view())
            .headline.find("is 1.00000100×") != std::string::npos);
}

TEST_CASE("the headline where nothing disagrees or nothing can be compared") {
  reports::AuditView at = view();
  at.at = parse_wall("2026-11-20");
  CHECK(reports::audit_document(finding({}), at).headline ==
        "mine.json agrees with the built-in book on all 2 models for which both have prices at "
        "2026-11-20T00:00:00Z.");
  AuditFinding nothing;
  CHECK(reports::audit_document(nothing, view()).headline ==
        "the built-in book and mine.json have no model in common.");
  nothing.models.both.resize(1);
  CHECK(
      reports::audit_document(nothing, view()).headline ==
      "the built-in book and mine.json have 1 models in common, but no price of one for the same instants.");
}

TEST_CASE("the table has dates only over time, and the missing models only when asked") {
  const AuditFinding found = finding({differs(kDollar, 2 * kDollar)});
  const std::string over_time = terminal(found, view());
  CHECK(over_time.find("2026-03-01 ") != std::string::npos);
  CHECK(over_time.find("2026-06-01T12:00:00Z") != std::string::npos);
  CHECK(over_time.find("acme/m9") == std::string::npos);
  CHECK(over_time.find("0 models are in the built-in book alone and 1 in mine.json alone") !=
        std::string::npos);
  reports::AuditView at = view();
  at.at = parse_wall("2026-11-20");
  at.missing = true;
  const std::string instant = terminal(found, at);
  CHECK(instant.find("2026-06-01") == std::string::npos);
  CHECK(instant.find("acme/m9") != std::string::npos);
}
