#include "cli/environment.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/error.h"

namespace costwar::cli {
namespace {

int terminal_columns(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Environment system_environment() {
  Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
  environment.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  environment.err_is_terminal = isatty(STDERR_FILENO) == 1;
  if (environment.out_is_terminal) environment.columns = terminal_columns(STDOUT_FILENO);
  environment.working_directory = std::filesystem::current_path();
  return environment;
}

void write_text(std::FILE* file, std::string_view text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  if (whole) return;
  if (errno == EPIPE) throw OutputClosed{};
  throw Error(ErrorKind::input, std::string("the output could not be written: ") + std::strerror(errno),
              "free space on the disk, or name another file with --output");
}

}  // namespace costwar::cli
