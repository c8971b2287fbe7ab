// same_family(): makers by the names of their models, as vendors, servers and weight files write them.
#include <algorithm>
#include <array>
#include <set>

#include "core/text.h"
#include "harness/scoring/judge.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

struct FamilyRow {
  std::string_view begins;  // a word of the name begins so
  std::string_view family;
};
constexpr std::array kModelFamilies{
    FamilyRow{"gpt", "openai"},        FamilyRow{"chatgpt", "openai"},    FamilyRow{"o1", "openai"},
    FamilyRow{"o3", "openai"},         FamilyRow{"o4", "openai"},         FamilyRow{"codex", "openai"},
    FamilyRow{"claude", "anthropic"},  FamilyRow{"opus", "anthropic"},    FamilyRow{"sonnet", "anthropic"},
    FamilyRow{"haiku", "anthropic"},   FamilyRow{"gemini", "google"},     FamilyRow{"gemma", "google"},
    FamilyRow{"deepseek", "deepseek"}, FamilyRow{"qwen", "qwen"},         FamilyRow{"qwq", "qwen"},
    FamilyRow{"llama", "meta"},        FamilyRow{"mistral", "mistral"},   FamilyRow{"mixtral", "mistral"},
    FamilyRow{"ministral", "mistral"}, FamilyRow{"magistral", "mistral"}, FamilyRow{"codestral", "mistral"},
    FamilyRow{"devstral", "mistral"},  FamilyRow{"grok", "xai"},          FamilyRow{"kimi", "moonshot"},
    FamilyRow{"moonshot", "moonshot"}, FamilyRow{"glm", "zhipu"},         FamilyRow{"chatglm", "zhipu"},
    FamilyRow{"phi", "microsoft"},     FamilyRow{"command", "cohere"},    FamilyRow{"minimax", "minimax"},
    FamilyRow{"nova", "amazon"},       FamilyRow{"smollm", "huggingface"}};

using Families = std::set<std::string, std::less<>>;

void add_families(std::string_view name, Families& families) {
  const std::string text = lowered(name);
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (place > 0 && (is_letter(text[place - 1]) || is_digit(text[place - 1]))) continue;
    for (const FamilyRow& row : kModelFamilies) {
      if (!std::string_view(text).substr(place).starts_with(row.begins)) continue;
      // "o1" and "phi" are whole words, or have a digit behind them.
      const std::size_t end = place + row.begins.size();
      if (row.begins.size() <= 3 && end < text.size() && is_letter(text[end])) continue;
      families.emplace(row.family);
    }
  }
}

Families families_of(const ModelCard& card) {
  Families families;
  add_families(card.model, families);
  add_families(card.price_model, families);
  if (card.shape) add_families(card.shape->architecture, families);
  if (!families.empty()) return families;
  // An unknown name: its first word stands for its maker.
  std::string first;
  for (const char c : lowered(card.model.empty() ? card.name : card.model)) {
    if (!is_letter(c)) break;
    first += c;
  }
  if (!first.empty()) families.insert("name " + first);
  return families;
}

}  // namespace

bool same_family(const ModelCard& judge, const ModelCard& candidate) {
  if (!judge.name.empty() && judge.name == candidate.name) return true;
  const Families one = families_of(judge), other = families_of(candidate);
  return std::any_of(one.begin(), one.end(),
                     [&](const std::string& family) { return other.contains(family); });
}

}  // namespace costwar::harness
