// Weight files through llama.cpp itself: its llama-server where one is installed (COSTWAR_TEST_LLAMA_SERVER,
// the one that tools/peers/llama builds, or PATH), and its library where costwar was built with it. Says what
// it skips.

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

// An engine, and the flags that choose it.
struct RealEngine {
  std::string name;
  Arguments flags;
};

std::string real_llama_server() {
  if (const char* const given = std::getenv("COSTWAR_TEST_LLAMA_SERVER")) return given;
  if (fs::exists("build/peers/llama/bin/llama-server"))
    return fs::absolute("build/peers/llama/bin/llama-server").string();
  for (const char* const place : {"/usr/bin/llama-server", "/usr/local/bin/llama-server"})
    if (fs::exists(place)) return place;
  return {};
}

std::vector<RealEngine> real_engines() {
  std::vector<RealEngine> engines;
  if (const std::string server = real_llama_server(); !server.empty())
    engines.push_back({"llama-server", {"--engine", "llama-server", "--llama-server", server}});
  else
    MESSAGE("skipped: no llama-server is installed (tools/peers/llama builds one)");
  const TemporaryFolder folder;
  const Result child = run(folder, {"llama-child", "-m", "none.gguf", "--host", "none.sock"});
  if (child.err.find("was built without") == std::string::npos)
    engines.push_back({"libllama", {"--engine", "libllama"}});
  else
    MESSAGE("skipped: costwar was built without llama.cpp's library");
  return engines;
}

// Repacking is off: with it, llama.cpp 0.5.0 aborts on tiny files on processors with AMX.
struct RealPlace {
  explicit RealPlace(const RealEngine& its_engine, const std::string& settings = {}) : engine(its_engine) {
    for (const char* const model : {"tiny-dense", "tiny-moe"})
      fs::copy_file(std::string("catalog/models/") + model + ".gguf",
                    folder.path() / (std::string(model) + ".gguf"));
    folder.write("costwar.json", R"({"local": {"arguments": ["--no-repack")" +
                                     std::string(engine.name == "libllama" ? R"(, "--expert-use")" : "") +
                                     "]" + settings + "}}");
  }

