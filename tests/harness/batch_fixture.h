// A vendor of batches and a store that outlive the program that uses them, so that a test can let it die at
// any turn of its loop and start it again.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/batch_runner.h"
#include "tests/harness/runner_fixture.h"
#include "tests/support/fake_loop.h"

namespace costwar::harness::test {

// What one vendor has, and what it did.
struct Vendor {
  struct Batch {
    std::string tag;
    std::vector<BatchRequest> requests;
    std::vector<BatchState> states;  // one a poll; the last one stays
    std::size_t polls = 0;
  };
  std::map<std::string, Batch> batches;  // by id
  std::map<std::string, int> billed;     // answers by prompt
  int submissions = 0;                   // that arrived
  bool searchable = true;
  std::size_t max_requests = 100;
  std::size_t max_bytes = 1'000'000;
  std::vector<BatchState> life{BatchState::in_progress, BatchState::completed};
  std::string error_code;  // of a batch that fails as a whole

  // What becomes of the n-th submission (from 0), and of a request.
  enum class Fate { reply, lose_reply, drop, refuse };
  std::function<Fate(int)> fate = [](int) { return Fate::reply; };
  std::function<std::optional<Attempt>(const BatchRequest&)> answer = [](const BatchRequest& request) {
    return std::optional(test::answer(request.request.messages.back().content).attempt);
  };
  std::function<std::optional<Outcome>()> poll_failure = [] { return std::optional<Outcome>(); };

  const Batch& only() const {
    REQUIRE(batches.size() == 1);
    return batches.begin()->second;
  }
};

class FakeBatchService final : public BatchService {
 public:
  FakeBatchService(FakeLoop& loop, Vendor& vendor) : loop_(loop), vendor_(vendor) {
    traits_ = {"Acme", vendor.max_requests, vendor.max_bytes, vendor.searchable};
  }

  const BatchTraits& traits() const override { return traits_; }
  std::optional<Refusal> check(const ChatRequest&) const override { return refusal; }
  std::size_t size(const BatchRequest& request) const override {
    return request.request.messages.back().content.size();
  }

  // Arrives after 10 ms, is answered after 20.
  void submit(std::vector<BatchRequest> requests, std::string tag,
              std::function<void(BatchReply)> done) override {
    ++submits_out;
    const auto fate = vendor_.fate(vendor_.submissions);
    later(10, [this, requests = std::move(requests), tag = std::move(tag), done = std::move(done), fate] {
      if (fate != Vendor::Fate::drop) ++vendor_.submissions;
      if (fate == Vendor::Fate::drop) return fail(done, Outcome::network, true);
      if (fate == Vendor::Fate::refuse) return fail(done, Outcome::config, false);
      const std::string id = fmt::format("batch_{}", vendor_.batches.size());
      vendor_.batches[id] = {tag, requests, vendor_.life, 0};
      if (fate == Vendor::Fate::lose_reply) return fail(done, Outcome::network, true);
      later(10, [this, id, done] {
        --submits_out;
        done(status(id));
      });
    });
  }

  void find(std::string tag, BatchTrace trace, std::function<void(BatchSearch)> done) override {
    ++searches;
    operation([this, tag = std::move(tag), trace, done = std::move(done)] {
      BatchSearch found;
      found.kind = vendor_.searchable ? BatchSearch::Kind::absent : BatchSearch::Kind::cannot_search;
      for (const auto& [id, batch] : vendor_.batches) {
        if (vendor_.searchable && batch.tag == tag) {
          found.kind = BatchSearch::Kind::found;
          found.batch = status(id);
        }
        if (!vendor_.searchable && static_cast<std::int64_t>(batch.requests.size()) == trace.requests)
          found.candidates.push_back(status(id));
      }
      done(std::move(found));
    });
  }

