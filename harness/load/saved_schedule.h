// Schedules as files, so that a run can be asked again exactly, texts included: JSON Lines, UTF-8.
//   {"kind": "load_schedule", "schema_version": 1, "seed": "7", "model": ..., "settings": {...}}
//   {"stage": 0, "asked": {"arrivals": "poisson", "rate": 5, ...}}           begins a stage
//   {"text": 0, "content": "..."}                                          a text that several sessions share
//   {"session": 0, "due_ns": 0, "turns": [{"input_tokens": 512, "output_tokens": 128, "messages": [...]}]}
//   {"end": true, "stages": 1, "sessions": 1}                               the last line, or the file is cut
//   off
// A message is {"role", "content"}, or {"role", "text"} with the number of a shared text. What was read is
// immutable; any thread may ask.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"
#include "harness/load/schedule.h"

namespace costwar::harness {

inline constexpr int kSavedScheduleVersion = 1;

struct SavedScheduleHeader {
  std::uint64_t seed = 0;
  std::string model{};
  std::string settings{};  // a JSON object, as in LoadHeader; may be empty
};

// Writes stage after stage to `out`, which gets whole lines.
class ScheduleWriter {
 public:
  using Out = std::function<void(std::string_view)>;
  ScheduleWriter(Out out, const SavedScheduleHeader& header);

  // The sessions below `count` of a schedule: all there are, or those that a closed loop began. A stage
  // without a limit of its own is limited to them when it is replayed.
  void stage(const LoadSchedule& schedule, std::uint64_t count);

  void end();  // nothing may be written after it

 private:
  Json message(const Message& message);

  Out out_;
  std::map<std::string, std::size_t> shared_{};  // texts of system messages, and their numbers
  std::uint64_t stages_ = 0;
  std::uint64_t sessions_ = 0;
};

struct SavedSchedule {
  SavedScheduleHeader header;
  std::vector<std::unique_ptr<LoadSchedule>> stages;  // at least one
};

// Error{input} with the line number for what is missing, out of order or of another kind, and for a file
// without its last line. Members that a newer minor version added are passed over.
SavedSchedule read_schedule(ByteSource bytes, const std::string& source);

// Whether a file that begins so is a saved schedule and not a trace.
bool is_saved_schedule(std::string_view first_bytes);

}  // namespace costwar::harness
