#include "cli/mock/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cli/flag_checks.h"
#include "cli/keys.h"
#include "cli/quantities.h"
#include "cli/suite.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/answer_book.h"
#include "mock/faults.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::size_t kBookItems = 2000;   // per task, of the default seed, when no answer book is named
constexpr double kSlowestPace = 1.0 / 60;  // tokens a second: the server keeps gaps of up to a minute
constexpr double kFastestPace = 1e9;
constexpr std::uint64_t kLargestLimit = 1'000'000'000;

std::string default_book() {
  std::string lines;
  for (const harness::TaskItems& task : suite_items(builtin_suite(), {}, 1, kBookItems))
    for (const harness::Item& item : task.items) lines += harness::answer_book_line(task.task, item) + "\n";
  return lines;
}

void require_fault(const std::string& name) {
  if (mock::find_fault(name) != nullptr) return;
  std::vector<std::string> names;
  for (const mock::Fault& fault : mock::faults()) names.emplace_back(fault.name);
  const auto near = nearest_name(name, std::span<const std::string>(names));
  throw Error(ErrorKind::usage, fmt::format("--fault: there is no fault '{}'", name),
              near ? fmt::format("did you mean {}?", *near) : "costwar mock --list lists them");
}

mock::Flavour flavour_named(const std::string& name) {
  if (const auto found = mock::find_flavour(name)) return *found;
  static constexpr mock::Flavour kAll[] = {mock::Flavour::openai, mock::Flavour::deepseek,
                                           mock::Flavour::llama_server, mock::Flavour::vllm,
                                           mock::Flavour::openrouter};
  std::vector<std::string> names;
  std::string list;
  for (const mock::Flavour flavour : kAll) {
    names.emplace_back(mock::name_of(flavour));
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const auto near = nearest_name(name, std::span<const std::string>(names));
  throw Error(ErrorKind::usage, fmt::format("--flavour: there is no flavour '{}'", name),
              near ? fmt::format("did you mean {}?", *near) : "there are " + list);
}

}  // namespace

void MockFlags::declare(CLI::App& app) {
  app.add_option("--port", port_, "Port; 0 takes any free one")->capture_default_str();
  declare_models(app);
  declare_pace(app);
  declare_account(app);
  app.add_option("--batch-duration", batch_duration_, "What a batch takes, from its creation to its end")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--fault", faults_, "A fault and the share of prompts that meet it, NAME=SHARE; repeatable");
  app.add_option("--key-variable", key_variable_, "Environment variable whose key clients must send");
}

