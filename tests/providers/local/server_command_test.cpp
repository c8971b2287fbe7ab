#include "providers/local/server_command.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"

using namespace costwar::local;

TEST_CASE("the flags of a server of our own") {
  ServerLaunch launch;
  launch.program = {"/opt/llama-server"};
  launch.model_file = "m.gguf";
  launch.context = 2048;
  launch.threads = 3;
  launch.arguments = {"--no-repack"};
  using Words = std::vector<std::string>;
  CHECK(server_arguments(launch, {"/tmp/a/server.sock", 0}) ==
        Words{"/opt/llama-server", "-m", "m.gguf", "--host", "/tmp/a/server.sock", "-c", "2048", "--parallel",
              "1", "-t", "3", "--no-warmup", "--metrics", "--no-repack"});
  launch.program = {"/usr/bin/costwar", "llama-child"};
  const Words on_port = server_arguments(launch, {"", 4711});
  CHECK(on_port[1] == "llama-child");
  CHECK(std::find(on_port.begin(), on_port.end(), "4711") -
            std::find(on_port.begin(), on_port.end(), "--port") ==
        1);
  CHECK(ServerAddress{"", 4711}.base_url() == "http://127.0.0.1:4711/v1");
  CHECK(ServerAddress{"/tmp/a/server.sock", 0}.base_url() == "http://localhost/v1");
}

TEST_CASE("the version that a server tells") {
  CHECK(version_of("version: 4719 (0893e012)\nbuilt with cc\n") == "4719 (0893e012)");
  CHECK(version_of("ggml: loaded\nversion: 0.5.0-dev\x1b[0m") == "0.5.0-dev [0m");
  CHECK(version_of("unknown flag --version").empty());
  CHECK(version_of("").empty());
}

TEST_CASE("the last words of a log are few and short") {
  LogTail log;
  CHECK(log.last(3).empty());
  for (int i = 0; i < 1000; ++i) log.add("line " + std::to_string(i) + "\n");
  log.add("\n\n  half");
  CHECK(log.last(3) == "line 998 | line 999 | half");
  log.add(" a line\x01\n");
  CHECK(log.last(1) == "half a line");
  log.add(std::string(1'000'000, 'x'));
  CHECK(log.last(1) == std::string(400, 'x'));
  CHECK(log.last(1000).size() < 40 * 404);
}

TEST_CASE("parts of a split file") {
  using costwar::Error;
  CHECK(parts_of("a.gguf") == std::vector<std::filesystem::path>{"a.gguf"});
  for (const char* const whole : {"-00001-of-00003.gguf", "a-0001-of-0003.gguf", "a-00001-of-00003.bin",
                                  "a-0000x-of-00003.gguf", "a_00001-of-00003.gguf"}) {
    CAPTURE(whole);
    CHECK(parts_of(whole).size() == 1);
  }
  CHECK_THROWS_WITH_AS(parts_of("/nonexistent/a-00001-of-00002.gguf"),
                       "/nonexistent/a-00001-of-00002.gguf is missing: part 1 of 2", Error);
  CHECK_THROWS_WITH_AS(parts_of("a-00002-of-00002.gguf"), "a-00002-of-00002.gguf is part 2 of a split file",
                       Error);
  CHECK_THROWS_WITH_AS(parts_of("a-00001-of-99999.gguf"), "a-00001-of-99999.gguf claims to have 99999 parts",
                       Error);
}
