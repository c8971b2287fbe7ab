#include "harness/measuring.h"

#include <algorithm>
#include <utility>

namespace costwar::harness {
namespace {

std::vector<Provider*> providers_of(const std::vector<Asked>& models) {
  std::vector<Provider*> providers;
  for (const Asked& model : models) providers.push_back(model.provider);
  return providers;
}

std::vector<BatchService*> services_of(const std::vector<Asked>& models) {
  std::vector<BatchService*> services;
  for (const Asked& model : models) services.push_back(model.batch);
  return services;
}

}  // namespace

// Each runner knows of its own models; whoever watches sees all of them.
class Measuring::Part final : public Progress {
 public:
  Part(Measuring& whole, bool batches) : whole_(whole), batches_(batches) {}

  void started(std::span<const ModelProgress> models) override {
    take(models);
    if (++whole_.started_parts_ == 2) whole_.progress_.started(whole_.shown_);
  }
  void advanced(std::span<const ModelProgress> models) override {
    take(models);
    if (whole_.started_parts_ == 2) whole_.progress_.advanced(whole_.shown_);
  }
  void waiting(std::size_t model, Mono until) override { whole_.progress_.waiting(model, until); }
  void finished(std::span<const ModelProgress> models) override { take(models); }

 private:
  void take(std::span<const ModelProgress> models) {
    for (std::size_t i = 0; i < models.size(); ++i)
      if ((whole_.models_[i].batch != nullptr) == batches_) whole_.shown_[i] = models[i];
  }

  Measuring& whole_;
  bool batches_;
};

Measuring::Measuring(EventLoop& loop, const Plan& plan, const std::vector<Asked>& models, RunSink& sink,
                     BatchLog& log, Progress& progress, RunnerSettings settings, BatchSettings batch_settings,
                     RunnerServices services)
    : loop_(loop),
      plan_(plan),
      progress_(progress),
      models_(models),
      shown_(models.size()),
      single_progress_(std::make_unique<Part>(*this, false)),
      batch_progress_(std::make_unique<Part>(*this, true)),
      runner_(loop, plan, providers_of(models), sink, *single_progress_, settings, std::move(services)),
      batch_runner_(loop, plan, services_of(models), sink, log, *batch_progress_, std::move(batch_settings)),
      run_deadline_(settings.run_deadline),
      budgeted_(settings.budget != nullptr) {}

Measuring::~Measuring() = default;

MeasuringResult Measuring::run(std::vector<TrialWork> work, BatchStart batches) {
  std::vector<TrialWork> single;
  batches.work.clear();
  const bool any_batch =
      std::any_of(models_.begin(), models_.end(), [](const Asked& model) { return model.batch != nullptr; });
  if (!any_batch)
    single = std::move(work);  // there may be millions
  else
    for (TrialWork& entry : work)
      (models_[plan_[entry.trial].model].batch != nullptr ? batches.work : single)
          .push_back(std::move(entry));
  if (budgeted_ && !(batches.work.empty() && batches.open.empty()))
    throw Error(ErrorKind::usage, "a batch cannot be measured under a budget",
                "leave out +batch, or --budget: in a batch no request can be held back any more");
  batch_runner_.require_sendable(batches.work);  // before the first call of the other part leaves
  runner_.start(std::move(single));
  batch_runner_.start(std::move(batches));
  TimerId deadline = 0;
  if (run_deadline_)
    deadline = loop_.at(loop_.clock().mono() + *run_deadline_, [this, &deadline] {
      deadline = 0;
      deadline_passed_ = !finished();
      wind_down();
    });
  loop_.run([this] { return finished(); });
  if (deadline != 0) loop_.cancel(deadline);
  progress_.finished(shown_);

  MeasuringResult result{runner_.result(), batch_runner_.result().left};
  result.both.models = shown_;
  if (!result.both.error) result.both.error = batch_runner_.result().error;
  result.both.interrupted = result.both.interrupted || batch_runner_.result().interrupted;
  result.both.deadline_passed = deadline_passed_;
  return result;
}

// A part that stops with an Error: calls that are out are paid for, so the Runner goes on to its end; a
// batch does not need anyone to wait for it.
bool Measuring::finished() {
  if (runner_.finished() && runner_.result().error) batch_runner_.detach();
  return runner_.finished() && batch_runner_.finished();
}

void Measuring::wind_down() {
  runner_.wind_down();
  batch_runner_.interrupt();
}

std::size_t Measuring::calls_out() const {
  return runner_.calls_out();
}

void Measuring::interrupt() {
  runner_.interrupt();
  batch_runner_.interrupt();
}

}  // namespace costwar::harness
