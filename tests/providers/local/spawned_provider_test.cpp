#include "providers/local/spawned_provider.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

using namespace costwar;
using namespace costwar::local;

TEST_CASE("machine time is the server's own of prompt and generation") {
  CHECK(machine_ns_of(R"({"timings":{"prompt_ms":2.5,"predicted_ms":3,"prompt_n":1}})") == 5'500'000);
  CHECK(machine_ns_of(R"({"timings":{"prompt_ms":0,"predicted_ms":0}})") == 0);
  for (const char* const untold : {"", "{}", "[]", "not json", R"({"timings":{"prompt_ms":2}})",
                                   R"({"timings":{"prompt_ms":-5,"predicted_ms":1}})",
                                   R"({"timings":{"prompt_ms":1e300,"predicted_ms":1}})",
                                   R"({"timings":{"prompt_ms":"2","predicted_ms":1}})", R"({"timings":7})"}) {
    CAPTURE(untold);
    CHECK_FALSE(machine_ns_of(untold));
  }
}

TEST_CASE("whoever holds the lane computes alone") {
  MachineLane lane;
  std::promise<void> held;
  const auto hold = lane.hold([&] { held.set_value(); });
  held.get_future().wait();
  std::atomic<bool> ran = false;
  std::promise<void> done;
  lane.submit([&] {
    ran = true;
    done.set_value();
  });
  CHECK_FALSE(ran);
  hold->release();
  done.get_future().wait();
  CHECK(ran);
}

TEST_CASE("a hold that is released before its turn is passed over; let_go ends them all") {
  std::atomic<int> called = 0;
  {
    MachineLane lane;
    std::promise<void> held;
    const auto first = lane.hold([&] { held.set_value(); });
    const auto second = lane.hold([&] { ++called; });
    held.get_future().wait();
    second->release();
    std::promise<void> done;
    lane.submit([&] { done.set_value(); });
    lane.let_go();
    done.get_future().wait();
    const auto forgotten = lane.hold([&] { ++called; });
    static_cast<void>(forgotten);  // the lane's end does not wait for it
  }
  CHECK(called <= 1);
}

TEST_CASE("a port of this machine that is free") {
  const int port = free_loopback_port();
  CHECK(port > 0);
  CHECK(port < 65536);
}
