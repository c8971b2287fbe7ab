// A server with `slots` places, each busy `service` seconds with a request, and one queue before them; in
// virtual time, so that the knee and the highest rate are known: slots, and slots / service. What a stage run
// against it would report.
#pragma once

#include <cstdint>

#include "harness/load/steering.h"

namespace costwar::harness::test {

struct SimulatedServer {
  std::size_t slots = 8;
  double service_s = 0.5;
  double most_wait_s = 0.001;     // the objective: of 99 % of requests, before a slot is free
  double error_share = 0.01;      // of the throughput, as its half interval
  double slower_per_request = 0;  // service grows by this share with each other request in service

  StageOutcome run(const LoadStage& stage) const;

 private:
  StageOutcome closed(const LoadStage& stage) const;
  StageOutcome open(const LoadStage& stage) const;
};

// Runs until it ends, at most 100 stages.
std::vector<StageOutcome> run_all(Steering& steering, const SimulatedServer& server);

}  // namespace costwar::harness::test
