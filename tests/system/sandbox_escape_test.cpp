// Escapes, tried for real. Each attempt is a small program of Python or the shell that says what it could do;
// the test also looks from outside whether it did. Where this machine forbids namespaces, the suite says so
// and holds the weaker tier to what that promises.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/system/sandbox_fixture.h"

using namespace costwar;
using namespace costwar::sandbox_tests;

TEST_CASE("files outside are not read") {
  const Folder folder;
  const fs::path store = folder.path / "store.db";
  std::ofstream(store) << "secret";
  ::chmod(store.c_str(), 0644);
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    all_held(tier, {"open('/etc/shadow').read()", "os.chroot('/')"});
    if (tier == SandboxTier::restricted && !support().landlock) {
      MESSAGE("without Landlock the weaker tier does not promise what is read");
      continue;
    }
    std::vector<std::string> attempts{"os.listdir(os.path.expanduser('~root'))",
                                      "os.symlink('" + store.string() + "', 'link'); open('link').read()"};
    for (const std::string& path :
         {store.string(), fs::absolute("CMakeLists.txt").string(), std::string("/etc/passwd"),
          std::string("/etc/hostname"), std::string("/proc/1/environ"), std::string("/proc/self/environ"),
          std::string("/proc/self/mem"), std::string("/proc/cpuinfo"), std::string("/sys/kernel/notes"),
          std::string("/dev/mem"), std::string("/dev/vda"), std::string("/dev/tty")})
      attempts.push_back("open('" + path + "', 'rb').read(1)");
    for (const std::string& path : {fs::current_path().string(), std::string("/root"), std::string("/home"),
                                    std::string("/proc"), std::string("/var"), std::string("/../../var")})
      attempts.push_back("os.listdir('" + path + "')");
    all_held(tier, attempts);
  }
  // Without a sandbox they succeed: a check of the attempts themselves.
  CHECK(try_all(SandboxTier::none, {"open('" + store.string() + "', 'rb').read(1)",
                                    "os.listdir('" + fs::current_path().string() + "')"}) ==
        std::vector<std::string>{"escaped", "escaped"});
}

TEST_CASE("nothing outside is written") {
  const Folder folder;
  ::chmod(folder.path.c_str(), 0777);
  const fs::path file = folder.path / "mine.txt";
  std::ofstream(file) << "whole";
  ::chmod(file.c_str(), 0666);
  const std::string shown = "/tmp/costwar-escape-" + std::to_string(::getpid());
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    std::vector<std::string> attempts{"open('" + file.string() + "', 'w').write('x')",
                                      "os.unlink('" + file.string() + "')",
                                      "os.truncate('" + file.string() + "', 0)",
                                      "os.chmod('" + file.string() + "', 0)",
                                      "os.rename('" + file.string() + "', '" + file.string() + "2')",
                                      "os.mkdir('" + (folder.path / "new").string() + "')",
                                      "os.utime('/usr/bin/python3')",
                                      "os.open('/usr/bin', os.O_TMPFILE | os.O_RDWR)"};
    for (const char* path :
         {"/usr/bin/x", "/usr/lib/x", "/etc/x", "/x", "/dev/x", "/var/tmp/x", "/dev/shm/x", "/dev/sda"})
      attempts.push_back(std::string("open('") + path + "', 'w')");
    all_held(tier, attempts);
    // A private /tmp takes files, or the weaker tier takes none at all; outside nothing appears either way.
    CHECK(try_all(tier, {"open('" + shown + "', 'w').write('x')"})[0] ==
          (tier == SandboxTier::namespaces ? "escaped" : "held"));
    CHECK_FALSE(fs::exists(shown));
  }
  std::string now;
  std::ifstream(file) >> now;
  CHECK(now == "whole");
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("there is no network") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener, 8) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    std::vector<std::string> attempts{
        "socket.create_connection(('127.0.0.1', " + port + "), 5)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', " + port + "))",
        "socket.getaddrinfo('example.com', 80)", "open('/dev/tcp/127.0.0.1/" + port + "')"};
    for (const char* family :
         {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"})
      attempts.push_back(std::string("socket.socket(socket.") + family + ")");
    all_held(tier, attempts);
    CHECK(try_all(tier, {"socket.socketpair()"})[0] == "escaped");  // talks to itself alone
    // A pair of datagram sockets would reach every socket that has a name.
    all_held(tier, {"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
                    "socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)"});
  }
  CHECK(::accept(listener, nullptr, nullptr) == -1);  // nobody came
  ::close(listener);
}

TEST_CASE("calls that reach into the kernel or other processes are refused") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    std::vector<std::string> attempts{"os.setuid(0)", "os.setgroups([])", "os.nice(-5)",
                                      "os.mknod('device')"};
    // Numbers of x86-64.
