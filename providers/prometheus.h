// Prometheus' text format, as servers print it at /metrics: one sample a line. Pure. What is no sample is
// left out and counted, so that one odd line does not hide the rest. Source: "Exposition formats",
// prometheus.io.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace costwar {

struct PrometheusSample {
  std::string name;  // "vllm:prompt_tokens_total"
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;  // may be infinite or no number

  // nullopt: it has no such label.
  std::optional<std::string_view> label(std::string_view key) const;
};

struct PrometheusText {
  std::vector<PrometheusSample> samples;
  std::size_t skipped = 0;  // lines that are no sample, and those after the 100,000th sample
};

PrometheusText parse_prometheus(std::string_view text);

}  // namespace costwar
