// A weight file made ready to be asked outside of a run, by whatever computes it here, and one call to it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/config.h"
#include "cli/environment.h"
#include "core/provider.h"
#include "providers/local/machine_lane.h"
#include "providers/local/spawned_server.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar::cli {

// Of llama-server's timings, tokens a second; the first token belongs to the prompt. nullopt: not told, or
// too little to tell.
struct ServedSpeed {
  std::optional<double> prompt, generation;
};

// `json`: the object that has "timings"; may be empty.
ServedSpeed speed_of_timings(const std::string& json);

class LocalRun {
 public:
  // config.threads: 0 as the model's size says. The server, where it is one, is not started yet.
  LocalRun(const std::filesystem::path& file, const LocalConfig& config, const Environment& environment);
  ~LocalRun();  // stops the server
  LocalRun(const LocalRun&) = delete;
  LocalRun& operator=(const LocalRun&) = delete;

  const std::string& software() const { return software_; }  // "built-in engine", "llama-server", "libllama"
  // Waits for the answer. Error{provider} for one that did not end well.
  Attempt ask(ChatRequest request);
  // Starts the server and waits until it is ready; nothing for the built-in engine. Error{provider} with its
  // last words.
  void start();
  // One POST to the server that was started, beside its API: the body of its answer. Error{usage} where there
  // is none, Error{input} with the server's words when it refuses.
  std::string post(const std::string& path, const std::string& body);
  local::ServerRecord record() const;
  int threads() const;  // of a server: what it was started with; 0 for the built-in engine
  EventLoop& loop() { return *loop_; }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<HttpTransport> transport_;
  std::shared_ptr<local::MachineLane> lane_;
  std::shared_ptr<local::SpawnedServer> server_;
  std::unique_ptr<Provider> provider_;
  std::string name_;
  std::string software_;
};

}  // namespace costwar::cli
