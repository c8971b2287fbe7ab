// costwar scores: how replies are scored, what can be done with the replies of a run without asking its
// models again, and the catalogue of published scores. The work is done by the subcommands in cli/scores/;
// without one, the scorers are listed.
#include <array>

#include "cli/scores/commands.h"
#include "cli/subcommands.h"

namespace costwar::cli {
namespace {

constexpr std::array kScoresCommands{
    CommandRow{"scorers", "Every scorer with its version (the default)",
               "costwar scores scorers --format json", make_scores_scorers},
    CommandRow{"list", "Published scores: a line per benchmark, or the records by a filter",
               "costwar scores list\n"
               "costwar scores list --benchmark gpqa-diamond\n"
               "costwar scores list --model deepseek-v4-pro@max --origin independent --since 2026-05",
               make_scores_list},
    CommandRow{"show", "One published score with every field and its sources",
               "costwar scores show published/chi-bench/deepseek-v4-pro#openai-agents\n"
               "costwar scores show published/hle:no-tools/gpt-5.5@xhigh --format json",
               make_scores_show},
    CommandRow{"compare",
               "Models by their published scores, and what makers report against what others measure",
               "costwar scores compare deepseek-v4-pro gpt-5.5\n"
               "costwar scores compare deepseek-v4-pro#v4-pro-0813 gpt-5.5@xhigh --benchmark hle\n"
               "costwar scores compare deepseek-v4-pro",
               make_scores_compare},
    CommandRow{"lag", "How many months a model is behind the other makers, by published scores",
               "costwar scores lag deepseek-v4-pro\n"
               "costwar scores lag deepseek-v4-pro@max#v4-pro-preview",
               make_scores_lag},
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
