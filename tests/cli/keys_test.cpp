#include "cli/keys.h"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

#include "core/error.h"

using namespace costwar;

namespace {

cli::Environment with(std::map<std::string, std::string> variables) {
  cli::Environment environment;
  environment.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return environment;
}

// A file that is gone when the test is over.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& content)
      : path((std::filesystem::temp_directory_path() / "costwar-key-test").string()) {
    std::ofstream(path) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a key comes from its variable, or from the file that its _FILE variable names") {
  CHECK(cli::find_key(with({{"OPENAI_API_KEY", " sk-1\n"}}), "OPENAI_API_KEY") == "sk-1");
  const TemporaryFile file("sk-2\nanother line\n");
  CHECK(cli::find_key(with({{"OPENAI_API_KEY_FILE", file.path}}), "OPENAI_API_KEY") == "sk-2");
  CHECK_FALSE(cli::find_key(with({}), "OPENAI_API_KEY"));
}

TEST_CASE("without a key the message names the variable and both ways to set it") {
  try {
    (void)cli::require_key(with({}), "OPENAI_API_KEY", "openai/gpt-5.5");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::credentials);
    CHECK(std::string(error.what()) == "openai/gpt-5.5 needs a key and OPENAI_API_KEY is not set");
    CHECK(error.hint() == "set OPENAI_API_KEY to the key, or OPENAI_API_KEY_FILE to a file that holds it");
  }
}

TEST_CASE("a key that cannot be one is refused without being shown") {
  for (const std::string bad : {"sk with spaces", "sk-\x01", "   "}) {
    try {
      (void)cli::find_key(with({{"K", bad}}), "K");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("sk") == std::string::npos);
    }
  }
  CHECK_THROWS_WITH_AS((void)cli::find_key(with({{"K_FILE", "/nowhere/key"}}), "K"),
                       doctest::Contains("K_FILE: cannot open /nowhere/key"), Error);
}
