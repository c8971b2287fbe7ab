// costwar host threads: how fast a weight file is with so many threads. More are not faster for every model:
// those of a small one wait for each other, and on a busy machine they wait for its other work.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/local_run.h"
#include "cli/output.h"
#include "core/error.h"
#include "reports/views/thread_sweep_view.h"
#include "system/machine.h"

namespace costwar::cli {
namespace {

constexpr int kMostThreads = 1024;

class HostThreads final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "The weight file")->required();
    app.add_option("--threads", threads_, "How many to try, comma-separated (default: 1, 2, 4, ... all)")
        ->delimiter(',')
        ->check(CLI::Range(1, kMostThreads));
    app.add_option("--repeats", repeats_, "Calls for each")->check(CLI::Range(1, 100))->capture_default_str();
    app.add_option("--prompt", prompt_, "About so many tokens of a prompt")
        ->check(CLI::Range(8, 100'000))
        ->capture_default_str();
    app.add_option("--tokens", tokens_, "Tokens to generate, at most")
        ->check(CLI::Range(2, 100'000))
        ->capture_default_str();
    declare_local_flags(app, local_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    Config config = load_config(environment, {}, local_);
    const MachineFacts before = read_machine_facts();
    reports::ThreadSweep sweep;
    sweep.file = file_;
    sweep.logical_cpus = before.logical_cpus;
    sweep.load_before = before.load_average_1m;
    config.local.context = std::max<std::int64_t>(config.local.context, 4 * (prompt_ + tokens_));
    for (const int threads : counts(before.logical_cpus)) {
      config.local.threads = threads;
      sweep.rows.push_back(measure(config.local, threads, sweep, environment));
    }
    sweep.load_after = read_machine_facts().load_average_1m;
    emit(reports::thread_sweep_document(sweep), output_, environment);
    return kOk;
  }

 private:
  std::vector<int> counts(int all) const {
    std::vector<int> counts = threads_;
    if (counts.empty()) {
      for (int n = 1; n < all; n *= 2) counts.push_back(n);
      counts.push_back(std::max(1, all));
    }
    std::sort(counts.begin(), counts.end());
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    return counts;
  }

  // Another beginning for every call, so that none finds its prompt in a cache.
  std::string prompt(int call) const {
    std::string text = fmt::format("Call {}. Remember:", call);
    for (std::int64_t i = 0; i < prompt_ / 4; ++i)
      text += fmt::format(" item {} is {},", i, (i * 37 + call) % 90);
    return text + " and write down all of them again, one after the other.";
  }

  reports::ThreadRow measure(const LocalConfig& config, int threads, reports::ThreadSweep& sweep,
                             const Environment& environment) const {
    reports::ThreadRow row;
    row.threads = threads;
    LocalRun run(file_, config, environment);
    sweep.software = run.software();
    run.start();
    // The first call warms up: pages of the weights, the library's buffers.
    for (int call = 0; call <= repeats_; ++call) {
      ChatRequest request;
      request.messages = {{Role::user, prompt(threads * 1000 + call)}};
      request.max_output_tokens = tokens_;
      request.temperature = 0;
      const ServedSpeed speed = speed_of_timings(run.ask(std::move(request)).extra);
      if (call == 0) continue;
      if (speed.prompt) row.prompt.push_back(*speed.prompt);
      if (speed.generation) row.generation.push_back(*speed.generation);
    }
    const local::ServerRecord record = run.record();
    if (record.load_time) row.load_s = record.load_time->seconds();
    row.peak_bytes = record.peak_resident_bytes;
    return row;
  }

  std::string file_;
  std::vector<int> threads_;
  int repeats_ = 3;
  std::int64_t prompt_ = 256;
  std::int64_t tokens_ = 64;
  LocalFlags local_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_threads() {
  return std::make_unique<HostThreads>();
}

}  // namespace costwar::cli
