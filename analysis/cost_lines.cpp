#include "analysis/cost_lines.h"

#include <algorithm>
#include <array>

#include "core/durations.h"
#include "core/error.h"
#include "pricing/bill_parts.h"

namespace costwar::analysis {
namespace {

using pricing::Bill;
using pricing::MeterState;
using pricing::Tariff;

constexpr std::size_t kNoRate = static_cast<std::size_t>(-1);
const std::string kOwnMachine = "own machine";

std::int64_t day_of(Wall instant) {
  return instant.ns / kNanosPerDay - (instant.ns % kNanosPerDay < 0 ? 1 : 0);
}

void add(std::optional<Money>& sum, const Money& amount) {
  sum = sum ? *sum + amount : amount;
}

void add(std::optional<std::int64_t>& sum, std::int64_t count) {
  std::int64_t added = 0;
  if (__builtin_add_overflow(sum.value_or(0), count, &added))
    throw Error(ErrorKind::internal, "the counts of a cost line leave 64 bits");
  sum = added;
}

// Of one amount, without a range.
template <typename Sum>
void add_known(Sum& sum, std::optional<std::int64_t> count, const Money& amount) {
  if (count) add(sum.count, *count);
  add(sum.amount, amount);
  add(sum.low, amount);
  add(sum.high, amount);
}

std::string name_of(const Tariff& tariff) {
  return tariff.key().provider + "/" + tariff.key().model;
}

// The record of what is charged for besides tokens; nullptr for a meter of tokens.
const pricing::UnitRecord* unit_record(const Tariff::Resolved& tariff, const pricing::Segment& segment,
                                       Meter meter) {
  for (std::size_t i = 0; i < pricing::kUnitMeters.size(); ++i)
    if (pricing::kUnitMeters[i].meter == meter && segment.units[i])
      return &tariff.book->units[segment.units[i]->record];
  return nullptr;
}

void name_evidence(CostRate& rate, const pricing::Evidence& evidence) {
  rate.record = evidence.id;
  if (!evidence.sources.empty()) rate.source = evidence.sources.front();
  if (evidence.from != pricing::kBeginning) rate.from = evidence.from;
}

// Of a priced or free meter of a settled bill.
CostRate rate_behind(const Tariff& tariff, const Bill& bill, Meter meter) {
  const Tariff::Resolved& resolved = tariff.resolved();
  const pricing::Segment& segment = resolved.segments[bill.segment];
  CostRate rate;
  rate.priced_as = name_of(tariff);
  rate.meter = meter;
  rate.provider = tariff.key().provider;
  rate.service_class = tariff.key().service_class;
  rate.region = tariff.key().region;
  if (const pricing::UnitRecord* unit = unit_record(resolved, segment, meter)) {
    name_evidence(rate, unit->evidence);
    rate.per = std::max<std::int64_t>(1, unit->units_per_price);
    rate.rate = Money(bill.currency, unit->per_unit).times(rate.per);
    return rate;
  }
  const pricing::SheetRow& row = segment.rows[bill.row];
  name_evidence(rate, resolved.book->prices[row.price].evidence);
  for (const std::uint32_t factor : segment.multipliers)
    rate.record += " x " + resolved.book->multipliers[factor].evidence.id;
  for (const pricing::RatedMeter& rated : pricing::kRatedMeters)
    if (rated.meter == meter)
      rate.rate = Money(bill.currency, row.rates[static_cast<std::size_t>(rated.rate)].high).times(rate.per);
  return rate;
}

}  // namespace

std::string_view cost_kind_name(CostKind kind) {
  static constexpr std::array<std::string_view, 8> kNames{
      "product", "machine_time", "range", "imported", "no_charge", "unpriced", "unreported", "in_doubt"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t CostLines::KeyHash::operator()(const Key& key) const noexcept {
  std::uint64_t hash = static_cast<std::uint64_t>(key.day);
  for (const std::uint64_t part :
       {std::uint64_t{key.model}, std::uint64_t{key.role}, std::uint64_t{key.kind}, std::uint64_t{key.meter},
        static_cast<std::uint64_t>(key.rate), std::uint64_t{key.priced_as}})
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U + (hash >> 29U);
  return static_cast<std::size_t>(hash);
}

std::uint32_t CostLines::name_index(const std::string& name) {
  const auto found = name_indices_.find(name);
  if (found != name_indices_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(names_.size());
  names_.push_back(name);
  name_indices_.emplace(name, index);
  return index;
}

CostLines::Sum& CostLines::sum(const At& at, CostKind kind, std::optional<Meter> meter,
                               std::optional<std::size_t> rate, std::uint32_t priced_as) {
  const Key key{day_of(at.instant),
                at.model,
                static_cast<std::uint8_t>(at.role),
                static_cast<std::uint8_t>(kind),
                static_cast<std::uint8_t>(meter ? static_cast<std::size_t>(*meter) : kMeterCount),
                rate.value_or(kNoRate),
                priced_as};
  Sum& found = sums_[key];
  ++found.attempts;
  return found;
}

std::size_t CostLines::intern(CostRate rate) {
  const auto same = [&](const CostRate& known) {
    return known.priced_as == rate.priced_as && known.meter == rate.meter &&
           known.service_class == rate.service_class && known.region == rate.region &&
           known.record == rate.record && known.rate == rate.rate && known.per == rate.per;
  };
  const auto found = std::find_if(rates_.begin(), rates_.end(), same);
  if (found != rates_.end()) return static_cast<std::size_t>(found - rates_.begin());
  rates_.push_back(std::move(rate));
  return rates_.size() - 1;
}

CostLines::Sheet& CostLines::sheet_of(const Tariff& tariff, const Bill& bill) {
  const std::tuple key{static_cast<const void*>(&tariff.resolved()), bill.segment, bill.row};
  const auto found = sheets_.find(key);
  if (found != sheets_.end()) return found->second;
  return sheets_.emplace(key, Sheet{tariff, name_index(name_of(tariff)), {}}).first->second;
}

// What a bill cannot price. A doubt is about the bill as a whole; so is a refusal of a request without
// counts.
void CostLines::add_gaps(const At& at, std::uint32_t priced_as, const Usage& usage, const Bill& bill) {
  if (at.in_doubt) {
    (void)sum(at, CostKind::in_doubt, std::nullopt, std::nullopt, priced_as);
    return;
  }
  bool named = false;
  for (const MeterRow& row : meters()) {
    const MeterState state = bill.state(row.meter);
    if (state != MeterState::unpriced && state != MeterState::unreported) continue;
    named = true;
    Sum& gap = sum(at, state == MeterState::unpriced ? CostKind::unpriced : CostKind::unreported, row.meter,
                   std::nullopt, priced_as);
    if (const auto& count = usage[row.meter]) add(gap.count, count->value);
  }
  if (!named) (void)sum(at, CostKind::unpriced, std::nullopt, std::nullopt, priced_as);
}

void CostLines::add_bill(const At& at, const Tariff& tariff, const Usage& usage, const Bill& bill) {
  Sheet& sheet = sheet_of(tariff, bill);
  const std::uint32_t priced_as = sheet.priced_as;
  if (!bill.complete()) add_gaps(at, priced_as, usage, bill);
  if (!bill.total()) return;
  if (!bill.settled()) {
    Sum& range = sum(at, CostKind::range, std::nullopt, std::nullopt, priced_as);
    add(range.amount, *bill.total());
    add(range.low, *bill.low());
    add(range.high, *bill.high());
    return;
  }
  bool counted = !bill.complete();
  for (const MeterRow& row : meters()) {
    const MeterState state = bill.state(row.meter);
    if (state != MeterState::priced && state != MeterState::free) continue;
    const auto& count = usage[row.meter];
    if (!count || count->value == 0) continue;
    counted = true;
    std::optional<std::size_t>& rate = sheet.rates[static_cast<std::size_t>(row.meter)];
    if (!rate) rate = intern(rate_behind(tariff, bill, row.meter));
    add_known(sum(at, CostKind::product, row.meter, rate, priced_as), count->value, bill.amount(row.meter));
  }
  if (!counted) add_no_charge(at);
}

void CostLines::add_machine(const At& at, const pricing::MachineRate& rate, const Usage& usage,
                            const Bill& bill) {
  const std::uint32_t priced_as = name_index(kOwnMachine);
  if (!bill.total()) {
    add_gaps(at, priced_as, usage, bill);
    return;
  }
  if (!machine_rate_ || rates_[*machine_rate_].rate != rate.per_hour) {
    CostRate hourly;
    hourly.priced_as = kOwnMachine;
    hourly.meter = Meter::machine_ns;
    hourly.provider = kOwnMachine;
    hourly.source = rate.provenance;
    hourly.rate = rate.per_hour;
    hourly.per = kNanosPerHour;
    machine_rate_ = intern(std::move(hourly));
  }
  add_known(sum(at, CostKind::machine_time, Meter::machine_ns, machine_rate_, priced_as),
            usage[Meter::machine_ns]->value, *bill.total());
}

void CostLines::add_no_charge(const At& at) {
  Sum& nothing = sum(at, CostKind::no_charge, std::nullopt, std::nullopt, name_index(""));
  add_known(nothing, std::nullopt, Money());
}

void CostLines::add_unpriced(const At& at, const std::string& priced_as, const Usage& usage) {
  Bill bill;
  bill.refusal = pricing::Refusal::no_sheet;
  pricing::refuse_meters(bill, usage);
  add_gaps(at, name_index(priced_as), usage, bill);
}

void CostLines::add_imported(const At& at, const AttemptCost& cost) {
  if (cost.unpriced || !cost.amount)
    (void)sum(at, CostKind::unpriced, std::nullopt, std::nullopt, name_index(""));
  if (!cost.amount && !cost.low && !cost.high) return;
  Sum& told = sum(at, CostKind::imported, std::nullopt, std::nullopt, name_index(""));
  if (cost.amount) add(told.amount, *cost.amount);
  if (const auto& low = cost.low ? cost.low : cost.amount) add(told.low, *low);
  if (const auto& high = cost.high ? cost.high : cost.amount) add(told.high, *high);
}

std::vector<CostLine> CostLines::lines() const {
  std::vector<Key> keys;
  keys.reserve(sums_.size());
  for (const auto& [key, sum] : sums_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  std::vector<CostLine> lines;
  lines.reserve(keys.size());
  for (const Key& key : keys) {
    const Sum& sum = sums_.at(key);
    CostLine line;
    line.day = key.day;
    line.model = key.model;
    line.role = static_cast<CallRole>(key.role);
    line.kind = static_cast<CostKind>(key.kind);
    if (key.meter < kMeterCount) line.meter = static_cast<Meter>(key.meter);
    if (key.rate != kNoRate) line.rate = key.rate;
    line.priced_as = names_[key.priced_as];
    line.attempts = sum.attempts;
    line.count = sum.count;
    line.amount = sum.amount;
    line.low = sum.low;
    line.high = sum.high;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace costwar::analysis
