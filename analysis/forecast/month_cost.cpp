#include "analysis/forecast/month_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/durations.h"
#include "core/error.h"

namespace costwar::analysis {
namespace {

using pricing::Bill;
using pricing::Mark;
using pricing::Refusal;

// Every month of a forecast lies later than what was last seen, and after what was known.
bool goes_without_saying(Mark mark) {
  return mark == Mark::forecast || mark == Mark::after_last_verified;
}

std::int64_t at_least_one(double tokens, bool wanted) {
  const auto whole = static_cast<std::int64_t>(std::llround(tokens));
  return wanted ? std::max<std::int64_t>(1, whole) : 0;
}

class MonthBiller {
 public:
  MonthBiller(const pricing::Tariff& tariff, const Workload& work, const pricing::HourlyShares& shares)
      : tariff_(tariff), work_(work), shares_(shares) {}

  MonthCost cost(Month month, double growth) {
    const double each = growth / work_.requests;
    fresh_ = at_least_one(work_.fresh * each, work_.fresh > 0);
    cached_ = at_least_one(work_.cached * each, work_.cached > 0);
    output_ = at_least_one(work_.output * each, work_.output > 0);
    MonthCost sum;
    constexpr std::int64_t kHalfHour = kNanosPerHour / 2;  // no edge of a band
    for (std::int64_t day = 0; day < month.days(); ++day)
      for (std::size_t hour = 0; hour < pricing::kHoursPerDay; ++hour) {
        if (shares_[hour] <= 0) continue;
        const std::int64_t into = day * kNanosPerDay + static_cast<std::int64_t>(hour) * kNanosPerHour;
        add({month.begin().ns + into + kHalfHour}, month, shares_[hour], sum);
      }
    return sum;
  }

  std::vector<std::string> notes;

 private:
  Bill bill_of(Wall at, std::int64_t cached) const {
    Usage usage;
    usage.set(Meter::fresh_input, fresh_ + cached_ - cached, Provenance::reported);
    if (cached > 0) usage.set(Meter::cache_read, cached, Provenance::reported);
    usage.set(Meter::visible_output, output_, Provenance::reported);
    BillingFacts facts;
    facts.requested = at;
    return tariff_.bill(usage, facts);
  }

  void add(Wall at, Month month, double share, MonthCost& sum) {
    Bill bill = bill_of(at, cached_);
    const bool cache_priced = cached_ == 0 || bill.refusal != Refusal::none ||
                              bill.state(Meter::cache_read) != pricing::MeterState::unpriced;
    if (!cache_priced) {
      bill = bill_of(at, 0);
      note("There is no price for cached input: it is billed as fresh.");
    }
    if (bill.refusal != Refusal::none || !bill.complete())
      throw Error(ErrorKind::usage,
                  fmt::format("{}/{} has no whole price in {} ({}){}", tariff_.key().provider,
                              tariff_.key().model, month.text(), format_wall(at),
                              bill.refusal == Refusal::none ? "" : ": " + tariff_.reason(bill)),
                  "forecast other months, or put a price over the book: --book FILE; costwar prices history "
                  "shows what is known");
    for (const pricing::MarkRow& row : pricing::marks())
      if (bill.has(row.mark) && !goes_without_saying(row.mark)) note(fmt::format("{}.", row.text));
    const std::int64_t cached = cache_priced ? cached_ : 0;
    const double amount = part(bill, Meter::fresh_input, fresh_ + cached_ - cached,
                               cache_priced ? work_.fresh : work_.fresh + work_.cached) +
                          part(bill, Meter::cache_read, cached, work_.cached) +
                          part(bill, Meter::visible_output, output_, work_.output);
    sum.cost += share * amount;
    sum.low += share * amount * ratio(bill, bill.low());
    sum.high += share * amount * ratio(bill, bill.high());
  }

  // Other doubts than a range of factors are about hours and days, which even out over a month.
  static double ratio(const Bill& bill, const std::optional<Money>& end) {
    if (!bill.has(Mark::factor_range) || !end || bill.total_atto == 0) return 1;
    return end->approximate() / bill.total()->approximate();
  }

  static double part(const Bill& bill, Meter meter, std::int64_t counted, double tokens) {
    return counted > 0 ? bill.amount(meter).approximate() / static_cast<double>(counted) * tokens : 0;
  }

  void note(std::string text) {
    if (said_.insert(text).second) notes.push_back(std::move(text));
  }

  const pricing::Tariff& tariff_;
  const Workload& work_;
  const pricing::HourlyShares& shares_;
  std::int64_t fresh_ = 0;  // of one request
  std::int64_t cached_ = 0;
  std::int64_t output_ = 0;
  std::set<std::string> said_;
};

}  // namespace

MonthlyCosts month_costs(const pricing::Tariff& tariff, Month from, std::size_t months, const Workload& work,
                         const pricing::HourlyShares& shares, double log_prompt_growth) {
  MonthlyCosts costs;
  MonthBiller biller(tariff, work, shares);
  for (std::size_t i = 0; i < months; ++i)
    costs.months.push_back(biller.cost(from + static_cast<std::int64_t>(i),
                                       std::exp(log_prompt_growth * static_cast<double>(i))));
  costs.notes = std::move(biller.notes);
  return costs;
}

}  // namespace costwar::analysis
