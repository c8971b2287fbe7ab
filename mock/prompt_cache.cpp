#include "mock/prompt_cache.h"

#include <string>

#include "core/random.h"
#include "mock/fields.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kStepTokens = 128;
constexpr std::size_t kLeastSteps = 8;
constexpr std::size_t kStepBytes = 4 * kStepTokens;
constexpr std::size_t kMostKnown = 1'000'000;

// In the order in which models read them.
constexpr std::string_view kPromptMembers[] = {"tools", "system",   "instructions",
                                               "input", "messages", "prompt"};

}  // namespace

PromptSteps PromptCache::steps(std::string_view model, const Json& root) {
  std::string text;
  for (const std::string_view name : kPromptMembers)
    if (const Json* const value = member(root, name)) text += value->dump();
  PromptSteps steps;
  std::uint64_t before = fnv1a(model);
  for (std::size_t at = 0; at + kStepBytes <= text.size(); at += kStepBytes) {
    before = RandomStream(before ^ fnv1a(std::string_view(text).substr(at, kStepBytes)), "step").next();
    steps.push_back(before);
  }
  return steps;
}

std::uint64_t PromptCache::find(const PromptSteps& steps) const {
  std::size_t found = 0;
  while (found < steps.size() && known_.contains(steps[found])) ++found;
  return found < kLeastSteps ? 0 : found * kStepTokens;
}

void PromptCache::remember(const PromptSteps& steps) {
  if (known_.size() + steps.size() > kMostKnown) known_.clear();
  known_.insert(steps.begin(), steps.end());
}

}  // namespace costwar::mock
