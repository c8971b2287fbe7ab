// The catalogue of accelerators as values: specifications, power, money and what was published of their
// speed, each figure with its source and whether it is confirmed. A figure that is not known is absent, never
// zero. Parsed from bytes (catalog/accelerators.json, docs/schema/accelerators.schema.json); opens no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money.h"

namespace costwar::pricing {

// One figure and where it comes from. `others`: what conflicting sources say.
struct SourcedFigure {
  std::optional<double> value;
  bool confirmed = false;
  std::string source;  // empty: none is named
  std::string note;
  struct Other {
    double value = 0;
    std::string source;
  };
  std::vector<Other> others{};
};

struct RentalObservation {
  Money per_accelerator_hour;
  std::string provider;
  std::string commitment;  // "on_demand", "reserved_1y", "from_price", "assumed", ...
  std::string terms;
  std::string seen;
  bool confirmed = false;
  std::string source;
};

struct PurchaseObservation {
  Money low;  // of the whole unit
  Money high;
  std::int64_t accelerators = 1;  // in it
  std::string unit;
  std::string seen;
  bool confirmed = false;
  std::string source;
};

enum class ServingPhase : std::uint8_t { prefill, decode, mixed };
std::string_view serving_phase_name(ServingPhase phase);

// What somebody published of a model's speed on this accelerator. Optional conditions are those that the
// source gives.
struct ThroughputPoint {
  std::string id;
  std::string model_id;  // of the price book's models
  std::string model_label;
  ServingPhase phase = ServingPhase::decode;
  std::string tokens_counted;  // "input", "output", "total"
  double tokens_per_s = 0;     // of `per_accelerators`
  std::int64_t per_accelerators = 1;
  std::optional<std::int64_t> accelerators_in_run;
  std::optional<std::int64_t> expert_parallel;
  std::optional<std::int64_t> tensor_parallel;
  std::optional<double> input_tokens;
  std::optional<double> output_tokens;
  std::optional<double> context_tokens;  // mean while decoding
  std::optional<double> concurrency;
  std::optional<double> tpot_limit_ms;
  std::optional<double> tokens_per_s_per_user;
  std::optional<double> cache_hit_share;  // of the input that is counted
  std::optional<double> total_tokens_per_s;
  std::string precision;
  std::string engine;
  std::string speculative;
  std::string conditions;
  std::string date;
  bool confirmed = false;
  std::string source;
};

// "+80 % performance per dollar against ...": no cost, unless on a base whose cost is known.
struct RelativeClaim {
  std::string subject;
  std::string versus;
  std::string metric;  // "performance_per_dollar", ...
  double factor = 1;   // subject over versus
  std::string claimed_by;
  std::string date;
  std::string source;
};

struct Accelerator {
  std::string id;
  std::string name;
  std::string vendor;
  std::string basis;  // "shipping", "announced", "vendor_roadmap"; "this_machine"
  std::string notes;
  SourcedFigure memory_bytes;
  SourcedFigure bandwidth;  // bytes per second of the memory
  SourcedFigure fp4_flops;  // per second, dense, as are the next
  SourcedFigure fp8_flops;
  SourcedFigure bf16_flops;
  SourcedFigure interconnect;     // bytes per second, between accelerators of a scale-up domain
  SourcedFigure domain;           // accelerators in a scale-up domain
  SourcedFigure board_watts;      // TDP of one
  SourcedFigure all_in_kw;        // provisioned utility power for one, all in
  SourcedFigure tco_hyperscaler;  // USD per accelerator-hour, as are the next
  SourcedFigure tco_neocloud;
  SourcedFigure tco_rental_3y;
  std::vector<RentalObservation> rentals{};
  std::vector<PurchaseObservation> purchases{};
  std::vector<ThroughputPoint> points{};
  std::vector<RelativeClaim> claims{};
};

// One row for every figure, so that listings and notes need not name them again.
struct FigureRow {
  std::string_view key;
  std::string_view title;  // for people, with the unit it is shown in
  SourcedFigure Accelerator::*figure;
  double scale;  // shown value = value / scale
};
std::vector<FigureRow> figure_rows();

// `name` is what complaints call the bytes. Error{input} names the place.
std::vector<Accelerator> parse_accelerators(std::string_view name, std::string_view bytes);

// Error{usage} with the nearest id.
const Accelerator& find_accelerator(const std::vector<Accelerator>& all, std::string_view id);

}  // namespace costwar::pricing
