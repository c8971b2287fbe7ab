// Drives the built program as a user would: arguments, environment and working folder in; exit code and both
// outputs out.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace costwar::e2e {

using Arguments = std::vector<std::string>;

// One after the other.
inline Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// An empty folder that is removed when the test is over.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

struct Result {
  int code = -1;  // exit code; 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

// A started program. Its environment is PATH, HOME and what is given, so that keys of the developer never
// leak in.
class Program {
 public:
  Program(const std::filesystem::path& folder, const Arguments& arguments,
          const std::map<std::string, std::string>& variables = {});
  // Another program than costwar, by its path.
  Program(const std::string& path, const std::filesystem::path& folder, const Arguments& arguments,
          const std::map<std::string, std::string>& variables);
  ~Program();  // kills it if it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  std::string read_line();  // from standard output; empty at its end
  void signal(int number) const;
  Result wait();  // reads the rest of both outputs

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool waited_ = false;
};

Result run(const TemporaryFolder& folder, const Arguments& arguments,
           const std::map<std::string, std::string>& variables = {});

// A mock server of the built program on a free port of the loopback, ended with the object.
class Mock {
 public:
  explicit Mock(const TemporaryFolder& folder, Arguments flags = {});
  ~Mock();
  const std::string& url() const { return url_; }  // http://127.0.0.1:PORT/v1

 private:
  Program program_;
  std::string url_;
};

}  // namespace costwar::e2e
