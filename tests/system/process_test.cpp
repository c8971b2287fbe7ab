#include "system/process.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "system/machine.h"

using namespace costwar;

namespace {

struct Finished {
  std::string out, err;
  std::optional<ChildExit> exit;
};

ChildCallbacks into(Finished& result) {
  return {[&](std::string_view data) { result.out += data; },
          [&](std::string_view data) { result.err += data; }, [&](ChildExit exit) { result.exit = exit; }};
}

Finished run_child(ChildCommand command) {
  const auto loop = make_event_loop();
  Finished result;
  const auto child = start_child(*loop, std::move(command), into(result));
  loop->run([&] { return result.exit.has_value(); });
  return result;
}

}  // namespace

TEST_CASE("a child's output, exit code and resources") {
  const Finished done = run_child({{"sh", "-c", "echo out; echo err >&2; exit 7"}, {}, {}});
  CHECK(done.out == "out\n");
  CHECK(done.err == "err\n");
  CHECK(done.exit->code == 7);
  CHECK_FALSE(done.exit->signal);
  CHECK(done.exit->max_resident_bytes > 0);
  CHECK(done.exit->user_time >= Nanos{0});
}

TEST_CASE("arguments are no shell text, the environment is extended, the folder is set, there is no input") {
  CHECK(run_child({{"printf", "%s|", "a b", "$HOME", "'"}, {}, {}}).out == "a b|$HOME|'|");
  CHECK(run_child(
            {{"sh", "-c", "echo $COSTWAR_ONE-$PATH"}, {{"COSTWAR_ONE", "1"}, {"PATH", "/bin:/usr/bin"}}, {}})
            .out == "1-/bin:/usr/bin\n");
  CHECK(run_child({{"pwd"}, {}, "/"}).out == "/\n");
  CHECK(run_child({{"cat"}, {}, {}}).out.empty());
}

TEST_CASE("more output than a pipe holds arrives whole") {
  const Finished done = run_child({{"head", "-c", "3000000", "/dev/zero"}, {}, {}});
  CHECK(done.out.size() == 3'000'000);
  CHECK(done.exit->code == 0);
}

TEST_CASE("what a program leaves behind in its group ends with it, and holds nothing up outside of it") {
  const Finished left = run_child({{"sh", "-c", "(trap '' TERM; sleep 10) & echo done"}, {}, {}});
  CHECK(left.out == "done\n");
  CHECK(left.exit->code == 0);
  // In a group of its own, with our pipes: not ours to end, and not waited for.
  const Finished fled = run_child({{"sh", "-c", "setsid sleep 10 & sleep 0.1; exit 3"}, {}, {}});
  CHECK(fled.exit->code == 3);
}

TEST_CASE("variables that are withheld do not reach the child") {
  ::setenv("COSTWAR_TEST_KEY", "secret", 1);
  ::setenv("COSTWAR_TEST_ARG_A", "a", 1);
  ::setenv("COSTWAR_TEST_OTHER", "kept", 1);
  const ChildCommand command{{"env"}, {}, {}, {"COSTWAR_TEST_KEY", "COSTWAR_TEST_ARG_*"}};
  const Finished done = run_child(command);
  CHECK(done.out.find("COSTWAR_TEST_KEY") == std::string::npos);
  CHECK(done.out.find("COSTWAR_TEST_ARG_A") == std::string::npos);
  CHECK(done.out.find("COSTWAR_TEST_OTHER=kept") != std::string::npos);
}

TEST_CASE("what cannot be started is named") {
  const auto loop = make_event_loop();
  Finished result;
  CHECK_THROWS_WITH_AS(start_child(*loop, {{"/no/such/program"}, {}, {}}, into(result)),
                       "cannot start /no/such/program: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(start_child(*loop, {{"true"}, {}, "/no/such/folder"}, into(result)),
                       "cannot start true in /no/such/folder: No such file or directory", Error);
  CHECK_THROWS_AS(start_child(*loop, {}, into(result)), Error);
}

TEST_CASE("signals reach the whole group") {
  const auto loop = make_event_loop();
  Finished result;
  // The grandchild holds the pipe open: exited comes only when it is gone as well.
  const auto child = start_child(*loop, {{"sh", "-c", "sleep 60 & echo up; wait"}, {}, {}}, into(result));
  loop->run([&] { return result.out == "up\n"; });

  SUBCASE("terminate") {
    child->terminate();
    loop->run([&] { return result.exit.has_value(); });
    CHECK(result.exit->signal == SIGTERM);
  }
  SUBCASE("kill") {
    child->kill();
    loop->run([&] { return result.exit.has_value(); });
    CHECK(result.exit->signal == SIGKILL);
    CHECK_FALSE(result.exit->code);
  }
}

TEST_CASE("destroying a running child ends and reaps it") {
  const auto loop = make_event_loop();
  Finished result;
  auto child = start_child(*loop, {{"sleep", "60"}, {}, {}}, into(result));
  const auto pid = static_cast<pid_t>(child->pid());
  REQUIRE(::kill(pid, 0) == 0);
  child.reset();
  CHECK(::kill(pid, 0) == -1);
  CHECK(errno == ESRCH);
  CHECK_FALSE(result.exit);
}

TEST_CASE("a child may be destroyed by its own callback") {
  const auto loop = make_event_loop();
  std::unique_ptr<ChildProcess> child;
  child = start_child(*loop, {{"true"}, {}, {}}, {{}, {}, [&](ChildExit) { child.reset(); }});
  loop->run([&] { return child == nullptr; });
  CHECK(child == nullptr);
}

TEST_CASE("machine facts") {
  const MachineFacts facts = read_machine_facts();
  CHECK_FALSE(facts.kernel.empty());
  CHECK(facts.kernel.starts_with("Linux "));
  CHECK_FALSE(facts.os.empty());
  CHECK(facts.os.find('"') == std::string::npos);
  CHECK(facts.logical_cpus >= 1);
  CHECK(facts.memory_bytes.value() > 1'000'000);
  CHECK(peak_resident_bytes().value() > 1'000'000);
}
