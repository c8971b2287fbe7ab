// libFuzzer target: traces, saved schedules and prompt files come from outside. Whatever the bytes, reading
// ends with a value or an Error; what is read keeps its promises (order, lengths, indices), and a saved
// schedule that was read and is written again is read as the same. The first byte sets the blocks and the
// speed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "harness/load/lengths.h"
#include "harness/load/prompt_file.h"
#include "harness/load/saved_schedule.h"
#include "harness/load/trace.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

constexpr std::int64_t kMostText = 20'000;  // tokens; longer texts are only counted

void expect(bool holds) {
  if (!holds) std::abort();
}

ByteSource source_of(std::string_view text, std::size_t block) {
  auto at = std::make_shared<std::size_t>(0);
  return [text, block, at](std::span<char> into) {
    const std::size_t size = std::min({into.size(), block, text.size() - *at});
    if (size > 0) std::memcpy(into.data(), text.data() + *at, size);
    *at += size;
    return size;
  };
}

void check_schedule(const LoadSchedule& schedule) {
  const std::uint64_t sessions = schedule.sessions().value_or(0);
  Nanos before{};
  for (std::uint64_t i = 0; i < sessions; ++i) {
    const PlannedSession session = schedule.session(i);
    expect(!session.turns.empty());
    if (schedule.stage().open()) expect(session.due >= before);
    before = session.due;
    for (std::uint32_t turn = 0; turn < session.turns.size(); ++turn) {
      if (session.turns[turn].input_tokens > kMostText) continue;
      expect(!schedule.messages(i, turn).empty());
    }
  }
}

std::string written(const SavedSchedule& saved) {
  std::string text;
  ScheduleWriter writer([&](std::string_view line) { text += line; }, saved.header);
  for (const auto& stage : saved.stages) writer.stage(*stage, stage->sessions().value_or(0));
  writer.end();
  return text;
}

void read_as_trace(std::string_view text, std::size_t block, double speed) {
  try {
    TraceOptions options;
    options.speed = speed;
    const auto trace = std::make_shared<const Trace>(read_trace(source_of(text, block), "trace", options));
    for (const TraceRequest& request : trace->requests) {
      expect(request.input_tokens > 0 && request.output_tokens > 0);
      expect(request.first_block + request.block_count <= trace->blocks.size());
    }
    expect(trace->requests.front().at == Nanos{});
    check_schedule(*trace_schedule(trace, 0, 1));
  } catch (const Error& error) {
    expect(error.kind() == ErrorKind::input);
  }
}

void read_as_schedule(std::string_view text, std::size_t block) {
  try {
    const SavedSchedule saved = read_schedule(source_of(text, block), "schedule");
    for (const auto& stage : saved.stages) check_schedule(*stage);
    const std::string once = written(saved);
    expect(written(read_schedule(source_of(once, block), "again")) == once);
  } catch (const Error& error) {
    expect(error.kind() == ErrorKind::input);
  }
}

void read_as_prompts(std::string_view text, std::size_t block) {
  for (const char* name : {"p.jsonl", "p.txt"}) {
    try {
      for (const auto& prompt : read_prompts(source_of(text, block), name).prompts)
        expect(!prompt.empty() && prompt.back().role == Role::user);
    } catch (const Error& error) {
      expect(error.kind() == ErrorKind::input);
    }
  }
}

void read_as_length(std::string_view text) {
  try {
    const Drawn drawn = Drawn::parse(text, "--flag", DrawUnit::count, kTokenBounds);
    RandomStream stream(1, "fuzz");
    const std::int64_t value = drawn.draw(stream);
    expect(value >= kTokenBounds.low && value <= kTokenBounds.high);
    expect(Drawn::parse(drawn.text(), "--flag", DrawUnit::count, kTokenBounds) == drawn);
  } catch (const Error& error) {
    expect(error.kind() == ErrorKind::usage);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned steer = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t block = 1 + steer % 64;
  read_as_trace(text, block, (steer & 128U) != 0 ? 0.01 : 7.0);
  read_as_schedule(text, block);
  read_as_prompts(text, block);
  read_as_length(text);
  return 0;
}
