#include "harness/load/load_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "system/this_thread.h"

namespace costwar::harness {
namespace {

// Sessions made ready between two looks at what else there is to do: an answer must not wait for hundreds.
constexpr std::size_t kReadyAtOnce = 16;

// Of an error message that is kept for every call: enough to tell what it was.
constexpr std::size_t kLongestMessage = 300;

}  // namespace

// What goes back to the loop after one group of jobs.
struct LoadWorker::Results {
  struct Over {
    bool kept_place = false;
    Mono ended;
  };
  std::vector<SessionPtr> ready;
  bool last = false;
  std::uint32_t stage = 0;  // of those that are ready
  bool answered_order = false;
  std::vector<SessionPtr> next;
  std::vector<Over> over;
  std::optional<Error> hopeless;
};

LoadWorker::LoadWorker(Parts parts, Replies replies)
    : parts_(std::move(parts)), replies_(std::move(replies)), thread_([this] {
        try {
          work();
        } catch (...) {
          parts_.failed(std::current_exception());
        }
      }) {}

LoadWorker::~LoadWorker() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void LoadWorker::submit(Job job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = queue_.empty();
    queue_.push_back(std::move(job));
  }
  if (first) arrived_.notify_one();
}

void LoadWorker::begin(const LoadSchedule& schedule, std::uint32_t stage, std::uint64_t first,
                       std::uint64_t step) {
  ceased_ = false;
  Job job;
  job.kind = Job::Kind::begin;
  job.schedule = &schedule;
  job.stage = stage;
  job.first = first;
  job.step = step;
  submit(std::move(job));
}

void LoadWorker::order(std::size_t sessions) {
  Job job;
  job.kind = Job::Kind::order;
  job.count = sessions;
  submit(std::move(job));
}

void LoadWorker::cease() {
  ceased_ = true;
  order(0);
}

void LoadWorker::read(SessionPtr session, RawCall call) {
  Job job;
  job.kind = Job::Kind::read;
  job.session = std::move(session);
  job.call = std::move(call);
  submit(std::move(job));
}

void LoadWorker::never_sent(SessionPtr session, Mono at) {
  Job job;
  job.kind = Job::Kind::never_sent;
  job.session = std::move(session);
  job.call.issued = job.call.ended = at;
  submit(std::move(job));
}

void LoadWorker::work() {
  let_others_go_first();
  if (parts_.settings->prices) prices_ = parts_.settings->prices(parts_.thread);
  std::vector<Job> jobs;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return !queue_.empty() || closing_; });
      if (queue_.empty()) return;
      jobs.swap(queue_);
    }
    // Answers first: the place of a session may depend on them.
    std::stable_partition(jobs.begin(), jobs.end(), [](const Job& job) {
      return job.kind == Job::Kind::read || job.kind == Job::Kind::never_sent;
    });
    auto results = std::make_shared<Results>();
    for (Job& job : jobs) run(std::move(job), *results);
    jobs.clear();
    cpu_.store(this_thread_cpu().count, std::memory_order_relaxed);
    post(results);
  }
}

void LoadWorker::run(Job job, Results& results) {
  switch (job.kind) {
    case Job::Kind::begin:
      schedule_ = job.schedule;
      stage_ = job.stage;
      next_ = job.first;
      step_ = job.step;
      exhausted_ = false;
      return;
    case Job::Kind::order:
      results.answered_order = true;
      results.stage = stage_;
      exhausted_ = exhausted_ || ceased_;
      for (std::size_t left = job.count; left > 0 && !exhausted_; --left) {
        const auto bound = schedule_->sessions();
        if (bound && next_ >= *bound) {
          exhausted_ = true;
          break;
        }
        auto session = std::make_unique<LoadSession>();
        session->number = next_;
        session->plan = schedule_->session(next_);
        next_ += step_;
        if (session->plan.turns.empty()) continue;
        prepare(*session);
        results.ready.push_back(std::move(session));
        exhausted_ = ceased_;
        if (job.count - left + 1 >= kReadyAtOnce && left > 1) {
          order(left - 1);  // behind the answers that have come meanwhile
          return;
        }
      }
      results.last = exhausted_;
      return;
    case Job::Kind::read:
      take(std::move(job.session), job.call, results);
      return;
    case Job::Kind::never_sent: {
      LoadCall call = call_of(*job.session);
      call.outcome = Outcome::cancelled;
      call.error_code = "never_sent";
      call.error_message =
          "it was due, and the limit of calls in flight or of spending held it back to the end";
      call.timeline.due = job.session->due;
      call.timeline.issued = call.timeline.due + job.session->limited;
      parts_.sink->call(std::move(call));
      results.over.push_back({false, job.call.ended});
      return;
    }
  }
}

