// What the mock reports as read from its prompt cache: only what begins like a prompt whose reply has ended.
#include "mock/prompt_cache.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

namespace {

Json body_of(const std::string& text) {
  return Json{{"model", "m"}, {"messages", {{{"content", text}, {"role", "user"}}}}};
}

}  // namespace

TEST_CASE("a prompt is found in steps of 128 tokens from 1,024 on, and only by its beginning") {
  // The JSON text [{"content":" comes first: 13 bytes.
  const auto prompt = [](std::size_t bytes, const std::string& end) {
    return PromptCache::steps("m", body_of(std::string(bytes - 13, 'a') + end));
  };
  PromptCache cache;
  CHECK(cache.find(prompt(4096, "x")) == 0);
  cache.remember(prompt(4096, "x"));
  CHECK(cache.find(prompt(4096, "y")) == 1024);
  CHECK(cache.find(prompt(4095, "y" + std::string(600, 'b'))) == 0);  // its eighth step has a "y" in it
  CHECK(cache.find(PromptCache::steps("n", body_of(std::string(4083, 'a')))) == 0);
  cache.remember(prompt(8192, "x"));
  CHECK(cache.find(prompt(8192, "y")) == 2048);
  CHECK(cache.find(prompt(5000, "y" + std::string(4000, 'b'))) == 1152);  // 9 steps are alike: 4,608 bytes
  Json other = body_of(std::string(8192, 'a'));
  other["tools"] = {{{"type", "function"}}};
  CHECK(cache.find(PromptCache::steps("m", other)) == 0);  // tools come first
  CHECK(PromptCache::steps("m", body_of("short")).empty());
}

TEST_CASE("a served prompt is in the cache once its reply has left, on any connection") {
  MockOptions given = options();
  given.prompt_cache = true;
  Served mock(std::move(given));
  const std::string text(6000, 'a');
  const auto cached = [&](const std::string& prompt, std::string_view model = "m") {
    const std::string reply = body(mock.get(ask(model, prompt, false)));
    return Json::parse(reply).at("usage").at("prompt_tokens_details").at("cached_tokens").get<int>();
  };
  CHECK(status(mock.get(ask("m!400", text + "0", false))) == 400);
  CHECK(cached(text + "1") == 0);
  CHECK(cached(text + "2") == 1408);  // 11 steps of 6,013 bytes
  CHECK(cached("b" + text) == 0);
}
