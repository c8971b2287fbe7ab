#include "cli/measure.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>

#include "cli/flag_checks.h"
#include "cli/machine_json.h"
#include "cli/measure_helpers.h"
#include "cli/model_provider.h"
#include "cli/progress_line.h"
#include "cli/project.h"
#include "cli/quantities.h"
#include "cli/recorder.h"
#include "cli/replay.h"
#include "cli/run_id.h"
#include "cli/signals.h"
#include "cli/suite.h"
#include "cli/version.h"
#include "core/error.h"
#include "harness/measuring.h"
#include "harness/store/earlier_answers.h"
#include "harness/until_decided.h"

namespace costwar::cli {
namespace {

std::vector<ModelSpec> parse_models(const std::vector<std::string>& names) {
  std::vector<ModelSpec> specs;
  for (const std::string& name : names.empty() ? kDefaultModels : names)
    specs.push_back(parse_model_spec(name));
  return specs;
}

struct Prepared {
  RunHeader header;
  std::vector<harness::TrialWork> work;
};

harness::BatchStart batch_start(const harness::Store& store, const std::string& run) {
  return {run, store.read_batches(run).size(), {}, store.open_batches(run)};
}

// What is out is paid for, so it is awaited.
void tell_wind_down(std::size_t calls_out, const Environment& environment) {
  if (calls_out == 0) return;
  fmt::print(environment.err,
             "{}Nothing more begins; {} out {} awaited and kept. Ctrl-C again ends it now.\n",
             environment.err_is_terminal ? "\n" : "",
             calls_out == 1 ? "the call that is" : fmt::format("the {} calls that are", calls_out),
             calls_out == 1 ? "is" : "are");
}

// What the vendors go on with, for a person at the terminal.
void tell_batches_left(const std::vector<harness::BatchRow>& left, const harness::Plan& plan,
                       std::FILE* err) {
  for (const harness::BatchRow& batch : left)
    fmt::print(err, "{}: batch {} of {} requests {}; the same command picks it up\n",
               plan.input().models.at(batch.model).card.name,
               batch.vendor_id.empty() ? batch.tag : batch.vendor_id, batch.requests,
               batch.vendor_id.empty() ? "left without a reply" : "goes on at the vendor");
}

harness::RunnerSettings runner_settings(const MeasureFlags& flags, Nanos longest_call) {
  harness::RunnerSettings settings;
  settings.concurrency = flags.concurrency;
  settings.deadline = longest_call;
  settings.retry.seed = flags.seed;
  if (!flags.deadline.empty()) settings.run_deadline = parse_duration(flags.deadline, "--deadline");
  return settings;
}

std::optional<harness::Stopping> stopping_of(const MeasureFlags& flags, std::size_t models) {
  if (!flags.until_decided) return std::nullopt;
  if (models < 2)
    throw Error(ErrorKind::usage, "--until-decided compares models, and one alone is given",
                "name two or more");
  harness::Stopping stopping;
  stopping.margin = parse_points(flags.margin, "--margin");
  stopping.failures_count = flags.failed_items == "wrong";
  return stopping;
}

harness::BatchSettings batch_settings(const MeasureFlags& flags) {
  harness::BatchSettings settings;
  settings.retry.seed = flags.seed;
  settings.resubmit = flags.resubmit_batches;
  return settings;
}

// Everything but who is asked.
harness::PlanInput plan_input(const MeasureFlags& flags, std::size_t models, const Environment& environment) {
  harness::PlanInput input;
  input.tasks = resolve_tasks(flags.tasks, flags.seed, flags.items, environment);
  input.seed = flags.seed;
  input.repeats = flags.repeats;
  input.sampling = sampling_of(flags.request);
  input.until_decided = stopping_of(flags, models);
  return input;
}

// The models that are compared, in the order of the command line; asked borrows from handles.
struct Subjects {
  std::vector<ModelHandle> handles;
  std::vector<harness::Asked> asked;
  std::vector<std::string> names;
  std::vector<harness::PlanModel> models;
};

Subjects make_subjects(const std::vector<ModelSpec>& specs, ProviderKit& kit) {
  Subjects subjects;
  for (const ModelSpec& spec : specs) {
    const ModelHandle& handle = subjects.handles.emplace_back(kit.make(spec));
    subjects.asked.push_back({handle.provider.get(), handle.batch.get()});
    subjects.names.push_back(spec.text);
    subjects.models.push_back(plan_model(handle));
  }
  return subjects;
}

// Ctrl-C: once, and nothing more begins; twice, and it ends now.
class Interruption {
 public:
  Interruption(EventLoop& loop, const Environment& environment)
      : watch_(
            loop,
            [this, &environment] {
              happened_ = true;
              if (running_ == nullptr) return;
              tell_wind_down(running_->calls_out(), environment);
              running_->wind_down();
            },
            [this] {
              happened_ = true;
              if (running_ != nullptr) running_->interrupt();
            }) {}

