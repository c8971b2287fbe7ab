// Weight files behind a server of our own: a stand-in for llama-server that is always there
// (fake_llama_server.py), so that its start, health, death and end are tested without llama.cpp.

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A folder with a weight file and the stand-in, and how it is to behave.
struct Place {
  Place() {
    fs::copy_file("catalog/models/tiny-dense.gguf", folder.path() / "m.gguf");
    server = fs::absolute("tests/e2e/fake_llama_server.py").string();
    variables = {{"FAKE_NOTE", (folder.path() / "note").string()}};
  }

  Result costwar(Arguments arguments) const { return run(folder, arguments, variables); }

  // Of three items of one task.
  Arguments asking(const std::string& verb) const {
    return {verb,   "local/m.gguf", "--engine", "llama-server", "--llama-server",
            server, "--n",          "3",        "--tasks",      "arithmetic"};
  }

  std::vector<Json> starts() const {
    std::vector<Json> lines;
    std::ifstream note(folder.path() / "note");
    for (std::string line; std::getline(note, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  bool any_left() const {
    for (int tries = 0; tries < 300; ++tries) {
      bool left = false;
      for (const Json& start : starts()) left = left || ::kill(start.at("pid").get<pid_t>(), 0) == 0;
      if (!left) return false;
      poll(nullptr, 0, 10);
    }
    return true;
  }

  TemporaryFolder folder;
  std::string server;
  std::map<std::string, std::string> variables;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a server of our own is started, asked, priced by its time, and gone") {
  Place place;
  place.variables["OPENAI_API_KEY"] = "sk-none-of-its-business";
  place.variables["TEAM_GATEWAY_KEY"] = "none-of-its-business-either";
  place.variables["LLAMA_ARG_N_GPU_LAYERS"] = "99";
  place.folder.write("costwar.json",
                     R"({"providers": {"team": {"like": "openai", "base_url": "https://team.example/v1",
                                         "key_variable": "TEAM_GATEWAY_KEY"}}})");
  place.variables["FAKE_LOAD_S"] = "0.4";
  Arguments arguments = place.asking("compare");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = place.costwar(arguments);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  const Json document = Json::parse(result.out);
  const Json& model = document.at("models").at(0);
  CHECK(model.at("n") == 3);
  CHECK(model.at("failures").empty());

  REQUIRE(place.starts().size() == 1);
  const Json start = place.starts().front();
  CHECK(start.at("keys").empty());
  CHECK(start.at("llama_settings").empty());
  CHECK(start.at("no_backtrace") == "1");
  const auto flags = start.at("arguments").get<std::vector<std::string>>();
  const auto value = [&](const char* flag) {
    const auto at = std::find(flags.begin(), flags.end(), flag);
    return at == flags.end() ? "" : *(at + 1);
  };
  CHECK(value("-c") == "4096");
  CHECK(value("-t") == "1");  // a tiny model
  CHECK(value("--host").ends_with(".sock"));
  CHECK_FALSE(fs::exists(value("--host")));
  CHECK_FALSE(place.any_left());

  REQUIRE(document.at("servers").size() == 1);
  const Json& server = document.at("servers").at(0);
  CHECK(server.at("model") == "local/m.gguf");
  CHECK(server.at("software") == "llama-server");
  CHECK(server.at("build") == "b7777-fake");
  CHECK(server.at("context_length") == 4096);
  CHECK(server.at("load_s").get<double>() >= 0.4);
  CHECK(server.at("load_s").get<double>() < 30);
  CHECK(server.at("peak_memory_bytes").get<std::int64_t>() > 1'000'000);
  CHECK(server.at("cpu_s").get<double>() > 0);
  CHECK(server.at("generated_tokens") == 6);
  CHECK(server.at("asked_output_tokens") == 6);
  CHECK(server.at("prompt_tokens") == server.at("asked_prompt_tokens"));
  CHECK(server.at("cached_tokens").is_null());

