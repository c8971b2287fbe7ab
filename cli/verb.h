// A verb of the command line: one file, one class, one row of the table in verbs.cpp. Help, listings and
// suggestions read the rows.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/environment.h"

namespace costwar::cli {

class Verb {
 public:
  virtual ~Verb() = default;
  virtual void declare(CLI::App& flags) = 0;
  virtual int run(Environment& environment) = 0;  // the exit code; throws Error
};

struct VerbRow {
  std::string_view name;
  std::string_view group;     // heading in the overview; empty: it is not for people
  std::string_view summary;   // one line
  std::string_view examples;  // shown under --help, a command per line
  std::unique_ptr<Verb> (*make)();
};

std::span<const VerbRow> verbs();

// "Examples:" and the commands, indented.
std::string examples_footer(std::string_view examples);

std::unique_ptr<Verb> make_claim();
std::unique_ptr<Verb> make_compare();
std::unique_ptr<Verb> make_decide();
std::unique_ptr<Verb> make_diff();
std::unique_ptr<Verb> make_forecast();
std::unique_ptr<Verb> make_run();
std::unique_ptr<Verb> make_plan();
std::unique_ptr<Verb> make_load();
std::unique_ptr<Verb> make_mock();
std::unique_ptr<Verb> make_price();
std::unique_ptr<Verb> make_prices();
std::unique_ptr<Verb> make_frontier();
std::unique_ptr<Verb> make_gate();
std::unique_ptr<Verb> make_host();
std::unique_ptr<Verb> make_models();
std::unique_ptr<Verb> make_tasks();
std::unique_ptr<Verb> make_scores();
std::unique_ptr<Verb> make_report();
std::unique_ptr<Verb> make_route();
std::unique_ptr<Verb> make_export();
std::unique_ptr<Verb> make_import();
std::unique_ptr<Verb> make_runs();
std::unique_ptr<Verb> make_doctor();
std::unique_ptr<Verb> make_config();
std::unique_ptr<Verb> make_llama_child();

}  // namespace costwar::cli
