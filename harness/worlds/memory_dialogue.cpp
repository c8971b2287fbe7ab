#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "harness/scoring/scorers.h"
#include "harness/worlds/memory.h"
#include "harness/worlds/notebook.h"
#include "harness/worlds/tool_messages.h"

namespace costwar::harness::worlds {
namespace {

constexpr std::array<std::string_view, 3> kModes{"full", "summary", "tools"};
constexpr std::size_t kLongestNotes = 32'768;  // bytes: a model that never stops must not fill every prompt

std::string cut_notes(std::string_view text) {
  std::string notes(trimmed(text));
  if (notes.size() <= kLongestNotes) return notes;
  std::size_t end = kLongestNotes;
  while (end > 0 && (static_cast<unsigned char>(notes[end]) & 0xc0U) == 0x80U) --end;
  notes.resize(end);
  return notes;
}

// What both modes share: sessions one after the other, then the question, and what was answered.
class MemoryDialogue : public Dialogue {
 public:
  explicit MemoryDialogue(const Item& item)
      : setup_(memory_setup(item)), history_(make_history(setup_.history)) {
    question_ = item.messages.back();
    calls_.resize(history_.sessions.size() + 1);
  }

  void heard(const Attempt& answer) override {
    reply_.text = without_reasoning(answer.text);
    reply_.answers.push_back(reply_.text);
    reply_.tool_calls = answer.tool_calls;
    reply_.calls = static_cast<std::uint32_t>(reply_.answers.size());
    ++calls_[stage_];
    if (answer.outcome != Outcome::ok)
      over_ = true;
    else
      take(answer);
  }

  Reply reply() const override {
    Reply reply = reply_;
    if (stage_ < history_.sessions.size()) reply.text.clear();  // it never came to the question
    Json state{{"session_calls", Json::array()}, {"question_calls", calls_.back()}, {"entries", entries()}};
    for (std::size_t session = 0; session + 1 < calls_.size(); ++session)
      state["session_calls"].push_back(calls_[session]);
    reply.state = state.dump();
    return reply;
  }

 protected:
  bool at_question() const { return stage_ == history_.sessions.size(); }
  void end_stage() {
    if (at_question())
      over_ = true;
    else
      ++stage_;
  }
  virtual void take(const Attempt& answer) = 0;
  virtual std::size_t entries() const = 0;

  MemorySetup setup_;
  History history_;
  Message question_;
  Reply reply_;
  std::vector<std::uint32_t> calls_;  // per session, and for the question
  std::size_t stage_ = 0;             // a session, or the question
  bool over_ = false;
};

class SummaryDialogue final : public MemoryDialogue {
 public:
  using MemoryDialogue::MemoryDialogue;

  std::optional<NextCall> next() override {
    if (over_) return std::nullopt;
    ChatRequest request;
    const std::string notes = notes_.empty() ? "(none yet)" : notes_;
    if (at_question()) {
      request.messages.push_back(
          {Role::system,
           fmt::format("You answer a user whom you know only from your notes. {}\n\nYour notes:\n{}",
                       kAnswerRule, notes)});
      request.messages.push_back(question_);
    } else {
      request.messages.push_back(
          {Role::system,
           fmt::format("You keep notes about a user. The conversations themselves are not kept: what is "
                       "not in your notes is lost. You will be asked about what the user said, what "
                       "changed, what was taken back, and when.\n\nYour notes so far:\n{}",
                       notes)});
      request.messages.push_back(
          {Role::user,
           fmt::format("{}\nWrite the new notes, which replace the old ones: at most {} words, nothing "
                       "but the notes.",
                       session_text(history_, stage_), setup_.words)});
    }
    return NextCall{CallRole::subject, std::move(request)};
  }

 private:
  void take(const Attempt&) override {
    if (!at_question()) notes_ = cut_notes(reply_.text);
    end_stage();
  }
  std::size_t entries() const override { return notes_.empty() ? 0 : 1; }

  std::string notes_;
};

class ToolDialogue final : public MemoryDialogue {
 public:
  explicit ToolDialogue(const Item& item) : MemoryDialogue(item) { open_stage(); }

  std::optional<NextCall> next() override {
    if (over_) return std::nullopt;
    return NextCall{CallRole::subject, request_};
  }