  const Result exported = place.costwar({"runs", "export", document.at("run").get<std::string>()});
  REQUIRE(exported.code == 0);
  CHECK(has(exported.out, R"("machine_ns":{"value":5000000)"));  // 2 ms and 3 ms, as the server timed them
  CHECK_FALSE(has(exported.out, "secret-place"));
  CHECK_FALSE(has(exported.out, ".sock"));
}

TEST_CASE("what is in the store already starts nothing; a plan neither") {
  Place place;
  REQUIRE(place.costwar(place.asking("run")).code == 0);
  CHECK(place.starts().size() == 1);
  CHECK(place.costwar(place.asking("run")).code == 0);
  CHECK(place.costwar(place.asking("plan")).code == 0);
  CHECK(place.starts().size() == 1);
}

TEST_CASE("a server that dies stops the run with its last words, and nothing more is asked") {
  Place place;
  place.variables["FAKE_DIE"] = "generate";
  const Result result = place.costwar(place.asking("run"));
  CHECK(result.code == 5);
  CHECK(has(result.err, "was ended by signal 6 while it was in use"));
  CHECK(has(result.err, "GGML_ASSERT(obj_new) failed"));
  CHECK(has(result.err, "the same command goes on from there"));
  CHECK_FALSE(has(result.err, "secret1234567890"));
  CHECK(place.starts().size() == 1);
  CHECK_FALSE(place.any_left());

  place.variables.erase("FAKE_DIE");
  const Result again = place.costwar(place.asking("run"));
  CHECK_MESSAGE(again.code == 0, again.err);
  const Result shown = place.costwar({"runs", "--format", "json"});
  CHECK(Json::parse(shown.out).at("runs").at(0).at("complete") == 3);
  CHECK(Json::parse(shown.out).at("runs").at(0).at("attempts") == 4);
}

TEST_CASE("a file that the server cannot load") {
  Place place;
  place.variables["FAKE_LOAD_S"] = "60";
  place.variables["FAKE_DIE"] = "load";
  const Result result = place.costwar(place.asking("run"));
  CHECK(result.code == 5);
  CHECK(has(result.err, "ended with exit code 1 while it loaded"));
  CHECK(has(result.err, "unknown model architecture: 'nosuch'"));
  CHECK_FALSE(place.any_left());
}

TEST_CASE("a server that never becomes ready is given up") {
  Place place;
  place.variables["FAKE_LOAD_S"] = "60";
  place.folder.write("costwar.json", R"({"local": {"load_timeout_s": 0.5}})");
  const Result result = place.costwar(place.asking("run"));
  CHECK(result.code == 5);
  CHECK(has(result.err, "it was not ready within 0.5 s"));
  CHECK_FALSE(place.any_left());
}

TEST_CASE("one without UNIX sockets gets a port") {
  Place place;
  place.variables["FAKE_NO_SOCKETS"] = "1";
  const Result result = place.costwar(place.asking("run"));
  REQUIRE_MESSAGE(result.code == 0, result.err);
  REQUIRE(place.starts().size() == 2);
  const auto flags = place.starts().back().at("arguments").get<std::vector<std::string>>();
  CHECK(std::find(flags.begin(), flags.end(), "127.0.0.1") != flags.end());
  CHECK_FALSE(place.any_left());
}

