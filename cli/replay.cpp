#include "cli/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "cli/project.h"
#include "core/chat_json.h"
#include "core/error.h"
#include "harness/sha256.h"
#include "harness/store/store.h"
#include "reports/render/text.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::string_view kFileEnding = ".jsonl";
constexpr std::size_t kMostListed = 20;

Recording stored_recording(const std::string& run, const Environment& environment, const std::string& flag) {
  const auto path = store_path(environment, flag);
  const std::string hint = "costwar runs lists the runs; a recording in a file is named FILE.jsonl";
  if (!std::filesystem::exists(path))
    throw Error(ErrorKind::usage,
                fmt::format("there is no run {} to replay: {} does not exist", run, path.string()), hint);
  const auto store = harness::Store::open_existing(path);
  const auto header = store->find_run(run);
  if (!header) throw Error(ErrorKind::usage, fmt::format("there is no run {} to replay", run), hint);
  std::string lines;
  store->read_recording(header->id, [&](std::string_view line) {
    lines += line;
    lines += '\n';
  });
  return parse_recording(lines, fmt::format("the recording of run {}", header->id));
}

Recording load_recording(const std::string& source, const Environment& environment, const std::string& flag) {
  if (source.ends_with(kFileEnding)) return parse_recording(read_file(source), source);
  return stored_recording(source, environment, flag);
}

std::string names_of(const RecordingHeader& header) {
  std::string names;
  for (const RecordedModel& model : header.models) names += (names.empty() ? "#" : ", #") + model.card.name;
  return names;
}

// A request that a replay cannot answer. Ordered as a person reads a list.
struct Missing {
  std::uint32_t model = 0;
  std::uint32_t task = 0;
  std::uint32_t item = 0;
  std::string why;
  auto operator<=>(const Missing&) const = default;
};

std::string why_missing(const ReplayProvider& replay, const ChatRequest& request) {
  if (const std::size_t count = replay.recorded(request); count > 0)
    return fmt::format("asked more often than the {} times it was recorded", count);
  const auto differences = replay.nearest_differences(request);
  if (!differences) return "this item was not recorded";
  std::string text;
  for (const std::string& difference : *differences) text += (text.empty() ? "" : "; ") + difference;
  return text;
}

std::vector<Missing> find_missing(const harness::Plan& plan, std::span<const ModelHandle> handles) {
  std::vector<Missing> missing;
  std::map<std::pair<std::uint32_t, std::string>, std::size_t> asked;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto trial = static_cast<std::int64_t>(i);
    const harness::PlannedTrial& planned = plan[trial];
    const ReplayProvider* replay = handles[planned.model].replay;
    if (replay == nullptr) continue;
    const ChatRequest request = plan.request(trial);
    if (++asked[{planned.model, chat_request_text(request)}] <= replay->recorded(request)) continue;
    missing.push_back({planned.model, planned.task, planned.item, why_missing(*replay, request)});
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

}  // namespace

ReplaySpeed replay_speed(const std::string& name) {
  return name == "real" ? ReplaySpeed::real : ReplaySpeed::instant;
}

ReplayTarget parse_replay_target(const std::string& text) {
  // The model's name may hold '#' (it may be an address), and so may a path.
  const std::size_t file = text.find(std::string(kFileEnding) + "#");
  const std::size_t hash = file != std::string::npos     ? file + kFileEnding.size()
                           : text.ends_with(kFileEnding) ? std::string::npos
                                                         : text.find('#');
  if (hash == std::string::npos) return {text, ""};
  return {text.substr(0, hash), text.substr(hash + 1)};
}

std::size_t recorded_model(const RecordingHeader& header, const std::string& model,
                           const std::string& typed) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < header.models.size(); ++i) {
    const ModelCard& card = header.models[i].card;
    if (card.name == model) return i;
    if (model.empty() || card.model == model) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  const std::string hint = fmt::format("write one of {} after the recording", names_of(header));
  if (model.empty())
    throw Error(ErrorKind::usage,
                fmt::format("{}: the recording holds {} models", typed, header.models.size()), hint);
  throw Error(ErrorKind::usage,
              found.empty() ? fmt::format("{}: the recording has no model {}", typed, model)
                            : fmt::format("{}: the recording has {} models {}", typed, found.size(), model),
              hint);
}

ModelHandle make_replay(const ModelSpec& spec, EventLoop& loop, const Environment& environment,
                        const ReplaySettings& settings) {
  const ReplayTarget target = parse_replay_target(spec.model);
  Recording recording = load_recording(target.source, environment, settings.store);
  const std::size_t place = recorded_model(recording.header, target.model, spec.text);
  const RecordedModel& recorded = recording.header.models[place];
  std::vector<Exchange> exchanges;
  // Another recording under the same name is another plan.
  harness::Sha256 digest;
  digest.field(to_json_line(recording.header));
  for (Exchange& exchange : recording.exchanges) {
    if (exchange.model != place) continue;
    digest.field(to_json_line(exchange));
    exchanges.push_back(std::move(exchange));
  }
  ModelHandle handle;
  handle.effort = recorded.effort;
  handle.service_class = recorded.service_class;
  handle.fingerprint = digest.finish_hex();
  ModelCard card = recorded.card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.replay_of = ReplayOf{recording.header.run, recording.header.recorded};
  auto replay = std::make_unique<ReplayProvider>(loop, std::move(card), std::move(exchanges), settings.speed);
  handle.replay = replay.get();
  handle.provider = std::move(replay);
  return handle;
}

void require_recorded(const harness::Plan& plan, std::span<const ModelHandle> handles,
                      const Environment& environment) {
  const std::vector<Missing> missing = find_missing(plan, handles);
  if (missing.empty()) return;
  const harness::PlanInput& input = plan.input();
  for (std::size_t i = 0; i < std::min(missing.size(), kMostListed); ++i) {
    const Missing& entry = missing[i];
    const harness::TaskItems& task = input.tasks[entry.task];
    fmt::print(
        environment.err, "{}\n",
        reports::printable(fmt::format("{}, item {}, {}: {}", task.task.name, task.items[entry.item].id,
                                       input.models[entry.model].card.name, entry.why)));
  }
  if (missing.size() > kMostListed)
    fmt::print(environment.err, "and {} more\n", missing.size() - kMostListed);
  throw Error(
      ErrorKind::incomplete,
      fmt::format("{} of {} requests have no recording; nothing was run", missing.size(), plan.size()),
      "ask as it was recorded, or measure again with --record");
}

bool all_instant(std::span<const ModelHandle> handles) {
  return std::all_of(handles.begin(), handles.end(), [](const ModelHandle& handle) {
    return handle.replay != nullptr && handle.replay->speed() == ReplaySpeed::instant;
  });
}

}  // namespace costwar::cli
