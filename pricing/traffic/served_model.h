// ServedModel: one (provider, model, class, region, currency) that a log names, looked up in the price book
// once, with a tally of what could not be priced. Belongs to one ledger, and so to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pricing/price_book.h"
#include "pricing/traffic/model_names.h"
#include "pricing/traffic/other_rates.h"
#include "pricing/traffic/traffic.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

struct LedgerOptions;

class ServedModel {
 public:
  // `own_currency`: a record that tells its currency is billed in it; otherwise another currency than the
  // report's has no price.
  ServedModel(const UsageRecord& record, const LedgerOptions& options, bool own_currency);

  const std::string& name() const { return name_; }  // "provider/model", or what the log said
  const std::string& provider() const { return provider_; }
  const Tariff* tariff() const { return tariff_ ? &*tariff_ : nullptr; }
  const std::string& why_not() const { return why_not_; }  // there is no tariff
  const std::optional<TokenRatio>& ratio(std::size_t as) const { return ratios_[as]; }

  void count_without_tariff() { ++without_tariff_; }
  void count_without_time() { ++without_time_; }
  // Why a bill of a column is missing or not whole.
  void count_gap(std::size_t column, const Tariff& by, const Bill& bill);

  // Adds the tally to what the whole log has, in words.
  void add_gaps(Traffic& traffic) const;

 private:
  struct Gaps {
    std::array<std::int64_t, 16> refused{};  // by Refusal
    std::array<std::string, 16> reasons{};
    std::array<std::int64_t, kMeterCount> meters{};  // without a rate or a count
    std::int64_t modalities = 0;                     // with audio or image tokens
    std::int64_t parts = 0;                          // of the possible times, sizes or counts
  };

  void resolve(const UsageRecord& record, const NamedModel& named, const LedgerOptions& options,
               bool own_currency);

  std::string name_;
  std::string provider_;
  std::optional<Tariff> tariff_;
  std::string why_not_;
  std::vector<std::optional<TokenRatio>> ratios_;  // per --as
  std::vector<Gaps> gaps_;                         // per column
  std::int64_t without_tariff_ = 0;
  std::int64_t without_time_ = 0;
};

inline constexpr const char* kNoTime =
    "no time is told; --at prices such records at an instant of your choice";

}  // namespace costwar::pricing
