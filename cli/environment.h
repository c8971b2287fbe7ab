// What the program is given by its surroundings. Only cli reads it; everything below gets values.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::cli {

struct Environment {
  std::function<std::optional<std::string>(const std::string&)> variable;  // nullopt when unset or empty
  std::FILE* out = stdout;                                                 // data
  std::FILE* err = stderr;                                                 // everything else
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int columns = 0;  // width of the terminal behind `out`; 0: not a terminal
  std::filesystem::path working_directory;
};

Environment system_environment();

// Writes all of `text`. Error{input} when the disk is full or the file is closed; a reader that went away (a
// pipe into head) ends the program quietly through OutputClosed.
struct OutputClosed {};
void write_text(std::FILE* file, std::string_view text);

}  // namespace costwar::cli
