// libFuzzer target: rates of change and months take any text; what is read stays within what is allowed, at
// every quantile.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "analysis/forecast/growth.h"
#include "analysis/forecast/month.h"
#include "core/error.h"

using namespace costwar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto month = analysis::parse_month(text))
    if (month->text() != text || analysis::month_of(month->begin()) != *month) std::abort();
  try {
    const analysis::Growth growth = analysis::parse_growth(text, "text");
    if (!(growth.low > -1 && growth.low <= growth.likely && growth.likely <= growth.high &&
          growth.high <= 10))
      std::abort();
    for (const double quantile : {0.0, 0.1, 0.5, 0.999, 1.0}) {
      const double rate = growth.rate_at(quantile);
      if (!(rate >= growth.low - 1e-9 && rate <= growth.high + 1e-9)) std::abort();
      if (!std::isfinite(growth.log_per_month(growth.likely))) std::abort();
    }
    if (growth.text().empty()) std::abort();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) std::abort();
  }
  return 0;
}
