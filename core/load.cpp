#include "core/load.h"

#include <array>

namespace costwar {
namespace {
constexpr std::array<std::string_view, 5> kArrivals = {"closed", "constant", "poisson", "gamma", "trace"};
}

std::string_view arrivals_name(Arrivals arrivals) {
  return kArrivals[static_cast<std::size_t>(arrivals)];
}

std::optional<Arrivals> arrivals_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kArrivals.size(); ++i)
    if (kArrivals[i] == name) return static_cast<Arrivals>(i);
  return std::nullopt;
}

}  // namespace costwar
