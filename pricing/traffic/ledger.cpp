#include "pricing/traffic/ledger.h"

#include <algorithm>

namespace costwar::pricing {
namespace {

void append_bytes_of(std::string& key, std::int64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

Ledger::Ledger(const LedgerOptions& options, BillSink* each)
    : options_(&options), each_(each), dimensions_(options.dimensions, options.tags, options.day_offset_ns) {}

Ledger::~Ledger() = default;
Ledger::Ledger(Ledger&&) noexcept = default;

ServedModel& Ledger::served(const UsageRecord& record) {
  buffer_.clear();
  for (const std::string_view part :
       {record.model, record.provider, record.service_class, record.region, record.currency}) {
    append_bytes_of(buffer_, static_cast<std::int64_t>(part.size()));
    buffer_ += part;
  }
  const std::uint32_t number = served_index_[buffer_];
  if (number == served_.size())
    served_.push_back(std::make_unique<ServedModel>(record, *options_, each_ != nullptr));
  return *served_[number];
}

TrafficGroup& Ledger::group(const UsageRecord& record, const ServedModel& served) {
  // Equal groups of different served models meet in finish().
  buffer_.clear();
  append_bytes_of(buffer_, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&served)));
  dimensions_.append_key(record, buffer_);
  const std::uint32_t number = group_index_[buffer_];
  if (number == groups_.size()) {
    group_values_.push_back(dimensions_.values(record, served.name(), served.provider()));
    groups_.emplace_back();
    groups_.back().costs.resize(options_->as.size() + 1);
  }
  return groups_[number];
}

Bill Ledger::own_bill(ServedModel& served, const UsageRecord& record, std::string& reason) const {
  Bill bill;
  bill.currency = options_->currency;
  bill.refusal = Refusal::no_sheet;
  if (served.tariff() == nullptr) {
    served.count_without_tariff();
    if (each_ != nullptr) reason = served.why_not();
    return bill;
  }
  if (!record.has_time) {
    if (each_ != nullptr) reason = kNoTime;
    return bill;
  }
  bill = bill_of(*served.tariff(), record);
  if (record.other_modality) bill.add(Mark::other_modality);
  if (!bill.complete()) {
    served.count_gap(0, *served.tariff(), bill);
    if (each_ != nullptr) reason = served.tariff()->reason(bill);
  }
  return bill;
}

void Ledger::add_as(ServedModel& served, const UsageRecord& record, TrafficGroup& group) {
  for (std::size_t i = 0; i < options_->as.size(); ++i) {
    const Tariff& tariff = options_->as[i].tariff;
    CostSum& sum = group.costs[i + 1];
    if (!record.has_time) {
      ++sum.unpriced;
      continue;
    }
    Bill bill = bill_elsewhere(tariff, record, served.ratio(i), options_->as_without_cache);
    if (record.other_modality) bill.add(Mark::other_modality);
    if (!bill.complete()) served.count_gap(i + 1, tariff, bill);
    sum.add(bill);
  }
}

void Ledger::add(const UsageRecord& record) {
  ++records_;
  if (record.zone_assumed) ++zone_assumed_;
  if (record.has_time) {
    first_ = std::min(first_, record.facts.requested);
    last_ = std::max(last_, record.facts.requested);
  }
  ServedModel& from = served(record);
  TrafficGroup& group = this->group(record, from);
  ++group.records;
  group.requests += record.requests;
  for (std::size_t i = 0; i < kMeterCount; ++i)
    if (const auto& count = record.usage[static_cast<Meter>(i)]) group.counts[i] += count->value;
  if (!options_->at) {
    bill(from, record, record, group);
    return;
  }
  UsageRecord moved = record;
  moved.facts.requested = *options_->at;
  moved.facts.completed.reset();
  moved.until.reset();
  moved.has_time = true;
  bill(from, record, moved, group);
}

// `billed`: the record at the instant that it is billed at.
void Ledger::bill(ServedModel& served, const UsageRecord& record, const UsageRecord& billed,
                  TrafficGroup& group) {
  if (!billed.has_time) served.count_without_time();
  std::string reason;
  const Bill own = own_bill(served, billed, reason);
  group.costs[0].add(own);
  if (!options_->as.empty()) add_as(served, billed, group);
  if (each_ != nullptr) each_->take(record, served.name(), served.tariff(), own, reason);
}

Traffic Ledger::finish() const {
  Traffic traffic;
  traffic.dimensions = options_->dimensions;
  traffic.columns.push_back({"as billed", options_->currency});
  for (const AsModel& as : options_->as) traffic.columns.push_back({as.name, as.tariff.key().currency});
  for (std::size_t i = 0; i < groups_.size(); ++i) traffic.groups[group_values_[i]].add(groups_[i]);
  traffic.records = records_;
  traffic.without_usage = without_usage_;
  traffic.not_billed = not_billed_;
  traffic.zone_assumed = zone_assumed_;
  if (first_ <= last_) {
    traffic.first = first_;
    traffic.last = last_;
  }
  traffic.gaps.resize(traffic.columns.size());
  for (const auto& model : served_) model->add_gaps(traffic);
  return traffic;
}

}  // namespace costwar::pricing
