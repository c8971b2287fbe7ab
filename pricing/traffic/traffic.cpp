#include "pricing/traffic/traffic.h"

#include <algorithm>

#include "core/error.h"

namespace costwar::pricing {
namespace {

void add_checked(int128& sum, int128 value) {
  if (__builtin_add_overflow(sum, value, &sum))
    throw Error(ErrorKind::input, "the log adds up to more than 128 bits hold",
                "leave out the records with absurd counts");
}

}  // namespace

void CostSum::add(const Bill& bill) {
  marks |= bill.marks;
  if (!bill.total()) {
    ++unpriced;
    return;
  }
  if (!bill.complete()) ++partly;
  for (std::size_t i = 0; i < kMeterCount; ++i)
    if (bill.atto[i] != 0) add_checked(atto[i], bill.atto[i]);
  add_checked(total, bill.total_atto);
  add_checked(low, bill.low_atto);
  add_checked(high, bill.high_atto);
}

void CostSum::add(const CostSum& other) {
  for (std::size_t i = 0; i < kMeterCount; ++i) add_checked(atto[i], other.atto[i]);
  add_checked(total, other.total);
  add_checked(low, other.low);
  add_checked(high, other.high);
  unpriced += other.unpriced;
  partly += other.partly;
  marks |= other.marks;
}

void TrafficGroup::add(const TrafficGroup& other) {
  records += other.records;
  requests += other.requests;
  for (std::size_t i = 0; i < kMeterCount; ++i) add_checked(counts[i], other.counts[i]);
  costs.resize(std::max(costs.size(), other.costs.size()));
  for (std::size_t i = 0; i < other.costs.size(); ++i) costs[i].add(other.costs[i]);
}

void Traffic::merge(const Traffic& other) {
  for (const auto& [key, group] : other.groups) groups[key].add(group);
  records += other.records;
  without_usage += other.without_usage;
  not_billed += other.not_billed;
  zone_assumed += other.zone_assumed;
  repeated_ids += other.repeated_ids;
  mapped |= other.mapped;
  if (other.first && (!first || *other.first < *first)) first = other.first;
  if (other.last && (!last || *last < *other.last)) last = other.last;
  gaps.resize(std::max(gaps.size(), other.gaps.size()));
  for (std::size_t i = 0; i < other.gaps.size(); ++i)
    for (const auto& [reason, count] : other.gaps[i]) gaps[i][reason] += count;
}

TrafficGroup Traffic::total() const {
  TrafficGroup sum;
  sum.costs.resize(columns.size());
  for (const auto& [key, group] : groups) sum.add(group);
  return sum;
}

}  // namespace costwar::pricing
