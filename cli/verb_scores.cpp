// costwar scores: how replies are scored, and what can be done with the replies of a run without asking its
// models again. The work is done by the subcommands in cli/scores/; without one, the scorers are listed.
#include <array>

#include "cli/scores/commands.h"
#include "cli/subcommands.h"

namespace costwar::cli {
namespace {

constexpr std::array kScoresCommands{
    CommandRow{"list", "Every scorer with its version (the default)", "costwar scores list --format json",
               make_scores_list},
    CommandRow{"conformance", "Run the published cases of tricky replies through the scorers",
               "costwar scores conformance\n"
               "costwar scores conformance numeric_final --file my-cases.jsonl",
               make_scores_conformance},
    CommandRow{"rescore", "Score the stored replies of a run again, without asking a model",
               "costwar scores rescore 20261123T194500Z-4f21c0\n"
               "costwar scores rescore 20261123T194500Z-4f21c0 --scorer numeric_final",
               make_scores_rescore},
    CommandRow{"judge", "Let a model judge two models of a run against each other, in both orders",
               "costwar scores judge 20261123T194500Z-4f21c0 --judge openai/gpt-5.5 \\\n"
               "      --pairwise deepseek/deepseek-v4-flash,deepseek/deepseek-v4-pro --budget 2usd",
               make_scores_judge},
    CommandRow{"agreement", "How well the scores of a run agree with labels, and the mean corrected by them",
               "costwar scores agreement 20261123T194500Z-4f21c0 --labels labels.csv", make_scores_agreement},
};

}  // namespace

std::unique_ptr<Verb> make_scores() {
  return std::make_unique<Subcommands>(kScoresCommands);
}

}  // namespace costwar::cli
