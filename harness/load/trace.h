// Recorded traffic to be asked again: when requests came and how long they and their answers were. Formats:
//   mooncake  JSON Lines {"timestamp": ms, "input_length", "output_length", "hash_ids"} (kvcache-ai/Mooncake,
//             FAST25-release/traces): each id stands for a block of 512 tokens, the last for what is left;
//             requests whose ids begin equally begin with the same text. "hash_ids" may be missing.
//   azure     CSV TIMESTAMP,ContextTokens,GeneratedTokens (Azure/AzurePublicDataset, LLM inference traces of
//             2023 and 2024); instants with seven decimals, or with an offset.
//   burstgpt  CSV Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type, in its third part
//             with Session ID and Elapsed time (HPMLL/BurstGPT); seconds. A request that failed has 0
//             response tokens.
// Columns are found by their names. Texts are made (prompt_text.h): equal blocks have equal words, so that a
// server's prefix cache sees the reuse that was recorded. A trace once read is immutable; any thread may ask.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"
#include "harness/load/schedule.h"

namespace costwar::harness {

enum class TraceFormat : std::uint8_t { mooncake, azure, burstgpt };
std::string_view trace_format_name(TraceFormat format);

inline constexpr std::int64_t kTraceBlock = 512;  // tokens

struct TraceRequest {
  Nanos at{};  // since the first request of the trace, at the speed asked for
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::uint64_t first_block = 0;  // in Trace::blocks
  std::uint32_t block_count = 0;
};

struct Trace {
  TraceFormat format = TraceFormat::mooncake;
  std::string source;
  double speed = 1;
  std::vector<TraceRequest> requests;  // in order of time
  std::vector<std::uint64_t> blocks;   // the ids of all requests, one after the other
  std::uint64_t failed = 0;            // had no output (or no input) and are not asked
  std::uint64_t out_of_order = 0;      // came before the one above them; put in order
  std::uint64_t odd_blocks = 0;  // whose ids do not fill their input: cut off, or made up with own words
};

struct TraceOptions {
  double speed = 1;                      // 2: twice as fast as recorded
  std::optional<std::uint64_t> first{};  // no more than so many requests
  std::optional<Nanos> duration{};       // nor any later than this, after the first and at this speed
};

// Reads a trace; its format is guessed from the first line. Error{input} with the line number for what cannot
// be read; Error{usage} for options beyond their bounds.
Trace read_trace(ByteSource bytes, const std::string& source, const TraceOptions& options);

// The trace as a stage: each request is a session of one turn. `concurrency`: most calls in flight at once,
// 0: no limit. The stage's rate is the trace's mean (over a second at least); its duration ends with the
// trace. Texts depend on the seed and the stage's number.
std::unique_ptr<LoadSchedule> trace_schedule(std::shared_ptr<const Trace> trace, std::uint32_t stage_number,
                                             std::uint64_t seed, std::size_t concurrency = 0);
LoadStage trace_stage(const Trace& trace, std::size_t concurrency = 0);

// As it stands in LoadHeader::settings.
Json settings_json(const Trace& trace);

}  // namespace costwar::harness
