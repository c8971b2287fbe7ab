// libFuzzer target: the parser of Prometheus' text takes any bytes, and a sample does not depend on the lines
// around it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "providers/prometheus.h"
#include "providers/server_metrics.h"

using namespace costwar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const PrometheusText alone = parse_prometheus(text);
  const PrometheusText between = parse_prometheus("before 1\n" + text + "\nafter{x=\"y\"} 2\n");
  if (between.samples.size() != alone.samples.size() + 2 || between.skipped != alone.skipped) std::abort();
  if (between.samples.front().value != 1 || between.samples.back().value != 2) std::abort();
  for (const ServerKind kind : {ServerKind::llama_server, ServerKind::vllm, ServerKind::sglang})
    if (const auto counters = read_counters(kind, text, "m")) {
      const ServerCounters none = counted_between(*counters, *counters);
      if (none.prompt_tokens.value_or(0) != 0) std::abort();
      static_cast<void>(counters_json(*counters).dump());
    }
  return 0;
}
