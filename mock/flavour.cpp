// The names of the flavours, as flags and the truth spell them.
#include <array>
#include <utility>

#include "mock/options.h"

namespace costwar::mock {
namespace {

constexpr std::array<std::pair<Flavour, std::string_view>, 5> kNames{{
    {Flavour::openai, "openai"},
    {Flavour::deepseek, "deepseek"},
    {Flavour::llama_server, "llama_server"},
    {Flavour::vllm, "vllm"},
    {Flavour::openrouter, "openrouter"},
}};

}  // namespace

std::string_view name_of(Flavour flavour) {
  for (const auto& [value, name] : kNames)
    if (value == flavour) return name;
  return {};
}

std::optional<Flavour> find_flavour(std::string_view name) {
  for (const auto& [value, own] : kNames)
    if (own == name) return value;
  return std::nullopt;
}

}  // namespace costwar::mock
