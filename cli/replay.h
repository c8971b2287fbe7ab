// Replays: from replay/RUN or replay/FILE.jsonl to a provider that answers from that recording, and the
// check, before anything is run, that it can answer everything that will be asked.
#pragma once

#include <span>
#include <string>

#include "cli/environment.h"
#include "cli/model_provider.h"
#include "core/model_card.h"
#include "core/recording.h"
#include "harness/plan.h"
#include "providers/replay_provider.h"
#include "system/event_loop.h"

namespace costwar::cli {

struct ReplaySettings {
  std::string store;  // as given with --store
  ReplaySpeed speed = ReplaySpeed::instant;
};

// "instant" or "real".
ReplaySpeed replay_speed(const std::string& name);

// Where the model of a recording is: "RUN[#MODEL]" or "FILE.jsonl[#MODEL]".
struct ReplayTarget {
  std::string source;
  std::string model;  // empty: the only one
};
ReplayTarget parse_replay_target(const std::string& text);

// The place of the named model in the recording. Error{usage} that lists what it has.
std::size_t recorded_model(const RecordingHeader& header, const std::string& model, const std::string& typed);

// Error{usage} where there is no such run, file or model, Error{input} where the run was not recorded or the
// file is bad.
ModelHandle make_replay(const ModelSpec& spec, EventLoop& loop, const Environment& environment,
                        const ReplaySettings& settings);

// Lists on standard error every request of the plan that a replay cannot answer, with what differs from the
// nearest recorded one (at most 20, then a count), and throws Error{incomplete}. handles: one for each model.
void require_recorded(const harness::Plan& plan, std::span<const ModelHandle> handles,
                      const Environment& environment);

// True when every model is a replay at once: then nobody is spared by waiting before a retry.
bool all_instant(std::span<const ModelHandle> handles);

}  // namespace costwar::cli
