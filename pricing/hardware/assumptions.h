// What an estimate of own hardware rests on: every input is a row with its value, the range that it may lie
// in, and where it comes from. Formulas read values from here, reports list the rows, and the sensitivity of
// a result is found by replacing one value at a time. A value; copies are cheap.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::pricing {

enum class Input : std::uint8_t {
  rent,                // USD per accelerator-hour
  capital,             // USD per accelerator, with its share of the server and network
  life_years,          //
  residual_share,      // of the capital, at the end of its life
  wacc,                // cost of money per year
  availability,        // share of hours
  active_kw,           // of one accelerator with its share of the server, busy
  idle_kw,             // the same, waiting
  pue,                 // facility power over IT power: cooling is in it
  kwh_price,           // USD
  colo_kw_month,       // USD per kW of provisioned power and month
  support_share,       // of the capital per year: network, repair, licences
  staff,               // USD per accelerator and year
  prefill_efficiency,  // MFU: reached share of what the roofline allows, prefill
  decode_efficiency,   // MBU: the same, decode
  tokens_per_step,     // speculative decoding: tokens that one step yields for a sequence
  memory_share,        // of the memory, for weights and cache
  chunk_tokens,        // prompt tokens of one prefill pass, per attention group
  cache_load,          // bytes per second per accelerator at which a cached prefix comes back
  peak_utilisation,    // share of capacity that may be used in the busiest hour
};
inline constexpr std::size_t kInputCount = 20;

// Where a value comes from, the weakest first.
enum class Origin : std::uint8_t { assumed, catalogue, measured, user };
std::string_view origin_name(Origin origin);

struct Assumption {
  Input input = Input::rent;
  double value = 0;
  double low = 0;  // the range for sensitivity
  double high = 0;
  Origin origin = Origin::assumed;
  std::string source;
};

struct InputRow {
  Input input;
  std::string_view key;
  std::string_view title;  // for people, with the unit
  double least;            // what is allowed
  double most;
  std::optional<double> value;  // the default; nullopt: none, somebody has to say
  double low;
  double high;
  std::string_view why;  // of the default
};
std::span<const InputRow> input_rows();
const InputRow& input_row(Input input);

class Assumptions {
 public:
  // The defaults that exist.
  Assumptions();

  // nullptr where nobody has said.
  const Assumption* find(Input input) const;
  // Error{internal} where nobody has said.
  double at(Input input) const;

  // With a fifth to both sides as its range, within what is allowed. Error{usage} names the row where the
  // value is not allowed.
  void set(Input input, double value, Origin origin, std::string source);
  void set(Assumption assumption);
  void clear(Input input);

  // A copy in which one value is another.
  Assumptions with(Input input, double value) const;

  // Those that are known, in the order of the rows.
  std::vector<Assumption> rows() const;

 private:
  std::array<std::optional<Assumption>, kInputCount> values_{};
};

}  // namespace costwar::pricing
