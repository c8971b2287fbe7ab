#include "pricing/traffic/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/suggest.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kNanosPerDay = 86'400'000'000'000;
constexpr std::int64_t kNanosPerHour = 3'600'000'000'000;
constexpr const char* kNoTime = "no time is told; --at prices such records at an instant of your choice";

enum Kind : std::uint8_t { kModel, kProvider, kDay, kMonth, kHour, kClass, kUser, kProject, kKey, kTag };
constexpr std::array<std::string_view, kTag> kKindNames{"model", "provider", "day",     "month", "hour",
                                                        "class", "user",     "project", "key"};

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

// The period's number, so that equal periods have equal keys. Months are made of days when they are named.
std::int64_t period_of(Kind kind, Wall instant, std::int64_t offset_ns) {
  return floor_div(instant.ns + offset_ns, kind == kHour ? kNanosPerHour : kNanosPerDay);
}

std::string period_text(Kind kind, std::int64_t period) {
  const CivilDate date = civil_from_days(kind == kHour ? floor_div(period, 24) : period);
  if (kind == kMonth) return fmt::format("{:04}-{:02}", date.year, date.month);
  const std::string day = fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  return kind == kHour ? fmt::format("{}T{:02}", day, period - floor_div(period, 24) * 24) : day;
}

constexpr Meter kInputMeters[] = {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m,
                                  Meter::cache_write_1h};
constexpr Meter kCacheMeters[] = {Meter::cache_read, Meter::cache_write_5m, Meter::cache_write_1h};
constexpr Meter kOutputMeters[] = {Meter::visible_output, Meter::reasoning};

void scale(Usage& usage, std::span<const Meter> meters, std::int64_t millionths) {
  for (const Meter meter : meters) {
    const auto& count = usage[meter];
    if (!count) continue;
    const int128 scaled = (static_cast<int128>(count->value) * millionths + 500'000) / 1'000'000;
    usage.set(meter, static_cast<std::int64_t>(scaled), Provenance::estimated);
  }
}

void move_to_fresh(Usage& usage, Meter meter) {
  const auto count = usage[meter];
  if (!count) return;
  const std::int64_t fresh = usage[Meter::fresh_input] ? usage[Meter::fresh_input]->value : 0;
  usage.set(Meter::fresh_input, fresh + count->value, count->provenance);
  usage.clear(meter);
}

Bill bill_of(const Tariff& tariff, const Usage& usage, const UsageRecord& record) noexcept {
  if (record.until || record.requests > 1)
    return tariff.bill_over(usage, record.facts, record.until.value_or(record.facts.requested),
                            record.requests);
  return tariff.bill(usage, record.facts);
}

// What the other vendor has no cache price for is ordinary input there; tool calls that nobody names have
// prices of their own there, so they are left out. Web searches are asked for there too.
Bill bill_elsewhere(const Tariff& tariff, Usage usage, const UsageRecord& record, bool without_cache) {
  usage.clear(Meter::tool_calls);
  usage.clear(Meter::cache_token_hours);
  if (without_cache)
    for (const Meter meter : kCacheMeters) move_to_fresh(usage, meter);
  Bill bill = bill_of(tariff, usage, record);
  bool moved = false;
  for (const Meter meter : kCacheMeters) {
    if (bill.refusal != Refusal::none || bill.state(meter) != MeterState::unpriced) continue;
    move_to_fresh(usage, meter);
    moved = true;
  }
  return moved ? bill_of(tariff, usage, record) : bill;
}

}  // namespace

std::vector<std::string> dimension_names() {
  return {kKindNames.begin(), kKindNames.end()};
}

// One (provider, model, class, region, currency) that a log names, looked up once.
struct Ledger::Served {
  std::string name;  // "provider/model", or what the log said
  std::string provider;
  std::string service_class;
  std::optional<Tariff> tariff;
  std::string why_not;                                // without a tariff
  std::vector<std::optional<TokenRatio>> ratios;      // per --as
  std::vector<std::array<std::int64_t, 16>> refused;  // per column, by Refusal
  std::vector<std::array<std::string, 16>> reasons;
  std::vector<std::array<std::int64_t, kMeterCount>> gaps;  // per column: meters without a rate or a count
  std::int64_t without_tariff = 0;
  std::int64_t without_time = 0;

  // Keeps count of why a bill is missing or not whole.
  void note(std::size_t column, const Tariff& by, const Bill& bill) {
    if (bill.refusal != Refusal::none) {
      const auto refusal = static_cast<std::size_t>(bill.refusal);
      if (refused[column][refusal]++ == 0) reasons[column][refusal] = by.reason(bill);
      return;
    }
    for (std::size_t i = 0; i < kMeterCount; ++i)
      if (bill.states[i] == MeterState::unpriced || bill.states[i] == MeterState::unreported)
        ++gaps[column][i];
  }
};

