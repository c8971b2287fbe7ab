// costwar scores: how replies are scored, and what can be done with the replies of a run without asking its
// models again. The work is done by the subcommands in cli/scores/; without one, the scorers are listed.
#include <array>
#include <vector>

#include "cli/scores/commands.h"
#include "cli/verb.h"

namespace costwar::cli {
namespace {

constexpr std::array kCommands{
    ScoresCommandRow{"list", "Every scorer with its version (the default)",
                     "costwar scores list --format json", make_scores_list},
    ScoresCommandRow{"conformance", "Run the published cases of tricky replies through the scorers",
                     "costwar scores conformance\n"
                     "costwar scores conformance numeric_final --file my-cases.jsonl",
                     make_scores_conformance},
    ScoresCommandRow{"rescore", "Score the stored replies of a run again, without asking a model",
                     "costwar scores rescore 20261123T194500Z-4f21c0\n"
                     "costwar scores rescore 20261123T194500Z-4f21c0 --scorer numeric_final",
                     make_scores_rescore},
    ScoresCommandRow{"judge", "Let a model judge two models of a run against each other, in both orders",
                     "costwar scores judge 20261123T194500Z-4f21c0 --judge openai/gpt-5.5 \\\n"
                     "      --pairwise deepseek/deepseek-v4-flash,deepseek/deepseek-v4-pro --budget 2usd",
                     make_scores_judge},
    ScoresCommandRow{
        "agreement", "How well the scores of a run agree with labels, and the mean corrected by them",
        "costwar scores agreement 20261123T194500Z-4f21c0 --labels labels.csv", make_scores_agreement},
};

class Scores final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    for (const ScoresCommandRow& row : kCommands) {
      CLI::App* flags = app.add_subcommand(std::string(row.name), std::string(row.summary));
      flags->footer(examples_footer(row.examples));
      commands_.push_back({flags, row.make()});
      commands_.back().command->declare(*flags);
    }
    list_ = make_scores_list();
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

std::unique_ptr<Verb> make_scores() {
  return std::make_unique<Scores>();
}

}  // namespace costwar::cli
