#include "harness/load/synthetic_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "harness/load/arrivals.h"
#include "harness/load/prompt_text.h"

namespace costwar::harness {
namespace {

void check_settings(const SyntheticSettings& settings) {
  const auto refuse = [](const std::string& what, const char* remedy) {
    throw Error(ErrorKind::usage, what, remedy);
  };
  if (!(settings.cancel_share >= 0 && settings.cancel_share <= 1))
    refuse(fmt::format("--cancel: {} is not a share from 0 to 1", settings.cancel_share),
           "write --cancel 10% --cancel-after 2s for every tenth call after 2 s");
  if (settings.prefixes > 0 && settings.prefix_tokens < 1)
    refuse("--prefixes: shared prefixes without a length", "add --prefix-tokens 2048");
  if (settings.prefixes > kMostPrefixes ||
      (settings.prefixes > 0 &&
       settings.prefix_tokens > kMostPrefixTokens / static_cast<std::int64_t>(settings.prefixes)))
    refuse(fmt::format("--prefixes: {} texts of {} tokens are too many", settings.prefixes,
                       settings.prefix_tokens),
           "at most 100,000 prefixes, and 50,000,000 tokens in all of them");
}

class SyntheticSchedule final : public LoadSchedule {
 public:
  SyntheticSchedule(const LoadStage& stage, std::uint32_t stage_number, std::uint64_t seed,
                    SyntheticSettings settings)
      : stage_(stage), stage_number_(stage_number), seed_(seed), settings_(std::move(settings)) {
    if (stage.open()) due_ = arrival_instants(stage, RandomStream(seed, "load arrivals"));
    for (std::size_t i = 0; i < settings_.prefixes; ++i) {
      RandomStream words(seed, fmt::format("load prefix {} of stage {}", i, stage_number));
      prefixes_.push_back(words_text(words, settings_.prefix_tokens));
    }
    if (settings_.prompts) {
      order_.resize(settings_.prompts->prompts.size());
      std::iota(order_.begin(), order_.end(), std::size_t{0});
      RandomStream order(seed, fmt::format("load prompts of stage {}", stage_number));
      order.shuffle(std::span(order_));
    }
  }

  const LoadStage& stage() const override { return stage_; }

  std::optional<std::uint64_t> sessions() const override {
    if (stage_.open()) return due_.size();
    if (stage_.sessions) return *stage_.sessions;
    return std::nullopt;
  }

  PlannedSession session(std::uint64_t number) const override {
    check_number(number);
    PlannedSession session;
    session.due = stage_.open() ? due_[static_cast<std::size_t>(number)]
                                : place_opens(stage_, static_cast<std::size_t>(number));
    RandomStream lengths(seed_, fmt::format("load session {}", number));
    (void)lengths.next();  // shared_prefix() draws it
    const std::int64_t turns = settings_.turns.draw(lengths);
    for (std::int64_t turn = 0; turn < turns; ++turn) {
      PlannedCall call;
      call.input_tokens = settings_.input.draw(lengths);
      if (settings_.output) call.output_tokens = settings_.output->draw(lengths);
      const Nanos think = settings_.think.draw_time(lengths);
      if (turn > 0) call.think = think;
      const double cancelled = lengths.unit();
      const Nanos after = settings_.cancel_after.draw_time(lengths);
      if (cancelled < settings_.cancel_share) call.cancel_after = after;
      if (settings_.prompts)
        call.input_tokens = tokens_of(prompt_of(number, static_cast<std::uint32_t>(turn)));
      session.turns.push_back(call);
    }
    return session;
  }

  std::vector<Message> messages(std::uint64_t number, std::uint32_t turn) const override {
    check_number(number);
    std::vector<Message> messages;
    if (turn == 0 && !prefixes_.empty()) messages.push_back({Role::system, prefixes_[shared_prefix(number)]});
    if (settings_.prompts) {
      for (const Message& message : prompt_of(number, turn)) messages.push_back(message);
      return messages;
    }
    RandomStream words(seed_,
                       fmt::format("load text of stage {} session {} turn {}", stage_number_, number, turn));
    messages.push_back({Role::user, prompt_text(words, input_of(number, turn))});
    return messages;
  }

 private:
  void check_number(std::uint64_t number) const {
    const std::optional<std::uint64_t> all = sessions();
    if (all && number >= *all) throw Error(ErrorKind::internal, "a session beyond the schedule's end");
  }

  std::size_t shared_prefix(std::uint64_t number) const {
    RandomStream lengths(seed_, fmt::format("load session {}", number));
    return static_cast<std::size_t>(lengths.below(prefixes_.size()));
  }

  std::int64_t input_of(std::uint64_t number, std::uint32_t turn) const {
    if (settings_.input.is_fixed()) {
      RandomStream unused(seed_, "");
      return settings_.input.draw(unused);
    }
    return session(number).turns.at(turn).input_tokens;
  }

  // The first turn is a prompt whole; later ones are what the user says last in the next prompts.
  std::vector<Message> prompt_of(std::uint64_t number, std::uint32_t turn) const {
    const std::size_t count = order_.size();
    const auto place = static_cast<std::size_t>((number % count + turn) % count);
    const std::vector<Message>& prompt = settings_.prompts->prompts[order_[place]];
    if (turn == 0) return prompt;
    return {prompt.back()};
  }

  static std::int64_t tokens_of(const std::vector<Message>& messages) {
    std::int64_t tokens = 0;
    for (const Message& message : messages) tokens += estimated_tokens(message.content);
    return tokens;
  }

  LoadStage stage_;
  std::uint32_t stage_number_;
  std::uint64_t seed_;
  SyntheticSettings settings_;
  std::vector<Nanos> due_{};  // open stages
  std::vector<std::string> prefixes_{};
  std::vector<std::size_t> order_{};  // of prompts
};

}  // namespace

std::unique_ptr<LoadSchedule> synthetic_schedule(const LoadStage& stage, std::uint32_t stage_number,
                                                 std::uint64_t seed, const SyntheticSettings& settings) {
  if (stage.arrivals == Arrivals::trace)
    throw Error(ErrorKind::usage, "arrivals of a trace need a trace", "name its file: --trace FILE");
  check_stage(stage);
  check_settings(settings);
  return std::make_unique<SyntheticSchedule>(stage, stage_number, seed, settings);
}

Json settings_json(const SyntheticSettings& settings) {
  Json json = Json::object();
  if (settings.prompts)
    json["prompt_file"] = settings.prompts->source;
  else
    json["input_tokens"] = settings.input.text();
  if (settings.output) json["output_tokens"] = settings.output->text();
  json["turns"] = settings.turns.text();
  if (settings.think != Drawn::fixed(0, DrawUnit::time)) json["think"] = settings.think.text();
  if (settings.prefixes > 0) {
    json["prefixes"] = settings.prefixes;
    json["prefix_tokens"] = settings.prefix_tokens;
  }
  if (settings.cancel_share > 0) {
    json["cancel_share"] = settings.cancel_share;
    json["cancel_after"] = settings.cancel_after.text();
  }
  json["prompt_text_version"] = kPromptTextVersion;
  return json;
}

}  // namespace costwar::harness
