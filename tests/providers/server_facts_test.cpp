#include "providers/server_facts.h"

#include <doctest/doctest.h>

#include "providers/http_provider.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

using namespace costwar;

namespace {
const std::string kProps =
    R"({"default_generation_settings":{"id":0,"n_ctx":4096,"params":{"seed":4294967295}},"total_slots":2,"model_path":"/home/me/models/tiny-Q4_K_M.gguf","chat_template":"...","build_info":"b4719-0893e012","is_sleeping":false})";
}

TEST_CASE("llama-server's properties") {
  const ServerFacts facts{"llama-server", "b4719-0893e012", "tiny-Q4_K_M.gguf", 4096, 2};
  CHECK(parse_llama_props(kProps) == facts);
  CHECK(
      server_facts_json(facts) ==
      R"({"software":"llama-server","build":"b4719-0893e012","model_file":"tiny-Q4_K_M.gguf","context_length":4096,"slots":2})");
  const auto bare = parse_llama_props(R"({"default_generation_settings":{}})");
  REQUIRE(bare);
  CHECK(server_facts_json(*bare) == R"({"software":"llama-server"})");
  CHECK(parse_llama_props(R"({"default_generation_settings":{},"model_path":"C:\\m\\x.gguf"})")->model_file ==
        "x.gguf");
  for (const char* nonsense : {"", "[]", "{}", "<html>", R"({"default_generation_settings":7})",
                               R"({"default_generation_settings":{"n_ctx":"many"}})"}) {
    CAPTURE(nonsense);
    CHECK_FALSE(parse_llama_props(nonsense));
  }
}

TEST_CASE("they are asked for at the server's root") {
  FakeLoop loop;
  FakeTransport transport(loop);
  const auto asked = [&](const char* base_url, FakeAnswer answer) {
    transport.answer(std::move(answer));
    bool told = false;
    std::optional<ServerFacts> facts;
    RemoteOptions options;
    options.key = "a-key";
    options.headers = {{"X-Team", "blue"}, {"accept", "text/plain"}};
    fetch_server_facts(transport, ServerKind::llama_server, base_url, options,
                       [&](std::optional<ServerFacts> found) {
                         facts = std::move(found);
                         told = true;
                       });
    CHECK_FALSE(told);
    loop.run_until_idle();
    CHECK(told);
    return facts;
  };
  const auto facts =
      asked("http://127.0.0.1:8080/v1",
            FakeAnswer().head(1, 200).bytes(2, kProps.substr(0, 40)).bytes(3, kProps.substr(40)).end(4));
  REQUIRE(facts);
  CHECK(facts->slots == 2);
  const HttpRequest& request = transport.requests.back();
  CHECK(request.method == "GET");
  CHECK(request.url == "http://127.0.0.1:8080/props");
  CHECK(request.headers ==
        HeaderList{{"Authorization", "Bearer a-key"}, {"X-Team", "blue"}, {"accept", "text/plain"}});
  CHECK(request.total_timeout == seconds(15));

  CHECK_FALSE(asked("http://127.0.0.1:8080", FakeAnswer().head(1, 404).bytes(2, kProps).end(3)));
  CHECK(transport.requests.back().url == "http://127.0.0.1:8080/props");
  CHECK_FALSE(asked("http://127.0.0.1:8080/v1", FakeAnswer().end(1, HttpEnd::Kind::connect_failed)));
  CHECK_FALSE(asked("http://127.0.0.1:8080/v1",
                    FakeAnswer().head(1, 200).bytes(2, kProps).end(3, HttpEnd::Kind::connection_lost)));
}

TEST_CASE("what vLLM and SGLang tell") {
  CHECK(parse_vllm_version(R"({"version":"0.11.0"})") == ServerFacts{"vLLM", "0.11.0", "", {}, {}});
  CHECK_FALSE(parse_vllm_version(R"({"detail":"Not Found"})"));
  const auto info = parse_sglang_info(
      R"({"model_path":"deepseek-ai/DeepSeek-V4-Flash","version":"0.5.4","context_length":null,"max_running_requests":48})");
  CHECK(info == ServerFacts{"SGLang", "0.5.4", "DeepSeek-V4-Flash", {}, 48});
  CHECK_FALSE(parse_sglang_info("{}"));
  CHECK_FALSE(parse_sglang_info("nothing"));
}
