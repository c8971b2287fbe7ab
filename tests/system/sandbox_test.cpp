// The sandbox as a tool: jobs, pairs, places, and what happens where there is none. Escapes have a file of
// their own.
#include "system/sandbox.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "tests/system/sandbox_fixture.h"

using namespace costwar;
using namespace costwar::sandbox_tests;

TEST_CASE("a program gets its input and files, and its output and end come back") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    SandboxJob job = python(
        "import sys, os\nprint(sys.stdin.read().upper(), open('data.txt').read(), sorted(os.listdir('.')))\n"
        "print('warning', file=sys.stderr)\nsys.exit(7)");
    job.input = "hello";
    job.files = {{"data.txt", "from a file"}};
    const SandboxResult result = run(tier, job);
    CHECK(result.end == SandboxEnd::exited);
    CHECK(result.exit_code == 7);
    CHECK_FALSE(result.signal.has_value());
    CHECK(result.out == "HELLO from a file ['data.txt']\n");
    CHECK(result.err == "warning\n");
    CHECK(result.cpu.count > 0);
    CHECK(result.wall.count > 0);
  }
}

TEST_CASE("a pair shares one socket and nothing else") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const auto loop = make_event_loop();
    const auto sandbox = make_sandbox(*loop, tier, 1);
    std::optional<SandboxResult> first, second;
    sandbox->run_pair(
        python("import os\nos.write(3, b'ping')\nprint(os.read(3, 9).decode())"),
        python("import os, time\nos.write(3, os.read(3, 9) + b'pong')\nprint('sent', flush=True)\n"
               "time.sleep(600)"),
        [&](SandboxResult a, SandboxResult b) {
          first = std::move(a);
          second = std::move(b);
        });
    loop->run([&] { return first.has_value(); });
    CHECK(first->out == "pingpong\n");
    CHECK(first->exit_code == 0);
    CHECK(second->end == SandboxEnd::killed);  // when the first had ended
  }
}

TEST_CASE("the second of a pair that ended by itself has not been put down") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    for (int round = 0; round < 8; ++round) {
      const auto loop = make_event_loop();
      const auto sandbox = make_sandbox(*loop, tier, 1);
      std::optional<SandboxResult> second;
      // The first ends in the moment in which it sees that the second is gone.
      sandbox->run_pair(python("import os\nos.read(3, 1)\nos._exit(0)"), python("import os\nos._exit(5)"),
                        [&](SandboxResult, SandboxResult b) { second = std::move(b); });
      loop->run([&] { return second.has_value(); });
      // Between its end and the word of its guard it may still be killed, and then by a signal.
      if (second->end == SandboxEnd::exited)
        CHECK(second->exit_code == 5);
      else
        CHECK(second->signal == 9);
    }
  }
}

TEST_CASE("jobs wait for a place, start in order, and die with the sandbox") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const auto loop = make_event_loop();
    auto sandbox = make_sandbox(*loop, tier, 1);
    std::string order;
    for (const char* name : {"a", "b", "c"})
      sandbox->run(shell(std::string("echo ") + name), [&](SandboxResult result) { order += result.out; });
    loop->run([&] { return order.size() >= 6; });
    CHECK(order == "a\nb\nc\n");
    const std::string marker = "left-" + std::to_string(::getpid());
    sandbox->run(python("import time; time.sleep(600) # " + marker), [](SandboxResult) { CHECK(false); });
    sandbox.reset();
    CHECK(processes_with(marker) == 0);
  }
}

TEST_CASE("a program that is not there did not start, with the reason") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const auto loop = make_event_loop();
    const auto sandbox = make_sandbox(*loop, tier, 1);
    std::optional<SandboxResult> result;
    SandboxJob job;
    job.argv = {"/usr/bin/no-such-program"};
    sandbox->run(job, [&](SandboxResult ended) { result = std::move(ended); });
    loop->run([&] { return result.has_value(); });
    CHECK(result->end == SandboxEnd::not_started);
    CHECK(result->problem == "execve: No such file or directory");
  }
}

TEST_CASE("without a sandbox, model-written code runs only where the user said so") {
  const auto loop = make_event_loop();
  const SandboxSupport none{SandboxTier::none, false, "namespaces: clone: Operation not permitted"};
  try {
    open_sandbox(*loop, none, CodePolicy{});
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK(std::string(error.what()) ==
          "model-written code needs a sandbox, and none works here (namespaces: clone: Operation not "
          "permitted)");
    CHECK(error.hint().find("--unsafe-code") != std::string::npos);
  }
  CHECK(open_sandbox(*loop, none, CodePolicy{true})->tier() == SandboxTier::none);
  const SandboxSupport weaker{SandboxTier::restricted, true, ""};
  CHECK(open_sandbox(*loop, weaker, CodePolicy{true})->tier() == SandboxTier::restricted);
  CHECK(sandbox_promises(weaker).find("weaker") != std::string::npos);
}

TEST_CASE("limits and an empty environment hold even without a sandbox") {
  SandboxJob job = python(
      "import os, time\nprint(sorted(os.environ)[0], flush=True)\nif os.fork() == 0: pass\n"
      "time.sleep(600) # unsafe-" +
      std::to_string(::getpid()));
  job.limits.wall = milliseconds(1500);
  const SandboxResult result = run(SandboxTier::none, job);
  CHECK(result.end == SandboxEnd::timed_out);
  CHECK(result.out == "HOME\n");
  // Nobody waits for a grandchild here, so its end may take a moment; a process that lives on never goes.
  const std::string marker = "unsafe-" + std::to_string(::getpid());
  for (int tries = 0; tries < 1000 && processes_with(marker) > 0; ++tries) ::usleep(10'000);
  CHECK(processes_with(marker) == 0);
}