  Arguments asking(const std::string& verb, const std::string& model, const Arguments& more) const {
    Arguments all{verb, "local/" + model};
    all.insert(all.end(), engine.flags.begin(), engine.flags.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  const RealEngine& engine;
  TemporaryFolder folder;
};

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<pid_t> pids;
  for (pid_t child = 0; file >> child;) pids.push_back(child);
  return pids;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("llama.cpp itself: load, run, the same greedy answers as the built-in engine's, stop") {
  for (const RealEngine& engine : real_engines()) {
    CAPTURE(engine.name);
    for (const char* const model : {"tiny-dense", "tiny-moe"}) {
      CAPTURE(model);
      const RealPlace place(engine);
      const Arguments tasks{"--tasks", "arithmetic", "--n", "20", "--temperature", "0", "--format", "json"};
      const Result served = run(place.folder, place.asking("compare", std::string(model) + ".gguf", tasks));
      REQUIRE_MESSAGE(served.code == 0, served.err);
      const Json document = Json::parse(served.out);
      CHECK(document.at("models").at(0).at("failures").empty());
      const Json& server = document.at("servers").at(0);
      CHECK(server.at("software") == engine.name);
      CHECK(server.at("load_s").get<double>() > 0);
      CHECK(server.at("peak_memory_bytes").get<std::int64_t>() > 5'000'000);
      CHECK(server.at("cpu_s").get<double>() > 0);
      CHECK(server.at("generated_tokens").get<std::int64_t>() > 0);

      Arguments own{"compare", std::string("local/") + model};
      own.insert(own.end(), tasks.begin(), tasks.end());
      const Result built_in = run(place.folder, own);
      REQUIRE_MESSAGE(built_in.code == 0, built_in.err);
      // Kernels round differently, so a near tie may fall otherwise.
      const auto solved = [](const Json& report) {
        return report.at("models").at(0).at("solved").get<int>();
      };
      CHECK(std::abs(solved(document) - solved(Json::parse(built_in.out))) <= 3);
      if (engine.name != "libllama" || std::string(model) != "tiny-moe") continue;
      const Result rows = run(place.folder, {"runs", "export", document.at("run").get<std::string>()});
      CHECK(contains(rows.out, "expert_use"));
    }
  }
}

TEST_CASE("llama.cpp itself: killed during generation") {
  for (const RealEngine& engine : real_engines()) {
    CAPTURE(engine.name);
    const RealPlace place(engine);
    Program program(place.folder.path(),
                    place.asking("run", "tiny-dense.gguf", {"--tasks", "recall", "--n", "5000"}));
    std::vector<pid_t> servers;
    for (int tries = 0; tries < 1000; ++tries) {
      servers = children_of(program.pid());
      if (!servers.empty() && fs::exists(place.folder.path() / ".costwar/store.db-wal") && tries > 200) break;
      poll(nullptr, 0, 10);
    }
    REQUIRE(servers.size() == 1);
    ::kill(servers.front(), SIGKILL);
    const Result ended = program.wait();
    CHECK(ended.code == 5);
    CHECK_MESSAGE(contains(ended.err, "was ended by signal 9"), ended.err);
    CHECK(::kill(servers.front(), 0) != 0);
  }
}

TEST_CASE("llama.cpp itself: a prompt beyond the context, and a file that it cannot load") {
  for (const RealEngine& engine : real_engines()) {
    CAPTURE(engine.name);
    const RealPlace place(engine, R"(, "context": 256)");
    std::string words;
    for (int i = 0; i < 400; ++i) words += "word ";
    place.folder.write("long.csv", "question,answer\n\"" + words + "\",42\nWhat is six times seven?,42\n");
    REQUIRE(run(place.folder, {"tasks", "add", "long.csv"}).code == 0);
    const Result result = run(place.folder, place.asking("run", "tiny-dense.gguf", {"--tasks", "long"}));
    CHECK_MESSAGE(result.code == 0, result.err);
    const Result list = run(place.folder, {"runs", "--format", "json"});
    const Result rows =
        run(place.folder,
            {"runs", "export", Json::parse(list.out).at("runs").at(0).at("run").get<std::string>()});
    CHECK(contains(rows.out, R"("outcome":"config")"));
    CHECK(contains(rows.out, "context"));
    CHECK(contains(rows.out, R"("outcome":"ok")"));

    std::string whole = place.folder.read("tiny-dense.gguf");
    const std::size_t at = whole.find("general.architecture");
    REQUIRE(at != std::string::npos);
    const std::size_t name = whole.find("llama", at);
    REQUIRE(name != std::string::npos);
    whole.replace(name, 5, "nosch");
    place.folder.write("odd.gguf", whole);
    const Result odd =
        run(place.folder, place.asking("run", "odd.gguf", {"--tasks", "arithmetic", "--n", "1"}));
    CHECK(odd.code == 5);
    CHECK_MESSAGE(contains(odd.err, "while it loaded"), odd.err);
    CHECK(contains(odd.err, "nosch"));
  }
}

TEST_CASE("llama.cpp itself: the speed of a shape, its weights as the file has them") {
  for (const RealEngine& engine : real_engines()) {
    CAPTURE(engine.name);
    const TemporaryFolder folder;
    Arguments asked{"host", "shape", "local/tiny-moe", "--quant", "q4_0", "--prompt", "16", "--tokens", "8"};
    asked.insert(asked.end(), {"--repeat", "1", "--layout", "in-place", "--format", "json"});
    asked.insert(asked.end(), engine.flags.begin(), engine.flags.end());
    const Result result = run(folder, asked);
    REQUIRE_MESSAGE(result.code == 0, result.err);
    const Json document = Json::parse(result.out);
    CHECK(document.at("software") == engine.name);
    for (const Json& phase : document.at("speed")) {
      CHECK(phase.at("measured") > 0);
      CHECK(phase.at("predicted") > 0);
    }
  }
}

TEST_CASE("llama.cpp's library: bits per byte") {
  for (const RealEngine& engine : real_engines()) {
    if (engine.name != "libllama") continue;
    const RealPlace place(engine);
    place.folder.write("text.txt",
                       "What is 12 + 30? The answer is 42, and 42 is the answer to what 12 + 30 is.");
    const Result result = run(place.folder, {"host", "bits", "tiny-dense.gguf", "tiny-moe.gguf", "--text",
                                             "text.txt", "--format", "json"});
    REQUIRE_MESSAGE(result.code == 0, result.err);
    const Json document = Json::parse(result.out);
    REQUIRE(document.at("files").size() == 2);
    for (const Json& file : document.at("files")) {
      CHECK(file.at("bytes") == 75);
      CHECK(file.at("tokens").get<int>() > 10);
      CHECK(file.at("bits_per_byte").get<double>() > 0.1);
      CHECK(file.at("bits_per_byte").get<double>() < 20);
    }
    place.folder.write("one.txt", "x");
    const Result too_short = run(place.folder, {"host", "bits", "tiny-dense.gguf", "--text", "one.txt"});
    CHECK_MESSAGE(too_short.code == 3, too_short.err);
  }
}
