// A verb whose work is done by subcommands: rows of a constexpr table, one file and one class each, like the
// verbs themselves. Without a subcommand the first row's runs, with its flags on the verb.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace costwar::cli {

struct CommandRow {
  std::string_view name;
  std::string_view summary;   // one line
  std::string_view examples;  // shown under --help, a command per line
  std::unique_ptr<Verb> (*make)();
};

class Subcommands final : public Verb {
 public:
  // At least one row; the table must outlive it.
  explicit Subcommands(std::span<const CommandRow> rows) : rows_(rows) {}

  void declare(CLI::App& app) override;
  int run(Environment& environment) override;

 private:
  struct Command {
    CLI::App* flags;
    std::unique_ptr<Verb> command;
  };
  std::span<const CommandRow> rows_;
  std::vector<Command> commands_;
  std::unique_ptr<Verb> standard_;  // what runs without a subcommand
};

}  // namespace costwar::cli
