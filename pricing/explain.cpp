#include "pricing/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/millionths.h"
#include "core/text.h"
#include "pricing/bill_parts.h"
#include "pricing/price_book.h"
#include "pricing/schedule.h"

namespace costwar::pricing {
namespace {

// The rate that a meter is billed at; nullopt for meters without one.
std::optional<RateSpan> rate_of(const SheetRow& row, Meter meter) {
  for (const auto& [rated, rate] : kRatedMeters)
    if (rated == meter) return row.rates[static_cast<std::size_t>(rate)];
  return std::nullopt;
}

// One explanation being made.
class Explainer {
 public:
  Explainer(const Tariff& tariff, const Usage& usage, const BillingFacts& facts)
      : tariff_(tariff),
        book_(*tariff.resolved().book),
        usage_(usage),
        instant_(facts.completed.value_or(facts.requested)) {
    result_.bill = tariff.bill(usage, facts);
    segment_ = &tariff.resolved().segments[result_.bill.segment];
    const Calendar* calendar = calendar_of(tariff.resolved(), *segment_);
    if (calendar != nullptr && calendar->decided_by == DecidedBy::request_start) instant_ = facts.requested;
  }

  Explanation run() {
    aliases();
    if (result_.bill.refusal != Refusal::none) {
      result_.refused = tariff_.reason(result_.bill);
    } else {
      row_ = &segment_->rows[result_.bill.row];
      sheet();
      factors();
      band();
      tier();
      units();
      meters_of_bill();
      result_.records = tariff_.records(result_.bill);
    }
    consider();
    return std::move(result_);
  }

 private:
  void decide(std::string what, std::string decided, std::string because, const Evidence* evidence) {
    result_.decisions.push_back({std::move(what), std::move(decided), std::move(because), evidence});
  }

  void aliases() {
    for (const std::uint32_t index : segment_->aliases) {
      const AliasRecord& alias = book_.aliases[index];
      decide("alias", alias.alias_of,
             fmt::format("{} is served and billed as {} from {}", alias.model, alias.alias_of,
                         instant_words(alias.evidence.from, alias.evidence.from_precision)),
             &alias.evidence);
    }
  }

  void sheet() {
    const PriceRecord& price = book_.prices[row_->price];
    std::string because = fmt::format("the newest sheet in effect, from {}",
                                      instant_words(price.evidence.from, price.evidence.from_precision));
    if (price.rate_kind == RateKind::promo) because += "; a promo price";
    decide("sheet", fmt::format("{}, {}, {}", price.currency.code(), price.service_class, price.region),
           because, &price.evidence);
  }

  void factors() {
    for (const std::uint32_t index : segment_->multipliers) {
      const MultiplierRecord& multiplier = book_.multipliers[index];
      const bool region = multiplier.dimension == Dimension::region;
      decide(region ? "region" : "service class", "× " + factor_words(multiplier),
             fmt::format("{} has no sheet of its own; the rule for it applies", multiplier.value),
             &multiplier.evidence);
    }
  }

  void band() {
    if (!segment_->calendar) return;
    const Calendar& calendar = book_.calendars[*segment_->calendar];
    std::string because = band_reason(calendar, instant_);
    because += fmt::format("; {}", decided_by_words(calendar));
    decide("band", band_words(row_->band), because, nullptr);
  }

  static std::string decided_by_words(const Calendar& calendar) {
    if (calendar.decided_by == DecidedBy::unknown)
      return "whether start, end or billing of a request decides is not known";
    static constexpr std::array<std::string_view, 3> kWords{
        "the start of the request decides", "the end of the request decides", "the time of billing decides"};
    return fmt::format("{}{}", kWords[static_cast<std::size_t>(calendar.decided_by)],
                       calendar.decided_by_confirmed ? "" : " (not confirmed)");
  }

  void tier() {
    if (!segment_->tiered) return;
    decide(
        "prompt size", tier_words(row_->tier),
        fmt::format("the prompt has {} tokens: fresh, cache reads and cache writes; one tier holds for the "
                    "whole request, output included",
                    with_commas(prompt_of(usage_))),
        &book_.prices[row_->price].evidence);
  }

  void units() {
    for (std::size_t i = 0; i < kUnitMeters.size(); ++i) {
      if (!segment_->units[i] || result_.bill.state(kUnitMeters[i].meter) == MeterState::not_used) continue;
      const UnitRecord& record = book_.units[segment_->units[i]->record];
      std::string because = "the newest record for it in effect";
      if (record.free_units_per_month.value_or(0) > 0)
        because +=
            fmt::format("; {} a month are free for the whole account, and how many are left is not known",
                        with_commas(*record.free_units_per_month));
      decide(std::string(kUnitMeters[i].what), unit_words(record), because, &record.evidence);
    }
  }

