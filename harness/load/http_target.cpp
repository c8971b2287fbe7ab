#include "harness/load/http_target.h"

#include <unordered_map>
#include <utility>

namespace costwar::harness {
namespace {

class HttpLane final : public LoadLane {
 public:
  HttpLane(EventLoop& loop, std::unique_ptr<HttpTransport> transport)
      : loop_(loop), transport_(std::move(transport)) {}

  std::uint64_t start(PreparedCall prepared, Done done) override {
    auto flight = std::make_unique<Flight>(*this, std::move(prepared.chat), std::move(done));
    Flight& sink = *flight;
    const HttpId id = transport_->start(std::move(prepared.http), sink);
    sink.id = id;
    flights_.emplace(id, std::move(flight));
    return id;
  }

  void cancel(std::uint64_t call) override { transport_->cancel(call); }

 private:
  // One exchange: stamps and bytes, nothing else.
  struct Flight final : HttpSink {
    Flight(HttpLane& its_lane, ChatRequest chat, Done its_done) : lane(its_lane), done(std::move(its_done)) {
      raw.chat = std::move(chat);
      raw.requested = lane.loop_.clock().wall();
      raw.issued = lane.loop_.clock().mono();
    }
    void sent(Mono at) override { raw.exchange.sent = at; }
    void head(Mono at, const HttpHead& head) override {
      raw.exchange.head_at = at;
      raw.exchange.head = head;
    }
    void bytes(Mono at, std::string_view data) override {
      raw.exchange.body.append(data);
      raw.exchange.reads.push_back({at, data.size()});
    }
    void end(Mono at, HttpEnd end) override {
      raw.exchange.ended = raw.ended = at;
      raw.exchange.end = std::move(end);
      raw.completed = lane.loop_.clock().wall();
      const auto self = lane.flights_.extract(id);  // lives to the end of this call
      done(std::move(raw));
    }

    HttpLane& lane;
    HttpId id = 0;
    Done done;
    RawCall raw;
  };

  EventLoop& loop_;
  std::unordered_map<HttpId, std::unique_ptr<Flight>> flights_;
  std::unique_ptr<HttpTransport> transport_;  // after the flights: it goes first, without a word to them
};

class HttpTarget final : public LoadTarget {
 public:
  explicit HttpTarget(HttpTargetParts parts) : parts_(std::move(parts)) {}

  std::optional<Refusal> check(const ChatRequest& chat) const override { return parts_.check(chat); }

  PreparedCall prepare(ChatRequest chat) const override {
    PreparedCall prepared;
    prepared.http = parts_.encode(chat);
    chat.messages.clear();  // the body has them
    prepared.chat = std::move(chat);
    return prepared;
  }

  std::unique_ptr<LoadLane> open(EventLoop& loop) const override {
    return std::make_unique<HttpLane>(loop, parts_.transport(loop));
  }

  Attempt read(const RawCall& call, Mono due) const override { return parts_.read(call, due); }

 private:
  HttpTargetParts parts_;
};

}  // namespace

std::unique_ptr<LoadTarget> make_http_target(HttpTargetParts parts) {
  return std::make_unique<HttpTarget>(std::move(parts));
}

}  // namespace costwar::harness
