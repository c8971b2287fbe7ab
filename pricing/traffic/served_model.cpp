#include "pricing/traffic/served_model.h"

#include <fmt/format.h>

#include <variant>

#include "core/error.h"
#include "pricing/traffic/ledger.h"

namespace costwar::pricing {

ServedModel::ServedModel(const UsageRecord& record, const LedgerOptions& options, bool own_currency)
    : gaps_(options.as.size() + 1) {
  if (const auto named = options.names->find(record.provider, record.model)) {
    name_ = named->full();
    provider_ = named->provider;
    resolve(record, *named, options, own_currency);
  } else {
    provider_ = record.provider;
    name_ = record.provider.empty() ? std::string(record.model)
                                    : fmt::format("{}/{}", record.provider, record.model);
    if (name_.empty()) name_ = "(no model told)";
    why_not_ =
        record.model.empty()
            ? "no model is told; --map model=PATH says where it stands"
            : name_ + " is no model of the price book; --model-map NAME=PROVIDER/MODEL says which it is";
  }
  for (const AsModel& as : options.as) ratios_.push_back(as.ratio ? as.ratio(name_) : std::nullopt);
}

void ServedModel::resolve(const UsageRecord& record, const NamedModel& named, const LedgerOptions& options,
                          bool own_currency) {
  TariffKey key;
  key.provider = named.provider;
  key.model = named.model;
  key.currency = options.currency;
  key.service_class = record.service_class;
  key.region = record.region;
  key.known_at = options.known_at;
  const std::string code = key.currency.code();
  const bool other_currency = !record.currency.empty() && record.currency != code;
  if (other_currency && !own_currency) {
    why_not_ = fmt::format("{} is billed in {}, and this report is in {}; see --currency", name_,
                           record.currency, code);
    return;
  }
  try {
    if (other_currency) key.currency = Currency(record.currency);
    auto resolved = options.book->resolve(key);
    if (auto* tariff = std::get_if<Tariff>(&resolved)) {
      tariff_ = std::move(*tariff);
    } else {
      why_not_ = std::get<Unpriced>(resolved).reason;
    }
  } catch (const Error& error) {  // a currency that is none
    why_not_ = error.what();
  }
}

void ServedModel::count_gap(std::size_t column, const Tariff& by, const Bill& bill) {
  Gaps& gaps = gaps_[column];
  if (bill.refusal != Refusal::none) {
    const auto refusal = static_cast<std::size_t>(bill.refusal);
    if (gaps.refused[refusal]++ == 0) gaps.reasons[refusal] = by.reason(bill);
    return;
  }
  bool meter_lacks = false;
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    if (bill.states[i] != MeterState::unpriced && bill.states[i] != MeterState::unreported) continue;
    ++gaps.meters[i];
    meter_lacks = true;
  }
  if (!meter_lacks && bill.has(Mark::part_unpriced)) ++gaps.parts;
  if (bill.has(Mark::other_modality)) ++gaps.modalities;
}

void ServedModel::add_gaps(Traffic& traffic) const {
  if (without_tariff_ > 0) traffic.gaps[0][why_not_] += without_tariff_;
  if (without_time_ > 0)
    for (std::size_t column = tariff_ ? 0 : 1; column < traffic.gaps.size(); ++column)
      traffic.gaps[column][kNoTime] += without_time_;
  for (std::size_t column = 0; column < gaps_.size(); ++column) {
    const Gaps& gaps = gaps_[column];
    const std::string& billed = column == 0 ? name_ : traffic.columns[column].title;
    for (std::size_t i = 0; i < gaps.refused.size(); ++i)
      if (gaps.refused[i] > 0) traffic.gaps[column][gaps.reasons[i]] += gaps.refused[i];
    for (std::size_t i = 0; i < kMeterCount; ++i)
      if (gaps.meters[i] > 0)
        traffic.gaps[column][fmt::format("{}: {} has no known price or count", billed,
                                         meter_row(static_cast<Meter>(i)).title)] += gaps.meters[i];
    if (gaps.modalities > 0)
      traffic.gaps[column][fmt::format(
          "{}: audio or image tokens, which have rates of their own, are billed as text", billed)] +=
          gaps.modalities;
    if (gaps.parts > 0)
      traffic
          .gaps[column][fmt::format("{}: for a part of the possible times, prompt sizes or counts no "
                                    "price is known",
                                    billed)] += gaps.parts;
  }
}

}  // namespace costwar::pricing