void MockFlags::declare_models(CLI::App& app) {
  app.add_option("--model", models_, "A model and its accuracy, NAME=SHARE; repeatable (default: mock=1)");
  app.add_option("--flavour", flavour_,
                 "Whose extras the answers carry: openai, deepseek, llama_server, vllm, openrouter")
      ->capture_default_str();
  auto* const answers =
      app.add_option("--answers", answers_,
                     "Answer book, as `costwar tasks answers` writes it (default: the built-in tasks)")
          ->type_name("FILE");
  app.add_flag("--echo", echo_, "Answer each prompt with itself")->excludes(answers);
  app.add_option("--unknown-tokens", unknown_tokens_,
                 "Tokens of the answer to a prompt that is not in the book; 0: \"I do not know.\"")
      ->check(CLI::Range(std::size_t{0}, std::size_t{100'000}));
  app.add_option("--seed", seed_, "Decides which prompts are answered wrongly")
      ->check(kWholeNumber)
      ->capture_default_str();
  app.add_option("--reasoning", reasoning_share_, "Share of output tokens that is reasoning")
      ->check(kNumber)
      ->check(CLI::Range(0.0, 0.95));
  auto* const cached = app.add_option("--cached", cached_share_, "Share of prompt tokens reported as cached")
                           ->check(kNumber)
                           ->check(CLI::Range(0.0, 1.0));
  app.add_flag("--prompt-cache", prompt_cache_,
               "Report as cached what begins like a prompt whose answer has ended, from 1,024 tokens on")
      ->excludes(cached);
}

void MockFlags::declare_pace(CLI::App& app) {
  app.add_option("--ttft", ttft_, "Time to the first token, with its unit: 50ms")->type_name("TIME");
  app.add_option("--ttft-per-token", ttft_per_token_, "More of it for each prompt token: 20us")
      ->type_name("TIME");
  app.add_option("--pace", pace_, "Tokens a second of each answer; 0: all at once")
      ->check(kNumber)
      ->check(CLI::Range(0.0, kFastestPace));
  app.add_option("--gap-sigma", gap_sigma_, "Spread of lognormal gaps between tokens; 0: all alike")
      ->check(kNumber)
      ->check(CLI::Range(0.0, 4.0));
  app.add_option("--slots", slots_, "Requests that generate at one time; 0: no limit");
  app.add_option("--hiccup", hiccup_, "All generation stands still once, AT=LENGTH since the start: 10s=2s")
      ->type_name("AT=LENGTH");
  app.add_option("--header-delay", header_delay_, "Every answer's head, and all of it, so much later")
      ->type_name("TIME");
  app.add_flag("--stamps", stamps_, "Each chunk says when it was due and when it was sent");
}

void MockFlags::declare_account(CLI::App& app) {
  const CLI::Range whole(std::uint64_t{0}, kLargestLimit);
  app.add_option("--rpm", rpm_, "Requests a minute, then 429; 0: no limit")->check(whole);
  app.add_option("--tpm", tpm_, "Tokens a minute, then 429; 0: no limit")->check(whole);
  app.add_option("--max-in-flight", max_in_flight_, "Requests at one time, then 429; 0: no limit")
      ->check(whole);
  app.add_option("--quota", quota_, "Requests until the quota is used up: then 429 insufficient_quota")
      ->check(whole);
  app.add_option("--balance", balance_, "Tokens until the balance is used up: then 402")->check(whole);
}

void MockFlags::read_models(mock::MockOptions& options) const {
  const mock::Flavour flavour = flavour_named(flavour_);
  for (const std::string& text : models_.empty() ? std::vector<std::string>{"mock=1"} : models_) {
    const auto [name, share] = parse_pair(text, "--model", "--model strong=0.9");
    mock::MockModel model;
    model.name = name;
    model.accuracy = parse_share(share, "--model");
    model.seed = seed_;
    model.reasoning_share = reasoning_share_;
    model.cached_share = cached_share_;
    model.flavour = flavour;
    options.models.push_back(std::move(model));
  }
}

void MockFlags::read_pace(mock::MockOptions& options) const {
  options.pace.ttft_base = parse_duration(ttft_, "--ttft");
  options.pace.ttft_per_token = parse_duration(ttft_per_token_, "--ttft-per-token");
  if (pace_ > 0 && pace_ < kSlowestPace)
    throw Error(ErrorKind::usage, fmt::format("--pace: {} tokens a second is less than one a minute", pace_),
                "name a faster pace");
  if (pace_ > 0) options.pace.gap = nanoseconds(std::llround(1e9 / pace_));
  options.pace.gap_sigma = gap_sigma_;
  options.pace.slots = slots_;
  options.header_delay = parse_duration(header_delay_, "--header-delay");
  options.batch_duration = parse_duration(batch_duration_, "--batch-duration");
  if (hiccup_.empty()) return;
  const auto [at, length] = parse_pair(hiccup_, "--hiccup", "--hiccup 10s=2s");
  options.hiccup = {parse_duration(at, "--hiccup"), parse_duration(length, "--hiccup")};
}

void MockFlags::read_faults(mock::MockOptions& options) const {
  for (const std::string& text : faults_) {
    const auto [name, share] = parse_pair(text, "--fault", "--fault no-done=0.1");
    require_fault(name);
    options.faults.push_back({name, parse_share(share, "--fault"), {}});
  }
}

mock::MockOptions MockFlags::options(const Environment& environment) const {
  mock::MockOptions options;
  options.port = port_;
  read_models(options);
  read_pace(options);
  read_faults(options);
  if (!echo_)
    options.book = answers_.empty() ? mock::AnswerBook::parse(default_book(), "the built-in tasks")
                                    : mock::AnswerBook::parse(read_file(answers_), answers_);
  options.echo = echo_;
  options.unknown_tokens = unknown_tokens_;
  options.prompt_cache = prompt_cache_;
  options.stamps = stamps_;
  options.account = {rpm_, tpm_, max_in_flight_, quota_, balance_};
  if (!key_variable_.empty()) options.api_key = require_key(environment, key_variable_, "the mock server");
  return options;
}

}  // namespace costwar::cli