TEST_CASE("a prompt beyond the context is the request's fault, not the server's") {
  Place place;
  place.folder.write("costwar.json", R"({"local": {"context": 64, "arguments": ["--no-repack"]}})");
  place.folder.write(
      "long.csv", "question,answer\n\"" + [] {
        std::string words;
        for (int i = 0; i < 80; ++i) words += "word ";
        return words;
      }() + "\",42\nWhat is six times seven?,42\n");
  REQUIRE(place.costwar({"tasks", "add", "long.csv"}).code == 0);
  Arguments arguments{"run",        "local/m.gguf", "--engine", "llama-server", "--llama-server",
                      place.server, "--tasks",      "long"};
  const Result result = place.costwar(arguments);
  CHECK_MESSAGE(result.code == 0, result.err);
  CHECK(has(result.err, "--no-repack") == false);
  const auto flags = place.starts().front().at("arguments").get<std::vector<std::string>>();
  CHECK(std::find(flags.begin(), flags.end(), "--no-repack") != flags.end());
  const Result exported = place.costwar({"runs", "--format", "json"});
  const std::string id = Json::parse(exported.out).at("runs").at(0).at("run");
  const Result rows = place.costwar({"runs", "export", id});
  CHECK(has(rows.out, "exceeds the available context size (64 tokens)"));
  CHECK(has(rows.out, R"("outcome":"config")"));
  CHECK(has(rows.out, R"("outcome":"ok")"));
}

TEST_CASE("no server is left behind by a program that was killed, or that was asked to end") {
  for (const int number : {SIGKILL, SIGTERM}) {
    CAPTURE(number);
    Place place;
    place.variables["FAKE_LOAD_S"] = "60";
    if (number == SIGTERM) place.variables["FAKE_DIE"] = "slow";
    Program program(place.folder.path(), place.asking("run"), place.variables);
    for (int tries = 0; tries < 1000 && place.starts().empty(); ++tries) poll(nullptr, 0, 10);
    REQUIRE(place.starts().size() == 1);
    program.signal(number);
    const int code = program.wait().code;
    CHECK(code == (number == SIGKILL ? 128 + SIGKILL : 130));
    CHECK_FALSE(place.any_left());
  }
}

TEST_CASE("what can go wrong before anything starts") {
  Place place;
  const auto complaint = [&](const Arguments& arguments, int code) {
    const Result result = place.costwar(arguments);
    CHECK_MESSAGE(result.code == code, result.err);
    return result.err;
  };
  CHECK(has(complaint({"run", "local/m.gguf", "--engine", "llama"}, 2), "there is no engine 'llama'"));
  CHECK(has(complaint({"run", "local/m.gguf", "--engine", "llama-server", "--llama-server", "./nothing"}, 3),
            "cannot be run"));
  place.variables["PATH"] = "/nonexistent";
  const std::string none = complaint({"run", "local/m.gguf", "--engine", "llama-server"}, 3);
  CHECK(has(none, "needs llama.cpp's llama-server, and there is none"));
  CHECK(has(none, "brew install llama.cpp"));
  place.folder.write("bad.gguf", "this is no weight file");
  CHECK(has(complaint({"run", "local/bad.gguf"}, 3), "is not a GGUF file"));
  place.folder.write("x-00002-of-00003.gguf", "part");
  CHECK(has(complaint({"run", "local/x-00002-of-00003.gguf"}, 3),
            "name its first part: x-00001-of-00003.gguf"));
  place.folder.write("x-00001-of-00003.gguf", "part");
  CHECK(has(complaint({"run", "local/x-00001-of-00003.gguf"}, 3),
            "x-00003-of-00003.gguf is missing: part 3 of 3"));
  for (const char* const setting :
       {R"({"local": {"context": 8}})", R"({"local": {"threads": -1}})",
        R"({"local": {"arguments": ["--port"]}})", R"({"local": {"arguments": "--no-repack"}})",
        R"({"local": {"contxt": 8}})"}) {
    CAPTURE(setting);
    place.folder.write("costwar.json", setting);
    CHECK(has(complaint({"run", "local/m.gguf"}, 3), "costwar.json:1"));
  }
}

TEST_CASE("a program that a project names is not started in silence") {
  Place place;
  place.folder.write("costwar.json",
                     R"({"local": {"engine": "llama-server", "llama_server": ")" + place.server + R"("}})");
  const Result result = place.costwar({"run", "local/m.gguf", "--n", "1", "--tasks", "arithmetic"});
  REQUIRE_MESSAGE(result.code == 0, result.err);
  CHECK(has(result.err,
            "local/m.gguf is served by " + place.server + " (local.llama_server of costwar.json:1)."));
}
