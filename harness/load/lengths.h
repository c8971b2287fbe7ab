// Numbers of tokens, turns and lengths of time that are drawn for each call: how they are written on the
// command line, and drawing one. A value is pure; drawing takes a named stream, so that a seed gives the same
// draws everywhere. What falls outside the bounds is drawn again (the distribution is cut off there, no mass
// heaps up at a bound), and put at the bound only after 64 draws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"

namespace costwar::harness {

// What a drawn whole number counts, and so how it is written.
enum class DrawUnit : std::uint8_t {
  count,  // "512", "4k" (4,096)
  time,   // "2s", "500ms", "200us", "1m"; drawn in nanoseconds
};

struct DrawBounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

inline constexpr DrawBounds kTokenBounds{1, 10'000'000};
inline constexpr DrawBounds kTurnBounds{1, 1000};
inline constexpr DrawBounds kTimeBounds{0, 86'400'000'000'000};  // a day

class Drawn {
 public:
  enum class Kind : std::uint8_t { fixed, uniform, normal, lognormal, exponential, list };

  Drawn() = default;  // always 0

  // One value, or each of several with equal chances. `values` is not empty; all within what the caller
  // allows.
  static Drawn fixed(std::int64_t value, DrawUnit unit = DrawUnit::count);
  static Drawn list(std::vector<std::int64_t> values, DrawUnit unit = DrawUnit::count);

  // "512", "100..500" (uniform, both included), "normal:512,50" (mean, standard deviation),
  // "lognormal:512,0.4" (median, standard deviation of the logarithm), "exponential:2s" (mean),
  // "list:128,512,2048". Error{usage} names the flag, the text and how to write it.
  static Drawn parse(std::string_view text, std::string_view flag, DrawUnit unit, DrawBounds bounds);

  std::int64_t draw(RandomStream& stream) const;
  Nanos draw_time(RandomStream& stream) const { return nanoseconds(draw(stream)); }

  Kind kind() const { return kind_; }
  bool is_fixed() const { return kind_ == Kind::fixed; }
  std::string text() const;  // parse() of it gives the same
  friend bool operator==(const Drawn&, const Drawn&) = default;

 private:
  Kind kind_ = Kind::fixed;
  DrawUnit unit_ = DrawUnit::count;
  double first_ = 0;   // value, low end, mean or median
  double second_ = 0;  // high end or standard deviation
  double low_ = 0;
  double high_ = 0;
  std::vector<std::int64_t> values_{};
};

// One whole number a line, blank lines and those that begin with '#' aside: an empirical distribution from a
// file. Error{input} with `source` and the line number.
Drawn drawn_from_lines(std::string_view text, std::string_view source, DrawUnit unit, DrawBounds bounds);

}  // namespace costwar::harness
