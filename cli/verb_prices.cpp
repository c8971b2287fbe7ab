// costwar prices: the price book. The work is done by the subcommands in cli/prices/; without one, the book
// is listed.

#include <array>

#include "cli/prices/commands.h"
#include "cli/subcommands.h"

namespace costwar::cli {
namespace {

constexpr std::array kPricesCommands{
    CommandRow{"list", "The sheets in effect (the default)",
               "costwar prices list --provider deepseek --at 2026-08-17T02:00:00Z", make_prices_list},
    CommandRow{"show", "What a model costs at an instant, and why",
               "costwar prices show deepseek/deepseek-v4-pro --at 2026-08-17T01:00:00Z\n"
               "costwar prices show openai/gpt-5.5 --class batch\n"
               "costwar prices show deepseek/deepseek-v4-pro --currency CNY",
               make_prices_show},
    CommandRow{"explain", "Every factor of one bill, with its source and date",
               "costwar prices explain openai/gpt-5.5 --usage input=100000,cached=200000,output=1000\n"
               "costwar prices explain deepseek/deepseek-v4-pro --at 2026-09-15T12:00:00Z "
               "--known-at 2026-09-09T12:00:00Z",
               make_prices_explain},
    CommandRow{"history", "A model's price over time, drawn",
               "costwar prices history deepseek/deepseek-v4-pro\n"
               "costwar prices history openai/gpt-5.5 --from 2026-04-01 --format json",
               make_prices_history},
    CommandRow{"check", "Whether the book gives the prices of a file of vectors",
               "costwar prices check vectors.json\n"
               "costwar prices check vectors.json --book contract.json",
               make_prices_check},
    CommandRow{"update", "The price book in use; puts a newer one in its place, or takes it away",
               "costwar prices update\n"
               "costwar prices update --from prices.json --sha256 \"$(cat prices.json.sha256)\"\n"
               "costwar prices update --undo",
               make_prices_update},
    CommandRow{"export", "The price book in use as one file",
               "costwar prices export --output prices.json && sha256sum prices.json", make_prices_export},
    CommandRow{"import", "Another tool's price catalogue as a book of your own",
               "costwar prices import litellm model_prices_and_context_window.json --output litellm.json\n"
               "costwar prices import api.json --retrieved 2026-11-23 > models-dev.json",
               make_prices_import},
    CommandRow{"audit", "Where two price books disagree, and by what factor",
               "costwar prices audit builtin model_prices_and_context_window.json\n"
               "costwar prices audit builtin mine.json --history --fail-above 1.05",
               make_prices_audit},
};

}  // namespace

std::unique_ptr<Verb> make_prices() {
  return std::make_unique<Subcommands>(kPricesCommands);
}

}  // namespace costwar::cli
