#include "stats/draws.h"

#include <cmath>

namespace costwar::stats {

double draw_normal(RandomStream& random) {
  constexpr double kTurn = 2 * 3.14159265358979323846;
  const double radius = std::sqrt(2 * draw_exponential(random));
  return radius * std::cos(kTurn * random.unit());
}

double draw_exponential(RandomStream& random) {
  return -std::log1p(-random.unit());
}

double draw_gamma(RandomStream& random, double shape) {
  if (shape < 1) {
    const double boost = std::pow(1 - random.unit(), 1 / shape);
    return draw_gamma(random, shape + 1) * boost;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = draw_normal(random);
    const double cube = std::pow(1 + c * x, 3);
    if (!(cube > 0)) continue;
    if (std::log(1 - random.unit()) < x * x / 2 + d - d * cube + d * std::log(cube)) return d * cube;
  }
}

}  // namespace costwar::stats
