// costwar load: latency and throughput under load, and whether the measurement may be believed. The work is
// done by the subcommands in cli/load/; the first row's runs without one.

#include <array>

#include "cli/load/commands.h"
#include "cli/subcommands.h"

namespace costwar::cli {
namespace {

constexpr std::array kLoadCommands{
    CommandRow{"run", "Puts load on a model and reports what came of it (the default)",
               "costwar load http://127.0.0.1:8000/v1 --concurrency 64 --duration 10s --format json\n"
               "costwar load http://127.0.0.1:8000/v1#m --rate 5 --slo ttft=2s,tpot=80ms --gate\n"
               "costwar load http://127.0.0.1:8000/v1 --concurrency 1..256 --sweep\n"
               "costwar load http://127.0.0.1:8000/v1 --find-rate --slo mlperf/deepseek-r1-server\n"
               "costwar load http://127.0.0.1:8000/v1 --trace mooncake.jsonl --speed 2 --machine-rate 2.10\n"
               "costwar load openai/gpt-5.5 --rate 2 --duration 1m --budget 5usd",
               make_load_run},
    CommandRow{"report", "Reports a stored load run again, with other objectives or prices",
               "costwar load report nightly --slo ttft=500ms,tpot=30ms\n"
               "costwar load report 20261128T101500Z-4f21c0 --machine-rate 2.10 --format html -o load.html",
               make_load_report},
    CommandRow{"diff", "Compares two stored load runs, with intervals",
               "costwar load diff before after\n"
               "costwar load diff before after --slo ttft=500ms --format markdown",
               make_load_diff},
    CommandRow{"resume", "Goes on with the stages that an interrupted load run lacks",
               "costwar load resume 20261128T101500Z-4f21c0", make_load_resume},
    CommandRow{"runs", "Every stored load run, oldest first",
               "costwar load runs\ncostwar load runs --format json", make_load_runs},
    CommandRow{"delete", "Deletes a load run from the store", "costwar load delete 20261128T101500Z-4f21c0",
               make_load_delete},
};

}  // namespace

std::unique_ptr<Verb> make_load() {
  return std::make_unique<Subcommands>(kLoadCommands);
}

}  // namespace costwar::cli