  bool happened() const { return happened_; }
  void of(harness::Measuring* running) { running_ = running; }  // null: of nothing any more

 private:
  bool happened_ = false;
  harness::Measuring* running_ = nullptr;
  InterruptWatch watch_;
};

// The newest run of the same plan, if there is one.
std::optional<Prepared> take_up_run(harness::Store& store, const harness::Plan& plan) {
  auto header = store.find_run_by_plan(plan.hash());
  if (!header) return std::nullopt;
  Prepared prepared{*std::move(header), {}};
  if (harness::work_left(store.read_columns(prepared.header.id)).empty()) return prepared;
  store.resume_run(prepared.header.id);
  prepared.work = harness::work_left(store, prepared.header.id);
  return prepared;
}

// power: JSON of what the energy is read from, or empty. code: what opens the sandbox, where the plan needs
// one, and says so in the run's settings.
Prepared prepare_run(harness::Store& store, const harness::Plan& plan, const MeasureFlags& flags, Wall now,
                     const std::string& power,
                     const std::function<std::string(const std::string& settings)>& code) {
  if (!flags.fresh)
    if (auto prepared = take_up_run(store, plan)) return *std::move(prepared);
  Prepared prepared{plan.header(), harness::all_work(plan)};
  prepared.header.id = new_run_id(now);
  prepared.header.label = flags.label;
  prepared.header.created = now;
  prepared.header.costwar_version = kVersion;
  prepared.header.machine = machine_facts_json(power);
  prepared.header.settings = code(prepared.header.settings);
  if (flags.fresh) {
    store.create_planned_run(prepared.header, plan);
    return prepared;
  }
  // Another process may have begun the same plan since it was looked for.
  while (!store.create_first_planned_run(prepared.header, plan))
    if (auto theirs = take_up_run(store, plan)) return *std::move(theirs);
  return prepared;
}

[[noreturn]] void stop_with(const harness::RunnerResult& result, const std::string& run) {
  if (result.error)
    throw Error(result.error->kind(), result.error->what(),
                result.error->hint().empty() ? fmt::format("what was measured is in run {}", run)
                                             : result.error->hint());
  std::size_t done = 0;
  std::size_t trials = 0;
  for (const harness::ModelProgress& model : result.models) {
    done += model.done;
    trials += model.trials;
  }
  throw Error(ErrorKind::interrupted,
              fmt::format("{} after {} of {} trials of run {}",
                          result.deadline_passed ? "the deadline passed" : "interrupted", done, trials, run),
              "the same command goes on from there");
}

// The stopping rule of the plan, with what earlier calls of the program measured; null: it has none.
std::unique_ptr<harness::UntilDecided> take_up_decisions(const harness::Plan& plan,
                                                         const harness::Store& store,
                                                         const Measured& measured) {
  if (!plan.input().until_decided) return nullptr;
  auto stop = std::make_unique<harness::UntilDecided>(plan);
  if (measured.measured_now < measured.trials) stop->take_up(store.read_columns(measured.run));
  return stop;
}

// What was asked in the same time, beside what the servers counted.
Json with_our_counts(Json servers, const harness::RunnerResult& result, const harness::Plan& plan) {
  for (Json& server : servers)
    for (std::size_t i = 0; i < result.models.size(); ++i) {
      const harness::ModelProgress& model = result.models[i];
      if (plan.input().models[i].card.name != server.at("model").get<std::string>()) continue;
      server["asked"] = {{"attempts", model.attempts},
                         {"prompt_tokens", model.prompt_tokens},
                         {"output_tokens", model.output_tokens}};
    }
  return servers;
}

// What a server of our own could not do is no fault of the model's, so the run ends there.
void require_servers(const ServerWatch& servers, const harness::RunnerResult& result,
                     const std::string& run) {
  if (!servers.failure() || (result.interrupted && result.deadline_passed)) return;
  throw Error(ErrorKind::provider, *servers.failure(),
              fmt::format("what was measured is in run {}; the same command goes on from there", run));
}

void require_complete(const harness::RunnerResult& result, const harness::Store& store,
                      const std::string& run) {
  if (result.error && result.error->kind() == ErrorKind::spending_limit)
    throw with_ledger(*result.error, *store.ledger_of(run), run,
                      harness::work_left(store.read_columns(run)).size());
  if (result.error || result.interrupted) stop_with(result, run);
}

}  // namespace

void declare_measure_flags(CLI::App& app, MeasureFlags& flags) {
  app.add_option("MODEL", flags.models,
                 "Models: provider/model[@effort][+batch] or a server's address (default: local/tiny-moe "
                 "local/tiny-dense)");
  app.add_option("--tasks", flags.tasks, "Tasks, comma-separated (default: all; `costwar tasks` lists them)")
      ->delimiter(',');
  app.add_option("--n", flags.items, "Items per task")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--repeats", flags.repeats, "How often each item is put to each model")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--judge", flags.judge, "The model that scores what no rule can, named as models are");
  app.add_option("--simulated-user", flags.simulated_user, "The model that plays the user in tasks with one");
  app.add_option("--seed", flags.seed, "Seed of items and order")->check(kWholeNumber)->capture_default_str();
  app.add_option("--concurrency", flags.concurrency, "Calls in flight per remote model")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--timeout", flags.timeout_s, "Seconds that one call may take")
      ->check(kNumber)
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  app.add_option("--deadline", flags.deadline,
                 "Begin nothing after this time, such as 30m, and keep the rest");
  auto* const until_decided = app.add_flag(
      "--until-decided", flags.until_decided,
      "Stop measuring two models as soon as one is better, or both are equivalent (docs/measuring.md)");
  app.add_option("--margin", flags.margin, "With --until-decided: models closer than this are equivalent")
      ->needs(until_decided)
      ->capture_default_str();
  app.add_option("--failed-items", flags.failed_items,
                 "With --until-decided: items that finally failed count as wrong, or are left-out")
      ->check(CLI::IsMember({"wrong", "left-out"}))
      ->needs(until_decided)
      ->capture_default_str();
  declare_request_flags(app, flags.request);
  declare_budget_flags(app, flags.budget);
  app.add_flag("--resubmit-batches", flags.resubmit_batches,
               "Ask again for batches that left and that nobody can find at their vendor (docs/batch.md)");
  app.add_flag("--fresh", flags.fresh, "Measure anew, even if the store holds this plan");
  app.add_flag("--no-cache", flags.no_cache, "Take no answer over from an earlier run: ask each again");
  app.add_flag("--unsafe-code", flags.unsafe_code,
               "Run what models write with your own rights where there is no sandbox");
  app.add_flag("--record", flags.record, "Keep requests and answers with the run, for replay/RUN");
  app.add_option("--replay-speed", flags.replay_speed, "How replay/... answers: instant, or real as recorded")
      ->check(CLI::IsMember({"instant", "real"}))
      ->capture_default_str();
  app.add_option(
         "--energy", flags.energy,
         "Where the joules of this machine come from (default: energy.source of the configuration, auto)")
      ->check(CLI::IsMember({"auto", "rapl", "nvml", "command", "estimate", "off"}));
  app.add_option("--label", flags.label, "A name for the run");
  app.add_option("--store", flags.store,
                 "The store's file (default: .costwar/store.db of the project folder)")
      ->type_name("FILE");
  declare_network_flags(app, flags.network);
  declare_local_flags(app, flags.local);
}

