// costwar host inspect and host shape: what they say, side by side, and of wrong input.

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json host_json(const TemporaryFolder& folder, Arguments arguments) {
  arguments.insert(arguments.begin(), "host");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

void refused(const TemporaryFolder& folder, const Arguments& arguments, int code, const std::string& said) {
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  CAPTURE(said);
  CHECK(result.code == code);
  CHECK(result.out.empty());
  CHECK(result.err.find(said) != std::string::npos);
}

}  // namespace

TEST_CASE("host inspect: models of the catalogue side by side") {
  const TemporaryFolder folder;
  const Json document = host_json(folder, {"inspect", "deepseek-v3", "deepseek-v4-flash", "kimi-k3",
                                           "--context", "131072,4096", "--batch", "32", "--kv-type", "fp8"});
  CHECK(document.at("kind") == "host_inspect");
  const Json& v3 = document.at("models")[0];
  CHECK(v3.at("total_parameters") == 671026419200);
  CHECK(v3.at("published_active") == 37000000000);
  CHECK(v3.at("experts") == "8 of 256 + 1");
  const Json& unknown = document.at("models")[2];
  CHECK(unknown.at("total_parameters").is_null());
  CHECK(unknown.at("published_total") == 2800000000000);
  CHECK(unknown.at("published_active").is_null());
  CHECK(document.at("contexts").size() == 4);
  CHECK(document.at("contexts")[0].at("context") == 4096);
  CHECK(document.at("contexts")[0].at("kv_bytes") == 576 * 61 * 4096);
  CHECK(document.at("token")[0].at("kv_bytes_per_token") == 576 * 61);
  CHECK(document.at("token")[0].at("weight_bytes_per_batch") >
        5 * document.at("token")[0].at("weight_bytes_per_token").get<double>());

  const Result text = run(folder, {"host", "inspect", "deepseek-v3"});
  CHECK(text.code == 0);
  CHECK(text.out.find("deepseek-v3 has 671.03 B parameters and uses 36.63 B of them for a token") == 0);
  CHECK(text.out.find("MLA 512 + 64") != std::string::npos);
  // Without a subcommand the first one runs.
  CHECK(run(folder, {"host", "deepseek-v3"}).out == text.out);
}

TEST_CASE("host inspect: wrong input") {
  const TemporaryFolder folder;
  folder.write("bad.gguf", "not a model");
  folder.write("config.json", R"({"model_type":"mamba"})");
  refused(folder, {"host", "inspect"}, 2, "name a model to inspect");
  refused(folder, {"host", "inspect", "deepseek-v33"}, 3, "did you mean deepseek-v3?");
  refused(folder, {"host", "inspect", "kimi-k3"}, 3, "published are 2800 B parameters");
  refused(folder, {"host", "inspect", "bad.gguf"}, 3, "bad.gguf: is not a GGUF file");
  refused(folder, {"host", "inspect", "missing-00001-of-00002.gguf"}, 3, "missing-00001-of-00002.gguf");
  refused(folder, {"host", "inspect", "config.json"}, 3, "models of type \"mamba\" are not known");
  refused(folder, {"host", "inspect", "deepseek-v3", "--kv-type", "f17"}, 2, "did you mean f16?");
  refused(folder, {"host", "inspect", "deepseek-v3", "--weights", "tiny"}, 2,
          "there is no weight format \"tiny\"");
  refused(folder, {"host", "inspect", "deepseek-v3", "--context", "0"}, 2, "--context");
  refused(folder, {"host", "inspect", "deepseek-v3", "--batch", "0"}, 2, "--batch");
}

TEST_CASE(
    "host shape: measures a shape, keeps its file where asked, and nobody measures capability with it") {
  const TemporaryFolder folder;
  const Json document = host_json(folder, {"shape", "local/tiny-moe", "--quant", "q8_0", "--prompt", "16",
                                           "--tokens", "8", "--repeat", "2", "--file", "shape.gguf"});
  CHECK(document.at("kind") == "host_shape");
  CHECK(document.at("capability").is_null());
  CHECK(document.at("speed").size() == 2);
  for (const Json& phase : document.at("speed")) {
    CHECK(phase.at("measured") > 0);
    CHECK(phase.at("predicted") > 0);
    CHECK(phase.at("slowest") <= phase.at("measured"));
    CHECK(phase.at("measured") <= phase.at("fastest"));
  }
  CHECK(document.at("file_bytes") == std::filesystem::file_size(folder.path() / "shape.gguf"));

  const Json inspected = host_json(folder, {"inspect", "shape.gguf", "local/tiny-moe"});
  CHECK(inspected.at("models")[0].at("total_parameters") == inspected.at("models")[1].at("total_parameters"));
  CHECK(inspected.at("models")[0].at("active_parameters") ==
        inspected.at("models")[1].at("active_parameters"));
  CHECK(inspected.dump().find("the weights are random") != std::string::npos);

  for (const char* verb : {"run", "compare"})
    for (const char* engine : {"auto", "builtin", "llama-server", "libllama"})
      refused(
          folder,
          {verb, "local/shape.gguf", "local/tiny-moe", "--tasks", "recall", "--n", "2", "--engine", engine},
          3, "its weights are random");
  folder.write("text.txt", "some text");
  refused(folder, {"host", "bits", "shape.gguf", "--text", "text.txt"}, 3, "its weights are random");
}

