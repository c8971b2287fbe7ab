// Any bytes given as a Hugging Face configuration give a shape whose figures are finite, or an Error, nothing
// else.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "providers/local/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace costwar;
  try {
    const Json config = parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
    ModelShape shape = local::read_model_config(JsonIn(config, "fuzz"));
    const ParameterCounts counts = count_parameters(shape);
    if (counts.total < counts.active || counts.active < 0) std::abort();
    for (const double context : {1.0, 4096.0, 1e6})
      if (!std::isfinite(decode_flops_per_token(shape, context)) ||
          !std::isfinite(prefill_flops(shape, context)) ||
          !std::isfinite(memory_needed(shape, context, 8, 2).total()))
        std::abort();
    static_cast<void>(attention_summary(shape));
    static_cast<void>(facts_of(shape));
    local::compare_with_index(shape, JsonIn(config, "fuzz"));
  } catch (const Error&) {
  }
  return 0;
}
