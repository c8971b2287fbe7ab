// Reading traces: one line at a time, so that a file of gigabytes takes the memory of its requests.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "harness/load/arrivals.h"
#include "harness/load/lengths.h"
#include "harness/load/saved_schedule.h"
#include "harness/load/trace.h"
#include "harness/tasks/line_reader.h"

namespace costwar::harness {
namespace {

constexpr double kLeastSpeed = 0.01;
constexpr double kMostSpeed = 1e6;
constexpr double kLatestSecond = 4e9;                   // of a trace's clock
constexpr std::size_t kMostBlocks = 500'000'000;        // of all requests
constexpr Nanos kLongestTrace{366 * kTimeBounds.high};  // as recorded

struct ReadRequest {
  std::int64_t at_ns = 0;  // on the trace's own clock
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::vector<std::uint64_t> blocks{};
};

class TraceLines {
 public:
  TraceLines(ByteSource bytes, const std::string& source) : lines_(std::move(bytes), source) {}

  TraceFormat begin() {
    const auto first = next_line();
    if (!first) fail("the file is empty", "a trace has one request a line");
    if (trimmed(*first).starts_with('{')) {
      if (is_saved_schedule(*first)) fail("a saved schedule, not a trace", "replay it with --schedule");
      held_ = std::string(*first);
      return format_ = TraceFormat::mooncake;
    }
    const std::vector<std::string> names = fields_of(*first);
    const auto column = [&](std::string_view name) {
      const auto found = std::find(names.begin(), names.end(), name);
      return found == names.end() ? -1 : static_cast<int>(found - names.begin());
    };
    columns_ = {column("timestamp"), column("contexttokens"), column("generatedtokens")};
    format_ = TraceFormat::azure;
    if (columns_[1] < 0) {
      columns_ = {column("timestamp"), column("request tokens"), column("response tokens")};
      format_ = TraceFormat::burstgpt;
    }
    if (std::any_of(columns_.begin(), columns_.end(), [](int place) { return place < 0; }))
      fail("not a trace that is known",
           "Mooncake JSON Lines, or a header TIMESTAMP,ContextTokens,GeneratedTokens (Azure) or "
           "Timestamp,...,Request tokens,Response tokens (BurstGPT)");
    return format_;
  }

  std::optional<ReadRequest> next() {
    std::optional<std::string_view> line;
    if (held_) {
      held_line_ = *std::exchange(held_, std::nullopt);
      line = held_line_;
    } else {
      line = next_line();
    }
    if (!line) return std::nullopt;
    return format_ == TraceFormat::mooncake ? read_json(*line) : read_csv(*line);
  }

  std::string place() const { return fmt::format("{}:{}", lines_.source(), lines_.line()); }

  [[noreturn]] void fail(std::string_view what, std::string hint) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", place(), what), std::move(hint));
  }

 private:
  std::optional<std::string_view> next_line() {
    for (;;) {
      const auto line = lines_.next();
      if (!line || !trimmed(*line).empty()) return line;
    }
  }

  // In lower case, without blanks around them.
  std::vector<std::string> fields_of(std::string_view line) const {
    CsvReader reader(line);
    std::vector<std::string> fields;
    if (const auto found = reader.next())
      for (const std::string_view field : *found) fields.push_back(lowered(trimmed(field)));
    return fields;
  }

  std::int64_t nanos_of(double value, double scale, std::string_view text) const {
    if (!std::isfinite(value) || value < 0 || value * scale > kLatestSecond * 1e9)
      fail(fmt::format("'{}' is no time of a trace", text), "a number from 0 on");
    return std::llround(value * scale);
  }

  ReadRequest read_json(std::string_view line) const {
    const Json json = parse_json(line, place());
    const JsonIn in(json, place());
    ReadRequest request;
    const JsonIn timestamp = in.at("timestamp");
    request.at_ns = nanos_of(timestamp.number(), 1e6, timestamp.raw().dump());
    request.input = in.at("input_length").integer(0, kTokenBounds.high);
    request.output = in.at("output_length").integer(0, kTokenBounds.high);
    if (const auto ids = in.find("hash_ids"))
      for (const JsonIn& id : ids->elements())
        request.blocks.push_back(static_cast<std::uint64_t>(id.integer(0, INT64_MAX)));
    return request;
  }

  std::int64_t tokens_in(std::string_view text) const {
    text = trimmed(text);
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || !(value >= 0) ||
        value > static_cast<double>(kTokenBounds.high) || value != std::floor(value))
      fail(fmt::format("'{}' is no number of tokens", text.substr(0, 40)), "a whole number");
    return static_cast<std::int64_t>(value);
  }

