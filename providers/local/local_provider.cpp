#include "providers/local/local_provider.h"

#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "providers/local/chat_template.h"
#include "providers/local/text_stream.h"

namespace costwar::local {

struct LocalProvider::Call {
  CallId id = 0;
  ChatRequest request;
  Attempt attempt;  // the lane's thread alone, until it is posted
  std::atomic<bool> cancelled = false;
  CallSink* sink = nullptr;  // the loop's thread alone; nullptr once the provider is gone
};

struct LocalProvider::Shared {
  Shared(std::shared_ptr<Engine> engine_in, EventLoop& loop_in)
      : engine(std::move(engine_in)), loop(loop_in) {}

  const std::shared_ptr<Engine> engine;
  EventLoop& loop;
  std::map<CallId, std::shared_ptr<Call>> calls;  // the loop's thread alone

  std::mutex mutex;
  std::condition_variable finished;
  std::size_t computing = 0;  // jobs handed to the lane that have not ended
};

namespace {

GenerateRequest engine_request(const ChatRequest& request, std::vector<std::int32_t> prompt) {
  GenerateRequest out;
  out.prompt = std::move(prompt);
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  out.max_tokens = static_cast<std::size_t>(request.max_output_tokens.value_or(no_limit));
  out.sampling = {request.temperature.value_or(0), request.top_p.value_or(1), request.seed.value_or(0)};
  return out;
}

std::string extra_facts(const ModelFacts& shape, const Generation& generation) {
  const auto milliseconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
  Json facts;
  facts["timings"] = {{"prompt_n", generation.prompt_tokens},
                      {"prompt_ms", milliseconds(generation.prefill_ns)},
                      {"predicted_n", generation.tokens.size()},
                      {"predicted_ms", milliseconds(generation.decode_ns)}};
  facts["flops"] = generation.flops;
  facts["weight_bytes_per_token"] = shape.weight_bytes_per_token;
  facts["total_parameters"] = shape.total_parameters;
  facts["active_parameters"] = shape.active_parameters;
  if (shape.experts > 0) facts["expert_use"] = generation.expert_use;
  return facts.dump();
}

void record(Attempt& attempt, const ModelFacts& shape, const Generation& generation) {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  attempt.usage.set(Meter::fresh_input, count(generation.prompt_tokens), Provenance::timings);
  attempt.usage.set(Meter::cache_read, 0, Provenance::timings);
  attempt.usage.set(Meter::visible_output, count(generation.tokens.size()), Provenance::timings);
  attempt.usage.set(Meter::machine_ns, generation.prefill_ns + generation.decode_ns, Provenance::timings);
  attempt.extra = extra_facts(shape, generation);
  attempt.outcome = generation.stop == StopReason::cancelled ? Outcome::cancelled : Outcome::ok;
  if (attempt.outcome == Outcome::ok)
    attempt.finish_reason = generation.stop == StopReason::length ? "length" : "stop";
}

}  // namespace

LocalProvider::LocalProvider(ModelCard card, std::shared_ptr<Engine> engine, EventLoop& loop,
                             std::shared_ptr<MachineLane> lane)
    : traits_{.lane = "machine", .account = {}, .max_concurrency = 1, .remote = false},
      card_(std::move(card)),
      lane_(std::move(lane)),
      shared_(std::make_shared<Shared>(std::move(engine), loop)) {
  card_.own_machine = true;
  card_.shape = shared_->engine->shape();
}

LocalProvider::~LocalProvider() {
  for (auto& [id, call] : shared_->calls) {
    call->sink = nullptr;
    call->cancelled = true;
  }
  lane_->let_go();  // a call to a server holds the lane and ends on this thread
  std::unique_lock lock(shared_->mutex);
  shared_->finished.wait(lock, [this] { return shared_->computing == 0; });
}

std::optional<Refusal> LocalProvider::check(const ChatRequest& request) const {
  const Engine& engine = *shared_->engine;
  if (request.messages.empty()) return Refusal{card_.name + ": the request has no messages", ""};
  if (request.effort)
    return Refusal{card_.name + ": the built-in engine has no reasoning effort",
                   "leave out @" + *request.effort};
  if (request.max_output_tokens && *request.max_output_tokens < 1)
    return Refusal{card_.name + ": max_output_tokens must be at least 1", ""};
  if (request.temperature && !(*request.temperature >= 0))
    return Refusal{card_.name + ": temperature must be 0 or more", ""};
  if (request.top_p && !(*request.top_p > 0 && *request.top_p <= 1))
    return Refusal{card_.name + ": top_p must be above 0 and at most 1", ""};
  const auto lacks = [&](std::string_view what, std::string_view flag) {
    return Refusal{card_.name + ": the built-in engine has no " + std::string(what),
                   "leave out " + std::string(flag)};
  };
  if (!request.extra_body.empty()) return lacks("further members of a request", "--extra-body");
  if (!request.cache_key.empty()) return lacks("prompt cache between requests", "--cache-key");
  if (!request.service_class.empty()) return lacks("service classes", "+" + request.service_class);
  if (!request.tools.empty() || request.tool_choice) return lacks("tools", "them");
  if (request.response_format) return lacks("structured output", "it");
  const std::size_t prompt = chat_tokens(engine.tokenizer(), request.messages).size();
  if (prompt == 0) return Refusal{card_.name + ": the messages are empty", ""};
  if (prompt >= engine.context())
    return Refusal{card_.name + ": the prompt has " + std::to_string(prompt) + " tokens; the context holds " +
                       std::to_string(engine.context()) + " with the answer",
                   "shorten the prompt or choose a model with a longer context"};
  return std::nullopt;
}

CallId LocalProvider::start(ChatRequest request, CallSink& sink) {
  const auto call = std::make_shared<Call>();
  const Clock& clock = shared_->loop.clock();
  call->id = next_++;
  call->sink = &sink;
  call->request = std::move(request);
  call->attempt.timeline.due = call->request.due;
  call->attempt.timeline.issued = clock.mono();
  call->attempt.billing.requested = clock.wall();
  call->attempt.billing.served_model = card_.model;
  shared_->calls.emplace(call->id, call);
  {
    const std::scoped_lock lock(shared_->mutex);
    ++shared_->computing;
  }
  sink.computing();  // nothing else has the lane: it is one call at a time for all who share it
  lane_->submit([shared = shared_, call] {
    compute(shared, call);
    // Under the lock to its end: the provider may be gone as soon as the count is seen.
    const std::scoped_lock lock(shared->mutex);
    if (--shared->computing == 0) shared->finished.notify_all();
  });
  return call->id;
}

void LocalProvider::cancel(CallId call) {
  if (const auto found = shared_->calls.find(call); found != shared_->calls.end())
    found->second->cancelled = true;
}

// On the lane's thread.
void LocalProvider::compute(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Call>& call) {
  const Clock& clock = shared->loop.clock();
  const Engine& engine = *shared->engine;
  Attempt& attempt = call->attempt;
  Timeline& timeline = attempt.timeline;
  TextStream stream(call->request.stop);
  Mono previous = timeline.issued;
  const auto deliver = [&](std::string text) {
    if (text.empty()) return;
    const Mono now = clock.mono();
    if (!timeline.first_any) timeline.first_any = timeline.first_visible = now;
    append_event(timeline, now, std::exchange(previous, now));
    attempt.text += text;
    shared->loop.post([call, now, text = std::move(text)] {
      if (call->sink != nullptr) call->sink->event({CallEvent::Kind::visible, now, text});
    });
  };
  timeline.sent = clock.mono();
  attempt.usage.set(Meter::requests, 1, Provenance::timings);
  try {
    auto request = engine_request(call->request, chat_tokens(engine.tokenizer(), call->request.messages));
    request.cancel = &call->cancelled;
    request.on_token = [&](std::int32_t token) {
      deliver(stream.push(engine.tokenizer().bytes(token)));
      return !stream.stopped();
    };
    const Generation generation = shared->engine->generate(request);
    deliver(stream.finish());
    record(attempt, engine.shape(), generation);
  } catch (const std::exception& error) {
    attempt.outcome = Outcome::engine;
    attempt.error_message = error.what();
  }
  timeline.end = clock.mono();
  attempt.billing.completed = clock.wall();
  shared->loop.post([shared, call] {
    shared->calls.erase(call->id);
    if (call->sink != nullptr) call->sink->done(std::move(call->attempt));
  });
}

}  // namespace costwar::local
