// The side file of lines that could not be read.
#include "cli/price/rejects.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/json.h"

using namespace costwar;
using namespace costwar::cli;

TEST_CASE("reasons are counted by their words, and cannot grow without bound") {
  const auto path = std::filesystem::temp_directory_path() / "costwar-rejects-test.jsonl";
  {
    Rejects rejects(path.string());
    CHECK(rejects.file().empty());
    rejects.take({"log", 3, "prompt_tokens -5 is less than 0", "{}"});
    rejects.take({"log", 4, "prompt_tokens -77 is less than 0", "{}"});
    REQUIRE(rejects.reasons().size() == 1);
    const auto& [reason, seen] = *rejects.reasons().begin();
    CHECK(reason == "prompt_tokens -N is less than N");
    CHECK(seen.count == 2);
    CHECK(seen.place == "log:3");
    CHECK(seen.example == "prompt_tokens -5 is less than 0");
    std::string name;
    for (int i = 0; i < 1000; ++i) {
      name += static_cast<char>('a' + i % 26);
      rejects.take({"log", 5 + i, name, "x"});
    }
    CHECK(rejects.count() == 1002);
    CHECK(rejects.reasons().size() <= 201);
    std::int64_t sum = 0;
    std::size_t longest = 0;
    for (const auto& [words, counted] : rejects.reasons()) {
      sum += counted.count;
      longest = std::max({longest, words.size(), counted.example.size()});
    }
    CHECK(sum == 1002);
    CHECK(longest < 400);
    rejects.close();
  }
  std::ifstream file(path);
  std::string line;
  std::int64_t lines = 0;
  for (; std::getline(file, line); ++lines) CHECK(Json::parse(line).contains("reason"));
  CHECK(lines == 1002);
  std::filesystem::remove(path);
}