Measured measure(const MeasureFlags& flags, const pricing::PriceBook& book, const Environment& environment) {
  const std::vector<ModelSpec> specs = parse_models(flags.models);
  const Nanos longest = nanoseconds(static_cast<std::int64_t>(flags.timeout_s * 1e9));
  harness::RunnerSettings settings = runner_settings(flags, longest);
  harness::PlanInput input = plan_input(flags, specs.size(), environment);

  const auto loop = make_event_loop();
  Interruption interruption(*loop, environment);
  // The runner's deadline ends a call; the transport's only where that one does not.
  const ReplaySettings replays{flags.store, replay_speed(flags.replay_speed)};
  Config config = load_config(environment, flags.network, flags.local);
  if (!flags.energy.empty()) take_energy_source(config, flags.energy);
  ProviderKit kit(*loop, environment, config, longest + seconds(60), &replays);
  Subjects subjects = make_subjects(specs, kit);
  input.models = subjects.models;
  MeasureHelpers helpers(flags, kit);
  helpers.add_to(input);
  learn_cache_keys(input, subjects.asked);
  helpers.open_energy(*loop, config, subjects.asked, environment);
  const harness::Plan plan(std::move(input));
  require_recorded(plan, subjects.handles, environment);
  // While a server's list of models was awaited; no run is made then.
  if (interruption.happened())
    throw Error(ErrorKind::interrupted, "interrupted before anything was measured");

  const harness::BudgetPrices prices = budget_prices(plan.input(), book, loop->clock(), longest);
  if (flags.budget.any()) check_budget(plan, prices, flags.budget);
  const auto store = harness::Store::open(store_path(environment, flags.store), *loop);
  Prepared prepared = prepare_run(*store, plan, flags, loop->clock().wall(), helpers.power_facts(),
                                  [&](const std::string& of_plan) {
                                    helpers.open_code(*loop, plan, environment);
                                    return helpers.with_code_sandbox(of_plan);
                                  });
  const std::string run = prepared.header.id;
  const auto recorder =
      Recorder::begin(*store, prepared.header, plan, prepared.work, flags.record, environment, config);
  Measured measured{run, static_cast<std::int64_t>(plan.size()),
                    static_cast<std::int64_t>(prepared.work.size())};
  const auto stop = take_up_decisions(plan, *store, measured);
  if (stop && stop->comparison().decided()) {
    measured.measured_now = 0;
    return measured;
  }
  if (prepared.work.empty()) return measured;

  const bool budgeted = begin_budget(*store, run, flags.budget, plan, loop->clock().wall());
  if (budgeted) check_budget(plan, prices, flags.budget);  // one of an earlier call, too
  if (budgeted) settings.budget = &prices;
  settings.stop = stop.get();
  settings.retry.waits = !(all_instant(subjects.handles) && helpers.instant());
  if (recorder) recorder->wrap(*loop, subjects.asked, settings.deadline);
  helpers.open_code(*loop, plan, environment);
  harness::RunnerServices services =
      helpers.services(*loop, store_path(environment, flags.store), run, recorder.get(), settings.deadline);
  if (environment.err_is_terminal) services.charge = prices.charge;
  const auto sink = store->sink(run);
  const auto batch_log = store->batch_log(run);
  ProgressLine progress(environment.err, environment.err_is_terminal, loop->clock(), subjects.names);
  harness::Measuring measuring(*loop, plan, subjects.asked, *sink, *batch_log, progress, settings,
                               batch_settings(flags), std::move(services));
  interruption.of(&measuring);
  kit.servers().on_failure([&measuring] { measuring.wind_down(); });
  kit.servers().begin();
  const harness::MeasuringResult ended = measuring.run(std::move(prepared.work), batch_start(*store, run));
  interruption.of(nullptr);
  kit.servers().on_failure({});
  store->flush();
  if (const Json told = with_our_counts(kit.servers().end(), ended.both, plan); !told.empty())
    store->add_servers(run, told.dump());
  require_servers(kit.servers(), ended.both, run);
  tell_batches_left(ended.left, plan, environment.err);
  require_complete(ended.both, *store, run);
  for (const harness::ModelProgress& model : ended.both.models)
    measured.taken += static_cast<std::int64_t>(model.taken);
  return measured;
}

}  // namespace costwar::cli
