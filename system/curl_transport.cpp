// The one place that knows libcurl: HttpTransport on curl's multi_socket interface and our event loop.
//
// libcurl calls us back from inside curl_multi_socket_action, where its own functions must not be called.
// Therefore start() and cancel() only note the wish and act on a later turn, and end() is told after libcurl
// has returned. What a sink throws is kept until then as well: an exception must not pass through C.
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <array>
#include <exception>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "system/http.h"
#include "system/http_head.h"
#include "system/loopback.h"

namespace costwar {
namespace {

constexpr std::size_t kMaxIdleHandles = 256;

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Url = std::unique_ptr<CURLU, UrlCleanup>;
using List = std::unique_ptr<curl_slist, ListCleanup>;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

// One request from start() to end().
struct Transfer {
  HttpId id = 0;
  HttpRequest request;
  HttpSink* sink = nullptr;
  EventLoop* loop = nullptr;
  Easy easy;
  Url url;
  List headers;
  bool plain_http = false;
  bool this_machine = false;  // the address names it
  bool cancelled = false;
  TimerId idle_timer = 0;
  Mono last_byte;

  // What libcurl did with it.
  int sockets_opened = 0;
  bool may_have_left = false;  // a connection was ready and libcurl began to write the request to it
  bool reused = false;
  bool replay_stopped = false;  // libcurl wanted to send it again on another connection
  bool beyond_loopback = false;
  std::uint64_t bytes_sent = 0;
  std::uint64_t body_sent = 0;
  bool told_sent = false;
  std::uint64_t body_received = 0;
  bool answer_too_long = false;
  HttpHeadReader head;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::exception_ptr* thrown = nullptr;  // the transport's: what a sink threw inside libcurl

