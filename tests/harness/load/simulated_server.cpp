#include "tests/harness/load/simulated_server.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

#include "harness/load/arrivals.h"

namespace costwar::harness::test {

StageOutcome SimulatedServer::run(const LoadStage& stage) const {
  return stage.open() ? open(stage) : closed(stage);
}

// Each place asks again as soon as it was answered.
StageOutcome SimulatedServer::closed(const LoadStage& stage) const {
  using Free = std::priority_queue<double, std::vector<double>, std::greater<>>;
  Free slots_free;
  for (std::size_t i = 0; i < slots; ++i) slots_free.push(0);
  Free asking;
  for (std::size_t i = 0; i < stage.concurrency; ++i) asking.push(0);
  const double busy = static_cast<double>(std::min(slots, stage.concurrency));
  const double service = service_s * (1 + slower_per_request * (busy - 1));
  const double length = stage.duration.seconds();
  double answered = 0;
  double seconds = 0;
  while (asking.top() < length) {
    const double asked = asking.top();
    asking.pop();
    const double begin = std::max(asked, slots_free.top());
    slots_free.pop();
    slots_free.push(begin + service);
    asking.push(begin + service);
    if (begin + service > length / 2 && begin + service <= length) {
      ++answered;
      seconds += begin + service - asked;
    }
  }
  StageOutcome outcome;
  outcome.stage = stage;
  outcome.requests_per_s = answered / (length / 2);
  outcome.requests_per_s_error = error_share * outcome.requests_per_s;
  outcome.seconds_per_request = answered > 0 ? seconds / answered : 0;
  return outcome;
}

StageOutcome SimulatedServer::open(const LoadStage& stage) const {
  std::priority_queue<double, std::vector<double>, std::greater<>> slots_free;
  for (std::size_t i = 0; i < slots; ++i) slots_free.push(0);
  const double length = stage.duration.seconds();
  std::size_t asked = 0;
  std::size_t kept = 0;
  double answered = 0;
  double seconds = 0;
  for (const Nanos due : arrival_instants(stage, RandomStream(1, "simulated"))) {
    const double begin = std::max(due.seconds(), slots_free.top());
    slots_free.pop();
    slots_free.push(begin + service_s);
    ++asked;
    if (begin - due.seconds() <= most_wait_s) ++kept;
    if (begin + service_s > length / 2 && begin + service_s <= length) {
      ++answered;
      seconds += begin + service_s - due.seconds();
    }
  }
  StageOutcome outcome;
  outcome.stage = stage;
  outcome.requests_per_s = answered / (length / 2);
  outcome.requests_per_s_error = error_share * outcome.requests_per_s;
  outcome.seconds_per_request = answered > 0 ? seconds / answered : 0;
  outcome.objectives_kept = kept * 100 >= asked * 99;
  return outcome;
}

std::vector<StageOutcome> run_all(Steering& steering, const SimulatedServer& server) {
  std::vector<StageOutcome> done;
  while (done.size() < 100) {
    const auto stage = steering.next(done);
    if (!stage) break;
    done.push_back(server.run(*stage));
  }
  return done;
}

}  // namespace costwar::harness::test
