#include "analysis/model_labels.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/model_card.h"

namespace {
std::vector<std::string> labels(const std::vector<std::string>& names) {
  std::vector<costwar::ModelCard> cards(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) cards[i].name = names[i];
  return costwar::analysis::model_labels(cards);
}
}  // namespace

TEST_CASE("labels leave out what tells nothing apart") {
  CHECK(labels({"local/tiny-moe", "local/tiny-dense"}) == std::vector<std::string>{"tiny-moe", "tiny-dense"});
  CHECK(labels({"openai/gpt-5.5@high", "openai/gpt-5.5@low"}) ==
        std::vector<std::string>{"gpt-5.5@high", "gpt-5.5@low"});
  CHECK(labels({"ollama/qwen", "mock/qwen", "mock/other"}) ==
        std::vector<std::string>{"ollama/qwen", "mock/qwen", "other"});
  CHECK(labels({"http://127.0.0.1:8000/v1#qwen"}) == std::vector<std::string>{"qwen"});
  CHECK(labels({"http://127.0.0.1:8000/v1"}) == std::vector<std::string>{"http://127.0.0.1:8000/v1"});
}