  void poll(std::string id, std::function<void(BatchReply)> done) override {
    polls.push_back(loop_.clock().mono().ns / 1'000'000);
    operation([this, id = std::move(id), done = std::move(done)] {
      if (const auto outcome = vendor_.poll_failure()) {
        BatchFailure failure;
        failure.attempt.outcome = *outcome;
        return done(failure);
      }
      Vendor::Batch& batch = vendor_.batches.at(id);
      batch.polls = std::min(batch.polls + 1, batch.states.size() - 1);
      done(status(id));
    });
  }

  // One line each 5 ms, in the opposite order.
  void results(const BatchStatus& status, EachResult each,
               std::function<void(std::optional<BatchFailure>)> done) override {
    Vendor::Batch& batch = vendor_.batches.at(status.id);
    std::int64_t ms = 0;
    for (auto request = batch.requests.rbegin(); request != batch.requests.rend(); ++request)
      operation(
          [this, request = *request, each] {
            if (auto attempt = vendor_.answer(request)) each(request.custom_id, *std::move(attempt));
          },
          ms += 5);
    operation([done = std::move(done)] { done(std::nullopt); }, ms + 5);
  }

  void cancel(std::string, std::function<void(BatchReply)>) override { FAIL("nobody asked for that"); }

  void abandon() override {
    for (const TimerId timer : operations_) loop_.cancel(timer);
    operations_.clear();
  }

  std::optional<Refusal> refusal;
  std::vector<std::int64_t> polls;  // when, in milliseconds
  int searches = 0;
  int submits_out = 0;

 private:
  void later(std::int64_t ms, Task task) {
    loop_.at(loop_.clock().mono() + milliseconds(ms), std::move(task));
  }
  void operation(Task task, std::int64_t ms = 10) {
    operations_.push_back(loop_.at(loop_.clock().mono() + milliseconds(ms), std::move(task)));
  }
  void fail(const std::function<void(BatchReply)>& done, Outcome outcome, bool in_doubt) {
    later(10, [this, done, outcome, in_doubt] {
      --submits_out;
      BatchFailure failure;
      failure.attempt.outcome = outcome;
      failure.attempt.error_message = "because";
      failure.in_doubt = in_doubt;
      done(failure);
    });
  }
  BatchStatus status(const std::string& id) const {
    const Vendor::Batch& batch = vendor_.batches.at(id);
    BatchStatus out;
    out.id = id;
    out.state = batch.states.at(batch.polls);
    out.total = static_cast<std::int64_t>(batch.requests.size());
    out.error_code = vendor_.error_code;
    if (batch_state_row(out.state).over) out.ended = loop_.clock().wall();
    return out;
  }

  FakeLoop& loop_;
  Vendor& vendor_;
  BatchTraits traits_;
  std::vector<TimerId> operations_;
};

// Keeps what is written, at once; says so on a later turn. Fails the test on rows out of order.
class FakeStore final : public RunSink, public BatchLog {
 public:
  struct Kept {
    std::string tag;
    bool ended = false;
    Attempt attempt{};
  };

  void use(FakeLoop& loop) { loop_ = &loop; }

  void left(AttemptRow, std::function<void()>) override { FAIL("no single call leaves here"); }

  void scored(ScoreRow, std::function<void()>) override { FAIL("not asked for"); }
  void left_holding(AttemptRow, Hold, std::function<void(bool)>) override { FAIL("not asked for"); }
  void ended_holding(AttemptRow, std::optional<ScoreRow>, std::optional<Money>,
                     std::function<void()>) override {
    FAIL("not asked for");
  }

  void ended(AttemptRow row, std::optional<ScoreRow> score, std::function<void()> on_durable) override {
    Kept& kept = attempts.at({row.trial, row.number});
    CHECK_FALSE(std::exchange(kept.ended, true));
    kept.attempt = std::move(row.attempt);
    if (score) CHECK(scores.emplace(row.trial, *score).second);
    durable(std::move(on_durable));
  }