 private:
  void take(const Attempt& answer) override {
    const bool done = answer.tool_calls.empty() || calls_[stage_] >= setup_.session_calls;
    const bool writing = !at_question();
    // The last calls of a session count, too, though nobody reads their results.
    messages_.exchange(request_.messages, answer, reply_.text, [&](const ToolCall& call) {
      return notebook_.call(call.name, call.arguments, writing);
    });
    if (!done) return;
    end_stage();
    if (!over_) open_stage();
  }

  void open_stage() {
    messages_ = {};
    request_ = {};
    request_.tools = Notebook::tools(!at_question());
    if (at_question()) {
      request_.messages.push_back(
          {Role::system,
           fmt::format("You answer a user whom you know only from your memory; look it up with the "
                       "tools. {}",
                       kAnswerRule)});
      request_.messages.push_back(question_);
      return;
    }
    request_.messages.push_back(
        {Role::system,
         "You keep a memory about a user by means of the tools. The conversations themselves are not kept: "
         "what is "
         "not in the memory is lost. You will be asked about what the user said, what changed, what was "
         "taken back, "
         "and when. When everything worth keeping is stored, answer with the word done and no call."});
    request_.messages.push_back(
        {Role::user, session_text(history_, stage_) + "\nStore what is worth keeping of this session."});
  }

  std::size_t entries() const override { return notebook_.size(); }

  Notebook notebook_;
  ToolMessages messages_;
  ChatRequest request_;
};

}  // namespace

std::string memory_details(const MemorySetup& setup) {
  const HistorySetup& history = setup.history;
  const Json details{{"memory", kModes[static_cast<std::size_t>(setup.mode)]},
                     {"seed", fmt::format("{:016x}", history.seed)},
                     {"sessions", history.sessions},
                     {"facts", history.facts},
                     {"filler", history.filler},
                     {"questions", history.questions},
                     {"question", setup.question},
                     {"words", setup.words},
                     {"calls", setup.session_calls}};
  return details.dump();
}

MemorySetup memory_setup(const Item& item) {
  const std::string source = fmt::format("item {}", item.id);
  const Json document = parse_json(item.details, source);
  const JsonIn root(document, source);
  MemorySetup setup;
  const std::string mode = root.at("memory").string();
  const auto known = std::find(kModes.begin(), kModes.end(), mode);
  if (known == kModes.end()) root.at("memory").fail("there is no such mode");
  setup.mode = static_cast<MemoryMode>(known - kModes.begin());
  const std::string seed = root.at("seed").string();
  if (seed.size() != 16 || seed.find_first_not_of("0123456789abcdef") != std::string::npos)
    root.at("seed").fail("expected 16 hex digits");
  setup.history.seed = std::stoull(seed, nullptr, 16);
  const auto whole = [&](const char* name, std::int64_t low, std::int64_t high) {
    return static_cast<int>(root.at(name).integer(low, high));
  };
  setup.history.sessions = whole("sessions", 2, 40);
  setup.history.facts = whole("facts", 0, 6);
  setup.history.filler = whole("filler", 0, 10'000);
  setup.history.questions = whole("questions", 1, 21);
  setup.question = whole("question", 0, setup.history.questions - 1);
  setup.words = whole("words", 1, 100'000);
  setup.session_calls = static_cast<std::uint32_t>(whole("calls", 1, 100));
  return setup;
}

std::string question_text(const History& history, const HistoryQuestion& question, MemoryMode mode) {
  constexpr std::array<std::string_view, 3> kSource{"what I told you", "your notes", "your memory"};
  return fmt::format("Question about conversation {}, to be answered from {}: {} {}.", history.label,
                     kSource[static_cast<std::size_t>(mode)], question.text, kAnswerRule);
}

std::vector<Message> history_messages(const History& history) {
  std::vector<Message> messages;
  messages.push_back(
      {Role::system, fmt::format("You talk with one user over several sessions (conversation {}). "
                                 "Remember what the user says.",
                                 history.label)});
  for (std::size_t session = 0; session < history.sessions.size(); ++session) {
    const HistorySession& told = history.sessions[session];
    std::string head = fmt::format("[session {}, {}]\n", session + 1, told.date);
    for (const Exchange& exchange : told.exchanges) {
      messages.push_back({Role::user, head + exchange.user});
      messages.push_back({Role::assistant, exchange.assistant});
      head.clear();
    }
  }
  return messages;
}

std::unique_ptr<Dialogue> make_memory_dialogue(const Item& item) {
  if (memory_setup(item).mode == MemoryMode::tools) return std::make_unique<ToolDialogue>(item);
  return std::make_unique<SummaryDialogue>(item);
}

}  // namespace costwar::harness::worlds
