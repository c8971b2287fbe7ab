#include "harness/load/saved_schedule.h"

#include <utility>

#include "core/json_fields.h"
#include "core/text.h"
#include "harness/load/schedule_json.h"

namespace costwar::harness {

ScheduleWriter::ScheduleWriter(Out out, const SavedScheduleHeader& header) : out_(std::move(out)) {
  Json json = {{"kind", "load_schedule"},
               {"schema_version", kSavedScheduleVersion},
               {"seed", std::to_string(header.seed)}};
  put(json, "model", header.model);
  if (!header.settings.empty()) json["settings"] = parse_json(header.settings, "settings of the run");
  out_(line_of(json) + "\n");
}

Json ScheduleWriter::message(const Message& message) {
  Json json = {{"role", role_name(message.role)}};
  if (message.role != Role::system) {
    json["content"] = message.content;
    return json;
  }
  const auto [place, added] = shared_.emplace(message.content, shared_.size());
  if (added) out_(line_of({{"text", place->second}, {"content", message.content}}) + "\n");
  json["text"] = place->second;
  return json;
}

void ScheduleWriter::stage(const LoadSchedule& schedule, std::uint64_t count) {
  LoadStage asked = schedule.stage();
  if (!asked.open() && count > 0) asked.sessions = static_cast<std::size_t>(count);
  out_(line_of({{"stage", stages_++}, {"asked", stage_to_json(asked)}}) + "\n");
  for (std::uint64_t number = 0; number < count; ++number) {
    const PlannedSession session = schedule.session(number);
    Json turns = Json::array();
    for (std::uint32_t turn = 0; turn < session.turns.size(); ++turn) {
      Json call = call_to_json(session.turns[turn]);
      Json& messages = call["messages"] = Json::array();
      for (const Message& one : schedule.messages(number, turn)) messages.push_back(message(one));
      turns.push_back(std::move(call));
    }
    Json line = {{"session", number}, {"due_ns", session.due.count}};
    line["turns"] = std::move(turns);
    out_(line_of(line) + "\n");
    ++sessions_;
  }
}

void ScheduleWriter::end() {
  out_(line_of({{"end", true}, {"stages", stages_}, {"sessions", sessions_}}) + "\n");
}

bool is_saved_schedule(std::string_view first_bytes) {
  const std::string_view line = first_bytes.substr(0, first_bytes.find('\n'));
  return trimmed(line).starts_with('{') && line.find("\"load_schedule\"") != std::string_view::npos;
}

}  // namespace costwar::harness
