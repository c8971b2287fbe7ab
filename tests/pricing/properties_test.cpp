// Properties that hold for every request at every price of the project's own catalogue, over random requests.
// The digits themselves are checked by oracle/exactness.py against a calculation of its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "pricing/reprice.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

constexpr std::array kTokenMeters{Meter::fresh_input,    Meter::cache_read,     Meter::cache_write_5m,
                                  Meter::cache_write_1h, Meter::visible_output, Meter::reasoning};

constexpr std::int64_t kHour = 3'600'000'000'000;

// Every combination of model, currency, class and region that has rows of its own.
std::vector<Tariff> all_tariffs() {
  std::vector<Tariff> tariffs;
  std::vector<std::string> seen;
  for (const PriceRecord& price : catalogue().book().prices) {
    const std::string key = price.evidence.provider + "/" + price.model + " " + price.currency.code() + " " +
                            price.service_class + " " + price.region;
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    auto answer = catalogue().resolve({price.evidence.provider, price.model, price.currency,
                                       price.service_class, price.region, parse_wall("2026-11-23")});
    if (auto* tariff = std::get_if<Tariff>(&answer)) tariffs.push_back(*tariff);
  }
  return tariffs;
}

class Requests {
 public:
  explicit Requests(std::uint64_t seed) : random_(seed, "properties") {}

  const Tariff& tariff() { return tariffs_[random_.below(tariffs_.size())]; }

  // Sizes of all magnitudes, and often near a threshold.
  std::int64_t tokens() {
    if (random_.below(8) == 0) return 0;
    if (random_.below(6) == 0) return 200'000 + 72'000 * random_.between(0, 1) - random_.between(-2, 2);
    return random_.between(0, std::int64_t{1} << random_.below(24));
  }

  Usage usage() {
    Usage usage;
    usage.set(Meter::fresh_input, tokens(), Provenance::reported);
    usage.set(Meter::visible_output, tokens(), Provenance::reported);
    for (const Meter meter : kTokenMeters)
      if (!usage[meter] && random_.below(2) == 0) usage.set(meter, tokens(), Provenance::reported);
    return usage;
  }

  BillingFacts facts() {
    BillingFacts facts;
    facts.requested =
        Wall{parse_wall("2026-03-01").ns + random_.between(0, 300 * 24 * kHour - 1)};  // to 2026-12-25
    if (random_.below(2) == 0) facts.completed = facts.requested + Nanos{random_.between(0, kHour)};
    return facts;
  }

  RandomStream& random() { return random_; }

 private:
  RandomStream random_;
  std::vector<Tariff> tariffs_ = all_tariffs();
};

bool same_row(const Bill& a, const Bill& b) {
  return a.segment == b.segment && a.row == b.row;
}

int128 random_atto(RandomStream& random) {
  const auto high = static_cast<uint128>(random.next());
  const auto bits = static_cast<int128>(high << 64 | random.next());
  return bits >> random.below(120);  // every magnitude, both signs
}

}  // namespace

TEST_CASE("more tokens of a meter never cost less, and within one tier cost their rate more") {
  Requests requests(1);
  int priced = 0;
  int crossed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Tariff& tariff = requests.tariff();
    const BillingFacts facts = requests.facts();
    const Usage usage = requests.usage();
    const Meter meter = kTokenMeters[requests.random().below(kTokenMeters.size())];
    const std::int64_t grown = requests.tokens();
    Usage more = usage;
    more.set(meter, (usage[meter] ? usage[meter]->value : 0) + grown, Provenance::reported);
    const Bill before = tariff.bill(usage, facts);
    const Bill after = tariff.bill(more, facts);
    if (!before.complete() || !after.complete()) continue;
    ++priced;
    CAPTURE(tariff.key().model);
    CHECK(after.total_atto >= before.total_atto);
    CHECK(after.high_atto >= before.high_atto);
    if (!same_row(before, after)) {
      ++crossed;
      continue;
    }
    for (const Meter each : kTokenMeters)
      if (each == meter)
        CHECK(after.amount(each) >= before.amount(each));
      else
        CHECK(after.amount(each) == before.amount(each));
    CHECK(after.amount(meter) - before.amount(meter) == *after.total() - *before.total());
  }
  CHECK(priced > 2'000);  // else this test shows nothing
  CHECK(crossed > 50);
}

