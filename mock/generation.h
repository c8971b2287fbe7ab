// One generation: what is said, how much it counts, and when; and how a stream cuts it into tokens. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/random.h"
#include "core/time.h"
#include "mock/faults.h"
#include "mock/options.h"
#include "mock/reply.h"

namespace costwar::mock {

struct Generation {
  ReplyId id;
  std::string_view model;
  std::string_view service_tier = "default";
  std::string_view text;               // visible, cut to the limit
  std::string_view tool;               // not empty: `text` is the arguments of a call of this tool
  std::uint64_t prompt_tokens = 0;     // all of them: cached and written ones too
  std::uint64_t cached_tokens = 0;     // read from a cache
  std::uint64_t written_tokens = 0;    // written to a cache
  std::uint64_t reasoning_tokens = 0;  // per choice
  std::uint64_t visible_tokens = 0;    // per choice: of `text`
  std::size_t choices = 1;
  bool cut = false;  // the limit was met: finish_reason "length"
  bool include_usage = false;
  bool continuous_usage = false;
  bool stamps = false;
  bool show_reasoning = false;  // in dialects that have one way to
  ReasoningField reasoning_field = ReasoningField::hidden;
  Flavour flavour = Flavour::openai;
  MockPace pace;
  std::uint64_t pace_seed = 0;
  Nanos silence{};
};

// When each completion token is due, in order: the first at TTFT, the others a gap later each.
class Timeline {
 public:
  explicit Timeline(const Generation& generation);
  Nanos next();                      // of the next token
  Nanos now() const { return at_; }  // of the last token given, TTFT before any

 private:
  Nanos gap();
  Nanos at_;
  Nanos gap_;
  double sigma_;
  bool first_ = true;
  RandomStream random_;
};

// When the first and the last token are due.
Nanos first_token(const Generation& generation);
Nanos last_token(const Generation& generation);

// The tokens of one choice in order, cut as a fault cuts them. Views hold as long as the generation.
class Speech {
 public:
  struct Part {
    std::string_view text;
    unsigned tokens;
  };

  Speech(const Generation& generation, FaultMode mode);

  bool think();                 // one token of reasoning; false: there is no more
  std::optional<Part> speak();  // nullopt: there is no more, or the fault breaks off here
  bool broken() const;          // the fault ends the reply half way

  Nanos now() const { return timeline_.now(); }
  std::uint64_t reasoning() const { return reasoning_; }  // tokens given so far
  std::uint64_t visible() const { return visible_; }
  bool at_half() const { return visible_ == (generation_.visible_tokens + 1) / 2; }

 private:
  const Generation& generation_;
  FaultMode mode_;
  Timeline timeline_;
  std::size_t at_ = 0;  // bytes of the text given so far
  std::uint64_t reasoning_ = 0;
  std::uint64_t visible_ = 0;
};

inline constexpr std::string_view kReasoningToken = "hmm ";  // one token of reasoning that is shown
std::string reasoning_text(std::uint64_t tokens);

struct ShownReasoning {
  bool content = false;  // as reasoning_content
  bool plain = false;    // as reasoning
  bool any() const { return content || plain; }
};
ShownReasoning shown_reasoning(const Generation& generation, FaultMode mode);

}  // namespace costwar::mock
