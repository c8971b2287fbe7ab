#include "cli/load/stored_load.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/load/asked_json.h"
#include "cli/load/load_reader.h"
#include "cli/project.h"
#include "core/error.h"
#include "core/json.h"
#include "system/event_loop.h"

namespace costwar::cli {

std::unique_ptr<harness::LoadStore> open_loads(const Environment& environment, const std::string& store) {
  const auto path = store_path(environment, store);
  if (!std::filesystem::exists(path))
    throw Error(ErrorKind::usage, fmt::format("{}: there is no store yet", path.string()),
                "costwar load MODEL makes one");
  return harness::LoadStore::open_existing(path);
}

analysis::LoadFindings read_load(const harness::LoadStore& store, const std::string& run,
                                 LoadReadingFlags flags, const Environment& environment) {
  const LoadHeader header = store.require(run);
  if (flags.slo.empty() && !header.settings.empty()) {
    LoadFlags asked;
    const Json settings = parse_json(header.settings, "settings of run " + header.id);
    if (settings.contains("asked")) take_asked(settings["asked"], "settings of run " + header.id, asked);
    flags.slo = asked.reading.slo;
  }
  LoadReader reader(flags, header.model, environment, SystemClock().wall());
  std::vector<analysis::LoadStageFindings> stages;
  for (const LoadStageRow& row : store.read_stages(header.id)) {
    std::vector<LoadCall> calls;
    store.read_calls(header.id, row.stage, [&](const LoadCall& call) { calls.push_back(call); });
    stages.push_back(reader.stage(row, calls));
  }
  return analysis::load_run(header, std::move(stages));
}

}  // namespace costwar::cli
