#include "pricing/worst_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "pricing/bill_parts.h"

namespace costwar::pricing {
namespace {

constexpr std::array kInputRates{Rate::input, Rate::cache_read, Rate::cache_write_5m, Rate::cache_write_1h};
constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kWholeDay = 24 * 60 * kMinute;

struct Bands {
  bool peak = false;
  bool off_peak = false;
  void see(Band band) {
    peak = peak || band == Band::peak;
    off_peak = off_peak || band == Band::off_peak;
  }
  bool all() const { return peak && off_peak; }
  bool has(Band band) const { return band == Band::peak ? peak : band != Band::off_peak || off_peak; }
};

// Windows and days begin and end at whole minutes of local time, and offsets are whole minutes.
Bands bands_between(const Calendar& calendar, Wall first, Wall last) {
  Bands seen;
  const auto look = [&](Wall at) {
    const BandAnswer answer = calendar.band_at(at);
    seen.see(answer.band);
    seen.see(answer.otherwise);
  };
  if (last.ns / kMinute - first.ns / kMinute > 2 * kWholeDay / kMinute) return {true, true};
  look(first);
  for (std::int64_t minute = first.ns / kMinute + 1; minute <= last.ns / kMinute && !seen.all(); ++minute)
    look({minute * kMinute});
  return seen;
}

std::optional<AttoRate> dearest_input(const SheetRow& row) {
  if (!row.rates[static_cast<std::size_t>(Rate::input)].known) return std::nullopt;
  AttoRate dearest = 0;
  for (const Rate rate : kInputRates) {
    const RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
    if (span.known) dearest = std::max(dearest, span.high);
  }
  return dearest;
}

class WorstCase {
 public:
  WorstCase(const Tariff::Resolved& tariff, const LargestRequest& request)
      : tariff_(tariff), request_(request) {}

  std::variant<Money, Unpriced> run() {
    const Wall from = earliest(request_.from);
    const Segment* segment = &segment_at(tariff_, from);
    const Segment* const end = tariff_.segments.data() + tariff_.segments.size();
    for (; segment != end && segment->from <= request_.until && why_.empty(); ++segment) visit(*segment);
    if (!why_.empty()) return Unpriced{why_, {}};
    return Money(tariff_.key.currency, most_);
  }

 private:
  // Back over changes of which only the day or the month is known, while it lasts.
  Wall earliest(Wall from) const {
    while (true) {
      const Segment& segment = segment_at(tariff_, from);
      const bool doubtful = std::any_of(segment.rows.begin(), segment.rows.end(), [&](const SheetRow& row) {
        return request_.from < row.start_day_until;
      });
      if (!doubtful || segment.from == kBeginning) return from;
      from = Wall{segment.from.ns - 1};
    }
  }

  // The bands of the whole interval: with a change in it, a few minutes that the sheet does not have.
  void visit(const Segment& segment) {
    if (segment.refusal != Refusal::none) {
      why_ = segment.reason.empty() ? std::string(refusal_name(segment.refusal)) : segment.reason;
      return;
    }
    const Calendar* calendar = calendar_of(tariff_, segment);
    if (calendar == nullptr) {
      take_band(segment, Band::all);
      return;
    }
    const Bands bands = bands_between(*calendar, request_.from, request_.until);
    for (const Band band : {Band::peak, Band::off_peak})
      if (bands.has(band)) take_band(segment, band);
  }

  void take_band(const Segment& segment, Band band) {
    bool whole_sold = false;  // also a prompt as large as can be
    for (const SheetRow& row : segment.rows) {
      if (row.band != Band::all && row.band != band) continue;
      // One more: catalogues differ on which tier a prompt exactly at a threshold belongs to.
      if (row.tier.low > 0 && row.tier.low - 1 > request_.input_tokens) continue;
      whole_sold = whole_sold || row.tier.high >= request_.input_tokens;
      const auto input = dearest_input(row);
      const RateSpan& output = row.rates[static_cast<std::size_t>(Rate::output)];
      if (!input || !output.known) {
        why_ = fmt::format("no rate for {} is recorded", input ? "output" : "input");
        return;
      }
      const std::int64_t prompt = std::min(request_.input_tokens, row.tier.high);
      most_ = std::max(most_, *input * prompt + output.high * request_.output_tokens);
    }
    if (!whole_sold) why_ = "a prompt as large as its text allows has no price";
  }

  const Tariff::Resolved& tariff_;
  const LargestRequest& request_;
  int128 most_ = 0;
  std::string why_;
};

}  // namespace

std::variant<Money, Unpriced> worst_case(const Tariff& tariff, const LargestRequest& request) {
  if (request.input_tokens < 0 || request.output_tokens < 0) return Unpriced{"a size below zero", {}};
  return WorstCase(tariff.resolved(), request).run();
}

}  // namespace costwar::pricing
