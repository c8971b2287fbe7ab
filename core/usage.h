// Usage: how much of each meter an attempt consumed, with where the count came from. Meters are disjoint:
// nothing is counted in two of them. A meter that nobody reported is nullopt, which is never zero.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace costwar {

enum class Meter : std::uint8_t {
  fresh_input,        // prompt tokens neither read from nor written to a cache
  cache_read,         // prompt tokens served from a cache
  cache_write_5m,     // prompt tokens written to a cache of 5 minutes, or of an unnamed lifetime
  cache_write_1h,     // prompt tokens written to a cache of 1 hour
  visible_output,     // output tokens that are not reasoning; all output tokens where reasoning is not told
                      // apart
  reasoning,          // output tokens of reasoning
  requests,           // requests sent
  tool_calls,         // tool calls billed by the vendor, of which nobody says which tool
  cache_token_hours,  // cache storage
  machine_ns,         // nanoseconds that the own machine computed
  microjoules,        // energy of the own machine
  web_searches,       // web searches that the vendor made; at the end, since stores keep the order
};
inline constexpr std::size_t kMeterCount = 12;

struct MeterRow {
  Meter meter;
  std::string_view name;   // stable, used in JSON
  std::string_view title;  // for people
  std::string_view unit;
};
std::span<const MeterRow> meters();
const MeterRow& meter_row(Meter meter);
std::optional<Meter> meter_by_name(std::string_view name);

enum class Provenance : std::uint8_t {
  reported,   // the API's usage object
  timings,    // counted by the engine or server that did the work
  tokenizer,  // counted by us with the model's tokenizer
  estimated,  // anything weaker
};
std::string_view provenance_name(Provenance provenance);
std::optional<Provenance> provenance_by_name(std::string_view name);

struct Count {
  std::int64_t value = 0;
  Provenance provenance = Provenance::reported;
  friend bool operator==(const Count&, const Count&) = default;
};

class Usage {
 public:
  const std::optional<Count>& operator[](Meter meter) const {
    return counts_[static_cast<std::size_t>(meter)];
  }
  void set(Meter meter, std::int64_t value, Provenance provenance) {
    counts_[static_cast<std::size_t>(meter)] = Count{value, provenance};
  }
  void clear(Meter meter) { counts_[static_cast<std::size_t>(meter)].reset(); }

  // Sums over the prompt meters and over the output meters; nullopt when none of them is known.
  std::optional<std::int64_t> prompt_tokens() const;
  std::optional<std::int64_t> output_tokens() const;

  // Adds meter by meter; a meter known on one side only keeps that side, the weaker provenance wins.
  void add(const Usage& other);

  friend bool operator==(const Usage&, const Usage&) = default;

 private:
  std::array<std::optional<Count>, kMeterCount> counts_{};
};

}  // namespace costwar
