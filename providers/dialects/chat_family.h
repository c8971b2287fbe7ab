// The APIs that speak OpenAI's Chat Completions, one file each: what each can express, under which names, and
// what it prints beside OpenAI's own members. docs/providers.md has the table. The efforts that an API knows
// stand here, for the rows of the registry.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

inline constexpr std::array<std::string_view, 6> kOpenAiEfforts{"none",   "minimal", "low",
                                                                "medium", "high",    "xhigh"};
inline constexpr std::array<std::string_view, 8> kDeepSeekEfforts{"none", "minimal", "low", "medium",
                                                                  "high", "xhigh",   "max", "ultra"};
inline constexpr std::array<std::string_view, 4> kOllamaChatEfforts{"none", "low", "medium", "high"};
inline constexpr std::array<std::string_view, 7> kEngineEfforts{"none", "minimal", "low", "medium",
                                                                "high", "xhigh",   "max"};
inline constexpr std::array<std::string_view, 3> kDs4Efforts{"none", "high", "max"};

std::unique_ptr<Dialect> make_openai_dialect();
std::unique_ptr<Dialect> make_compatible_dialect();   // a server of which nothing else is known
std::unique_ptr<Dialect> make_ollama_chat_dialect();  // Ollama's /v1

std::unique_ptr<Dialect> make_deepseek_dialect();
// Requests that an account may have in flight to one model.
std::size_t deepseek_account_limit(std::string_view model);

std::unique_ptr<Dialect> make_llama_server_dialect();
std::unique_ptr<Dialect> make_vllm_dialect();
std::unique_ptr<Dialect> make_sglang_dialect();
std::unique_ptr<Dialect> make_ktransformers_dialect();
std::unique_ptr<Dialect> make_ds4_dialect();

std::unique_ptr<Dialect> make_openrouter_dialect();
std::unique_ptr<Dialect> make_litellm_dialect();

}  // namespace costwar
