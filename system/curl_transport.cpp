// HttpTransport on curl's multi_socket interface and our event loop.
//
// libcurl calls us back from inside curl_multi_socket_action, where its own functions must not be called.
// Therefore start() and cancel() only note the wish and act on a later turn, and end() is told after libcurl
// has returned. What a sink throws is kept until then as well: an exception must not pass through C. A
// request that is started from within end() is handed to libcurl there and then and leaves as soon as all
// ends are told, not when the other sockets of the turn have had theirs.
#include <fmt/format.h>
#include <csignal>

#include <algorithm>
#include <exception>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "system/curl_transfer.h"

namespace costwar {
namespace {

using curl::Address;
using curl::Handle;
using curl::Shape;
using curl::Transfer;

constexpr std::size_t kMaxIdleHandles = 256;
constexpr int kMostCallsAtOnce = 16;  // that libcurl gets for its timers before the loop goes on

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(EventLoop& loop, HttpOptions options)
      : loop_(loop), options_(std::move(options)), sockets_(loop, [this](int socket, FdEvents ready) {
          int mask = 0;
          if (ready != FdEvents::write) mask |= CURL_CSELECT_IN;
          if (ready != FdEvents::read) mask |= CURL_CSELECT_OUT;
          act(socket, mask);
        }) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    if (ready != CURLE_OK || multi_ == nullptr)
      throw Error(ErrorKind::internal, "libcurl cannot be initialised");
    std::signal(SIGPIPE, SIG_IGN);
    const auto connections = static_cast<long>(options_.max_connections_per_host);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlTransport::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, &sockets_);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlTransport::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  }

  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  ~CurlTransport() override {
    for (auto& [id, transfer] : live_) {
      loop_.cancel(transfer->timer);
      if (transfer->easy() != nullptr) curl_multi_remove_handle(multi_, transfer->easy());
    }
    live_.clear();
    idle_.clear();
    curl_multi_cleanup(multi_);
    loop_.cancel(timer_);
  }

  HttpId start(HttpRequest request, HttpSink& sink) override {
    const HttpId id = next_id_++;
    auto transfer = std::make_unique<Transfer>();
    transfer->id = id;
    transfer->request = std::move(request);
    transfer->sink = &sink;
    transfer->clock = &loop_.clock();
    transfer->sockets = &sockets_;
    transfer->thrown = &thrown_;
    transfer->begun = transfer->last_byte = transfer->now();
    live_.emplace(id, std::move(transfer));
    if (telling_ends_)
      add(id);
    else
      later([this, id] {
        add(id);
        act_on_timers();
      });
    return id;
  }

  void cancel(HttpId id) override {
    const auto found = live_.find(id);
    if (found == live_.end() || found->second->cancelled) return;
    found->second->cancelled = true;
    later([this, id] {
      finish(id, HttpEnd{HttpEnd::Kind::cancelled, "cancelled", 0, false});
      set_timer();
    });
  }

 private:
  // A task for the next turn that does nothing when the transport is gone by then.
  template <typename Call>
  void later(Call call) {
    loop_.post([alive = std::weak_ptr<bool>(alive_), call] {
      if (!alive.expired()) call();
    });
  }

  // Hands a request to libcurl, which wants to be called for it at once.
  void add(HttpId id) {
    const auto found = live_.find(id);
    if (found == live_.end() || found->second->cancelled) return;
    Transfer& t = *found->second;
    if (address_ == nullptr || address_->text != t.request.url)
      address_ = curl::read_address(t.request.url, options_.allow_plain_http);
    if (std::string why = curl::check_request(t.request, *address_); !why.empty()) {
      fail(id, HttpEnd{HttpEnd::Kind::refused, std::move(why), 0, false});
      return;
    }
    take_handle(t);
    curl::configure_request(t);
    if (curl_multi_add_handle(multi_, t.easy()) != CURLM_OK) {
      t.handle.easy.reset();
      fail(id, HttpEnd{HttpEnd::Kind::failed, "libcurl did not take the request", 0, false});
      return;
    }
    watch_time(t);
  }

  void fail(HttpId id, HttpEnd end) {
    later([this, id, end = std::move(end)] { finish(id, end); });
  }

  // An idle handle as it is, where it was set up for such a request; else one that is set up anew.
  void take_handle(Transfer& t) {
    Shape shape{address_, t.request.method, t.request.unix_socket, !t.request.body.empty()};
    if (idle_.empty()) {
      t.handle.easy.reset(curl_easy_init());
    } else {
      t.handle = std::move(idle_.back());
      idle_.pop_back();
      if (t.handle.shape == shape) return;
      curl_easy_reset(t.easy());
    }
    t.handle.shape = std::move(shape);
    curl::configure_shape(t, options_);
  }

  // One timer per request, set again only when it rings: a byte costs no timer work. libcurl has no timer for
  // the whole of a request: it would move that one at every event.
  void watch_time(Transfer& t) {
    const Mono idle = t.last_byte + t.request.idle_timeout;
    const Mono total = t.begun + t.request.total_timeout;
    t.timer = loop_.at(std::min(idle, total), [this, id = t.id] {
      const auto found = live_.find(id);
      if (found != live_.end() && !found->second->cancelled) ring(*found->second);
    });
  }

  void ring(Transfer& t) {
    const Mono now = t.now();
    HttpEnd end{HttpEnd::Kind::timed_out, {}, t.bytes_sent, t.reused};
    if (now >= t.begun + t.request.total_timeout) {
      end.message = fmt::format("not over after {:g} s; {} bytes of the answer had come",
                                t.request.total_timeout.seconds(), t.body_received);
    } else if (now >= t.last_byte + t.request.idle_timeout) {
      end.message = fmt::format("no byte for {:g} s", t.request.idle_timeout.seconds());
    } else {
      watch_time(t);
      return;
    }
    finish(t.id, std::move(end));
    set_timer();
  }

  // Takes a transfer out of libcurl and tells its sink. Never called from inside libcurl.
  void finish(HttpId id, HttpEnd end) {
    const auto found = live_.find(id);
    if (found == live_.end()) return;
    const std::unique_ptr<Transfer> t = std::move(found->second);
    live_.erase(found);
    loop_.cancel(t->timer);
    if (end.kind == HttpEnd::Kind::cancelled) {
      end.bytes_sent = t->bytes_sent;
      end.connection_reused = t->reused;
    }
    if (t->easy() != nullptr) {
      end.connect = curl::connect_time(*t);
      curl_multi_remove_handle(multi_, t->easy());
      // A handle that failed may carry its failure into the next request (curl issue 18206): only clean ones
      // return.
      if (end.kind == HttpEnd::Kind::ok && idle_.size() < kMaxIdleHandles) {
        curl::clear_request(*t);
        idle_.push_back(std::move(t->handle));
      }
    }
    t->sink->end(t->now(), std::move(end));
  }

  // What libcurl says of a proxy's address may show the user and password in it.
  void hide_proxy(std::string& message) const {
    if (options_.https_proxy.find('@') != std::string::npos)
      replace_each(message, options_.https_proxy, "the proxy");
  }

  void act(curl_socket_t socket, int events) {
    call_curl(socket, events);
    act_on_timers();
  }

  // What libcurl wants to do at once needs no timer and no turn of the loop, as long as it ends.
  void act_on_timers() {
    for (int calls = 0; calls < kMostCallsAtOnce && curl_due_ && *curl_due_ <= loop_.clock().mono();
         ++calls) {
      curl_due_.reset();
      call_curl(CURL_SOCKET_TIMEOUT, 0);
    }
    set_timer();
  }

  void call_curl(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    if (thrown_) {
      set_timer();
      std::rethrow_exception(std::exchange(thrown_, nullptr));
    }
    std::vector<std::pair<HttpId, HttpEnd>> ended;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* t = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
      if (t->cancelled) continue;
      ended.emplace_back(t->id, curl::make_end(*t, message->data.result));
      hide_proxy(ended.back().second.message);
    }
    if (ended.empty()) return;
    telling_ends_ = true;
    try {
      for (auto& [id, end] : ended) finish(id, std::move(end));
    } catch (...) {
      telling_ends_ = false;
      set_timer();
      throw;
    }
    telling_ends_ = false;
  }

  // One timer of the loop for all of libcurl's, left alone where it rings early enough.
  void set_timer() {
    if (!curl_due_ || (timer_ != 0 && timer_at_ <= *curl_due_)) return;
    loop_.cancel(timer_);
    timer_at_ = *curl_due_;
    timer_ = loop_.at(timer_at_, [this] {
      timer_ = 0;
      act_on_timers();
    });
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void*) {
    auto& sockets = *static_cast<CurlSockets*>(user);
    if (what == CURL_POLL_REMOVE)
      sockets.forget(socket);
    else
      sockets.want(socket, what == CURL_POLL_IN    ? FdEvents::read
                           : what == CURL_POLL_OUT ? FdEvents::write
                                                   : FdEvents::read_write);
    return 0;
  }

  // Only noted: who called libcurl acts on it, or sets the timer, when libcurl has returned.
  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& self = *static_cast<CurlTransport*>(user);
    self.curl_due_.reset();
    if (timeout_ms >= 0) self.curl_due_ = self.loop_.clock().mono() + milliseconds(timeout_ms);
    return 0;
  }

  EventLoop& loop_;
  HttpOptions options_;
  CurlSockets sockets_;
  CURLM* multi_ = nullptr;
  std::optional<Mono> curl_due_;  // when libcurl wants to be called
  TimerId timer_ = 0;
  Mono timer_at_;
  std::shared_ptr<const Address> address_;  // of the last request
  std::unordered_map<HttpId, std::unique_ptr<Transfer>> live_;
  std::vector<Handle> idle_;
  HttpId next_id_ = 1;
  std::exception_ptr thrown_;
  bool telling_ends_ = false;  // libcurl has returned, and what was started is acted on next
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<HttpTransport> make_http_transport(EventLoop& loop, HttpOptions options) {
  return std::make_unique<CurlTransport>(loop, std::move(options));
}

}  // namespace costwar