#if defined(__x86_64__)
    for (const char* what : {"101, 0, 0, 0, 0",
                             "101, 16, os.getppid(), 0, 0",  // ptrace
                             "310, os.getppid(), 0, 0, 0, 0, 0",
                             "311, os.getppid(), 0, 0, 0, 0, 0",  // process_vm_*
                             "165, b'none', b'/tmp', b'tmpfs', 0, 0",
                             "166, b'/tmp', 2",
                             "155, b'.', b'.'",  // mounts
                             "428, -100, b'/', 1",
                             "430, b'tmpfs', 0",
                             "442, -100, b'/', 0, 0, 0",  // newer mount calls
                             "272, 0x10000000",
                             "272, 0x20000",
                             "308, 3, 0",  // unshare, setns
                             "250, 0, 0, 0",
                             "321, 0, 0, 0",
                             "298, 0, 0, 0, 0, 0",
                             "323, 0",  // keyctl bpf perf userfaultfd
                             "246, 0, 0, 0, 0",
                             "320, 0, 0, 0, 0",
                             "175, 0, 0, b''",
                             "313, 0, b'', 0",  // kexec, modules
                             "425, 4, 0",
                             "319, b'x', 0",
                             "135, 0x0400000",
                             "161, b'/tmp'",  // io_uring memfd personality chroot
                             "56, 0x10000000 | 17, 0, 0, 0, 0",
                             "435, 0, 0",  // clone into a user namespace, clone3
                             "434, os.getppid(), 0",
                             "438, 3, 0, 0",
                             "424, 0, 0, 0",  // pidfd_*
                             "304, 0, 0, 0",
                             "169, 0, 0, 0, 0",
                             "105, 0",
                             "157, 22, 0, 0, 0, 0",  // reboot, setuid, prctl
                             "16, 0, 0x5412, b'x'",
                             "29, 0, 4096, 0o1600",
                             "9999, 0"})  // TIOCSTI, shmget, no call at all
      attempts.push_back(std::string("call(") + what + ")");
    CHECK(try_all(tier, {"call(39)"})[0] == "escaped");  // getpid: the helper tells what succeeds
#endif
    all_held(tier, attempts);
    // Python's word for a refusal to raise a limit.
    CHECK(try_all(tier, {"resource.setrlimit(resource.RLIMIT_NOFILE, (9999, 9999))"})[0].starts_with(
        "broken: ValueError"));
    const SandboxResult who =
        run(tier, python("import os\nprint(os.getuid(), os.geteuid(), os.getgroups())"));
    if (tier == SandboxTier::namespaces) CHECK_MESSAGE(who.out.starts_with("65534 65534"), who.out);
  }
}

TEST_CASE("no signal reaches another process") {
  const pid_t bystander = ::fork();
  if (bystander == 0) {
    for (;;) ::pause();
  }
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const std::string program =
        "import os, signal\nfor pid in (os.getppid(), " + std::to_string(::getpid()) + ", " +
        std::to_string(bystander) +
        ", -1):\n    for number in (0, signal.SIGTERM, signal.SIGKILL):\n"
        "        try: os.kill(pid, number)\n        except OSError: pass\nprint('done')";
    const SandboxResult result = run(tier, python(program));
    CHECK(result.end == SandboxEnd::exited);
    CHECK(result.out == "done\n");
    // A pipe that is told whom to signal, and how, when it has something to read.
    all_held(tier, {"import fcntl; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getpid())",
                    "import fcntl; fcntl.fcntl(os.pipe()[0], 15, b'\\0' * 8)",
                    "import fcntl; fcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, signal.SIGKILL)"});
  }
  CHECK(::kill(bystander, 0) == 0);
  int status = 0;
  CHECK(::waitpid(bystander, &status, WNOHANG) == 0);  // it lives
  ::kill(bystander, SIGKILL);
  ::waitpid(bystander, &status, 0);
}

TEST_CASE("without namespaces nobody reads our environment, where keys are") {
  const auto loop = make_event_loop();
  const int before = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  SandboxSupport weaker;
  weaker.tier = SandboxTier::restricted;
  const auto sandbox = open_sandbox(*loop, weaker, {});
  CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
  ::prctl(PR_SET_DUMPABLE, before, 0, 0, 0);
}

TEST_CASE("a fork bomb is held, and leaves nothing") {
  const std::string marker = "bomb-" + std::to_string(::getpid());
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    SandboxJob job = python("marker = '" + marker +
                            "'\nimport os, time\nrefused = 0\nfor i in range(2000):\n    try:\n"
                            "        if os.fork() == 0:\n            time.sleep(600)\n"
                            "    except OSError: refused += 1\nprint(2000 - refused)");
    job.limits.processes = 16;
    job.limits.memory_bytes = 64 << 20;
    const SandboxResult result = run(tier, job);
    CHECK(result.end == SandboxEnd::exited);
    const int started = std::atoi(result.out.c_str());
    CHECK(started <= (tier == SandboxTier::namespaces ? 49 : 0));
    CHECK((tier == SandboxTier::restricted || !tasks_are_counted() ||
           started >= 15));  // what was promised to it
    CHECK(processes_with(marker) == 0);
    // One process means one, in both tiers.
    all_held(tier, {"os.fork()", "subprocess.run(['/bin/true'])"});
  }
  const pid_t ours = ::fork();  // this user can still start processes
  if (ours == 0) ::_exit(0);
  CHECK(ours > 0);
  ::waitpid(ours, nullptr, 0);
}

