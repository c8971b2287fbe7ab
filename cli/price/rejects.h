// Rejects: where the lines of a usage log go that could not be read: counted by reason, with the first place,
// and written to a side file as JSON lines {file, line, reason, text}. The file is made with the first bad
// line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include "pricing/traffic/scan.h"

namespace costwar::cli {

class Rejects {
 public:
  explicit Rejects(std::string path) : path_(std::move(path)) {}
  Rejects(const Rejects&) = delete;
  Rejects& operator=(const Rejects&) = delete;
  ~Rejects();

  void take(const pricing::BadLine& line);  // Error{input} when the file cannot be written

  struct Reason {
    std::int64_t count = 0;
    std::string place;    // of the first: "log.jsonl:12"
    std::string example;  // what was said of it
  };
  // By reason, numbers in it replaced by "N": reasons that differ only there are one. At most about 200; what
  // comes behind them is one row, so that a hostile log cannot grow it.
  const std::map<std::string, Reason>& reasons() const { return reasons_; }
  std::int64_t count() const { return count_; }
  // Empty while there is no bad line.
  std::string file() const { return count_ > 0 ? path_ : ""; }
  void close();  // Error{input} when the disk is full

 private:
  std::string path_;
  std::FILE* out_ = nullptr;
  std::map<std::string, Reason> reasons_;
  std::int64_t count_ = 0;
};

}  // namespace costwar::cli
