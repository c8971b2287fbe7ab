#include "command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace costwar::e2e {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> environment_lines(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> lines{"PATH=/usr/bin:/bin", "HOME=/nonexistent"};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) lines.push_back(std::string(name) + "=" + value);
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become(const fs::path& folder, std::vector<std::string> argv,
                         std::vector<std::string> environment, int out, int err) {
  if (chdir(folder.c_str()) != 0) _exit(126);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execve(argv.front().c_str(), pointers(argv).data(), pointers(environment).data());
  _exit(127);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "costwar-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
}

std::string TemporaryFolder::read(const std::string& name) const {
  std::ifstream in(path_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Program::Program(const fs::path& folder, const Arguments& arguments,
                 const std::map<std::string, std::string>& variables)
    : Program(COSTWAR_BINARY, folder, arguments, variables) {}

Program::Program(const std::string& path, const fs::path& folder, const Arguments& arguments,
                 const std::map<std::string, std::string>& variables) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<std::string> argv{path};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = environment_lines(variables);
  pid_ = fork();
  if (pid_ == 0) become(folder, std::move(argv), std::move(environment), out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Program::~Program() {
  if (!waited_) {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

std::string Program::read_line() {
  std::string line;
  char c = 0;
  while (read(out_, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

void Program::signal(int number) const {
  ::kill(pid_, number);
}

Result Program::wait() {
  Result result;
  pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.err};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds, 2, -1) < 0) continue;
    for (std::size_t i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
      if (n > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(n));
      } else {
        fds[i].fd = -1;
      }
    }
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  waited_ = true;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Result run(const TemporaryFolder& folder, const Arguments& arguments,
           const std::map<std::string, std::string>& variables) {
  return Program(folder.path(), arguments, variables).wait();
}

namespace {
Arguments mock_arguments(Arguments flags) {
  flags.insert(flags.begin(), {"mock", "--port", "0"});
  return flags;
}
}  // namespace

Mock::Mock(const TemporaryFolder& folder, Arguments flags)
    : program_(folder.path(), mock_arguments(std::move(flags))), url_(program_.read_line()) {}

Mock::~Mock() {
  program_.signal(SIGTERM);
  program_.wait();
}

}  // namespace costwar::e2e