  std::int64_t instant_in(std::string_view text) const {
    text = trimmed(text);
    if (format_ == TraceFormat::azure) {
      const std::optional<WallText> wall = read_wall(text);
      if (!wall || wall->wall.ns < 0 || static_cast<double>(wall->wall.ns) > kLatestSecond * 1e9)
        fail(fmt::format("'{}' is no instant", text.substr(0, 40)), "as in 2023-11-16 18:17:03.9799600");
      return wall->wall.ns;
    }
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
      fail(fmt::format("'{}' is no time of a trace", text.substr(0, 40)), "a number of seconds");
    return nanos_of(value, 1e9, text.substr(0, 40));
  }

  ReadRequest read_csv(std::string_view line) const {
    CsvReader reader(line);
    const auto fields = reader.next();
    if (!fields || reader.error())
      fail(reader.error() ? reader.error()->what : "an empty record", "one request a line");
    const auto field = [&](int column) -> std::string_view {
      if (static_cast<std::size_t>(column) >= fields->size())
        fail(fmt::format("only {} columns", fields->size()), "as many as the header has");
      return (*fields)[static_cast<std::size_t>(column)];
    };
    ReadRequest request;
    request.at_ns = instant_in(field(columns_[0]));
    request.input = tokens_in(field(columns_[1]));
    request.output = tokens_in(field(columns_[2]));
    return request;
  }

  LineReader lines_;
  TraceFormat format_ = TraceFormat::mooncake;
  std::array<int, 3> columns_{};
  std::optional<std::string> held_{};  // the first line, where it is a request
  std::string held_line_{};
};

void check_trace_options(const TraceOptions& options) {
  if (!(options.speed >= kLeastSpeed && options.speed <= kMostSpeed))
    throw Error(ErrorKind::usage,
                fmt::format("--speed: {} is not from {} to {}", options.speed, kLeastSpeed, kMostSpeed),
                "2 is twice as fast as recorded");
  if (options.first && *options.first == 0)
    throw Error(ErrorKind::usage, "--requests: 0 requests are no load", "leave it out to replay all");
}

// From the trace's clock to the stage's, in order; what comes too late is left out.
void put_in_order(Trace& trace, const TraceOptions& options, const TraceLines& lines) {
  const auto earlier = [](const TraceRequest& a, const TraceRequest& b) { return a.at < b.at; };
  std::stable_sort(trace.requests.begin(), trace.requests.end(), earlier);
  const Nanos first = trace.requests.front().at;
  if (trace.requests.back().at - first > kLongestTrace)
    lines.fail("the trace is longer than a year", "its instants may not be of one clock");
  for (TraceRequest& request : trace.requests)
    request.at = nanoseconds(std::llround((request.at - first).seconds() / options.speed * 1e9));
  if (options.duration) {
    const auto late = std::find_if(trace.requests.begin(), trace.requests.end(),
                                   [&](const TraceRequest& one) { return one.at > *options.duration; });
    trace.requests.erase(late, trace.requests.end());
  }
}

}  // namespace

Trace read_trace(ByteSource bytes, const std::string& source, const TraceOptions& options) {
  check_trace_options(options);
  TraceLines lines(std::move(bytes), source);
  Trace trace;
  trace.format = lines.begin();
  trace.source = source;
  trace.speed = options.speed;
  while (!options.first || trace.requests.size() < *options.first) {
    const std::optional<ReadRequest> read = lines.next();
    if (!read) break;
    if (trace.requests.size() == kMostSessions)
      lines.fail(fmt::format("more than {} requests", kMostSessions),
                 "replay a part of it: --requests 100000");
    if (read->input == 0 || read->output == 0) {
      ++trace.failed;
      continue;
    }
    TraceRequest request{nanoseconds(read->at_ns), read->input, read->output, trace.blocks.size(), 0};
    if (!read->blocks.empty()) {
      const auto needed = static_cast<std::size_t>((read->input + kTraceBlock - 1) / kTraceBlock);
      if (needed != read->blocks.size()) ++trace.odd_blocks;
      request.block_count = static_cast<std::uint32_t>(std::min(needed, read->blocks.size()));
      if (trace.blocks.size() + request.block_count > kMostBlocks)
        lines.fail("more blocks than can be held", "replay a part of it: --requests 100000");
      trace.blocks.insert(trace.blocks.end(), read->blocks.begin(),
                          read->blocks.begin() + static_cast<std::ptrdiff_t>(request.block_count));
    }
    if (!trace.requests.empty() && request.at < trace.requests.back().at) ++trace.out_of_order;
    trace.requests.push_back(request);
  }
  if (trace.requests.empty()) lines.fail("no request with input and output", "there is nothing to replay");
  put_in_order(trace, options, lines);
  return trace;
}

}  // namespace costwar::harness