  Mono now() const { return loop->clock().mono(); }
};

// Why a request cannot be started, or empty. Fills url, plain_http and this_machine.
std::string check_request(Transfer& t, bool allow_plain_http) {
  t.url.reset(curl_url());
  if (curl_url_set(t.url.get(), CURLUPART_URL, t.request.url.c_str(), 0) != CURLUE_OK)
    return "this is no address";
  const std::string scheme = url_part(t.url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return "only http and https addresses can be used";
  t.plain_http = scheme == "http";
  if (!url_part(t.url.get(), CURLUPART_USER).empty() || !url_part(t.url.get(), CURLUPART_PASSWORD).empty())
    return "the address holds a user name or a password";
  t.this_machine = is_loopback_host(url_part(t.url.get(), CURLUPART_HOST));
  if (t.plain_http && !t.this_machine && !allow_plain_http)
    return "plain http is only allowed to this machine (127.0.0.0/8, ::1, localhost): use https";
  for (const auto& [name, value] : t.request.headers)
    if (name.find_first_of("\r\n:") != std::string::npos ||
        value.find_first_of("\r\n") != std::string::npos || value.find('\0') != std::string::npos)
      return fmt::format("the header {} cannot be sent: it holds a line break",
                         name.substr(0, name.find_first_of("\r\n")));
  return {};
}

template <typename Call>
void tell(Transfer& t, Call call) {
  if (t.cancelled || *t.thrown) return;
  try {
    call(*t.sink);
  } catch (...) {
    *t.thrown = std::current_exception();
  }
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  t.last_byte = t.now();
  const std::size_t fits =
      std::min<std::uint64_t>(size * count, t.request.max_answer_bytes - t.body_received);
  t.body_received += fits;
  t.answer_too_long = fits < size * count;
  if (fits > 0) tell(t, [&](HttpSink& sink) { sink.bytes(t.last_byte, {data, fits}); });
  return fits;  // less than came ends the transfer
}

// One line at a time, of the head, of interim answers and of trailers. Anything but its size ends the
// transfer.
std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  t.last_byte = t.now();
  if (t.head.line({data, size * count}, t.last_byte))
    tell(t, [&](HttpSink& sink) { sink.head(t.head.status_at(), t.head.head()); });
  return t.head.too_long() ? 0 : size * count;
}

// libcurl reports every write here, and only here, with its true size.
int on_wire(CURL*, curl_infotype type, char*, std::size_t size, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  if (type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT) return 0;
  if (!t.may_have_left) return 0;  // the CONNECT of a proxy tunnel is not the request
  t.bytes_sent += size;
  if (type == CURLINFO_DATA_OUT) t.body_sent += size;
  if (t.told_sent || t.head.complete() || t.body_sent < t.request.body.size()) return 0;
  t.told_sent = true;
  tell(t, [&](HttpSink& sink) { sink.sent(t.now()); });
  return 0;
}

// A connection is ready and the request is about to be written. libcurl comes here a second time when a
// reused connection died and it wants to send the request once more: the server may have it already, so that
// ends here.
int on_request(void* user, char*, char*, int, int) {
  auto& t = *static_cast<Transfer*>(user);
  if (t.may_have_left) {
    t.replay_stopped = true;
    return CURL_PREREQFUNC_ABORT;
  }
  t.may_have_left = true;
  t.reused = t.sockets_opened == 0;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* address) {
  auto& t = *static_cast<Transfer*>(user);
  if (t.plain_http && t.this_machine && address->family != AF_UNIX && !is_loopback_address(address->addr)) {
    t.beyond_loopback = true;
    return CURL_SOCKET_BAD;
  }
  ++t.sockets_opened;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

HttpEnd::Kind end_kind(const Transfer& t, CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpEnd::Kind::ok;
    case CURLE_UNSUPPORTED_PROTOCOL:  // also said of an answer that is no HTTP
    case CURLE_URL_MALFORMAT:
      return t.may_have_left ? HttpEnd::Kind::failed : HttpEnd::Kind::refused;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpEnd::Kind::timed_out;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return HttpEnd::Kind::connect_failed;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return HttpEnd::Kind::tls_failed;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return HttpEnd::Kind::untrusted;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return t.may_have_left ? HttpEnd::Kind::connection_lost : HttpEnd::Kind::connect_failed;
    default:
      return HttpEnd::Kind::failed;
  }
}

// libcurl counts from the start of the request.
std::optional<Nanos> connect_time(const Transfer& t) {
  if (t.reused || !t.may_have_left) return std::nullopt;
  curl_off_t tcp = 0;
  curl_off_t tls = 0;
  curl_easy_getinfo(t.easy.get(), CURLINFO_CONNECT_TIME_T, &tcp);
  curl_easy_getinfo(t.easy.get(), CURLINFO_APPCONNECT_TIME_T, &tls);  // 0 without TLS
  return microseconds(std::max(tcp, tls));
}

HttpEnd make_end(const Transfer& t, CURLcode code) {
  HttpEnd end;
  end.bytes_sent = t.bytes_sent;
  end.connection_reused = t.reused;
  end.kind = end_kind(t, code);
  end.message = t.error[0] != '\0' ? t.error.data() : curl_easy_strerror(code);
  const bool nothing_sent = end.kind == HttpEnd::Kind::connect_failed ||
                            end.kind == HttpEnd::Kind::tls_failed || end.kind == HttpEnd::Kind::untrusted;
  if (t.replay_stopped || (nothing_sent && t.may_have_left)) {
    // The second case: the connection died, and so did libcurl's attempt to open another one for the replay.
    end.kind = HttpEnd::Kind::connection_lost;
    end.message = "the server closed a reused connection as the request left; it was not sent again";
  } else if (t.beyond_loopback && !t.may_have_left) {
    end.kind = HttpEnd::Kind::refused;
    end.message = "the address does not lead to this machine";
  } else if (t.head.too_long()) {
    end.kind = HttpEnd::Kind::too_long;
    end.message = fmt::format("the answer's headers are longer than {} bytes", HttpHeadReader::kMaxBytes);
  } else if (t.answer_too_long) {
    end.kind = HttpEnd::Kind::too_long;
    end.message = fmt::format("the answer is longer than the limit of {} bytes", t.request.max_answer_bytes);
  }
  if (end.kind == HttpEnd::Kind::ok) end.message.clear();
  return end;
}

long milliseconds_up(Nanos duration) {
  return static_cast<long>(std::max<std::int64_t>(1, (duration.count + 999'999) / 1'000'000));
}

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(EventLoop& loop, HttpOptions options) : loop_(loop), options_(std::move(options)) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    if (ready != CURLE_OK || multi_ == nullptr)
      throw Error(ErrorKind::internal, "libcurl cannot be initialised");
    std::signal(SIGPIPE, SIG_IGN);
    const auto connections = static_cast<long>(options_.max_connections_per_host);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlTransport::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
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
      loop_.cancel(transfer->idle_timer);
      if (transfer->easy) curl_multi_remove_handle(multi_, transfer->easy.get());
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
    transfer->loop = &loop_;
    transfer->thrown = &thrown_;
    transfer->last_byte = transfer->now();
    live_.emplace(id, std::move(transfer));
    later([this, id] { begin(id); });
    return id;
  }

  void cancel(HttpId id) override {
    const auto found = live_.find(id);
    if (found == live_.end() || found->second->cancelled) return;
    found->second->cancelled = true;
    later([this, id] { finish(id, HttpEnd{HttpEnd::Kind::cancelled, "cancelled", 0, false}); });
  }

 private:
  // A task for the next turn that does nothing when the transport is gone by then.
  void later(Task task) {
    loop_.post([alive = std::weak_ptr<bool>(alive_), task = std::move(task)] {
      if (!alive.expired()) task();
    });
  }

  void begin(HttpId id) {
    const auto found = live_.find(id);
    if (found == live_.end() || found->second->cancelled) return;
    Transfer& t = *found->second;
    if (const std::string why = check_request(t, options_.allow_plain_http); !why.empty()) {
      finish(id, HttpEnd{HttpEnd::Kind::refused, why, 0, false});
      return;
    }
    if (idle_.empty()) {
      t.easy.reset(curl_easy_init());
    } else {
      t.easy = std::move(idle_.back());
      idle_.pop_back();
    }
    configure(t);
    if (curl_multi_add_handle(multi_, t.easy.get()) != CURLM_OK) {
      t.easy.reset();
      finish(id, HttpEnd{HttpEnd::Kind::failed, "libcurl did not take the request", 0, false});
      return;
    }
    watch_idle(t);
  }

  void configure(Transfer& t) {
    CURL* const easy = t.easy.get();
    const HttpRequest& r = t.request;
    set_headers(t);
    curl_easy_setopt(easy, CURLOPT_CURLU, t.url.get());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set_tls_and_proxy(t);
    if (!r.unix_socket.empty()) {
      curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, r.unix_socket.c_str());
      // A new connection costs nothing there, and a server may be closing the old one (llama-server does).
      curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_up(r.connect_timeout));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds_up(r.total_timeout));
    if (r.method == "GET" && r.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
      if (r.method != "POST") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r.method.c_str());
      if (r.method == "POST" || !r.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(r.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r.body.data());  // not copied: lives in the transfer
      }
    }
    set_callbacks(t);
  }

