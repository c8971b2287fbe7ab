// Cost lines: whatever is billed, the lines add up to the bills, to the last digit, and a product is one.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/cost_lines.h"
#include "core/random.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::analysis;
using pricing::Tariff;

namespace {

CostLines::At at(std::string_view instant, std::uint32_t model = 0) {
  return {parse_wall(instant), model, CallRole::subject, false};
}

const CostLine* find(const std::vector<CostLine>& lines, CostKind kind, std::optional<Meter> meter = {}) {
  for (const CostLine& line : lines)
    if (line.kind == kind && line.meter == meter) return &line;
  return nullptr;
}

std::string known(const std::optional<Money>& amount) {
  return amount ? amount->decimal() : "unknown";
}

struct Sums {
  Money amount;
  Money low;
  Money high;
  void add(const std::optional<Money>& a, const std::optional<Money>& l, const std::optional<Money>& h) {
    if (a) amount += *a;
    if (l) low += *l;
    if (h) high += *h;
  }
};

}  // namespace

TEST_CASE("the lines add up to the bills, to the last digit, whatever was used") {
  RandomStream random(7, "cost lines");
  const std::vector<Tariff> tariffs{
      pricing::test::tariff("openai/gpt-5.5"), pricing::test::tariff("openai/gpt-5.5", "batch"),
      pricing::test::tariff("anthropic/claude-haiku-5-5"), pricing::test::tariff("deepseek/deepseek-v4-pro")};
  constexpr std::array kMeters{Meter::fresh_input,    Meter::cache_read,   Meter::cache_write_5m,
                               Meter::visible_output, Meter::reasoning,    Meter::requests,
                               Meter::tool_calls,     Meter::web_searches, Meter::cache_token_hours};
  const std::int64_t from = parse_wall("2026-04-20").ns;
  const std::int64_t until = parse_wall("2026-12-20").ns;
  CostLines lines;
  std::vector<Sums> billed(tariffs.size());
  for (int i = 0; i < 4'000; ++i) {
    const auto model = static_cast<std::uint32_t>(random.below(tariffs.size()));
    Usage usage;
    for (const Meter meter : kMeters)
      if (random.below(meter <= Meter::reasoning ? 2 : 12) == 0)
        usage.set(meter, random.between(0, std::int64_t{1} << random.below(22)), Provenance::reported);
    BillingFacts facts;
    facts.requested = {random.between(from, until)};
    if (random.below(2) == 0) facts.completed = facts.requested + seconds(random.between(0, 7200));
    const pricing::Bill bill = tariffs[model].bill(usage, facts);
    lines.add_bill({facts.completed.value_or(facts.requested), model, CallRole::subject, false},
                   tariffs[model], usage, bill);
    billed[model].add(bill.total(), bill.low(), bill.high());
  }
  std::vector<Sums> summed(tariffs.size());
  std::set<CostKind> kinds;
  for (const CostLine& line : lines.lines()) {
    kinds.insert(line.kind);
    summed[line.model].add(line.amount, line.low, line.high);
    if (line.kind != CostKind::product) continue;
    REQUIRE(line.rate);
    const CostRate& rate = lines.rates()[*line.rate];
    CHECK(rate.rate.times(*line.count).decimal() == line.amount->times(rate.per).decimal());
    CHECK(known(line.low) == known(line.amount));
  }
  for (std::size_t m = 0; m < tariffs.size(); ++m) {
    CHECK(summed[m].amount.decimal() == billed[m].amount.decimal());
    CHECK(summed[m].low.decimal() == billed[m].low.decimal());
    CHECK(summed[m].high.decimal() == billed[m].high.decimal());
    CHECK(!billed[m].amount.is_zero());
  }
  // The draw must have met what this test is about.
  CHECK(kinds.count(CostKind::product) == 1);
  CHECK(kinds.count(CostKind::range) == 1);
  CHECK(kinds.count(CostKind::unpriced) == 1);
  CHECK(kinds.count(CostKind::unreported) == 1);
}

TEST_CASE("equal days, models and rates are one line; the rate names its record") {
  CostLines lines;
  const Tariff tariff = pricing::test::tariff("openai/gpt-5.5");
  const Usage usage = pricing::test::usage_of({{Meter::fresh_input, 1'000}, {Meter::visible_output, 10}});
  for (const std::string_view instant :
       {"2026-11-20T00:00:00Z", "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z"})
    lines.add_bill(at(instant), tariff, usage, tariff.bill(usage, pricing::test::at(instant)));
  const std::vector<CostLine> all = lines.lines();
  REQUIRE(all.size() == 4);
  CHECK(all[0].attempts == 2);
  CHECK(*all[0].count == 2'000);
  CHECK(known(all[0].amount) == "0.01");
  CHECK(all[2].day == all[0].day + 1);
  REQUIRE(lines.rates().size() == 2);
  CHECK(lines.rates()[0].rate.decimal() == "5");
  CHECK(lines.rates()[1].rate.decimal() == "30");
  CHECK(!lines.rates()[0].record.empty());
  CHECK(!lines.rates()[0].source.empty());
}

TEST_CASE("what is no product of count and rate is a line of its own kind") {
  CostLines lines;
  const pricing::MachineRate machine{Money::parse(Currency(), "0.36"), "set"};
  const Usage timed = pricing::test::usage_of({{Meter::machine_ns, 1'000'000'001}});
  lines.add_machine(at("2026-11-20"), machine, timed, pricing::machine_bill(machine, timed));
  lines.add_machine(at("2026-11-20"), machine, Usage(), pricing::machine_bill(machine, Usage()));
  CostLines::At doubtful = at("2026-11-20");
  doubtful.in_doubt = true;
  lines.add_unpriced(doubtful, "acme/x", Usage());
  lines.add_unpriced(at("2026-11-20"), "acme/x", pricing::test::usage_of({{Meter::fresh_input, 5}}));
  lines.add_no_charge(at("2026-11-20"));
  lines.add_imported(at("2026-11-20"), {Money::parse(Currency(), "1.5"), {}, {}, false});
  const std::vector<CostLine> all = lines.lines();

  const CostLine* time = find(all, CostKind::machine_time, Meter::machine_ns);
  REQUIRE(time != nullptr);
  CHECK(known(time->amount) == "0.0001000000001");
  CHECK(lines.rates()[*time->rate].per == 3'600'000'000'000);
  REQUIRE(find(all, CostKind::unreported, Meter::machine_ns) != nullptr);
  CHECK(known(find(all, CostKind::unreported, Meter::machine_ns)->amount) == "unknown");
  REQUIRE(find(all, CostKind::in_doubt) != nullptr);
  CHECK(known(find(all, CostKind::in_doubt)->amount) == "unknown");
  const CostLine* unpriced = find(all, CostKind::unpriced, Meter::fresh_input);
  REQUIRE(unpriced != nullptr);
  CHECK(*unpriced->count == 5);
  CHECK(known(unpriced->amount) == "unknown");
  REQUIRE(find(all, CostKind::no_charge) != nullptr);
  CHECK(known(find(all, CostKind::no_charge)->amount) == "0");
  REQUIRE(find(all, CostKind::imported) != nullptr);
  CHECK(known(find(all, CostKind::imported)->amount) == "1.5");
}
