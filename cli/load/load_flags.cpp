#include "cli/load/load_flags.h"

#include <array>

#include "cli/flag_checks.h"

namespace costwar::cli {
namespace {

constexpr std::array<std::string_view, 3> kArrivalNames{"poisson", "constant", "gamma"};

void declare_when(CLI::App& app, LoadFlags& flags) {
  app.add_option(
         "--concurrency,-c", flags.concurrency,
         "Closed loop: so many sessions at once (default: 1). 1,8,64: one stage each; 1..64: a ramp, or "
         "the bounds of --sweep. With --rate, --trace: most calls in flight at once")
      ->type_name("N");
  app.add_option("--rate,-r", flags.rate,
                 "Open loop: so many sessions a second begin, whatever is in flight. 2,4,8: one stage each; "
                 "1..50: a ramp, or the bounds of --sweep and --find-rate")
      ->type_name("PER_S");
  app.add_option("--arrivals", flags.arrivals,
                 "How sessions of --rate arrive: poisson (the default), constant, or gamma with --burstiness")
      ->check(CLI::IsMember(std::vector<std::string>(kArrivalNames.begin(), kArrivalNames.end())));
  app.add_option("--burstiness", flags.burstiness,
                 "Shape of gamma arrivals: 1 is Poisson, below 1 comes in bursts (as vLLM's benchmark)")
      ->check(kNumber);
  app.add_flag("--sweep", flags.sweep,
               "Double the load until throughput stops growing, then look closer at the knee");
  app.add_flag("--find-rate", flags.find_rate, "Search for the highest rate that keeps --slo");
  app.add_option("--trace", flags.trace,
                 "Ask what a recorded trace asked, when it did: Mooncake (.jsonl), Azure or BurstGPT (.csv)")
      ->type_name("FILE");
  app.add_option("--speed", flags.speed, "Replay --trace so many times as fast")->check(kNumber);
  app.add_option("--schedule", flags.schedule, "Ask again what --save-schedule wrote, exactly")
      ->type_name("FILE");
  app.add_option("--duration,-d", flags.duration, "How long each stage begins sessions: 10s, 2m")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--requests,-n", flags.requests, "No more than so many sessions in a stage")
      ->check(kPositiveWholeNumber);
}

void declare_what(CLI::App& app, LoadFlags& flags) {
  app.add_option("--input-tokens", flags.input,
                 "Tokens of each prompt: 512, 100..500, normal:512,50, lognormal:512,0.4")
      ->type_name("TOKENS")
      ->capture_default_str();
  app.add_option("--output-tokens", flags.output,
                 "Most tokens of each answer, in the same ways; any: as the model likes")
      ->type_name("TOKENS")
      ->capture_default_str();
  app.add_flag("--exact-output", flags.exact_output,
               "Ask servers that can (vLLM, SGLang, llama-server) to go on to --output-tokens: ignore_eos");
  app.add_option("--turns", flags.turns, "Turns of each session: 1, 2..6")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--think", flags.think, "Between the end of an answer and the next turn: 2s, exponential:2s")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--prefixes", flags.prefixes, "So many shared beginnings, each session has one of them")
      ->check(kWholeNumber);
  app.add_option("--prefix-tokens", flags.prefix_tokens, "Tokens of each shared beginning")
      ->check(kWholeNumber);
  app.add_option("--prompts", flags.prompts,
                 "Prompts of your own: JSON Lines with \"prompt\" or \"messages\", or .txt with one a line")
      ->type_name("FILE");
  app.add_option("--cancel", flags.cancel, "Share of calls that are cancelled: 5%")->type_name("SHARE");
  app.add_option("--cancel-after", flags.cancel_after, "How long after they left: 1s, 100ms..3s")
      ->type_name("TIME");
  app.add_option("--temperature", flags.temperature, "Sampling temperature (default: the provider's)")
      ->check(kNumber)
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--extra-body", flags.extra_body,
                 "A JSON object whose members are added to every request, for what only one server knows")
      ->type_name("JSON");
  app.add_option(
         "--seed", flags.seed,
         "Seed of everything that is drawn (default: another one each time, shown in the report, so that "
         "no prompt cache knows the prompts)")
      ->check(kWholeNumber);
}

void declare_how(CLI::App& app, LoadFlags& flags) {
  app.add_option("--threads", flags.threads,
                 "Event loops, each on a thread of its own with its own connections and reader")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--drain", flags.drain, "What is out when a stage stops asking is awaited for so long")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--timeout", flags.timeout_s, "Longest call, in seconds")
      ->check(kNumber)
      ->check(CLI::Range(0.001, 86'400.0))
      ->capture_default_str();
  declare_budget_flags(app, flags.budget);
  app.add_flag("--no-budget", flags.no_budget, "Ask a model that costs money without any limit")
      ->excludes("--budget");
  app.add_option("--label", flags.label, "A name for the run");
  app.add_option("--store", flags.store,
                 "The store's file (default: .costwar/store.db of the project folder)")
      ->type_name("FILE");
  app.add_option("--calls", flags.calls, "Write every call with its stamps in nanoseconds, as JSON Lines")
      ->type_name("FILE");
  app.add_option("--save-schedule", flags.save_schedule, "Write what was asked, and when, for --schedule")
      ->type_name("FILE");
  declare_network_flags(app, flags.network);
  declare_local_flags(app, flags.local);
}

}  // namespace

void declare_reading_flags(CLI::App& app, LoadReadingFlags& flags) {
  app.add_option(
         "--slo", flags.slo,
         "Service objectives of each request: ttft=2s,tpot=80ms,e2e=10s,gap=200ms,share=99%, or a preset "
         "such as mlperf/deepseek-r1-server; repeatable")
      ->type_name("OBJECTIVES")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option(
         "--machine-rate", flags.machine_rate,
         "What the hardware that serves costs an hour, in USD: dollars per million tokens at the measured "
         "rate")
      ->type_name("USD");
  app.add_option("--at", flags.at, "Price the calls as if they had been made at this instant")
      ->type_name("INSTANT");
  declare_book_flags(app, flags.books);
}

void declare_load_flags(CLI::App& app, LoadFlags& flags) {
  app.add_option("model", flags.model, "Model, or address with #MODEL where it serves several")
      ->type_name("PROVIDER/MODEL|URL");
  declare_when(app, flags);
  declare_what(app, flags);
  declare_how(app, flags);
  declare_reading_flags(app, flags.reading);
}

}  // namespace costwar::cli