  void set_tls_and_proxy(const Transfer& t) const {
    CURL* const easy = t.easy.get();
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's folder would be trusted as well
    }
    // Both are always set: what is unset, libcurl reads from https_proxy, all_proxy and no_proxy.
    const bool direct = t.plain_http || t.this_machine;
    curl_easy_setopt(easy, CURLOPT_PROXY, direct ? "" : options_.https_proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  }

  static void set_headers(Transfer& t) {
    bool has_type = false;
    const auto add = [&t](const std::string& line) {
      curl_slist* const longer = curl_slist_append(t.headers.get(), line.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      static_cast<void>(t.headers.release());
      t.headers.reset(longer);
    };
    for (const auto& [name, value] : t.request.headers) {
      has_type = has_type || curl_strequal(name.c_str(), "Content-Type") != 0;
      add(value.empty() ? name + ";" : name + ": " + value);
    }
    add("Expect:");                       // a body never waits for leave
    if (!has_type) add("Content-Type:");  // libcurl would say that it is a form
    curl_easy_setopt(t.easy.get(), CURLOPT_HTTPHEADER, t.headers.get());
  }

  static void set_callbacks(Transfer& t) {
    CURL* const easy = t.easy.get();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t.error.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &t);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_wire);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &t);
  }

  // One timer per request, set again only when it rings: a byte costs no timer work.
  void watch_idle(Transfer& t) {
    t.idle_timer = loop_.at(t.last_byte + t.request.idle_timeout, [this, id = t.id] {
      const auto found = live_.find(id);
      if (found == live_.end() || found->second->cancelled) return;
      Transfer& late = *found->second;
      if (late.now() < late.last_byte + late.request.idle_timeout) {
        watch_idle(late);
        return;
      }
      finish(id, HttpEnd{HttpEnd::Kind::timed_out,
                         fmt::format("no byte for {:g} s", late.request.idle_timeout.seconds()),
                         late.bytes_sent, late.reused});
    });
  }

  // Takes a transfer out of libcurl and tells its sink. Never called from inside libcurl.
  void finish(HttpId id, HttpEnd end) {
    const auto found = live_.find(id);
    if (found == live_.end()) return;
    const std::unique_ptr<Transfer> t = std::move(found->second);
    live_.erase(found);
    loop_.cancel(t->idle_timer);
    if (end.kind == HttpEnd::Kind::cancelled) {
      end.bytes_sent = t->bytes_sent;
      end.connection_reused = t->reused;
    }
    if (t->easy) {
      end.connect = connect_time(*t);
      curl_multi_remove_handle(multi_, t->easy.get());
      // A handle that failed may carry its failure into the next request (curl issue 18206): only clean ones
      // return.
      if (end.kind == HttpEnd::Kind::ok && idle_.size() < kMaxIdleHandles) {
        curl_easy_reset(t->easy.get());
        idle_.push_back(std::move(t->easy));
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
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    std::vector<std::pair<HttpId, HttpEnd>> ended;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* t = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
      if (t->cancelled) continue;
      ended.emplace_back(t->id, make_end(*t, message->data.result));
      hide_proxy(ended.back().second.message);
    }
    for (auto& [id, end] : ended) finish(id, std::move(end));
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void*) {
    auto& self = *static_cast<CurlTransport*>(user);
    if (what == CURL_POLL_REMOVE) {
      self.loop_.unwatch(socket);
      return 0;
    }
    const FdEvents events = what == CURL_POLL_IN    ? FdEvents::read
                            : what == CURL_POLL_OUT ? FdEvents::write
                                                    : FdEvents::read_write;
    self.loop_.watch(socket, events, [&self, socket](FdEvents ready) {
      int mask = 0;
      if (ready != FdEvents::write) mask |= CURL_CSELECT_IN;
      if (ready != FdEvents::read) mask |= CURL_CSELECT_OUT;
      self.act(socket, mask);
    });
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& self = *static_cast<CurlTransport*>(user);
    self.loop_.cancel(self.timer_);
    self.timer_ = 0;
    if (timeout_ms < 0) return 0;
    self.timer_ = self.loop_.at(self.loop_.clock().mono() + milliseconds(timeout_ms), [&self] {
      self.timer_ = 0;
      self.act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  EventLoop& loop_;
  HttpOptions options_;
  CURLM* multi_ = nullptr;
  TimerId timer_ = 0;
  std::unordered_map<HttpId, std::unique_ptr<Transfer>> live_;
  std::vector<Easy> idle_;
  HttpId next_id_ = 1;
  std::exception_ptr thrown_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<HttpTransport> make_http_transport(EventLoop& loop, HttpOptions options) {
  return std::make_unique<CurlTransport>(loop, std::move(options));
}

}  // namespace costwar
