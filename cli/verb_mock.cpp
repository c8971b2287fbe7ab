// costwar mock: the fault-injecting server, on this machine's loopback.

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/suite.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/answer_book.h"
#include "mock/server.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::size_t kBookItems = 2000;  // per task, of the default seed, when no answer book is named

constexpr double kLargestPace = 86'400'000;  // ms or us: a day of ms, and its nanoseconds fit

double share_of(const std::string& text, const std::string& flag, const std::string& example) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a share from 0 to 1", flag, text),
                "write it as " + example);
  return value;
}

std::pair<std::string, std::string> split_pair(const std::string& text, const std::string& flag,
                                               const std::string& example) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' has no name and share", flag, text),
                "write it as " + example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Nanos from_ms(double ms) {
  return nanoseconds(static_cast<std::int64_t>(ms * 1e6));
}

class Mock final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--port", port_, "Port; 0 takes any free one")->capture_default_str();
    app.add_option("--model", models_, "A model and its accuracy, NAME=SHARE; repeatable (default: mock=1)");
    app.add_option("--answers", answers_,
                   "Answer book, as `costwar tasks answers` writes it (default: the built-in tasks)")
        ->type_name("FILE");
    app.add_option("--seed", seed_, "Decides which prompts are answered wrongly")->capture_default_str();
    app.add_option("--reasoning", reasoning_share_, "Share of output tokens that is reasoning")
        ->check(kNumber)
        ->check(CLI::Range(0.0, 0.95));
    app.add_option("--cached", cached_share_, "Share of prompt tokens reported as cached")
        ->check(kNumber)
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--ttft-ms", ttft_ms_, "Time to the first token")
        ->check(kNumber)
        ->check(CLI::Range(0.0, kLargestPace));
    app.add_option("--ttft-per-token-us", ttft_per_token_us_, "More of it for each prompt token")
        ->check(kNumber)
        ->check(CLI::Range(0.0, kLargestPace));
    app.add_option("--gap-ms", gap_ms_, "Time between tokens")
        ->check(kNumber)
        ->check(CLI::Range(0.0, kLargestPace));
    app.add_option("--gap-sigma", gap_sigma_, "Spread of lognormal gaps; 0: all alike")
        ->check(kNumber)
        ->check(CLI::Range(0.0, 4.0));
    app.add_option("--slots", slots_, "Requests that generate at one time; 0: no limit");
    app.add_option("--fault", faults_,
                   "A fault and the share of prompts that meet it, NAME=SHARE; repeatable");
    app.add_option("--key-variable", key_variable_, "Environment variable whose key clients must send");
    app.add_option("--truth", truth_, "Write what was really sent, as JSON Lines")->type_name("FILE");
    app.add_flag("--list-faults", list_faults_, "Print the faults and end");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (list_faults_) {
      emit(fault_document(), output_, environment);
      return kOk;
    }
    const auto loop = make_event_loop();
    bool stop = false;
    const InterruptWatch interrupt(*loop, [&] { stop = true; });
    mock::MockOptions options = mock_options(environment);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> truth(open_truth(), close_file);
    if (truth)
      options.truth = [&](mock::TruthRecord&& record) {
        write_text(truth.get(), mock::to_json_line(record) + "\n");
      };
    mock::MockServer server(*loop, std::move(options));
    write_text(environment.out, fmt::format("http://127.0.0.1:{}/v1\n", server.port()));
    fmt::print(environment.err, "The mock server answers on port {}; Ctrl-C ends it.\n", server.port());
    loop->run([&] { return stop; });
    print_stats(server.stats(), environment);
    return kOk;
  }

 private:
  static int close_file(std::FILE* file) { return file == nullptr ? 0 : std::fclose(file); }

  std::FILE* open_truth() const {
    if (truth_.empty()) return nullptr;
    std::FILE* file = std::fopen(truth_.c_str(), "w");
    if (file == nullptr)
      throw Error(ErrorKind::input, fmt::format("{}: cannot be written", truth_),
                  "name another file with --truth");
    return file;
  }

  mock::MockOptions mock_options(const Environment& environment) const {
    mock::MockOptions options;
    options.port = port_;
    for (const std::string& text : models_.empty() ? std::vector<std::string>{"mock=1"} : models_) {
      const auto [name, share] = split_pair(text, "--model", "--model strong=0.9");
      mock::MockModel model;
      model.name = name;
      model.accuracy = share_of(share, "--model", "--model strong=0.9");
      model.seed = seed_;
      model.reasoning_share = reasoning_share_;
      model.cached_share = cached_share_;
      options.models.push_back(std::move(model));
    }
    for (const std::string& text : faults_) {
      const auto [name, share] = split_pair(text, "--fault", "--fault no-done=0.1");
      require_fault(name);
      options.faults.push_back({name, share_of(share, "--fault", "--fault no-done=0.1"), {}});
    }
    options.book = answers_.empty() ? mock::AnswerBook::parse(default_book(), "the built-in tasks")
                                    : mock::AnswerBook::parse(read_file(answers_), answers_);
    options.pace.ttft_base = from_ms(ttft_ms_);
    options.pace.ttft_per_token = from_ms(ttft_per_token_us_ / 1000);
    options.pace.gap = from_ms(gap_ms_);
    options.pace.gap_sigma = gap_sigma_;
    options.pace.slots = slots_;
    if (!key_variable_.empty()) options.api_key = require_key(environment, key_variable_, "the mock server");
    return options;
  }

  static void require_fault(const std::string& name) {
    if (mock::find_fault(name) != nullptr) return;
    std::vector<std::string> names;
    for (const mock::Fault& fault : mock::faults()) names.emplace_back(fault.name);
    const auto near = nearest_name(name, std::span<const std::string>(names));
    throw Error(ErrorKind::usage, fmt::format("--fault: there is no fault '{}'", name),
                near ? fmt::format("did you mean {}?", *near) : "costwar mock --list-faults lists them");
  }

  static std::string default_book() {
    std::string lines;
    for (const harness::TaskItems& task : suite_items(builtin_suite(), {}, 1, kBookItems))
      for (const harness::Item& item : task.items)
        lines += harness::answer_book_line(task.task.name, item) + "\n";
    return lines;
  }

  static Document fault_document() {
    Document document;
    document.kind = "fault_list";
    document.headline = fmt::format(
        "{} faults that real servers have shown; ask for one with --fault NAME=SHARE or as MODEL!NAME.",
        mock::faults().size());
    Table table{"faults",
                "",
                {{"fault", "Fault", Align::left},
                 {"stream_only", "Streams only", Align::left},
                 {"summary", "What the server does", Align::left}}};
    for (const mock::Fault& fault : mock::faults())
      table.rows.push_back({TextCell{std::string(fault.name)}, TextCell{fault.stream_only ? "yes" : "no"},
                            TextCell{std::string(fault.summary)}});
    document.tables.push_back(std::move(table));
    return document;
  }

  static void print_stats(const mock::MockStats& stats, const Environment& environment) {
    fmt::print(environment.err,
               "{} requests on {} connections: {} right, {} wrong, {} not in the book, {} with a fault, {} "
               "refused.\n",
               stats.requests, stats.connections, stats.correct, stats.wrong, stats.unknown, stats.faulted,
               stats.refused);
    if (stats.paced_pieces > 0)
      fmt::print(environment.err, "Pieces left late by {:.0f} us at the median, {:.0f} us at p99.\n",
                 static_cast<double>(stats.late_p50.count) / 1000,
                 static_cast<double>(stats.late_p99.count) / 1000);
  }

  std::uint16_t port_ = 8089;
  std::vector<std::string> models_;
  std::string answers_;
  std::uint64_t seed_ = 1;
  double reasoning_share_ = 0;
  double cached_share_ = 0;
  double ttft_ms_ = 0;
  double ttft_per_token_us_ = 0;
  double gap_ms_ = 0;
  double gap_sigma_ = 0;
  std::size_t slots_ = 0;
  std::vector<std::string> faults_;
  std::string key_variable_;
  std::string truth_;
  bool list_faults_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_mock() {
  return std::make_unique<Mock>();
}

}  // namespace costwar::cli
