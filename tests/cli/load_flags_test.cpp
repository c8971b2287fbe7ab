// What the flags of `costwar load` come to, what of them is kept for a run that is taken up again, and what
// is said while it runs.
#include <doctest/doctest.h>

#include "cli/load/asked_json.h"
#include "cli/load/calls_file.h"
#include "cli/load/live_view.h"
#include "cli/load/load_flags.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

LoadFlags flags_for(const std::string& concurrency, const std::string& rate) {
  LoadFlags flags;
  flags.model = "http://127.0.0.1:1/v1#m";
  flags.concurrency = concurrency;
  flags.rate = rate;
  return flags;
}

std::string plan_complaint(const LoadFlags& flags) {
  try {
    (void)plan_load(flags);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_FALSE(error.hint().empty());
    return error.what();
  }
  return "no error";
}

std::vector<LoadStage> stages_of(const LoadPlan& plan) {
  std::vector<LoadStage> stages;
  std::vector<harness::StageOutcome> done;
  while (const auto stage = plan.steering->next(done)) {
    stages.push_back(*stage);
    harness::StageOutcome outcome;
    outcome.stage = *stage;
    done.push_back(outcome);
    if (stages.size() > 20) break;
  }
  return stages;
}

}  // namespace

TEST_CASE("without a word a load is one call at a time") {
  const LoadPlan plan = plan_load(flags_for("", ""));
  CHECK(plan.mode == "closed");
  const auto stages = stages_of(plan);
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].concurrency == 1);
  CHECK(stages[0].duration == seconds(30));
  CHECK(plan.most_in_flight == 1);
}

TEST_CASE("lists are stages, ranges are ramps") {
  const auto list = stages_of(plan_load(flags_for("1,8,64", "")));
  REQUIRE(list.size() == 3);
  CHECK(list[2].concurrency == 64);
  const LoadPlan ramp = plan_load(flags_for("", "2..50"));
  CHECK(ramp.mode == "ramp");
  const auto stages = stages_of(ramp);
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].rate_from == 2.0);
  CHECK(stages[0].rate == 50.0);
  CHECK(stages[0].arrivals == Arrivals::poisson);
  CHECK(stages[0].concurrency == 0);
}

TEST_CASE("beside a rate, the concurrency is a limit") {
  const auto stages = stages_of(plan_load(flags_for("10", "5")));
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].open());
  CHECK(stages[0].concurrency == 10);
}

TEST_CASE("sweeps and searches take their bounds from ranges") {
  LoadFlags sweep = flags_for("2..32", "");
  sweep.sweep = true;
  const LoadPlan plan = plan_load(sweep);
  CHECK(plan.mode == "sweep");
  CHECK(plan.most_in_flight == 32);
  CHECK(plan.steering->next({})->concurrency == 2);
  LoadFlags search = flags_for("", "3..40");
  search.find_rate = true;
  search.reading.slo = {"ttft=1s"};
  const LoadPlan found = plan_load(search);
  CHECK(found.mode == "search");
  CHECK(found.steering->next({})->rate == 3.0);
}

TEST_CASE("contradictions are named") {
  const auto with = [](LoadFlags flags, auto change) {
    change(flags);
    return plan_complaint(flags);
  };
  CHECK(with(flags_for("x", ""), [](LoadFlags&) {}) == "--concurrency: 'x' is no number of sessions");
  CHECK(with(flags_for("1.5", ""), [](LoadFlags&) {}) == "--concurrency: '1.5' is no number of sessions");
  CHECK(with(flags_for("8..2", ""), [](LoadFlags&) {}) == "--concurrency: '8..2' does not go up");
  CHECK(with(flags_for("", "0"), [](LoadFlags&) {}) == "--rate: '0' is no rate");
  CHECK(with(flags_for("", "nan"), [](LoadFlags&) {}) == "--rate: 'nan' is no rate");
  CHECK(with(flags_for("1,2", "5"), [](LoadFlags&) {}) ==
        "beside --rate, --concurrency is one limit of calls in flight");
  CHECK(with(flags_for("", "5"), [](LoadFlags& f) { f.trace = "t.csv"; }) ==
        "--rate, --trace and --schedule each say when calls come");
  CHECK(with(flags_for("", ""), [](LoadFlags& f) { f.find_rate = true; }) ==
        "--find-rate needs objectives to keep");
  CHECK(with(flags_for("4", ""), [](LoadFlags& f) { f.sweep = true; }) == "--sweep needs bounds, not a list");
  CHECK(with(flags_for("", "5"), [](LoadFlags& f) { f.burstiness = 0.5; }) ==
        "--burstiness is the shape of gamma arrivals");
  CHECK(with(flags_for("4", ""), [](LoadFlags& f) { f.arrivals = "poisson"; }) ==
        "--arrivals and --burstiness belong to --rate");
  CHECK(with(flags_for("4", ""), [](LoadFlags& f) { f.speed = 2; }) == "--speed belongs to --trace");
  CHECK(with(flags_for("4", ""), [](LoadFlags& f) { f.model.clear(); }) ==
        "costwar load needs a model or an address");
}

