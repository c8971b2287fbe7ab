#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "harness/load/arrivals.h"
#include "harness/load/lengths.h"
#include "harness/load/saved_schedule.h"
#include "harness/load/schedule_json.h"
#include "harness/tasks/line_reader.h"

namespace costwar::harness {
namespace {

using SharedTexts = std::vector<std::string>;

struct SavedMessage {
  Role role = Role::user;
  std::string content{};
  std::optional<std::size_t> text{};  // of the shared ones, instead
};

struct SavedSession {
  PlannedSession plan;
  std::vector<std::vector<SavedMessage>> turns{};
};

class StageOfFile final : public LoadSchedule {
 public:
  StageOfFile(const LoadStage& stage, std::shared_ptr<const SharedTexts> texts)
      : stage_(stage), texts_(std::move(texts)) {}

  const LoadStage& stage() const override { return stage_; }
  std::optional<std::uint64_t> sessions() const override { return sessions_.size(); }
  PlannedSession session(std::uint64_t number) const override { return at(number).plan; }

  std::vector<Message> messages(std::uint64_t number, std::uint32_t turn) const override {
    const SavedSession& session = at(number);
    if (turn >= session.turns.size()) throw Error(ErrorKind::internal, "a turn beyond its session");
    std::vector<Message> messages;
    for (const SavedMessage& one : session.turns[turn])
      messages.push_back({one.role, one.text ? (*texts_)[*one.text] : one.content});
    return messages;
  }

  std::uint64_t size() const { return sessions_.size(); }

  void add(SavedSession session, const JsonIn& in) {
    if (stage_.open() && !sessions_.empty() && session.plan.due < sessions_.back().plan.due)
      in.at("due_ns").fail("due before the session above it");
    sessions_.push_back(std::move(session));
  }

 private:
  const SavedSession& at(std::uint64_t number) const {
    if (number >= sessions_.size()) throw Error(ErrorKind::internal, "a session beyond the schedule's end");
    return sessions_[static_cast<std::size_t>(number)];
  }

  LoadStage stage_;
  std::shared_ptr<const SharedTexts> texts_;
  std::vector<SavedSession> sessions_{};
};

class ScheduleLines {
 public:
  ScheduleLines(ByteSource bytes, const std::string& source) : lines_(std::move(bytes), source) {}

  SavedSchedule read() {
    SavedSchedule saved;
    bool begun = false;
    while (const auto line = lines_.next()) {
      if (trimmed(*line).empty()) continue;
      const std::string place = fmt::format("{}:{}", lines_.source(), lines_.line());
      const Json json = parse_json(*line, place);
      const JsonIn in(json, place);
      if (ended_) in.fail("a line after the last one");
      if (!begun) {
        saved.header = header(in);
        begun = true;
      } else {
        take(in);
      }
    }
    if (!begun) fail_file("the file is empty");
    if (!ended_) fail_file("the file is cut off: its last line is missing");
    if (stages_.empty()) fail_file("no stage");
    for (auto& stage : stages_) saved.stages.push_back(std::move(stage));
    return saved;
  }

 private:
  [[noreturn]] void fail_file(std::string_view what) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", lines_.source(), what),
                "save the schedule again: costwar load ... --save-schedule FILE");
  }

  static SavedScheduleHeader header(const JsonIn& in) {
    if (in.optional_string("kind") != "load_schedule")
      in.fail("not a saved schedule", "a schedule begins with {\"kind\": \"load_schedule\", ...}");
    require_schema(in, kSavedScheduleVersion);
    SavedScheduleHeader header;
    const std::string seed = in.at("seed").string();
    const auto [end, failed] = std::from_chars(seed.data(), seed.data() + seed.size(), header.seed);
    if (failed != std::errc() || end != seed.data() + seed.size())
      in.at("seed").fail("expected a whole number");
    header.model = in.optional_string("model").value_or("");
    if (const auto settings = in.find("settings")) header.settings = settings->raw().dump();
    return header;
  }

  void take(const JsonIn& in) {
    if (in.find("stage")) return begin_stage(in);
    if (in.find("text")) return add_text(in);
    if (in.find("session")) return add_session(in);
    if (in.find("end")) return finish(in);
    in.fail("neither a stage, a text, a session nor the end");
  }

  void begin_stage(const JsonIn& in) {
    expect_number(in.at("stage"), stages_.size());
    stages_.push_back(std::make_unique<StageOfFile>(stage_from_json(in.at("asked")), texts_));
  }

  void add_text(const JsonIn& in) {
    expect_number(in.at("text"), texts_->size());
    texts_->push_back(in.at("content").string());
  }

  void add_session(const JsonIn& in) {
    if (stages_.empty()) in.fail("a session before the first stage");
    StageOfFile& stage = *stages_.back();
    expect_number(in.at("session"), stage.size());
    if (++sessions_ > kMostSessions) in.fail("more sessions than can be held");
    SavedSession session;
    session.plan.due = nanoseconds(in.at("due_ns").integer(0, INT64_MAX));
    for (const JsonIn& turn : in.at("turns").elements()) {
      session.plan.turns.push_back(call_from_json(turn));
      std::vector<SavedMessage>& messages = session.turns.emplace_back();
      for (const JsonIn& one : turn.at("messages").elements()) messages.push_back(message(one));
      if (messages.empty()) turn.at("messages").fail("a turn without a message");
    }
    if (session.turns.empty() || session.turns.size() > static_cast<std::size_t>(kTurnBounds.high))
      in.at("turns").fail(
          fmt::format("{} turns are not from 1 to {}", session.turns.size(), kTurnBounds.high));
    stage.add(std::move(session), in);
  }

  SavedMessage message(const JsonIn& in) const {
    SavedMessage message;
    const std::optional<Role> role = role_by_name(in.at("role").string());
    if (!role || *role == Role::tool) in.at("role").fail("expected system, user or assistant");
    message.role = *role;
    if (const auto text = in.find("text")) {
      const std::int64_t number = text->integer(0, INT64_MAX);
      if (static_cast<std::uint64_t>(number) >= texts_->size()) text->fail("there is no such text above");
      message.text = static_cast<std::size_t>(number);
    } else {
      message.content = in.at("content").string();
    }
    return message;
  }

  void finish(const JsonIn& in) {
    expect_number(in.at("stages"), stages_.size());
    expect_number(in.at("sessions"), sessions_);
    ended_ = true;
  }

  static void expect_number(const JsonIn& in, std::uint64_t number) {
    if (static_cast<std::uint64_t>(in.integer(0, INT64_MAX)) != number)
      in.fail(fmt::format("expected {}: lines are missing or out of order", number));
  }

  LineReader lines_;
  std::shared_ptr<SharedTexts> texts_ = std::make_shared<SharedTexts>();
  std::vector<std::unique_ptr<StageOfFile>> stages_{};
  std::uint64_t sessions_ = 0;
  bool ended_ = false;
};

}  // namespace

SavedSchedule read_schedule(ByteSource bytes, const std::string& source) {
  return ScheduleLines(std::move(bytes), source).read();
}

}  // namespace costwar::harness