TEST_CASE("the lines of a bill add up to its total, which lies within its interval") {
  Requests requests(2);
  int priced = 0;
  int unsettled = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Tariff& tariff = requests.tariff();
    const Bill bill = tariff.bill(requests.usage(), requests.facts());
    int128 sum = 0;
    for (const MeterRow& row : meters()) {
      sum += bill.amount(row.meter).atto();
      if (bill.state(row.meter) != MeterState::priced) CHECK(bill.amount(row.meter).is_zero());
    }
    CHECK(sum == bill.total_atto);
    CHECK(bill.total().has_value() == bill.low().has_value());
    CHECK(bill.total().has_value() == bill.high().has_value());
    if (!bill.total()) continue;
    ++priced;
    unsettled += bill.settled() ? 0 : 1;
    CHECK(bill.low_atto <= bill.total_atto);
    CHECK(bill.total_atto <= bill.high_atto);
  }
  CHECK(priced > 2'000);
  CHECK(unsettled > 10);
}

TEST_CASE("a list of requests split in two adds up to the same digits as the whole") {
  Requests requests(3);
  for (int round = 0; round < 50; ++round) {
    const Tariff& tariff = requests.tariff();
    Repricer whole(tariff, std::nullopt);
    std::array<Repricer, 2> parts{Repricer(tariff, std::nullopt), Repricer(tariff, std::nullopt)};
    for (int i = 0; i < 200; ++i) {
      const Usage usage = requests.usage();
      const BillingFacts facts = requests.facts();
      whole.add(usage, facts.requested, facts.completed);
      parts[requests.random().below(2)].add(usage, facts.requested, facts.completed);
    }
    const Repriced all = whole.result("measured");
    const Repriced one = parts[0].result("measured");
    const Repriced other = parts[1].result("measured");
    CHECK(all.attempts == one.attempts + other.attempts);
    CHECK(all.unpriced == one.unpriced + other.unpriced);
    CHECK(all.partly == one.partly + other.partly);
    CHECK(all.marks == (one.marks | other.marks));
    if (!all.amount) {
      CHECK_FALSE(one.amount.has_value());
      CHECK_FALSE(other.amount.has_value());
      continue;
    }
    const Money none(all.currency, 0);
    CHECK(*all.amount == one.amount.value_or(none) + other.amount.value_or(none));
    CHECK(*all.low == one.low.value_or(none) + other.low.value_or(none));
    CHECK(*all.high == one.high.value_or(none) + other.high.value_or(none));
    CHECK(all.amount->decimal() == (one.amount.value_or(none) + other.amount.value_or(none)).decimal());
  }
}

TEST_CASE("money goes through JSON without losing a digit") {
  constexpr int128 kLimit = static_cast<int128>(1'000'000'000'000'000'000) * 1'000'000'000'000'000'000;
  RandomStream random(4, "money");
  const Currency currency("CNY");
  int beyond = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Money money(currency, random_atto(random));
    const std::string text = Json{{"amount", money.decimal()}}.dump();
    const std::string back = parse_json(text, "amount").at("amount").get<std::string>();
    if (money.atto() <= -kLimit || money.atto() >= kLimit) {
      ++beyond;  // more than 18 digits before the point: refused, never rounded
      CHECK_THROWS_AS(Money::parse(currency, back), Error);
      continue;
    }
    CHECK(Money::parse(currency, back) == money);
    CHECK(back.find_first_of("eE") == std::string::npos);
  }
  CHECK(beyond > 100);
  CHECK(beyond < 10'000);
}
