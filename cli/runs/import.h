// costwar runs import: a run that was exported, or per-item results of other tools, into the store.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/environment.h"

namespace costwar::cli {

class RunsImport {
 public:
  void declare(CLI::App& flags);
  int run(const Environment& environment, const std::string& store);  // store: the flag

 private:
  void import_exported(const Environment& environment, const std::string& store) const;
  void import_results(const Environment& environment, const std::string& store) const;

  std::string file_;
  std::string as_ = "costwar";
  std::string label_;
  std::string model_;
  std::string task_;
};

}  // namespace costwar::cli