TEST_CASE("what was asked is kept and read back") {
  LoadFlags asked = flags_for("1..64", "");
  asked.sweep = true;
  asked.requests = 40;
  asked.temperature = 0.5;
  asked.prefixes = 3;
  asked.prefix_tokens = 100;
  asked.threads = 4;
  asked.timeout_s = 12.5;
  asked.reading.slo = {"ttft=2s", "tpot=80ms"};
  const Json kept = asked_json(asked);
  CHECK_FALSE(kept.contains("input"));  // at its default
  LoadFlags again;
  take_asked(Json::parse(kept.dump()), "settings", again);
  CHECK(asked_json(again) == kept);
  CHECK(again.requests == std::size_t{40});
  CHECK(again.reading.slo == asked.reading.slo);
  LoadFlags unread;
  CHECK_THROWS_AS(take_asked(Json::parse(R"({"threads": -1})"), "settings", unread), Error);
  CHECK_THROWS_AS(take_asked(Json::parse(R"({"sweep": "yes"})"), "settings", unread), Error);
}

TEST_CASE("a call's line has its stamps, and each event") {
  LoadCall call;
  call.session = 7;
  call.request_id = "chatcmpl-\xff";  // not UTF-8: it came from outside
  call.outcome = Outcome::ok;
  call.timeline.issued = Mono{1'000'000};
  call.timeline.first_any = Mono{1'500'000};
  append_event(call.timeline, Mono{1'500'000}, call.timeline.issued);
  append_event(call.timeline, Mono{2'500'000}, Mono{1'500'000});
  const Json line = Json::parse(call_line(call));
  CHECK(line["session"] == 7);
  CHECK(line["first_any_ns"] == 1'500'000);
  CHECK(line["end_ns"].is_null());
  CHECK(line["events_ns"] == Json::array({1'500'000, 2'500'000}));
  CHECK(line["output_tokens"].is_null());
}

TEST_CASE("what is said while it runs") {
  harness::LoadCounters counters;
  counters.begin_run(Mono{});
  counters.begin_stage(1, "64 at once", Mono{} + seconds(1), seconds(10));
  const harness::LoadSnapshot before = counters.look(Mono{} + seconds(2));
  for (int i = 0; i < 30; ++i) {
    counters.call_begun();
    counters.first_token(milliseconds(50));
  }
  for (int i = 0; i < 20; ++i) counters.call_ended(Outcome::ok, false, 100);
  counters.call_ended(Outcome::capacity, false, std::nullopt);
  counters.spend(Money::parse(Currency(), "0.25"));
  counters.set_budget(Money::parse(Currency(), "5"));
  const harness::LoadSnapshot now = counters.look(Mono{} + seconds(4));
  const auto lines = live_lines(before, now, 0);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "stage 2, 64 at once: 3 s of 10 s");
  CHECK(lines[1] == "  9 in flight, 15.0/s begin, 10.5/s end, 1000 output tokens/s");
  CHECK(lines[2].find("TTFT p50") != std::string::npos);
  const std::string spent = format_money(Money::parse(Currency(), "0.25"));
  const std::string budget = format_money(Money::parse(Currency(), "5"));
  CHECK(lines[3] == "  21 ended, capacity 1, spent " + spent + " of " + budget);
  for (const std::string& line : live_lines(before, now, 20)) CHECK(line.size() <= 20);
  CHECK(live_line(before, now).starts_with("4 s: stage 2, 64 at once: 9 in flight, 10.5/s end"));
  CHECK(live_line(now, now).find("TTFT p50 -") != std::string::npos);
}
