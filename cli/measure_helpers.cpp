#include "cli/measure_helpers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "harness/store/kept_answers.h"

namespace costwar::cli {
namespace {

std::optional<ModelHandle> make_helper(const std::string& name, std::string_view flag, ProviderKit& kit) {
  if (name.empty()) return std::nullopt;
  const ModelSpec spec = parse_model_spec(name);
  if (spec.service_class == "batch")
    throw Error(ErrorKind::usage,
                fmt::format("{} {}: it answers one call at a time, never in a batch", flag, name),
                "leave out +batch");
  return kit.make(spec);
}

bool runs_programs(const harness::Plan& plan) {
  const auto& tasks = plan.input().tasks;
  return std::any_of(tasks.begin(), tasks.end(), [](const harness::TaskItems& task) {
    const harness::ScorerRow* const scorer = harness::find_scorer(task.task.scorer);
    return scorer != nullptr && scorer->kind == harness::ScorerKind::code;
  });
}

bool answers_at_once(const std::optional<ModelHandle>& handle) {
  return !handle || (handle->replay != nullptr && handle->replay->speed() == ReplaySpeed::instant);
}

}  // namespace

MeasureHelpers::MeasureHelpers(const MeasureFlags& flags, ProviderKit& kit)
    : flags_(flags),
      judge_(make_helper(flags.judge, "--judge", kit)),
      simulated_user_(make_helper(flags.simulated_user, "--simulated-user", kit)) {}

void MeasureHelpers::add_to(harness::PlanInput& input) const {
  if (judge_) input.judge = plan_model(*judge_);
  if (simulated_user_) input.simulated_user = plan_model(*simulated_user_);
}

bool MeasureHelpers::instant() const {
  return answers_at_once(judge_) && answers_at_once(simulated_user_);
}

void MeasureHelpers::open_code(EventLoop& loop, const harness::Plan& plan, const Environment& environment) {
  if (!code_ && runs_programs(plan))
    code_ = std::make_unique<CodeSandbox>(loop, environment, flags_.unsafe_code);
}

std::string MeasureHelpers::with_code_sandbox(const std::string& settings) const {
  if (!code_) return settings;
  Json all = settings.empty() ? Json::object() : parse_json(settings, "settings");
  all["code_sandbox"] = {{"tier", sandbox_tier_name(code_->support().tier)},
                         {"held", sandbox_promises(code_->support())}};
  return all.dump();
}

void MeasureHelpers::open_energy(EventLoop& loop, const Config& config,
                                 const std::vector<harness::Asked>& asked, const Environment& environment) {
  const bool own = std::any_of(asked.begin(), asked.end(), [](const harness::Asked& each) {
    return each.provider != nullptr && !each.provider->traits().lane.empty();
  });
  if (!own) return;
  meter_ = find_power_meter(config.energy, loop).meter;
  if (meter_ == nullptr) return;
  energy_.emplace(*meter_);
  power_facts_ = power_facts_json(meter_.get(), config.energy);
  for (const Setting& setting : config.settings)
    if (setting.name == "energy.command" && meter_->facts().source == "command")
      fmt::print(environment.err, "Power is read by {} ({}).\n", config.energy.command.front(),
                 setting.origin);
}

harness::RunnerServices MeasureHelpers::services(EventLoop& loop, const std::filesystem::path& store,
                                                 const std::string& run, Recorder* recorder, Nanos deadline) {
  harness::RunnerServices services;
  const auto provider_of = [&](const std::optional<ModelHandle>& handle) -> Provider* {
    if (!handle) return nullptr;
    if (recorder == nullptr) return handle->provider.get();
    return &recorder->wrap(loop, *handle->provider, deadline);
  };
  services.judge = provider_of(judge_);
  services.simulated_user = provider_of(simulated_user_);
  services.judge_script = harness::make_pointwise_judge;
  services.request_keys = true;
  if (!flags_.fresh && !flags_.no_cache && recorder == nullptr) {
    cache_ = harness::open_kept_answers(store, run);
    services.cache = cache_.get();
  }
  if (code_) services.code = code_->scoring();
  if (energy_) services.energy = &*energy_;
  return services;
}

void learn_cache_keys(harness::PlanInput& input, const std::vector<harness::Asked>& asked) {
  const auto shared = [](const harness::TaskItems& task) { return task.items.any_context(); };
  const auto task = std::find_if(input.tasks.begin(), input.tasks.end(), shared);
  if (task == input.tasks.end() || !input.sampling.cache_key.empty()) return;
  harness::PlanInput probe = input;
  for (harness::PlanModel& model : probe.models) model.cache_keys = true;
  const harness::Plan plan(std::move(probe));
  std::size_t known = 0;
  std::vector<bool> seen(asked.size(), false);
  for (std::size_t i = 0; i < plan.size() && known < asked.size(); ++i) {
    const auto trial = static_cast<std::int64_t>(i);
    const std::size_t model = plan[trial].model;
    if (seen[model] || plan.context(trial) == nullptr) continue;
    seen[model] = true;
    ++known;
    if (asked[model].batch == nullptr)
      input.models[model].cache_keys = !asked[model].provider->check(plan.request(trial));
  }
}

}  // namespace costwar::cli