TEST_CASE("host shape: in llama.cpp's server, kept in place, with the energy of a token") {
  const TemporaryFolder folder;
  folder.write("costwar.json", R"({"energy": {"source": "estimate", "idle_watts": 5, "active_watts": 50},
                                   "local": {"arguments": ["--flash-attn", "off"]}})");
  const std::string server = std::filesystem::absolute("tests/e2e/fake_llama_server.py").string();
  const std::vector<std::string> asked{"shape", "local/tiny-moe", "--prompt", "16",       "--tokens",
                                       "8",     "--repeat",       "2",        "--engine", "llama-server"};
  for (const bool in_place : {true, false}) {
    std::vector<std::string> arguments = asked;
    arguments.insert(arguments.end(), {"--llama-server", server});
    if (in_place) arguments.insert(arguments.end(), {"--layout", "in-place"});
    const Json document = host_json(folder, arguments);
    CHECK(document.at("software") == "llama-server");
    CHECK(document.at("layout") == (in_place ? "in place" : "repacked"));
    // The stand-in says a millisecond for a prompt's token and ten for one that is generated.
    CHECK(document.at("speed")[0].at("measured") == 1000);
    CHECK(document.at("speed")[1].at("measured") == 100);
    bool told = false;
    for (const Json& row : document.at("machine"))
      if (row.at("quantity") == "energy of a generated token") {
        told = true;
        CHECK(row.at("value") > 0);
        CHECK(row.at("how") == "time x the watts that were given");
      }
    CHECK(told);
  }
}

TEST_CASE("host shape: a file of other weights is never replaced, and nothing stays when it is interrupted") {
  const TemporaryFolder folder;
  std::filesystem::copy_file("catalog/models/tiny-moe.gguf", folder.path() / "mine.gguf");
  const std::string before = folder.read("mine.gguf");
  refused(folder, {"host", "shape", "local/tiny-moe", "--file", "mine.gguf", "--write-only"}, 3,
          "mine.gguf is there already, and no file of random weights");
  CHECK(folder.read("mine.gguf") == before);

  const TemporaryFolder temporary;
  Program program(folder.path(), {"host", "shape", "deepseek-v2-lite", "--layers", "2", "--threads", "1"},
                  {{"TMPDIR", temporary.path().string()}});
  for (int tries = 0; tries < 1000 && std::filesystem::is_empty(temporary.path()); ++tries)
    ::poll(nullptr, 0, 5);
  REQUIRE_FALSE(std::filesystem::is_empty(temporary.path()));
  program.signal(SIGINT);
  CHECK(program.wait().code == 128 + SIGINT);
  CHECK(std::filesystem::is_empty(temporary.path()));
}

TEST_CASE("host shape: wrong input, and files that would not fit") {
  const TemporaryFolder folder;
  refused(folder, {"host", "shape"}, 2, "MODEL");
  refused(folder, {"host", "shape", "local/tiny-moe", "--quant", "q9"}, 2,
          "--quant q9: there is no such format");
  refused(folder, {"host", "shape", "local/tiny-moe", "--quant", "q4_k"}, 2,
          "random weights cannot be made in q4_k");
  refused(folder, {"host", "shape", "local/tiny-moe", "--layout", "flat"}, 2, "auto, repacked or in-place");
  refused(folder, {"host", "shape", "local/tiny-moe", "--write-only"}, 2, "--file FILE");
  refused(folder, {"host", "shape", "local/tiny-moe", "--file", "no/such/shape.gguf"}, 3,
          "there is no such folder");
  refused(folder, {"host", "shape", "qwen3-30b-a3b"}, 3,
          "files of the architecture \"qwen3moe\" cannot be made");
  refused(folder, {"host", "shape", "deepseek-v2-lite", "--layers", "3", "--engine", "libllama"}, 2,
          "with all its 27 layers alone");
  refused(folder, {"host", "shape", "deepseek-v3"}, 3, "take fewer layers: --layers N");
  CHECK(std::filesystem::is_empty(folder.path()));
}
