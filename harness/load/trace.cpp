#include "harness/load/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "harness/load/prompt_text.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 3> kTraceFormats{"mooncake", "azure", "burstgpt"};

class TraceSchedule final : public LoadSchedule {
 public:
  TraceSchedule(std::shared_ptr<const Trace> trace, std::uint32_t stage_number, std::uint64_t seed,
                std::size_t concurrency)
      : trace_(std::move(trace)),
        stage_(trace_stage(*trace_, concurrency)),
        stage_number_(stage_number),
        seed_(seed) {}

  const LoadStage& stage() const override { return stage_; }
  std::optional<std::uint64_t> sessions() const override { return trace_->requests.size(); }

  PlannedSession session(std::uint64_t number) const override {
    const TraceRequest& request = at(number);
    PlannedCall call;
    call.input_tokens = request.input_tokens;
    call.output_tokens = request.output_tokens;
    return {request.at, {call}};
  }

  std::vector<Message> messages(std::uint64_t number, std::uint32_t turn) const override {
    const TraceRequest& request = at(number);
    if (turn != 0) throw Error(ErrorKind::internal, "a request of a trace has one turn");
    const std::string own = fmt::format("load text of stage {} session {} turn 0", stage_number_, number);
    RandomStream own_words(seed_, own);
    if (request.block_count == 0) return {{Role::user, prompt_text(own_words, request.input_tokens)}};
    std::string text;
    std::int64_t left = request.input_tokens;
    for (std::uint32_t i = 0; i < request.block_count && left > 0; ++i) {
      const std::uint64_t id = trace_->blocks[static_cast<std::size_t>(request.first_block + i)];
      RandomStream words(seed_, fmt::format("load block {} of stage {}", id, stage_number_));
      append_words(text, words, std::min(left, kTraceBlock));
      left -= kTraceBlock;
    }
    append_words(text, own_words, left);
    return {{Role::user, std::move(text)}};
  }

 private:
  const TraceRequest& at(std::uint64_t number) const {
    if (number >= trace_->requests.size())
      throw Error(ErrorKind::internal, "a session beyond the schedule's end");
    return trace_->requests[static_cast<std::size_t>(number)];
  }

  std::shared_ptr<const Trace> trace_;
  LoadStage stage_;
  std::uint32_t stage_number_;
  std::uint64_t seed_;
};

}  // namespace

std::string_view trace_format_name(TraceFormat format) {
  return kTraceFormats[static_cast<std::size_t>(format)];
}

LoadStage trace_stage(const Trace& trace, std::size_t concurrency) {
  LoadStage stage;
  stage.arrivals = Arrivals::trace;
  stage.concurrency = concurrency;
  stage.duration = std::max(trace.requests.empty() ? Nanos{} : trace.requests.back().at, nanoseconds(1));
  stage.rate = static_cast<double>(trace.requests.size()) / std::max(stage.duration.seconds(), 1.0);
  stage.sessions = trace.requests.size();
  return stage;
}

std::unique_ptr<LoadSchedule> trace_schedule(std::shared_ptr<const Trace> trace, std::uint32_t stage_number,
                                             std::uint64_t seed, std::size_t concurrency) {
  return std::make_unique<TraceSchedule>(std::move(trace), stage_number, seed, concurrency);
}

Json settings_json(const Trace& trace) {
  Json json = {{"trace", trace.source},
               {"format", trace_format_name(trace.format)},
               {"speed", trace.speed},
               {"requests", trace.requests.size()}};
  if (trace.failed > 0) json["failed_in_trace"] = trace.failed;
  if (trace.out_of_order > 0) json["out_of_order"] = trace.out_of_order;
  if (trace.odd_blocks > 0) json["odd_blocks"] = trace.odd_blocks;
  json["prompt_text_version"] = kPromptTextVersion;
  return json;
}

}  // namespace costwar::harness
