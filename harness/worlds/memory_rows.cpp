// The task `memory`: parameters to items.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "core/random.h"
#include "harness/item_id.h"
#include "harness/procedural/families.h"
#include "harness/scoring/scorers.h"
#include "harness/sha256.h"
#include "harness/worlds/memory.h"

namespace costwar::harness {
namespace {

using worlds::History;
using worlds::HistoryQuestion;
using worlds::MemoryMode;
using worlds::MemorySetup;

constexpr std::string_view kMemoryScorer = "abstention";
constexpr int kMemoryVersion = 1;

std::string group_of(const HistoryQuestion& question) {
  const std::string_view type = worlds::recall_name(question.type);
  if (question.age == 0) return std::string(type);
  return fmt::format("{}, {} session{} old", type, question.age, question.age == 1 ? "" : "s");
}

std::shared_ptr<const SharedContext> context_of(const History& history) {
  std::vector<Message> messages = worlds::history_messages(history);
  Sha256 digest;
  for (const Message& message : messages) digest.field(role_name(message.role)).field(message.content);
  return std::make_shared<const SharedContext>(SharedContext{digest.finish_hex(16), std::move(messages)});
}

Item item_of(const MemorySetup& setup, const History& history) {
  const HistoryQuestion& question = history.questions[static_cast<std::size_t>(setup.question)];
  Item item;
  item.details = worlds::memory_details(setup);
  item.id = item_id("memory", kMemoryVersion, item.details, setup.history.seed);
  item.messages.push_back({Role::user, worlds::question_text(history, question, setup.mode)});
  item.expected = question.expected;
  item.cluster = "memory " + history.label;
  item.group = group_of(question);
  return item;
}

TaskItems make_memory(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  constexpr std::array<std::string_view, 3> kModes{"full", "summary", "tools"};
  MemorySetup setup;
  const std::string mode = word_parameter(parameters, "mode", kModes);
  setup.mode = mode == "full"      ? MemoryMode::full
               : mode == "summary" ? MemoryMode::summary
                                   : MemoryMode::tools;
  setup.history.sessions = static_cast<int>(whole_parameter(parameters, "sessions", 2, 40));
  setup.history.facts = static_cast<int>(whole_parameter(parameters, "facts", 0, 6));
  setup.history.filler = static_cast<int>(whole_parameter(parameters, "filler", 0, 10'000));
  setup.history.questions = static_cast<int>(whole_parameter(parameters, "questions", 1, 21));
  setup.words = static_cast<int>(whole_parameter(parameters, "words", 1, 100'000));
  setup.session_calls = static_cast<std::uint32_t>(whole_parameter(parameters, "calls", 1, 100));

  TaskItems made;
  made.task.name = "memory";
  made.task.title = "questions about what a user said over several sessions";
  made.task.scorer = kMemoryScorer;
  const ScorerRow* const scorer = find_scorer(kMemoryScorer);
  made.task.scorer_version = scorer == nullptr ? 1 : scorer->version;
  if (setup.mode != MemoryMode::full) made.dialogue = worlds::make_memory_dialogue;
  for (std::size_t number = 0; made.items.size() < count; ++number) {
    setup.history.seed = RandomStream(seed, fmt::format("memory/{}", number)).next();
    const History history = worlds::make_history(setup.history);
    const auto context = setup.mode == MemoryMode::full ? context_of(history) : nullptr;
    for (int question = 0; question < setup.history.questions && made.items.size() < count; ++question) {
      setup.question = question;
      Item item = item_of(setup, history);
      item.context = context;
      made.items.push_back(std::move(item));
    }
  }
  return made;
}

constexpr std::array kParameters{
    ParameterRow{"mode", "full",
                 "what the model has of the sessions: full (all of them), summary (its own notes, rewritten "
                 "after each), "
                 "tools (a memory that it fills and searches by tools)"},
    ParameterRow{"sessions", "5", "sessions of a history, 2 to 40"},
    ParameterRow{"facts", "3", "facts per session that nothing asks about, 0 to 6"},
    ParameterRow{"filler", "4", "exchanges per session that tell nothing, 0 to 10,000: the length"},
    ParameterRow{"questions", "7", "questions about a history, 1 to 21, the types in turn"},
    ParameterRow{"words", "200", "summary: most words of the notes, as the model is told"},
    ParameterRow{"calls", "6", "tools: most calls to the model for a session or the question, 1 to 100"},
};

constexpr std::array kRows{
    ProceduralRow{"memory", "what a user said, changed and took back over several sessions", "memory",
                  kParameters, make_memory},
};

}  // namespace

std::span<const ProceduralRow> memory_rows() {
  return kRows;
}

}  // namespace costwar::harness
