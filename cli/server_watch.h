// The servers behind the models of a run: those of our own, which are stopped at its end, and those that were
// there, whose counters are read before and after. What they say of their work is evidence beside our own
// counts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "providers/local/spawned_server.h"
#include "providers/registry.h"
#include "providers/server_metrics.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar::cli {

class ServerWatch {
 public:
  explicit ServerWatch(EventLoop& loop) : loop_(loop) {}

  // facts: JSON object of what it told of itself, or empty. The transport must outlive the watch.
  void add_attached(const std::string& name, HttpTransport& transport, ServerKind kind,
                    const RemoteOptions& options, const std::string& model, const std::string& facts);
  void add_spawned(const std::string& name, std::shared_ptr<local::SpawnedServer> server,
                   const std::string& software);

  // Called by the hooks of a spawned server.
  void failed(const std::string& name, const std::string& why);
  // What is to happen when one fails; empty: nothing.
  void on_failure(std::function<void()> then) { then_ = std::move(then); }
  const std::optional<std::string>& failure() const { return failure_; }  // the first, one line

  // Reads the counters of servers that were there; waits on the loop, 15 seconds at most.
  void begin();
  // Stops servers of our own and reads the counters of the others; waits on the loop. An array with an object
  // for each server that worked or told anything; the member "model" is its model's name.
  Json end();

 private:
  struct Entry {
    std::string name;
    Json facts = Json::object();
    HttpTransport* transport = nullptr;  // of one that was there
    ServerKind kind = ServerKind::untold;
    RemoteOptions options;
    std::string model;
    std::optional<ServerCounters> before;
    std::optional<ServerCounters> after;
    std::shared_ptr<local::SpawnedServer> spawned;
  };

  void read_counters_of_all(std::optional<ServerCounters> Entry::*into);
  static Json told_by(const Entry& entry);
  static Json of_spawned(const Entry& entry);

  EventLoop& loop_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::function<void()> then_;
  std::optional<std::string> failure_;
};

}  // namespace costwar::cli
