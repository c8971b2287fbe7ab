// The client of tools/peers/engine_texts: greedy answers of the built-in engine to items of the built-in
// suite. costwar_greedy FILE.gguf ITEMS [repacked|in-place]; runs in the source root. A line of JSON per
// item: the prompt's tokens, the answer's, and of each chosen token the two largest logits.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "harness/builtin_tasks.h"
#include "providers/local/chat_template.h"
#include "providers/local/engine.h"
#include "system/files.h"

namespace {

using namespace costwar;

// Logits come from the whole text each time: what the engine says of it is the same either way.
nlohmann::json answer(local::Engine& engine, const std::vector<Message>& messages) {
  local::GenerateRequest request;
  request.prompt = local::chat_tokens(engine.tokenizer(), messages);
  request.max_tokens = 64;
  const auto tokens = engine.generate(request).tokens;
  auto text = request.prompt;
  text.insert(text.end(), tokens.begin(), tokens.end());
  text.pop_back();
  const auto logits = engine.logits(text);
  const std::size_t width = engine.tokenizer().size();
  nlohmann::json top = nlohmann::json::array();
  for (std::size_t i = request.prompt.size(); i <= text.size(); ++i) {
    std::vector<float> row(logits.begin() + static_cast<std::ptrdiff_t>((i - 1) * width),
                           logits.begin() + static_cast<std::ptrdiff_t>(i * width));
    std::partial_sort(row.begin(), row.begin() + 2, row.end(), std::greater<>());
    top.push_back({row[0], row[1]});
  }
  return {{"prompt", request.prompt}, {"answer", tokens}, {"top", top}};
}

void run(const std::string& file, std::size_t count, bool in_place) {
  local::EngineOptions options;
  options.layout = in_place ? local::WeightLayout::in_place : local::WeightLayout::repacked;
  const auto engine = local::Engine::open(file, options);
  const std::string manifest = "catalog/tasks/builtin.json";
  const auto suite = harness::BuiltinSuite::parse(read_file(manifest), manifest);
  const std::size_t tasks = suite.tasks().size();
  for (const auto& task : suite.tasks())
    for (const auto& item : suite.items(task.name, 1, (count + tasks - 1) / tasks).items)
      std::puts(answer(*engine, item.messages).dump().c_str());
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: costwar_greedy FILE.gguf ITEMS [repacked|in-place]\n", stderr);
    return 2;
  }
  try {
    run(words[1], std::stoul(words[2]), count > 3 && std::string(words[3]) == "in-place");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
