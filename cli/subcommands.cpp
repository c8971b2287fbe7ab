#include "cli/subcommands.h"

#include <string>

namespace costwar::cli {

void Subcommands::declare(CLI::App& app) {
  app.require_subcommand(0, 1);
  for (const CommandRow& row : rows_) {
    CLI::App* flags = app.add_subcommand(std::string(row.name), std::string(row.summary));
    flags->footer(examples_footer(row.examples));
    commands_.push_back({flags, row.make()});
    commands_.back().command->declare(*flags);
  }
  standard_ = rows_.front().make();
  standard_->declare(app);
}

int Subcommands::run(Environment& environment) {
  for (const Command& each : commands_)
    if (each.flags->parsed()) return each.command->run(environment);
  return standard_->run(environment);
}

}  // namespace costwar::cli
