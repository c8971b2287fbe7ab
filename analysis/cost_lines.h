// CostLines: what was billed, as lines that a spreadsheet can compute again: per UTC day, model, role, meter
// and rate the count and the amount. Whatever is no product of a count and a rate (a range, an attempt in
// doubt, a meter without a price) is a line of a kind of its own, so that the lines add up to the bills, to
// the last digit, and nothing is left out. Pure aggregation in one pass; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/money.h"
#include "core/run.h"
#include "core/time.h"
#include "core/usage.h"
#include "pricing/own_machine.h"
#include "pricing/tariff.h"

namespace costwar::analysis {

enum class CostKind : std::uint8_t {
  product,       // amount = count x rate, exactly
  machine_time,  // own machine: count x rate, rounded at 1e-18 for each attempt
  range,         // the price is known as a range only: low and high, and an amount where one can be defended
  imported,      // an amount as another tool told it
  no_charge,     // never left, or rejected before any work: nothing was billed
  unpriced,      // it was used, and no price is known
  unreported,    // a bill needs a count that nobody reported
  in_doubt,      // nobody knows whether it was billed
};
std::string_view cost_kind_name(CostKind kind);

// One price: money for `per` of a meter's unit.
struct CostRate {
  std::string priced_as;  // "openai/gpt-5.5"; "own machine"
  Meter meter = Meter::fresh_input;
  std::string provider;
  std::string service_class;
  std::string region;
  std::string record;  // id of the price record; factors applied to it behind " x "
  std::string source;  // where it was read; empty: not said
  std::optional<Wall> from;
  Money rate;
  std::int64_t per = 1'000'000;
};

struct CostLine {
  std::int64_t day = 0;               // UTC, days since 1970-01-01, of the instant that follows
  std::uint32_t model = 0;            // index into the run's models: for whose trials it was
  CallRole role = CallRole::subject;  // only a subject's lines are the model's own cost
  CostKind kind = CostKind::product;
  std::optional<Meter> meter;       // nullopt: of the bill as a whole
  std::optional<std::size_t> rate;  // index into CostLines::rates()
  std::string priced_as;            // "openai/gpt-5.5"; empty: under no price list
  std::int64_t attempts = 0;        // that have this line; one attempt may have several lines
  std::optional<std::int64_t> count;
  std::optional<Money> amount;  // nullopt: unknown, never zero
  std::optional<Money> low;     // equal to the amount but in a range
  std::optional<Money> high;
};

class CostLines {
 public:
  // Whose bill: the day is that of `instant`, the end of the attempt where it is known.
  struct At {
    Wall instant;
    std::uint32_t model = 0;
    CallRole role = CallRole::subject;
    bool in_doubt = false;
  };

  void add_bill(const At& at, const pricing::Tariff& tariff, const Usage& usage, const pricing::Bill& bill);
  void add_machine(const At& at, const pricing::MachineRate& rate, const Usage& usage,
                   const pricing::Bill& bill);
  void add_no_charge(const At& at);
  // No tariff at all. `priced_as`: what was looked for; may be empty.
  void add_unpriced(const At& at, const std::string& priced_as, const Usage& usage);
  void add_imported(const At& at, const AttemptCost& cost);

  const std::vector<CostRate>& rates() const { return rates_; }
  // By day, model, role, kind, meter and rate. Error{internal} where a sum leaves its range.
  std::vector<CostLine> lines() const;

 private:
  struct Key {
    std::int64_t day;
    std::uint32_t model;
    std::uint8_t role;
    std::uint8_t kind;
    std::uint8_t meter;  // kMeterCount: none
    std::size_t rate;    // kNone: none
    std::uint32_t priced_as;
    auto operator<=>(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Sum {
    std::int64_t attempts = 0;
    std::optional<std::int64_t> count;
    std::optional<Money> amount;
    std::optional<Money> low;
    std::optional<Money> high;
  };

  // What the bills of one row of a tariff have in common: found once, not per attempt.
  struct Sheet {
    pricing::Tariff tariff;  // keeps what the key points to
    std::uint32_t priced_as;
    std::array<std::optional<std::size_t>, kMeterCount> rates;
  };

  Sum& sum(const At& at, CostKind kind, std::optional<Meter> meter, std::optional<std::size_t> rate,
           std::uint32_t priced_as);
  void add_gaps(const At& at, std::uint32_t priced_as, const Usage& usage, const pricing::Bill& bill);
  Sheet& sheet_of(const pricing::Tariff& tariff, const pricing::Bill& bill);
  std::size_t intern(CostRate rate);
  std::uint32_t name_index(const std::string& name);

  std::unordered_map<Key, Sum, KeyHash> sums_;
  std::vector<CostRate> rates_;
  std::optional<std::size_t> machine_rate_;  // the one last used
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> name_indices_;
  std::map<std::tuple<const void*, std::uint32_t, std::uint32_t>, Sheet> sheets_;
};

}  // namespace costwar::analysis
