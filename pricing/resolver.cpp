#include "pricing/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "pricing/local_days.h"

namespace costwar::pricing {
namespace {

constexpr int kMaxAliasHops = 8;

Wall effective_end(const Evidence& evidence, Wall known_at) {
  const bool end_known = !evidence.until_known_from || *evidence.until_known_from <= known_at;
  return end_known ? evidence.until : kForever;
}

// First instant after the day or month of a start of which nothing finer is known.
Wall start_day_end(const Evidence& evidence) {
  if (evidence.from == kBeginning) return kBeginning;
  const std::int64_t ns = evidence.from.ns;
  if (evidence.from_precision == Precision::day) return {ns + kNanosPerDay};
  if (evidence.from_precision == Precision::month) return {ns + 31 * kNanosPerDay};
  return kBeginning;
}

// rate x factor, where that is a whole number of 1e-18 units and within bounds.
std::optional<AttoRate> times_factor(AttoRate rate, std::int64_t factor) {
  const int128 product = rate * factor;
  if (product % kFactorUnit != 0 || product / kFactorUnit > kMaxRate) return std::nullopt;
  return product / kFactorUnit;
}

// For a SheetRow or a SheetUnit.
template <typename Row>
void add_evidence(Row& row, const Evidence& evidence) {
  const auto add = [&](Mark mark) { row.marks |= 1U << static_cast<unsigned>(mark); };
  if (!evidence.confirmed || !evidence.unconfirmed.empty()) add(Mark::unconfirmed);
  if (evidence.from == kBeginning) add(Mark::start_unknown);
  if (evidence.layer > 0) add(Mark::user_price);
  row.verified_until = std::min(row.verified_until, evidence.verified_until);
  row.start_day_until = std::max(row.start_day_until, start_day_end(evidence));
}

void apply(SheetRow& row, const MultiplierRecord& multiplier) {
  add_evidence(row, multiplier.evidence);
  if (multiplier.factor_low != multiplier.factor_high)
    row.marks |= 1U << static_cast<unsigned>(Mark::factor_range);
  for (std::size_t i = 0; i < kRateCount; ++i) {
    RateSpan& span = row.rates[i];
    if (!span.known) continue;
    const auto low = times_factor(span.low, multiplier.factor_low);
    const auto high = times_factor(span.high, multiplier.factor_high);
    span = multiplier.covers[i] && low && high ? RateSpan{true, *low, *high} : RateSpan{};
  }
}

}  // namespace

Rank rank_of(const Evidence& evidence) {
  return {evidence.place, evidence.from};
}

bool Resolver::visible(const Evidence& evidence, Wall instant) const {
  if (evidence.status == Status::reference) return false;
  if (key_.known_at < evidence.known_from || key_.known_at >= evidence.known_until) return false;
  const bool overtaken = evidence.status == Status::cancelled || evidence.status == Status::never_applied;
  return !overtaken || instant > key_.known_at;
}

bool Resolver::counts(const Evidence& evidence, Wall instant) const {
  return evidence.provider == key_.provider && evidence.from <= instant &&
         instant < effective_end(evidence, key_.known_at) && visible(evidence, instant);
}

FoundSheet Resolver::newest(std::string_view model, std::string_view service_class, std::string_view region,
                            Wall instant) const {
  FoundSheet found;
  Rank best;
  const auto newer = [&](const Evidence& evidence) {
    const Rank rank = rank_of(evidence);
    if (!found.empty() && rank < best) return false;
    if (found.empty() || rank > best) found = {};
    best = rank;
    return true;
  };
  for (std::size_t i = 0; i < book_.prices.size(); ++i) {
    const PriceRecord& price = book_.prices[i];
    if (price.model == model && price.currency == key_.currency && price.service_class == service_class &&
        price.region == region && counts(price.evidence, instant) && newer(price.evidence))
      found.rows.push_back(static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = 0; i < book_.aliases.size(); ++i) {
    const AliasRecord& alias = book_.aliases[i];
    if (alias.model == model && counts(alias.evidence, instant) && newer(alias.evidence))
      found.alias = static_cast<std::uint32_t>(i);
  }
  return found;
}

std::optional<std::uint32_t> Resolver::multiplier(const std::string& model, Dimension dimension,
                                                  std::string_view value, Wall instant,
                                                  std::string& why_not) const {
  std::optional<std::uint32_t> best;
  for (std::size_t i = 0; i < book_.multipliers.size(); ++i) {
    const MultiplierRecord& candidate = book_.multipliers[i];
    if (candidate.dimension != dimension || candidate.value != value ||
        !counts(candidate.evidence, instant) || !matches_model(candidate.models, model) ||
        matches_model(candidate.except_models, model))
      continue;
    if (!candidate.models_released_from.empty()) {
      const ModelFacts* facts = book_.model(key_.provider + "/" + model);
      if (facts == nullptr || facts->released.empty()) {
        why_not = fmt::format("{} is for models released from {}, and when {} was released is not recorded",
                              candidate.evidence.id, candidate.models_released_from, model);
        continue;
      }
      if (facts->released < candidate.models_released_from) continue;
    }
    if (!best || rank_of(book_.multipliers[*best].evidence) < rank_of(candidate.evidence))
      best = static_cast<std::uint32_t>(i);
  }
  return best;
}

void Resolver::fill_rows(Segment& segment, const FoundSheet& sheet) const {
  for (const std::uint32_t index : sheet.rows) {
    const PriceRecord& price = book_.prices[index];
    SheetRow row;
    row.price = index;
    row.band = price.band;
    segment.calendar = price.calendar;
    segment.tiered = segment.tiered || price.tier.has_value();
    row.tier = price.tier.value_or(TokenRange());
    for (std::size_t i = 0; i < kRateCount; ++i)
      if (price.rates[i]) row.rates[i] = {true, *price.rates[i], *price.rates[i]};
    add_evidence(row, price.evidence);
    if (price.derived) row.marks |= 1U << static_cast<unsigned>(Mark::derived);
    if (price.promo_assured_until) row.promo_until = *price.promo_assured_until;
    if (price.calendar && book_.calendars[*price.calendar].layer > 0)
      row.marks |= 1U << static_cast<unsigned>(Mark::user_price);
    for (const std::uint32_t alias : segment.aliases) add_evidence(row, book_.aliases[alias].evidence);
    segment.rows.push_back(row);
  }
}

// Step 5. Where class and region both differ from the sheet's, both rules apply one after the other, and the
// result is marked as derived: no vendor prints it.
void Resolver::multiply(Segment& segment, const std::string& model, Wall instant) const {
  const auto need = [&](Dimension dimension, const std::string& value, std::string_view neutral,
                        std::string_view what) {
    if (value == neutral || segment.refusal != Refusal::none) return;
    std::string why_not;
    if (const auto found = multiplier(model, dimension, value, instant, why_not)) {
      segment.multipliers.push_back(*found);
      return;
    }
    segment.refusal = Refusal::not_sold;
    segment.reason = !why_not.empty()
                         ? why_not
                         : fmt::format("no sheet and no multiplier is recorded for {}/{} in the {} {}",
                                       key_.provider, model, what, value);
  };
  need(Dimension::service_class, key_.service_class, "standard", "service class");
  need(Dimension::region, key_.region, "any", "region");
  if (segment.refusal != Refusal::none) return;
  fill_rows(segment, newest(model, "standard", "any", instant));
  for (SheetRow& row : segment.rows) {
    for (const std::uint32_t index : segment.multipliers) apply(row, book_.multipliers[index]);
    if (segment.multipliers.size() > 1) row.marks |= 1U << static_cast<unsigned>(Mark::derived);
  }
}

void Resolver::finish(Segment& segment, const std::string& model) const {
  if (segment.rows.empty() && segment.refusal == Refusal::none) {
    segment.refusal = Refusal::no_sheet;
    segment.reason = fmt::format("no {} price of {}/{} is recorded for that instant", key_.currency.code(),
                                 key_.provider, model);
  }
}

void Resolver::find_units(Segment& segment, const std::string& model, Wall instant) const {
  for (std::size_t i = 0; i < kUnitMeters.size(); ++i) {
    const auto found = unit(model, kUnitMeters[i].item, kUnitMeters[i].unit, "any", instant);
    if (!found) continue;
    segment.units[i].emplace().record = *found;
    add_evidence(*segment.units[i], book_.units[*found].evidence);
  }
}

Segment Resolver::segment_at(Wall instant) const {
  Segment segment;
  segment.from = instant;
  std::string model = key_.model;
  FoundSheet found = newest(model, key_.service_class, key_.region, instant);
  while (found.alias) {
    if (segment.aliases.size() == kMaxAliasHops) {
      segment.refusal = Refusal::no_sheet;
      segment.reason = fmt::format("the aliases of {}/{} do not end", key_.provider, key_.model);
      return segment;
    }
    segment.aliases.push_back(*found.alias);
    model = book_.aliases[*found.alias].alias_of;
    found = newest(model, key_.service_class, key_.region, instant);
  }
  if (!found.rows.empty()) {
    fill_rows(segment, found);
  } else if (!newest(model, "standard", "any", instant).rows.empty()) {
    multiply(segment, model, instant);
  }
  finish(segment, model);
  if (segment.refusal == Refusal::none) find_units(segment, model, instant);
  return segment;
}

std::vector<Wall> Resolver::breakpoints() const {
  std::vector<Wall> instants{kBeginning};
  bool overtaken = false;
  const auto add = [&](const Evidence& evidence) {
    if (evidence.provider != key_.provider) return;
    instants.push_back(evidence.from);
    instants.push_back(effective_end(evidence, key_.known_at));
    overtaken = overtaken || evidence.status == Status::cancelled || evidence.status == Status::never_applied;
  };
  for (const auto& record : book_.prices) add(record.evidence);
  for (const auto& record : book_.aliases) add(record.evidence);
  for (const auto& record : book_.multipliers) add(record.evidence);
  for (const auto& record : book_.units) add(record.evidence);
  // What was cancelled or overtaken counts only after known_at.
  if (overtaken && key_.known_at < kForever) instants.push_back({key_.known_at.ns + 1});
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  if (instants.back() == kForever) instants.pop_back();
  return instants;
}

std::optional<std::uint32_t> Resolver::unit(std::string_view model, std::string_view item,
                                            std::string_view unit, std::string_view caller,
                                            Wall instant) const {
  const std::string name(model);
  std::optional<std::uint32_t> best;
  const auto rank = [&](std::uint32_t index) {
    const UnitRecord& record = book_.units[index];
    return std::tuple(record.evidence.place, record.caller == caller, record.evidence.from);
  };
  for (std::size_t i = 0; i < book_.units.size(); ++i) {
    const UnitRecord& record = book_.units[i];
    const bool asked = item.empty() ? record.unit == unit : record.item == item;
    if (!asked || record.currency != key_.currency || (record.caller != caller && record.caller != "any") ||
        !matches_model(record.models, name) || !counts(record.evidence, instant))
      continue;
    const auto index = static_cast<std::uint32_t>(i);
    if (!best || rank(*best) < rank(index)) best = index;
  }
  return best;
}

}  // namespace costwar::pricing
