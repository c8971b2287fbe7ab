#include "providers/server_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "providers/prometheus.h"
#include "providers/server_lookup.h"

namespace costwar {
namespace {

using Member = std::optional<double> ServerCounters::*;

struct CounterRow {
  Member member;
  std::string_view name;
};

// Where two rows fill one member, the earlier name is the newer one.
constexpr std::array kLlamaCounters{
    CounterRow{&ServerCounters::prompt_tokens, "llamacpp:prompt_tokens_total"},
    CounterRow{&ServerCounters::cached_tokens, "llamacpp:prompt_tokens_cached_total"},
    CounterRow{&ServerCounters::generated_tokens, "llamacpp:tokens_predicted_total"},
    CounterRow{&ServerCounters::prompt_seconds, "llamacpp:prompt_seconds_total"},
    CounterRow{&ServerCounters::generation_seconds, "llamacpp:tokens_predicted_seconds_total"},
};
constexpr std::array kVllmCounters{
    CounterRow{&ServerCounters::prompt_tokens, "vllm:prompt_tokens_total"},
    CounterRow{&ServerCounters::cached_tokens, "vllm:prefix_cache_hits_total"},
    CounterRow{&ServerCounters::cached_tokens, "vllm:gpu_prefix_cache_hits_total"},
    CounterRow{&ServerCounters::generated_tokens, "vllm:generation_tokens_total"},
    CounterRow{&ServerCounters::prompt_seconds, "vllm:request_prefill_time_seconds_sum"},
    CounterRow{&ServerCounters::generation_seconds, "vllm:request_decode_time_seconds_sum"},
    CounterRow{&ServerCounters::requests, "vllm:request_success_total"},
};
constexpr std::array kSglangCounters{
    CounterRow{&ServerCounters::prompt_tokens, "sglang:prompt_tokens_total"},
    CounterRow{&ServerCounters::cached_tokens, "sglang:cached_tokens_total"},
    CounterRow{&ServerCounters::generated_tokens, "sglang:generation_tokens_total"},
    CounterRow{&ServerCounters::requests, "sglang:num_requests_total"},
};

struct NamedCounter {
  std::string_view name;
  Member member;
};
constexpr std::array kNamed{
    NamedCounter{"prompt_tokens", &ServerCounters::prompt_tokens},
    NamedCounter{"cached_tokens", &ServerCounters::cached_tokens},
    NamedCounter{"generated_tokens", &ServerCounters::generated_tokens},
    NamedCounter{"prompt_s", &ServerCounters::prompt_seconds},
    NamedCounter{"generation_s", &ServerCounters::generation_seconds},
    NamedCounter{"requests", &ServerCounters::requests},
};

std::span<const CounterRow> rows_of(ServerKind kind) {
  switch (kind) {
    case ServerKind::llama_server:
      return kLlamaCounters;
    case ServerKind::vllm:
      return kVllmCounters;
    case ServerKind::sglang:
      return kSglangCounters;
    case ServerKind::untold:
      break;
  }
  return {};
}

// A counter of several series (by reason, by source) is their sum.
std::optional<double> sum_of(const PrometheusText& text, std::string_view name, std::string_view model) {
  const auto of_model = [&](const PrometheusSample& sample) {
    return sample.name == name && sample.label("model_name") == model;
  };
  const bool named = std::any_of(text.samples.begin(), text.samples.end(), of_model);
  std::optional<double> sum;
  for (const PrometheusSample& sample : text.samples)
    if (sample.name == name && (!named || of_model(sample)) && std::isfinite(sample.value) &&
        sample.value >= 0)
      sum = sum.value_or(0) + sample.value;
  return sum;
}

}  // namespace

std::optional<ServerCounters> read_counters(ServerKind kind, std::string_view metrics,
                                            std::string_view model) {
  const PrometheusText text = parse_prometheus(metrics);
  ServerCounters counters;
  for (const CounterRow& row : rows_of(kind))
    if (!(counters.*row.member)) counters.*row.member = sum_of(text, row.name, model);
  if (counters == ServerCounters{}) return std::nullopt;
  return counters;
}

ServerCounters counted_between(const ServerCounters& before, const ServerCounters& after) {
  ServerCounters delta;
  for (const NamedCounter& row : kNamed) {
    const std::optional<double>& old = before.*row.member;
    const std::optional<double>& now = after.*row.member;
    if (old && now && *now >= *old) delta.*row.member = *now - *old;
  }
  return delta;
}

Json counters_json(const ServerCounters& counters) {
  Json out = Json::object();
  for (const NamedCounter& row : kNamed) {
    const std::optional<double>& value = counters.*row.member;
    if (!value) continue;
    const bool whole = *value == std::floor(*value) && *value < 9e15 && !row.name.ends_with("_s");
    out[std::string(row.name)] = whole ? Json(static_cast<std::int64_t>(*value)) : Json(*value);
  }
  return out;
}

void fetch_counters(HttpTransport& transport, ServerKind kind, const RemoteOptions& options,
                    const std::string& model, std::function<void(std::optional<ServerCounters>)> done) {
  look_up(transport, server_root(options.base_url) + "/metrics", options,
          [kind, model, done = std::move(done)](const std::optional<std::string>& body) {
            done(body ? read_counters(kind, *body, model) : std::nullopt);
          });
}

}  // namespace costwar
