// What the two floors of tests/bench share: their command line and the one JSON object that they print.
// A floor asks an address of OpenAI's shape for streams, so many at once until so many requests have ended,
// and does nothing with what comes but stamp it and count its bytes.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace costwar::bench {

struct FloorArguments {
  std::string url;  // up to /v1
  std::size_t streams = 1;
  std::size_t requests = 1;
  std::int64_t spread_ns =
      0;  // the streams begin spread evenly over this time: in step, one wake-up serves many
  std::string body = R"({"model":"mock","stream":true,"stream_options":{"include_usage":true},)"
                     R"("messages":[{"role":"user","content":"hello"}]})";
};

// When a stream begins, after the first one.
inline std::int64_t begins_after_ns(const FloorArguments& asked, std::size_t stream) {
  return asked.spread_ns * static_cast<std::int64_t>(stream) / static_cast<std::int64_t>(asked.streams);
}

inline std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What one stream keeps of its answer.
struct FloorStream {
  std::vector<std::int64_t> stamps;
  std::uint64_t bytes = 0;
  void took(std::int64_t at, std::size_t size) {
    stamps.push_back(at);
    bytes += size;
  }
};

// Counts from its making to print().
class FloorReport {
 public:
  FloorReport() : begin_(now_ns()), cpu_(cpu_seconds()), resident_(resident_kb()) {}

  void ended(FloorStream& stream, bool ok) {
    ++(ok ? ok_ : failed_);
    events_ += stream.stamps.size();
    bytes_ += stream.bytes;
    stream.stamps.clear();
    stream.bytes = 0;
  }
  std::size_t all_ended() const { return ok_ + failed_; }

  int print(const char* name, const FloorArguments& asked) const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "{{\"floor\":\"{}\",\"streams\":{},\"requests\":{},\"failed\":{},\"events\":{},\"bytes\":{},"
        "\"seconds\":{:.3f},\"cpu_seconds\":{:.4f},\"resident_kb_before\":{},\"max_resident_kb\":{}}}\n",
        name, asked.streams, ok_, failed_, events_, bytes_, static_cast<double>(now_ns() - begin_) / 1e9,
        cpu_seconds() - cpu_, resident_, usage.ru_maxrss);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  static double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }
  static long resident_kb() {
    std::ifstream in("/proc/self/statm");
    long all = 0;
    long resident = 0;
    in >> all >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
  }

  std::int64_t begin_;
  double cpu_;
  long resident_;
  std::size_t ok_ = 0;
  std::size_t failed_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
};

// False, with a line on standard error, unless the arguments are URL STREAMS REQUESTS [SPREAD_SECONDS].
inline bool read_floor(int count, char** arguments, FloorArguments& out) {
  if (count != 4 && count != 5) {
    fmt::print(stderr, "usage: {} URL STREAMS REQUESTS [SPREAD_SECONDS]\n", arguments[0]);
    return false;
  }
  out.url = std::string(arguments[1]) + "/chat/completions";
  out.streams = std::strtoul(arguments[2], nullptr, 10);
  out.requests = std::strtoul(arguments[3], nullptr, 10);
  if (count == 5) out.spread_ns = static_cast<std::int64_t>(std::strtod(arguments[4], nullptr) * 1e9);
  if (out.streams > out.requests) out.streams = out.requests;
  return out.streams > 0;
}

}  // namespace costwar::bench