Ledger::Ledger(const LedgerOptions& options, BillSink* each) : options_(&options), each_(each) {
  for (const std::string& dimension : options.dimensions) {
    const auto* found = std::find(kKindNames.begin(), kKindNames.end(), dimension);
    if (found != kKindNames.end()) {
      dimension_kinds_.push_back(static_cast<std::uint8_t>(found - kKindNames.begin()));
      continue;
    }
    const auto tag = std::find(options.tags.begin(), options.tags.end(), dimension);
    if (tag == options.tags.end())
      throw Error(ErrorKind::internal, fmt::format("the dimension {} is no tag", dimension));
    dimension_kinds_.push_back(static_cast<std::uint8_t>(kTag + (tag - options.tags.begin())));
  }
}

Ledger::~Ledger() = default;
Ledger::Ledger(Ledger&&) noexcept = default;

Ledger::Served& Ledger::served(const UsageRecord& record) {
  buffer_.clear();
  for (const std::string_view part :
       {record.model, record.provider, record.service_class, record.region, record.currency}) {
    buffer_ += part;
    buffer_ += '\x1f';
  }
  const std::uint32_t number = served_index_[buffer_];
  if (number < served_.size()) return *served_[number];

  auto entry = std::make_unique<Served>();
  const std::size_t columns = options_->as.size() + 1;
  entry->refused.resize(columns);
  entry->reasons.resize(columns);
  entry->gaps.resize(columns);
  entry->service_class = record.service_class;
  const auto named = options_->names->find(record.provider, record.model);
  if (named) {
    entry->name = named->full();
    entry->provider = named->provider;
    TariffKey key;
    key.provider = named->provider;
    key.model = named->model;
    key.currency = options_->currency;
    key.service_class = record.service_class;
    key.region = record.region;
    key.known_at = options_->known_at;
    const std::string code = key.currency.code();
    const bool other_currency = !record.currency.empty() && record.currency != code;
    if (other_currency && each_ == nullptr) {
      entry->why_not =
          fmt::format("is billed in {}, and this report is in {}; see --currency", record.currency, code);
    } else {
      try {
        if (other_currency) key.currency = Currency(record.currency);
        auto resolved = options_->book->resolve(key);
        if (auto* tariff = std::get_if<Tariff>(&resolved)) {
          entry->tariff = std::move(*tariff);
        } else {
          entry->why_not = std::get<Unpriced>(resolved).reason;
        }
      } catch (const Error& error) {  // a currency that is none
        entry->why_not = error.what();
      }
    }
  } else {
    entry->provider = record.provider;
    entry->name = record.provider.empty() ? std::string(record.model)
                                          : fmt::format("{}/{}", record.provider, record.model);
    if (entry->name.empty()) entry->name = "(no model told)";
    entry->why_not = "is no model of the price book; --model-map NAME=PROVIDER/MODEL says which it is";
  }
  for (const AsModel& as : options_->as)
    entry->ratios.push_back(as.ratio ? as.ratio(entry->name) : std::nullopt);
  served_.push_back(std::move(entry));
  return *served_.back();
}

TrafficGroup& Ledger::group(const UsageRecord& record, const Served& served) {
  // Equal groups of different `served` entries meet in finish().
  buffer_.clear();
  const auto append = [&](std::int64_t number) {
    buffer_.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  append(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&served)));
  const Wall instant = options_->at.value_or(record.facts.requested);
  const bool timed = options_->at || record.has_time;
  const auto text_of = [&](std::uint8_t kind) -> std::string_view {
    switch (kind) {
      case kUser:
        return record.user;
      case kProject:
        return record.project;
      case kKey:
        return record.api_key;
      default:
        return kind >= kTag && record.tags != nullptr ? (*record.tags)[static_cast<std::size_t>(kind - kTag)]
                                                      : std::string_view();
    }
  };
  for (const std::uint8_t kind : dimension_kinds_) {
    if (kind == kDay || kind == kMonth || kind == kHour) {
      append(timed ? period_of(static_cast<Kind>(kind), instant, options_->day_offset_ns) : INT64_MIN);
    } else if (kind >= kUser) {
      const std::string_view text = text_of(kind);
      append(static_cast<std::int64_t>(text.size()));
      buffer_ += text;
    }
  }
  const std::uint32_t number = group_index_[buffer_];
  if (number < groups_.size()) return groups_[number];

  std::vector<std::string> key;
  for (const std::uint8_t kind : dimension_kinds_) {
    switch (kind) {
      case kModel:
        key.push_back(served.name);
        break;
      case kProvider:
        key.push_back(served.provider);
        break;
      case kClass:
        key.push_back(served.service_class);
        break;
      case kDay:
      case kMonth:
      case kHour:
        key.push_back(timed ? period_text(static_cast<Kind>(kind), period_of(static_cast<Kind>(kind), instant,
                                                                             options_->day_offset_ns))
                            : "");
        break;
      default:
        key.emplace_back(text_of(kind));
        break;
    }
  }
  group_keys_.push_back(std::move(key));
  groups_.emplace_back();
  groups_.back().costs.resize(options_->as.size() + 1);
  return groups_.back();
}

