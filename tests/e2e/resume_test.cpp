// Runs that were cut off: what was answered is never asked again, and what is missing is said.

#include <doctest/doctest.h>
#include <poll.h>

#include <csignal>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

bool wait_for_replies(const Scene& scene, std::size_t count) {
  for (int i = 0; i < 2000 && scene.truth().size() < count; ++i) poll(nullptr, 0, 10);
  return scene.truth().size() >= count;
}

}  // namespace

TEST_CASE("a dialogue that was killed goes on where it was: no answered call is asked again") {
  constexpr std::size_t kCalls = 29;  // of six items, as an agent that is right makes them
  Scene scene("agent", "6");
  scene.serve({"--model", "m=1", "--ttft", "20ms"});
  {
    Program victim(scene.folder.path(), scene.command("run", {"m"}, {"--concurrency", "2"}));
    REQUIRE(wait_for_replies(scene, 9));
    victim.signal(SIGKILL);
    CHECK(victim.wait().code == 128 + SIGKILL);
  }
  const Json state = scene.json({"runs"}).at("runs").at(0);
  const std::size_t lost = state.at("in_doubt");
  CHECK(lost <= 2);
  const std::size_t answered = state.at("attempts").get<std::size_t>() - lost;
  CHECK(answered < kCalls);
  const Json document = scene.compare_json({"m"}, {"--concurrency", "2"});
  CHECK(document.at("models").at(0).at("solved") == 6);
  const Json after = scene.json({"runs"}).at("runs").at(0);
  CHECK(after.at("run") == state.at("run"));
  CHECK(after.at("attempts") == kCalls + lost);
  // What was out when it was killed may have reached the server or not.
  const std::size_t asked = scene.truth().size();
  CHECK(asked >= kCalls);
  CHECK(asked <= kCalls + lost);
}

TEST_CASE("an unfinished run says between which bounds its shares lie, and --strict fails it") {
  Scene scene("arithmetic-steps", "20");
  scene.serve({"--model", "m=0.7", "--ttft", "30ms"});
  {
    Program program(scene.folder.path(), scene.command("run", {"m"}, {"--concurrency", "2"}));
    REQUIRE(wait_for_replies(scene, 6));
    program.signal(SIGINT);
    CHECK(program.wait().code == 130);
  }
  std::int64_t right = 0;
  for (const Json& record : scene.truth()) right += record.at("correct") == true ? 1 : 0;
  const auto done = static_cast<std::int64_t>(scene.truth().size());
  REQUIRE(done < 20);
  const std::string id = scene.last_run();
  const Json document = scene.json({"compare", "--run", id});
  const Json& model = document.at("models").at(0);
  CHECK(model.at("n") == done);
  CHECK(model.at("planned") == 20);
  const Json& evaluation = model.at("evaluation");
  CHECK(evaluation.at("missing") == 20 - done);
  CHECK(evaluation.at("worst_case") == doctest::Approx(static_cast<double>(right) / 20));
  CHECK(evaluation.at("best_case") == doctest::Approx(static_cast<double>(right + 20 - done) / 20));
  CHECK(holds(notes_of(document), std::to_string(20 - done) + " of 20 items of m have no result yet"));
  CHECK(run(scene.folder, {"compare", "--run", id}).code == 0);
  CHECK(run(scene.folder, {"compare", "--run", id, "--strict"}).code == 7);
  // Completed, there are no bounds; a model without a price is still not strict.
  const Json completed = scene.compare_json({"m"});
  CHECK(completed.at("run") == id);
  CHECK(completed.at("models").at(0).at("evaluation").at("worst_case").is_null());
  CHECK(scene.truth().size() == 20);
}
