// The command line of a llama-server of our own, and what can be read from its words. Pure. Source:
// tools/server/README.md of ggml-org/llama.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace costwar::local {

struct ServerLaunch {
  std::vector<std::string> program;  // the executable, and words before the flags; never empty
  std::string model_file;
  std::int64_t context = 4096;  // tokens of a prompt and its answer
  int threads = 1;
  std::vector<std::string> arguments;  // further flags, in the user's words
  bool sockets_only = false;           // it is known to listen at UNIX sockets, and at nothing else
  Nanos load_timeout = seconds(600);
  std::vector<std::string> withheld;  // variables that it does not get, as in ChildCommand
};

// Where it is to listen, and where to reach it.
struct ServerAddress {
  std::string socket;  // path of a UNIX socket; empty: `port` of 127.0.0.1
  int port = 0;

  std::string base_url() const;  // of its API
};

std::vector<std::string> server_arguments(const ServerLaunch& launch, const ServerAddress& address);

// "version: 4719 (0893e012)" of what --version prints; empty where it says nothing of the kind.
std::string version_of(std::string_view output);

// The last lines of a log: at most 40 of at most 400 bytes. Bytes that are no text become spaces.
class LogTail {
 public:
  void add(std::string_view bytes);
  // The last `count` lines that are not empty, joined by " | ".
  std::string last(std::size_t count) const;

 private:
  std::deque<std::string> lines_;
  std::string open_;  // a line whose end has not come
};

// Every part of a split weight file ("NAME-00001-of-00003.gguf"), in order; else the file alone. Error{input}
// for a part that is missing and for one that is not the first.
std::vector<std::filesystem::path> parts_of(const std::filesystem::path& file);

}  // namespace costwar::local
