// A vendor's prompt cache: how much of a prompt begins like one whose reply has ended. It knows no sockets
// and no dialects. One thread; it owns its memory, which is bounded.
//
// As OpenAI documents it: at least 1,024 tokens, in steps of 128, for each model apart. Prompts are compared
// as the JSON text of what the request holds, tools first; a token is four bytes of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/json.h"

namespace costwar::mock {

// One number for each whole step of a prompt, which stands for everything up to its end.
using PromptSteps = std::vector<std::uint64_t>;

class PromptCache {
 public:
  // root: the body of a request.
  static PromptSteps steps(std::string_view model, const Json& root);

  // Tokens of a prompt of `steps` that are read from the cache.
  std::uint64_t find(const PromptSteps& steps) const;

  void remember(const PromptSteps& steps);

 private:
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace costwar::mock
