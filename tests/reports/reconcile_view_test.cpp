#include "reports/views/reconcile_view.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/day.h"
#include "pricing/invoice/formats.h"
#include "reports/render/format.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/golden.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::reports;

namespace {

const Currency kUsd("USD");

void charge(TrafficGroup& group, Meter meter, std::int64_t count, int128 rate) {
  const auto i = static_cast<std::size_t>(meter);
  group.records = group.requests = 100;
  group.costs.resize(1);
  group.counts[i] += count;
  group.costs[0].atto[i] += rate * count;
  group.costs[0].total += rate * count;
  group.costs[0].low = group.costs[0].high = group.costs[0].total;
}

// Three days of a log that never saw the cache writes.
Traffic log() {
  Traffic traffic;
  traffic.dimensions = {"day", "model"};
  traffic.columns = {{"as billed", kUsd}};
  for (const char* day : {"2026-08-17", "2026-08-18", "2026-08-19"}) {
    TrafficGroup& group = traffic.groups[{day, "openai/gpt-5.5"}];
    charge(group, Meter::fresh_input, 40'000'000, 5'000'000'000'000);
    charge(group, Meter::visible_output, 8'000'000, 30'000'000'000'000);
    charge(group, Meter::reasoning, 2'000'000, 30'000'000'000'000);
  }
  charge(traffic.groups[{"2026-08-18", "openai/gpt-5-mini"}], Meter::fresh_input, 1'000'000, 250'000'000'000);
  charge(traffic.groups[{"2026-08-20", "openai/gpt-5.5"}], Meter::fresh_input, 1'000'000, 5'000'000'000'000);
  charge(traffic.groups[{"2026-08-18", "anthropic/claude-haiku-5-5"}], Meter::fresh_input, 9,
         1'000'000'000'000);
  return traffic;
}

// The example of docs/reconciling.md.
std::string example_invoice() {
  std::ifstream in("examples/invoice-openai.csv", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Reconciliation reconciled_sample(const std::string& more = "") {
  return reconcile(log(), read_invoice(example_invoice() + more, "", {}, "invoice.csv"), nullptr, {});
}

std::string headline(const std::string& lines) {
  const Invoice invoice =
      read_invoice("day,model,meter,quantity,amount,currency,kind,label\n" + lines, "generic", {}, "i.csv");
  return reconcile_document(reconcile(log(), invoice, nullptr, {}), {}).headline;
}

}  // namespace

TEST_CASE("a reconciliation reads as it always did, in every format") {
  const Document document = reconcile_document(reconciled_sample(), {"0.10", {parse_day("2026-08-19")->day}});
  CHECK(
      document.headline ==
      "The invoice is $12.40 (0.83 %) above the $1,500.25 that the log adds up to; $12.10 of it is 3 days of "
      "cache writes that the log lacks; $0.300 is unexplained.");
  testing::check_every_format("reconcile", document, 120);
}

TEST_CASE("the headline says what the difference is") {
  // The log's 17th: 40,000,000 of input at 5e-6 = 200, 10,000,000 of output at 30e-6 = 300.
  CHECK(headline("2026-08-17,gpt-5.5,,,500,USD,,\n") == "The invoice is what the log adds up to, $500.00.");
  CHECK(headline("2026-08-17,gpt-5.5,fresh_input,42000000,210,USD,,\n2026-08-17,gpt-5.5,output,10000000,330,"
                 "USD,,\n") ==
        "The invoice is $40.00 (8.0 %) above the $500.00 that the log adds up to; $30.00 of it is output at "
        "another price; $10.00 is input counted differently; nothing is unexplained.");
  CHECK(headline("2026-08-17,gpt-5.5,fresh_input,,200,USD,,\n") ==
        "The invoice is $300.00 (60.0 %) below the $500.00 that the log adds up to; \u2212$300.00 of it is 1 "
        "day of "
        "output that the invoice lacks; nothing is unexplained.");
  CHECK(headline("2026-08-17,gpt-5.5,,,490,USD,,\n2026-08-17,davinci,,,10,USD,,\n") ==
        "The invoice is what the log adds up to, $500.00; what is unexplained cancels out between days or "
        "models.");
  CHECK(headline("2026-08-17,gpt-5.5,,,500.01,USD,,\n2026-08-17,gpt-5.5,,,0,USD,,\n") ==
        "The invoice is $0.0100 (less than 0.01 %) above the $500.00 that the log adds up to; $0.0100 of it "
        "is rounding; "
        "nothing is unexplained.");
}

TEST_CASE("notes say what changes the reading, and what to do next") {
  const auto notes_of = [](const Reconciliation& result, const ReconcileVerdict& verdict) {
    std::string text;
    for (const Note& note : reconcile_document(result, verdict).notes) text += note.text + "\n";
    return text;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  const std::string notes =
      notes_of(reconciled_sample("some day,1,usd,,\n"), {"", {parse_day("2026-08-19")->day}});
  has(notes, "1 of 3 days with an unexplained remainder above the tolerance (0), or unknown.");
  has(notes, "The invoice alone has 1 day of a model ($0.300); nothing in the log compares with it.");
  has(notes, "1 day of the log outside the invoice's days, $5.00, left aside.");
  has(notes, "1 model of the log billed by another vendor, left aside.");
  has(notes, "Line 14 of the invoice could not be read: 'some day' is not a day.");
  has(notes, "Look first at web search tool calls on 2026-08-19: $0.300 of it is unexplained.");
  const FxTable fx = FxTable::parse("date,from,to,rate\n2026-08-17,CNY,USD,0.1\n", "fx");
  const Invoice yuan =
      read_invoice("day,model,amount,currency\n2026-08-17,gpt-5.5,5000,CNY\n2026-08-18,gpt-5.5,5000,CNY\n",
                   "generic", {}, "i.csv");
  const std::string rates = notes_of(reconcile(log(), yuan, &fx, {}), {"", {parse_day("2026-08-18")->day}});
  has(rates, "Amounts in CNY were exchanged line by line at the rate of their day.");
  has(rates, "No exchange rate for 1 day: what these days cost in USD is not known.");
  has(rates, "Add the rate from CNY to USD of 2026-08-18 to the --fx file.");
  const Invoice shifted =
      read_invoice("day,model,amount,currency\n2026-08-17,gpt-5.5,400,USD\n2026-08-18,gpt-5.5,600,USD\n",
                   "generic", {}, "i.csv");
  has(notes_of(reconcile(log(), shifted, nullptr, {}), {}),
      "The differences of openai/gpt-5.5 cancel out over the days, as if the vendor's day began at another "
      "hour "
      "than midnight UTC: try --billing-zone.");
}