  void leaving(BatchRow row, std::vector<AttemptRow> rows, std::function<void()> on_durable) override {
    CHECK(row.state == BatchState::leaving);
    CHECK(row.requests == static_cast<std::int64_t>(rows.size()));
    CHECK(batches.emplace(row.tag, row).second);
    order.push_back(row.tag);
    for (AttemptRow& attempt : rows) {
      CHECK_FALSE(attempt.ended);
      CHECK(attempts.emplace(std::pair(attempt.trial, attempt.number), Kept{row.tag}).second);
    }
    durable(std::move(on_durable));
  }

  void changed(BatchRow row, std::function<void()> on_durable) override {
    batches.at(row.tag) = row;
    durable(std::move(on_durable));
  }

  std::vector<OpenBatch> open() const {
    std::vector<OpenBatch> all;
    for (const std::string& tag : order) {
      OpenBatch batch{batches.at(tag), {}};
      for (const auto& [key, kept] : attempts)
        if (kept.tag == tag && !kept.ended) batch.items.push_back({key.first, key.second});
      if (!batch.items.empty()) all.push_back(std::move(batch));
    }
    return all;
  }

  std::vector<TrialWork> work(const Plan& plan) const {
    std::vector<TrialWork> all = all_work(plan);
    for (TrialWork& entry : all)
      for (const auto& [key, kept] : attempts)
        if (key.first == entry.trial) ++entry.first_number;
    std::erase_if(all, [&](const TrialWork& entry) { return scores.contains(entry.trial); });
    return all;
  }

  std::string outcomes() const {
    std::string text;
    for (const auto& [key, kept] : attempts)
      text += fmt::format("{}#{} {}\n", key.first, key.second,
                          kept.ended ? outcome_row(kept.attempt.outcome).name : "open");
    return text;
  }

  std::map<std::string, BatchRow> batches;
  std::vector<std::string> order;
  std::map<std::pair<std::int64_t, std::uint32_t>, Kept> attempts;
  std::map<std::int64_t, ScoreRow> scores;

 private:
  void durable(std::function<void()> callback) { loop_->post(std::move(callback)); }

  FakeLoop* loop_ = nullptr;
};

// One life of the program. Destroying it before it has finished is a crash.
struct Life {
  Life(Vendor& vendor, FakeStore& kept, const Plan& its_plan, BatchSettings settings = {},
       Nanos after = seconds(0))
      : service(loop, vendor), store(kept), plan(its_plan) {
    loop.fake_clock().set_wall_start(parse_wall("2026-04-26T12:00:00Z") + after);
    store.use(loop);
    settings.retry.seed = 9;
    runner = std::make_unique<BatchRunner>(loop, plan, std::vector<BatchService*>{&service}, store, store,
                                           progress, settings);
  }

  void start() { runner->start({"run", store.order.size(), store.work(plan), store.open()}); }

  // Until something is so, or the end.
  void run_until(const std::function<bool()>& there) {
    loop.run([&] { return runner->finished() || there(); });
  }

  const BatchResult& finish() {
    loop.run([&] { return runner->finished(); });
    loop.run_posts();
    CHECK(loop.timers() == 0);
    CHECK(service.submits_out == 0);
    CHECK(progress.finishes == 1);
    return runner->result();
  }

  const BatchResult& run() {
    start();
    return finish();
  }

  FakeLoop loop;
  FakeBatchService service;
  FakeStore& store;
  const Plan& plan;
  Journal journal{loop};
  RecordingProgress progress{journal};
  std::unique_ptr<BatchRunner> runner;
};

inline Plan batch_plan(std::size_t items) {
  return Plan(echo_input({"acme/m+batch"}, items));
}

// Every item asked and answered once, whatever happened on the way.
inline void check_paid_once(const Vendor& vendor, const FakeStore& store, std::size_t items) {
  CHECK(store.scores.size() == items);
  for (const auto& [trial, score] : store.scores) CHECK(score.solved);
  std::map<std::string, int> asked;
  for (const auto& [id, batch] : vendor.batches)
    for (const BatchRequest& request : batch.requests) ++asked[request.request.messages.back().content];
  CHECK(asked.size() == items);
  for (const auto& [prompt, times] : asked) CHECK(times == 1);
}

}  // namespace costwar::harness::test
