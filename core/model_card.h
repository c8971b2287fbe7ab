// Model names as people write them, and what is known of a model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace costwar {

// provider/model[@effort][+class], or [provider+]http(s)://host:port/v1[#model[@effort][+class]], where
// `provider` says which API the server speaks. `text` is what was typed and what reports show. The part from
// '+' is one of service_classes(); any other '+' belongs to the model's name.
struct ModelSpec {
  std::string text;
  std::string provider;  // "openai", "local", "mock", "replay"; "http" for an address that names none
  std::string model;     // "gpt-5.5", "tiny-moe", "FILE.gguf"; empty for an address without #model
  std::optional<std::string> effort;  // after '@'
  std::string service_class{};        // after '+': "batch", "flex", "priority"; empty: not said
  std::string base_url{};             // addresses only, without a trailing slash
  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

// What may stand after '+': "standard", "batch", "flex", "priority".
std::span<const std::string_view> service_classes();

// Error{usage} that says what a name looks like.
ModelSpec parse_model_spec(std::string_view text);

// What a local weight file says of itself; conventions in docs/architecture.md.
struct ModelFacts {
  std::string architecture;
  std::int64_t total_parameters = 0;
  std::int64_t active_parameters = 0;  // per token, without the embedding table
  std::int64_t weight_bytes = 0;       // of the file's tensors
  std::int64_t weight_bytes_per_token = 0;
  std::int64_t flops_per_token = 0;  // multiply and add counted as two, at position 0
  int layers = 0;
  int experts = 0;  // routed; 0 for dense
  int experts_used = 0;
  int experts_shared = 0;
  std::int64_t context_length = 0;
  friend bool operator==(const ModelFacts&, const ModelFacts&) = default;
};

// The recording whose answers are played again in place of a model's.
struct ReplayOf {
  std::string run;
  Wall recorded;  // when that run was created
  friend bool operator==(const ReplayOf&, const ReplayOf&) = default;
};

struct ModelCard {
  std::string name;  // as in ModelSpec::text
  std::string provider;
  std::string model;        // the API's name
  std::string title;        // for people; empty: the name
  std::string licence;      // empty: not known
  std::string price_model;  // under which the price book of price_provider knows it; empty: none
  std::string price_provider;
  bool own_machine = false;  // priced by machine time
  std::optional<ModelFacts> shape;
  std::optional<ReplayOf> replay_of{};
  std::string server{};  // JSON object of what its server told of itself (build, context), or empty
  // A route over others (core/routing_policy.h): the models that are asked, cheap first. Its calls to the
  // cheap one come first, `cheap_calls` of them; those beyond are the strong one's. Empty: a model.
  std::vector<ModelCard> members{};
  std::uint32_t cheap_calls = 0;
  // Which of `members` a call of this turn went to; a card without members is its own.
  const ModelCard& asked_in(std::uint32_t turn) const {
    return members.empty() ? *this : members[turn < cheap_calls ? 0 : 1];
  }
  friend bool operator==(const ModelCard&, const ModelCard&) = default;
};

}  // namespace costwar