void LoadWorker::prepare(LoadSession& session) {
  std::vector<Message> added = schedule_->messages(session.number, session.turn);
  std::vector<Message> messages;
  if (session.plan.turns.size() == 1) {
    messages = std::move(added);
  } else {
    for (Message& message : added) session.history.push_back(std::move(message));
    messages = session.history;
  }
  const PlannedCall& planned = session.planned();
  session.call = parts_.target->prepare(parts_.settings->request(planned, std::move(messages)));
  session.worst.reset();
  if (parts_.settings->gate == nullptr || !prices_.worst) return;
  const auto bytes = static_cast<std::int64_t>(session.call.bytes());
  const auto worst = prices_.worst(bytes, session.call.chat.max_output_tokens.value_or(0));
  if (const auto* refusal = std::get_if<Refusal>(&worst))
    throw Error(ErrorKind::usage, refusal->message, refusal->hint);
  session.worst = std::get<Money>(worst);
}

LoadCall LoadWorker::call_of(const LoadSession& session) const {
  LoadCall call;
  call.stage = stage_;
  call.session = session.number;
  call.turn = session.turn;
  call.thread = parts_.thread;
  call.limited = session.limited;
  call.asked_input = session.planned().input_tokens;
  call.asked_output = session.planned().output_tokens;
  call.cut = session.cut;
  return call;
}

void LoadWorker::take(SessionPtr session, const RawCall& raw, Results& results) {
  Attempt attempt = parts_.target->read(raw, session->due);
  LoadCall call = call_of(*session);
  // A call that had ended before it was cut was not cut.
  call.cut = session->cut && attempt.outcome == Outcome::cancelled;
  call.connection_reused = raw.exchange.end.connection_reused;
  call.reads = static_cast<std::uint32_t>(raw.exchange.reads.size());
  call.body_bytes = raw.exchange.body.size();
  call.outcome = attempt.outcome;
  call.http_status = attempt.http_status;
  call.finish_reason = std::move(attempt.finish_reason);
  call.error_code = attempt.error_code;
  call.error_message = attempt.error_message.substr(0, kLongestMessage);
  call.request_id = std::move(attempt.request_id);
  call.notes = std::move(attempt.notes);
  call.usage = attempt.usage;
  call.billing = attempt.billing;

  const std::optional<Money> charge = prices_.charge ? prices_.charge(attempt) : std::nullopt;
  if (session->worst) parts_.settings->gate->settle(*session->worst, charge);
  if (call.cut)
    parts_.tally->begun.fetch_sub(1, std::memory_order_relaxed);
  else
    count(attempt, results);
  if (LoadCounters* const counters = parts_.settings->counters) {
    counters->bytes(call.body_bytes);
    counters->chunks(attempt.timeline.event_count);
    if (const auto first = attempt.timeline.first_any)
      counters->first_token(*first - attempt.timeline.issued);
    counters->call_ended(attempt.outcome, call.cut, call.usage.output_tokens());
    if (charge) counters->spend(*charge);
  }
  call.timeline = std::move(attempt.timeline);
  parts_.sink->call(std::move(call));

  const bool goes_on = session->more_turns() && attempt.outcome == Outcome::ok;
  if (!goes_on) {
    results.over.push_back({session->more_turns(), raw.ended});
    return;
  }
  Message answer;
  answer.role = Role::assistant;
  answer.content = std::move(attempt.text);
  answer.tool_calls = std::move(attempt.tool_calls);
  session->history.push_back(std::move(answer));
  ++session->turn;
  session->limited = {};
  session->limited_since.reset();
  session->due = raw.ended + session->planned().think;
  prepare(*session);
  results.next.push_back(std::move(session));
}

void LoadWorker::count(const Attempt& attempt, Results& results) {
  LoadTally& tally = *parts_.tally;
  if (attempt.outcome == Outcome::ok) tally.answered.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t ended = tally.ended.fetch_add(1, std::memory_order_relaxed) + 1;
  // What fails at once ends before what is answered in time: the failed ones must outnumber those that are
  // out.
  const std::uint64_t out = tally.begun.load(std::memory_order_relaxed) - ended;
  if (ended < std::max(parts_.settings->hopeless_after, out) || attempt.outcome == Outcome::ok ||
      tally.answered.load(std::memory_order_relaxed) > 0 || attempt.outcome == Outcome::cancelled)
    return;
  const OutcomeRow& row = outcome_row(attempt.outcome);
  const ErrorKind kind = attempt.outcome == Outcome::auth ? ErrorKind::credentials : ErrorKind::provider;
  results.hopeless = Error(kind,
                           fmt::format("none of the first {} calls was answered; the last: {}{}{}", ended,
                                       row.name, attempt.error_message.empty() ? "" : ": ",
                                       attempt.error_message.substr(0, kLongestMessage)),
                           std::string(row.advice));
}

void LoadWorker::post(const std::shared_ptr<Results>& results) {
  if (results->ready.empty() && !results->answered_order && results->next.empty() && results->over.empty() &&
      !results->hopeless)
    return;
  parts_.loop->post([this, results] {
    if (results->answered_order) replies_.ready(results->stage, std::move(results->ready), results->last);
    for (SessionPtr& session : results->next) replies_.next(std::move(session));
    for (const Results::Over& over : results->over) replies_.over(over.kept_place, over.ended);
    if (results->hopeless) replies_.hopeless(*results->hopeless);
  });
}

}  // namespace costwar::harness