  static std::string unit_words(const UnitRecord& record) {
    if (record.state == UnitState::unpriced) return "not known";
    if (record.state == UnitState::free) return "free";
    std::string unit = record.unit;
    std::replace(unit.begin(), unit.end(), '_', ' ');
    const Money price = Money(record.currency, record.per_unit).times(record.units_per_price);
    return fmt::format("{} {}", format_price(price), unit);
  }

  void meters_of_bill() {
    const Bill& bill = result_.bill;
    for (const MeterRow& meter : meters()) {
      const auto& count = usage_[meter.meter];
      if (!count && bill.state(meter.meter) != MeterState::unreported) continue;
      result_.meters.push_back({meter.meter, count, bill.state(meter.meter), rate_of(*row_, meter.meter),
                                bill.amount(meter.meter)});
    }
  }

  // Records that would cover the instant, had they been known, not withdrawn, or newer.
  void consider() {
    const std::string served =
        segment_->aliases.empty() ? tariff_.key().model : book_.aliases[segment_->aliases.back()].alias_of;
    for (const PriceRecord& price : book_.prices) {
      if (price.currency == tariff_.key().currency &&
          (price.model == tariff_.key().model || price.model == served) &&
          price.service_class == tariff_.key().service_class && price.region == tariff_.key().region)
        consider(price.evidence);
    }
    for (const AliasRecord& alias : book_.aliases)
      if (alias.model == tariff_.key().model || alias.model == served) consider(alias.evidence);
  }

  void consider(const Evidence& evidence) {
    if (evidence.provider != tariff_.key().provider || instant_ < evidence.from || instant_ >= evidence.until)
      return;
    if (std::find(result_.records.begin(), result_.records.end(), &evidence) != result_.records.end()) return;
    const auto same_sheet = [&](const SheetRow& row) {
      return &book_.prices[row.price].evidence == &evidence;
    };
    if (std::any_of(segment_->rows.begin(), segment_->rows.end(), same_sheet)) return;
    result_.considered.push_back({&evidence, why_not(evidence)});
  }

  std::string why_not(const Evidence& evidence) const {
    const Wall known_at = tariff_.key().known_at;
    if (evidence.status == Status::reference) return "shown by the vendor for comparison, never charged";
    if (known_at < evidence.known_from)
      return fmt::format("not yet known: announced {}", format_wall(evidence.known_from));
    const bool cancelled = evidence.status == Status::cancelled;
    if (cancelled || evidence.status == Status::never_applied) {
      const std::string announced =
          evidence.known_from == kBeginning ? "announced" : "announced " + format_wall(evidence.known_from);
      const std::string end = evidence.known_until == kForever ? "" : " " + format_wall(evidence.known_until);
      return fmt::format("{}, {}{}", announced, cancelled ? "withdrawn" : "overtaken", end);
    }
    if (known_at >= evidence.known_until)
      return fmt::format("replaced by a newer record at {}", format_wall(evidence.known_until));
    const bool own = std::any_of(result_.records.begin(), result_.records.end(),
                                 [](const Evidence* used) { return used->layer > 0; });
    if (own && evidence.layer == 0) return "a book of your own comes before the built-in one";
    return "an older sheet or alias: the newest in effect counts";
  }

  const Tariff& tariff_;
  const Book& book_;
  const Usage& usage_;
  Wall instant_;
  const Segment* segment_ = nullptr;
  const SheetRow* row_ = nullptr;
  Explanation result_;
};

}  // namespace

std::string instant_words(Wall instant, Precision precision) {
  if (instant == kBeginning) return "an unknown start";
  if (instant == kForever) return "further notice";
  std::string text = format_wall(instant);
  if (precision == Precision::day) return text.substr(0, 10) + " (hour not known)";
  if (precision == Precision::month) return text.substr(0, 7) + " (day not known)";
  return text;
}

std::string factor_words(const MultiplierRecord& multiplier) {
  const std::string low = millionths_text(multiplier.factor_low);
  return multiplier.factor_low == multiplier.factor_high
             ? low
             : fmt::format("{} to {}", low, millionths_text(multiplier.factor_high));
}

std::string tier_words(const TokenRange& tier) {
  constexpr TokenRange kAll;
  // The vendor's round number: "below 272,000" and "from 272,000", or "up to 100,000" and "over 100,000".
  const auto round = [](std::int64_t tokens) { return tokens % 1000 == 0; };
  std::string words;
  if (tier.low > kAll.low)
    words = round(tier.low - 1) ? fmt::format("over {}", with_commas(tier.low - 1))
                                : fmt::format("from {}", with_commas(tier.low));
  if (tier.high < kAll.high)
    words += fmt::format("{}{}", words.empty() ? "" : " ",
                         round(tier.high) ? fmt::format("up to {}", with_commas(tier.high))
                                          : fmt::format("below {}", with_commas(tier.high + 1)));
  return words.empty() ? "any size" : words + " tokens";
}

Explanation explain(const Tariff& tariff, const Usage& usage, const BillingFacts& facts) {
  return Explainer(tariff, usage, facts).run();
}

}  // namespace costwar::pricing
