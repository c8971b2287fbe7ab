// costwar prices: the price book. The work is done by the subcommands in cli/prices/; without one, the book
// is listed.

#include <fmt/format.h>

#include <array>
#include <vector>

#include "cli/prices/commands.h"
#include "cli/verb.h"

namespace costwar::cli {
namespace {

constexpr std::array kCommands{
    PricesCommandRow{"list", "The sheets in effect (the default)",
                     "costwar prices list --provider deepseek --at 2026-08-17T02:00:00Z", make_prices_list},
    PricesCommandRow{
        "import", "Another tool's price catalogue as a book of your own",
        "costwar prices import litellm model_prices_and_context_window.json --output litellm.json\n"
        "costwar prices import api.json --retrieved 2026-11-23 > models-dev.json",
        make_prices_import},
    PricesCommandRow{"audit", "Where two price books disagree, and by what factor",
                     "costwar prices audit builtin model_prices_and_context_window.json\n"
                     "costwar prices audit builtin mine.json --history --fail-above 1.05",
                     make_prices_audit},
};

class Prices final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    for (const PricesCommandRow& row : kCommands) {
      CLI::App* flags = app.add_subcommand(std::string(row.name), std::string(row.summary));
      flags->footer(examples_footer(row.examples));
      commands_.push_back({flags, row.make()});
      commands_.back().command->declare(*flags);
    }
    list_ = make_prices_list();
    list_->declare(app);
  }

  int run(Environment& environment) override {
    for (const Command& each : commands_)
      if (each.flags->parsed()) return each.command->run(environment);
    return list_->run(environment);
  }

 private:
  struct Command {
    CLI::App* flags;
    std::unique_ptr<Verb> command;
  };
  std::vector<Command> commands_;
  std::unique_ptr<Verb> list_;
};

}  // namespace

std::span<const PricesCommandRow> prices_commands() {
  return kCommands;
}

std::unique_ptr<Verb> make_prices() {
  return std::make_unique<Prices>();
}

}  // namespace costwar::cli
