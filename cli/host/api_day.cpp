#include "cli/host/api_day.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"

namespace costwar::cli {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;
constexpr std::int64_t kDayNs = 24 * kHourNs;
constexpr std::int64_t kDays = 7;
constexpr std::int64_t kMillion = 1'000'000;

void widen(ApiDay::Rate& rate, const Money& seen) {
  if (!rate.low || seen < *rate.low) rate.low = seen;
  if (!rate.high || *rate.high < seen) rate.high = seen;
}

struct Request {
  std::int64_t fresh = 0;
  std::int64_t cached = 0;
  std::int64_t output = 0;
};

Request request_of(const pricing::TokenMix& tokens, std::int64_t prompt, std::int64_t output) {
  const double share = tokens.fresh + tokens.cached > 0 ? tokens.cached / (tokens.fresh + tokens.cached) : 0;
  auto cached = static_cast<std::int64_t>(std::llround(static_cast<double>(prompt) * share));
  // Of every kind of which there are tokens a request has one, so that each has its rate.
  if (tokens.cached > 0) cached = std::max<std::int64_t>(cached, 1);
  auto fresh = prompt - cached;
  if (tokens.fresh > 0) fresh = std::max<std::int64_t>(fresh, 1);
  return {fresh, cached, output};
}

class Biller {
 public:
  Biller(const pricing::Tariff& tariff, const Request& request) : tariff_(tariff), request_(request) {}

  // What these tokens cost when asked for at `at`, by the rates that such a request has.
  Money cost(Wall at, const pricing::TokenMix& tokens, ApiDay& day) {
    pricing::Bill bill = bill_of(at, request_.cached);
    bool cache_priced = true;
    if (request_.cached > 0 && bill.state(Meter::cache_read) == pricing::MeterState::unpriced) {
      bill = bill_of(at, 0);  // no price for cached input: it is input like any other
      cache_priced = false;
      note(day, "The API has no price for cached input: it is billed as fresh.");
    }
    if (bill.refusal != pricing::Refusal::none || !bill.complete())
      throw Error(ErrorKind::usage,
                  fmt::format("{}/{} has no whole price at {}{}", tariff_.key().provider, tariff_.key().model,
                              format_wall(at),
                              bill.refusal == pricing::Refusal::none ? "" : ": " + tariff_.reason(bill)),
                  "--at another instant, or costwar prices show");
    for (const pricing::MarkRow& row : pricing::marks())
      if (bill.has(row.mark) && row.mark != pricing::Mark::forecast)
        note(day, fmt::format("Price of the API: {}.", row.text));
    const std::int64_t cached = cache_priced ? request_.cached : 0;
    const std::int64_t fresh = request_.fresh + request_.cached - cached;
    Money sum(tariff_.key().currency, 0);
    const double fresh_tokens = cache_priced ? tokens.fresh : tokens.fresh + tokens.cached;
    sum += part(bill, Meter::fresh_input, fresh, fresh_tokens, day.fresh);
    if (cache_priced) sum += part(bill, Meter::cache_read, cached, tokens.cached, day.cached);
    return sum + part(bill, Meter::visible_output, request_.output, tokens.output, day.output);
  }

 private:
  pricing::Bill bill_of(Wall at, std::int64_t cached) const {
    Usage usage;
    usage.set(Meter::fresh_input, request_.fresh + request_.cached - cached, Provenance::reported);
    if (cached > 0) usage.set(Meter::cache_read, cached, Provenance::reported);
    usage.set(Meter::visible_output, request_.output, Provenance::reported);
    BillingFacts facts;
    facts.requested = at;
    return tariff_.bill(usage, facts);
  }

  static Money part(const pricing::Bill& bill, Meter meter, std::int64_t counted, double tokens,
                    ApiDay::Rate& rate) {
    if (counted <= 0) return {bill.currency, 0};
    widen(rate, bill.amount(meter).scaled(kMillion, counted));
    return bill.amount(meter).scaled(std::llround(tokens), counted);
  }

  void note(ApiDay& day, std::string text) {
    if (said_.insert(text).second) day.notes.push_back(std::move(text));
  }

  const pricing::Tariff& tariff_;
  Request request_;
  std::set<std::string> said_;
};

}  // namespace

ApiDay api_day(const pricing::Tariff& tariff, Wall at, const pricing::DailyWorkload& work,
               std::int64_t prompt_tokens, std::int64_t output_tokens) {
  ApiDay day;
  Biller biller(tariff, request_of(work.tokens, prompt_tokens, output_tokens));
  const std::int64_t midnight = at.ns / kDayNs * kDayNs;
  Money week(tariff.key().currency, 0);
  for (std::size_t hour = 0; hour < pricing::kHoursPerDay; ++hour) {
    Money sum(tariff.key().currency, 0);
    for (std::int64_t d = 0; d < kDays; ++d) {
      const Wall instant{midnight + d * kDayNs + static_cast<std::int64_t>(hour) * kHourNs};
      sum += biller.cost(instant, work.tokens.times(work.shares[hour]), day);
    }
    day.usd[hour] = sum.approximate() / static_cast<double>(kDays);
    week += sum;
  }
  day.day = week.scaled(1, kDays);
  return day;
}

}  // namespace costwar::cli
