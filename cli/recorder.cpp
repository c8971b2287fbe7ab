#include "cli/recorder.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/keys.h"
#include "cli/version.h"
#include "core/error.h"
#include "providers/registry.h"
#include "providers/wire/redact.h"

namespace costwar::cli {
namespace {

bool is_untouched(const harness::Plan& plan, const std::vector<harness::TrialWork>& work) {
  return work.size() == plan.size() &&
         std::all_of(work.begin(), work.end(), [](const auto& entry) { return entry.first_number == 0; });
}

// As many as there are: it is not among them.
std::size_t place_of(const RecordingHeader& header, const std::string& name) {
  const auto found = std::find_if(header.models.begin(), header.models.end(),
                                  [&](const RecordedModel& model) { return model.card.name == name; });
  return static_cast<std::size_t>(found - header.models.begin());
}

RecordingHeader header_of(const RunHeader& run, const harness::Plan& plan) {
  RecordingHeader header{run.id, run.created, std::string(kVersion), {}};
  for (const harness::PlanModel& model : plan.input().models)
    header.models.push_back({model.card, model.effort, model.service_class});
  // A judge that is a candidate too stands there once, as which it is found again.
  for (const auto* helper : {&plan.input().judge, &plan.input().simulated_user})
    if (*helper && place_of(header, (*helper)->card.name) == header.models.size())
      header.models.push_back({(*helper)->card, (*helper)->effort, (*helper)->service_class});
  return header;
}

}  // namespace

std::vector<std::string> known_secrets(const Environment& environment, const Config& config) {
  std::vector<std::string> secrets;
  for (const ProviderConfig& provider : config.providers) {
    try {
      for (std::string& secret : fill_headers(provider, environment).secrets)
        secrets.push_back(std::move(secret));
    } catch (const Error&) {
      // What cannot be used leaves with no request; whoever needs it has complained already.
    }
    if (provider.key_variable.empty()) continue;
    try {
      if (auto key = find_key(environment, provider.key_variable)) secrets.push_back(*std::move(key));
    } catch (const Error&) {  // the same
    }
  }
  return written_forms(std::move(secrets));
}

void redact_exchange(Exchange& exchange, const std::vector<std::string>& secrets) {
  redact(exchange.attempt, "");  // what looks like a key, in messages and notes
  for (const std::string& secret : secrets) remove_secret(exchange, secret);
}

std::unique_ptr<Recorder> Recorder::begin(harness::Store& store, const RunHeader& run,
                                          const harness::Plan& plan,
                                          const std::vector<harness::TrialWork>& work, bool wanted,
                                          const Environment& environment, const Config& config) {
  if (!store.has_recording(run.id)) {
    if (!wanted) return nullptr;
    if (!is_untouched(plan, work))
      throw Error(ErrorKind::usage, fmt::format("run {} was measured without --record", run.id),
                  "--fresh --record measures again and records it");
    for (const harness::PlanModel& model : plan.input().models) {
      if (model.service_class == "batch")
        throw Error(ErrorKind::usage, fmt::format("{}: a batch cannot be recorded", model.card.name),
                    "leave out --record, or +batch");
      if (model.route)  // an exchange does not say which of both models it was with
        throw Error(ErrorKind::usage, fmt::format("{}: a route cannot be recorded", model.card.name),
                    "leave out --record, or record its models without it");
    }
    store.begin_recording(header_of(run, plan));
  }
  if (work.empty()) return nullptr;
  auto redact = [secrets = known_secrets(environment, config)](Exchange& exchange) {
    redact_exchange(exchange, secrets);
  };
  return std::unique_ptr<Recorder>(
      new Recorder(store.recording_sink(run.id, std::move(redact)), header_of(run, plan)));
}

void Recorder::wrap(EventLoop& loop, std::vector<harness::Asked>& asked, Nanos deadline) {
  for (harness::Asked& model : asked) {
    const auto place = static_cast<std::uint32_t>(wrapped_.size());
    wrapped_.push_back(
        std::make_unique<harness::RecordingProvider>(loop, *model.provider, place, deadline, *sink_));
    model.provider = wrapped_.back().get();
  }
}

Provider& Recorder::wrap(EventLoop& loop, Provider& helper, Nanos deadline) {
  const auto place = static_cast<std::uint32_t>(place_of(header_, helper.card().name));
  wrapped_.push_back(std::make_unique<harness::RecordingProvider>(loop, helper, place, deadline, *sink_));
  return *wrapped_.back();
}

}  // namespace costwar::cli
