// A server of our own for one weight file: a child process that speaks llama-server's API on a UNIX socket in
// a folder that only this user can enter, or, where it cannot do that, on a free port of 127.0.0.1. It is
// started when it is first needed, asked for its health until it is ready, and told to end with SIGTERM,
// after a grace with SIGKILL; it dies with us. Everything happens on the loop's thread.
//
// States: idle -> loading -> ready -> stopping -> stopped, and failed from loading and ready. A server that
// failed is not started again: what it was asked then would not be measured under the same conditions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "providers/local/server_command.h"
#include "providers/server_facts.h"
#include "providers/server_metrics.h"
#include "system/event_loop.h"
#include "system/http.h"
#include "system/private_folder.h"
#include "system/process.h"

namespace costwar::local {

// What is known of it so far.
struct ServerRecord {
  std::optional<Nanos> load_time;  // from its start to its first sign of health
  std::optional<std::int64_t> peak_resident_bytes;
  std::optional<Nanos> cpu_time;  // with that of loading
  std::optional<ServerFacts> facts;
  std::optional<ServerCounters> counters;  // of its whole life
};

struct ServerHooks {
  std::function<void(const std::string& line)> progress;  // loading, loaded; may be empty
  std::function<void(const std::string& why)> failed;     // once, before anyone waiting is told; may be empty
};

class SpawnedServer {
 public:
  enum class State : std::uint8_t { idle, loading, ready, failed, stopping, stopped };

  // loop and transport must outlive it. `name` is what progress calls it.
  SpawnedServer(EventLoop& loop, HttpTransport& transport, std::string name, ServerLaunch launch,
                ServerHooks hooks);
  ~SpawnedServer();  // kills what still runs
  SpawnedServer(const SpawnedServer&) = delete;
  SpawnedServer& operator=(const SpawnedServer&) = delete;

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }  // one line, with the last words of its log
  const ServerLaunch& launch() const { return launch_; }
  std::optional<std::int64_t> pid() const;

  // Starts it where it is idle. `then` is called once, on a later turn: it is ready, or it never will be.
  void when_ready(std::function<void()> then);
  // When it is known whether it still lives: at its end, or after a moment in which it did not end.
  void when_settled(std::function<void()> then);
  // Asks it for its counters, ends it and calls `then` on a later turn, also where it never ran.
  void stop(std::function<void()> then);

  // Address and socket, for requests. Empty before it was started.
  RemoteOptions options() const;
  ServerRecord record();

 private:
  void start(bool on_port);
  void fall(std::string why);
  void exited(const ChildExit& exit);
  void ask_health();
  void answered(int status);
  void became_ready();
  void take_facts(std::optional<ServerFacts> facts);
  void watch_load();
  void tell(std::vector<std::function<void()>>& waiting);
  void later(Task task);
  void finish_stop();
  std::string ending(const ChildExit& exit) const;

  EventLoop& loop_;
  HttpTransport& transport_;
  std::string name_;
  ServerLaunch launch_;
  ServerHooks hooks_;
  State state_ = State::idle;
  std::string failure_;
  PrivateFolder folder_;
  ServerAddress address_;
  LogTail log_;
  Mono started_;
  bool connected_ = false;  // it answered, whatever it said
  int starts_ = 0;
  ServerRecord record_;
  TimerId health_timer_ = 0;
  TimerId load_timer_ = 0;
  TimerId grace_timer_ = 0;
  std::vector<std::function<void()>> waiting_;
  std::vector<std::function<void()>> settling_;
  std::vector<std::function<void()>> stopping_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<ChildProcess> child_;
};

// A port of 127.0.0.1 that nobody listens at just now. Error{input} when there is none.
int free_loopback_port();

}  // namespace costwar::local
