#include <csignal>

#include "cli/app.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of the write, not of the process
  return costwar::cli::run(argc, argv, costwar::cli::system_environment());
}
