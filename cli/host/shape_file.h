// A file of random weights, which goes with the object, or with a signal that ends the program, unless it is
// to stay.
#pragma once

#include <filesystem>
#include <string>

#include "providers/local/random_model.h"

namespace costwar::cli {

class ShapeFile {
 public:
  // Error{input} where a file that is to stay is there already and has other than random weights.
  ShapeFile(std::filesystem::path path, bool keep);
  ~ShapeFile();
  ShapeFile(const ShapeFile&) = delete;
  ShapeFile& operator=(const ShapeFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Error{input} when the disk has no room for it.
  void write(const local::RandomModel& model) const;

 private:
  std::filesystem::path path_;
  std::string writing_;  // the file itself, or what becomes it
  bool keep_;
};

// In the folder for temporary files, with the process's number in its name.
std::filesystem::path temporary_shape_path(const std::string& name);

}  // namespace costwar::cli