TEST_CASE("what a program leaves behind dies with it") {
  const std::string marker = "daemon-" + std::to_string(::getpid());
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    SandboxJob job = shell("(setsid /usr/bin/python3 -sSB -c 'import time; time.sleep(600) # " + marker +
                           "' </dev/null >/dev/null 2>&1 &) ; exit 5");
    const SandboxResult result = run(tier, job);
    CHECK(processes_with(marker) == 0);
    if (tier == SandboxTier::namespaces && tasks_are_counted()) CHECK(result.exit_code == 5);
  }
}

TEST_CASE("memory and processor time have limits") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    SandboxJob bomb = python("x = []\nwhile True: x.append(bytearray(1 << 20))");
    bomb.limits.memory_bytes = 128 << 20;
    const SandboxResult bombed = run(tier, bomb);
    CHECK(bombed.exit_code == 1);
    CHECK(bombed.err.find("MemoryError") != std::string::npos);
    if (bombed.peak_memory_bytes) CHECK(*bombed.peak_memory_bytes <= (128U << 20));

    // A second; and one more for who ignores the signal, tried once because it costs two.
    const bool ignores = tier == SandboxTier::restricted;
    SandboxJob spin =
        python(std::string("import signal\n") +
               (ignores ? "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n" : "") + "while True: pass");
    spin.limits.cpu = milliseconds(1);
    const SandboxResult spun = run(tier, spin);
    CHECK(spun.end == SandboxEnd::timed_out);
    CHECK(spun.signal == (ignores ? SIGKILL : SIGXCPU));
  }
}

TEST_CASE("a program that sleeps for ever is ended, whatever it ignores") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    SandboxJob job =
        python("import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(600)");
    job.limits.wall = milliseconds(400);
    const SandboxResult result = run(tier, job);
    CHECK(result.end == SandboxEnd::timed_out);
    CHECK_FALSE(result.exit_code.has_value());
  }
}

TEST_CASE("disk, output and threads have limits") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const SandboxResult filled = run(
        tier,
        python("total = 0\ntry:\n    for i in range(100):\n        with open(f'/tmp/{i}', 'wb', 0) as f:\n"
               "            for j in range(8): total += f.write(bytes(1 << 20))\n"
               "except OSError as e: print(type(e).__name__)\nprint(total >> 20)"));
    CHECK(filled.out == (tier == SandboxTier::namespaces ? "OSError\n16\n" : "PermissionError\n0\n"));
    all_held(tier, {"for i in range(100000): open('/tmp/%d' % i, 'w').close()"});

    SandboxJob flood =
        python("import sys\nwhile True:\n    print('x' * 1000)\n    print('y' * 1000, file=sys.stderr)");
    flood.limits.output_bytes = 100'000;
    const SandboxResult flooded = run(tier, flood);
    CHECK(flooded.end == SandboxEnd::output_full);
    CHECK(flooded.out.size() + flooded.err.size() == 100'000);

    if (!tasks_are_counted()) continue;
    const SandboxResult threads = run(
        tier,
        python("import threading, time, os\nthreading.stack_size(32768)\nn = 0\ntry:\n    while n < 5000:\n"
               "        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
               "        n += 1\nexcept RuntimeError: print('refused', flush=True)\nos._exit(0)"));
    CHECK(threads.out == "refused\n");
  }
}

TEST_CASE("variables and descriptors of ours do not reach a program") {
  const Folder folder;
  std::ofstream(folder.path / "open.txt") << "secret";
  ::setenv("COSTWAR_TEST_KEY", "sk-secret", 1);
  // Without O_CLOEXEC, as a careless library would.
  const int fd = ::open((folder.path / "open.txt").c_str(), O_RDONLY);
  REQUIRE(fd >= 0);
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    const SandboxResult result =
        run(tier, python("import os\nfound = []\nfor fd in range(3, 1024):\n    try: os.fstat(fd); "
                         "found.append(fd)\n    except OSError: pass\nprint(found, sorted(os.environ))"));
    CHECK(result.out ==
          "[] ['HOME', 'LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PYTHONHASHSEED', "
          "'PYTHONSAFEPATH']\n");
  }
  ::close(fd);
  ::unsetenv("COSTWAR_TEST_KEY");
}

TEST_CASE("set-user-id programs give no rights") {
  for (const SandboxTier tier : tiers()) {
    CAPTURE(sandbox_tier_name(tier));
    for (const char* program : {"/usr/bin/su", "/usr/bin/mount", "/usr/bin/newgrp"}) {
      if (!fs::exists(program)) continue;
      SandboxJob job = shell(std::string("exec ") + program + " root -c id");
      const SandboxResult result = run(tier, job);
      CHECK_MESSAGE(result.exit_code != 0, program);
      CHECK(result.out.find("uid=0") == std::string::npos);
    }
    const SandboxResult flags =
        run(tier, python("import ctypes\nprint(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))"));
    CHECK(flags.out == "1\n");  // no new privileges, for ever
  }
}
