// Servers that are there already: what they say of themselves and what they count stands beside our own
// counts.

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

// The stand-in of llama-server, or of another server, on a port of its own.
class Attached {
 public:
  explicit Attached(const std::string& kind, const Arguments& flags = {"--metrics"})
      : program_(std::filesystem::absolute("tests/e2e/fake_llama_server.py").string(), folder.path(),
                 with_address(flags), {{"FAKE_KIND", kind}, {"FAKE_LOAD_S", "0"}}) {
    const std::string port = program_.read_line();
    REQUIRE_FALSE(port.empty());
    model = kind + "+http://127.0.0.1:" + port + "/v1#m";
  }

  Json compare() const {
    const Result result =
        run(folder, {"compare", model, "--tasks", "arithmetic", "--n", "3", "--format", "json"});
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return Json::parse(result.out);
  }

  TemporaryFolder folder;
  std::string model;

 private:
  static Arguments with_address(Arguments flags) {
    flags.insert(flags.end(), {"--host", "127.0.0.1", "--port", "0", "-c", "2048", "-m", "m.gguf"});
    return flags;
  }

  Program program_;
};

}  // namespace

TEST_CASE("an attached server's counters are the difference between before and after, beside our own") {
  for (const char* const kind : {"llama-server", "vllm", "sglang"}) {
    CAPTURE(kind);
    const Attached attached(kind);
    // Asked once before, so that its counters do not begin at zero.
    static_cast<void>(attached.compare());
    const Result again = run(attached.folder, {"compare", attached.model, "--tasks", "comparison", "--n", "4",
                                               "--format", "json"});
    REQUIRE_MESSAGE(again.code == 0, again.err);
    const Json document = Json::parse(again.out);
    REQUIRE(document.at("servers").size() == 1);
    const Json& server = document.at("servers").at(0);
    CHECK(server.at("generated_tokens") == 8);
    CHECK(server.at("asked_output_tokens") == 8);
    CHECK(server.at("prompt_tokens") == server.at("asked_prompt_tokens"));
    CHECK(server.at("cached_tokens").is_null());  // never told
    if (std::string(kind) == "llama-server") {
      CHECK(server.at("build") == "b7777-fake");
      CHECK(server.at("context_length") == 2048);
    } else {
      CHECK(server.at("build") == (std::string(kind) == "vllm" ? "0.99.fake" : "0.88.fake"));
    }
  }
}

TEST_CASE("an attached server without counters leaves them unknown") {
  const Attached attached("llama-server", {});
  const Json document = attached.compare();
  REQUIRE(document.at("servers").size() == 1);
  const Json& server = document.at("servers").at(0);
  CHECK(server.at("build") == "b7777-fake");
  CHECK(server.at("generated_tokens").is_null());
  CHECK(server.at("prompt_tokens").is_null());
}