Bill Ledger::own_bill(Served& served, const UsageRecord& record, std::string& reason) const {
  Bill bill;
  bill.currency = options_->currency;
  bill.refusal = Refusal::no_sheet;
  if (!served.tariff) {
    ++served.without_tariff;
    if (each_ != nullptr) reason = served.why_not;
    return bill;
  }
  if (!record.has_time && !options_->at) {
    ++served.without_time;
    if (each_ != nullptr) reason = kNoTime;
    return bill;
  }
  bill = bill_of(*served.tariff, record.usage, record);
  if (!bill.complete()) {
    served.note(0, *served.tariff, bill);
    if (each_ != nullptr) reason = served.tariff->reason(bill);
  }
  return bill;
}

void Ledger::add_as(Served& served, const UsageRecord& record, TrafficGroup& group) {
  for (std::size_t i = 0; i < options_->as.size(); ++i) {
    const Tariff& tariff = options_->as[i].tariff;
    CostSum& sum = group.costs[i + 1];
    if (!record.has_time && !options_->at) {
      ++sum.unpriced;
      continue;
    }
    const auto& ratio = served.ratios[i];
    const auto bill_scaled = [&](std::int64_t CountFactor::*end) {
      Usage usage = record.usage;
      if (ratio) {
        scale(usage, kInputMeters, ratio->input.*end);
        scale(usage, kOutputMeters, ratio->output.*end);
      }
      return bill_elsewhere(tariff, usage, record, options_->as_without_cache);
    };
    Bill bill = bill_scaled(&CountFactor::estimate);
    if (ratio && bill.refusal == Refusal::none) {
      const Bill least = bill_scaled(&CountFactor::low);
      const Bill most = bill_scaled(&CountFactor::high);
      if (least.refusal == Refusal::none) bill.low_atto = std::min(bill.low_atto, least.low_atto);
      if (most.refusal == Refusal::none) bill.high_atto = std::max(bill.high_atto, most.high_atto);
    }
    if (!bill.complete()) served.note(i + 1, tariff, bill);
    sum.add(bill);
  }
}

void Ledger::add(const UsageRecord& record) {
  if (!options_->at) {
    add_at(record);
    return;
  }
  UsageRecord moved = record;
  moved.facts.requested = *options_->at;
  moved.facts.completed.reset();
  moved.until.reset();
  add_at(moved);
}

void Ledger::add_at(const UsageRecord& record) {
  ++records_;
  if (record.zone_assumed) ++zone_assumed_;
  if (record.has_time) {
    first_ = std::min(first_, record.facts.requested);
    last_ = std::max(last_, record.facts.requested);
  }
  Served& from = served(record);
  TrafficGroup& group = this->group(record, from);
  ++group.records;
  group.requests += record.requests;
  for (std::size_t i = 0; i < kMeterCount; ++i)
    if (const auto& count = record.usage[static_cast<Meter>(i)]) group.counts[i] += count->value;
  std::string reason;
  const Bill bill = own_bill(from, record, reason);
  group.costs[0].add(bill);
  if (!options_->as.empty()) add_as(from, record, group);
  if (each_ != nullptr) each_->take(record, from.name, from.tariff ? &*from.tariff : nullptr, bill, reason);
}

Traffic Ledger::finish() const {
  Traffic traffic;
  traffic.dimensions = options_->dimensions;
  traffic.columns.push_back({"as billed", options_->currency});
  for (const AsModel& as : options_->as) traffic.columns.push_back({as.name, as.tariff.key().currency});
  for (std::size_t i = 0; i < groups_.size(); ++i) traffic.groups[group_keys_[i]].add(groups_[i]);
  traffic.records = records_;
  traffic.without_usage = without_usage_;
  traffic.not_billed = not_billed_;
  traffic.zone_assumed = zone_assumed_;
  if (first_ <= last_) {
    traffic.first = first_;
    traffic.last = last_;
  }
  traffic.gaps.resize(traffic.columns.size());
  for (const auto& entry : served_) {
    if (entry->without_tariff > 0)
      traffic.gaps[0][fmt::format("{} {}", entry->name, entry->why_not)] += entry->without_tariff;
    if (entry->without_time > 0) traffic.gaps[0][kNoTime] += entry->without_time;
    for (std::size_t column = 0; column < traffic.columns.size(); ++column) {
      const std::string& billed = column == 0 ? entry->name : traffic.columns[column].title;
      for (std::size_t i = 0; i < entry->refused[column].size(); ++i)
        if (entry->refused[column][i] > 0)
          traffic.gaps[column][entry->reasons[column][i]] += entry->refused[column][i];
      for (std::size_t i = 0; i < kMeterCount; ++i)
        if (entry->gaps[column][i] > 0)
          traffic.gaps[column][fmt::format("{}: {} has no known price or count", billed,
                                           meter_row(static_cast<Meter>(i)).title)] += entry->gaps[column][i];
    }
  }
  return traffic;
}

}  // namespace costwar::pricing
