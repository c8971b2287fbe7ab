#include "pricing/import/names.h"

#include <array>

namespace costwar::pricing {
namespace {

struct ProviderName {
  std::string_view format;
  std::string_view theirs;  // a name, or the beginning of names with '*'
  std::string_view ours;
};

// The left sides are the names found in each tool's own file (see the readers for which); ours are those of
// the catalogue, which follow models.dev. A cloud that resells a model is a provider of its own: Vertex AI
// and Bedrock have their own price lists.
constexpr std::array kProviderNames{
    ProviderName{"litellm", "bedrock*", "amazon-bedrock"},
    ProviderName{"litellm", "cohere_chat", "cohere"},
    ProviderName{"litellm", "dashscope", "alibaba"},
    ProviderName{"litellm", "fireworks_ai*", "fireworks-ai"},
    ProviderName{"litellm", "gemini", "google"},
    ProviderName{"litellm", "moonshot", "moonshotai"},
    ProviderName{"litellm", "text-completion-openai", "openai"},
    ProviderName{"litellm", "together_ai", "togetherai"},
    ProviderName{"litellm", "vertex_ai*", "google-vertex"},
    ProviderName{"genai-prices", "aws", "amazon-bedrock"},
    ProviderName{"genai-prices", "fireworks", "fireworks-ai"},
    ProviderName{"genai-prices", "together", "togetherai"},
    ProviderName{"genai-prices", "x-ai", "xai"},
    ProviderName{"llm-prices", "amazon", "amazon-bedrock"},
    ProviderName{"llm-prices", "moonshot-ai", "moonshotai"},
    ProviderName{"llm-prices", "qwen", "alibaba"},
    ProviderName{"llm-prices", "z.ai", "zai"},
};

bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.empty() && pattern.back() == '*')
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

}  // namespace

std::string provider_name(std::string_view format, std::string_view theirs) {
  for (const ProviderName& row : kProviderNames)
    if (row.format == format && matches(row.theirs, theirs)) return std::string(row.ours);
  std::string name;
  for (const char c : theirs) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fine =
        (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low == '.' || low == '_' || low == '-';
    name += fine ? low : '-';
  }
  return name;
}

}  // namespace costwar::pricing
