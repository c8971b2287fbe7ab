// HTTP as costwar sees it: a request as a value, an answer as callbacks with monotonic stamps. The one
// implementation (make_http_transport) drives libcurl's multi_socket interface on the event loop. All calls
// and callbacks are on the loop's thread. The transport never follows redirects, never sends a request twice,
// never asks for a content encoding, never reads the environment (also no proxies), always verifies
// certificates and host names, and refuses plain http to anything but loopback (HttpEnd::refused) unless
// told.
//
// A kept connection that the server closed before the next request is written is noticed and replaced:
// nothing was sent on it. One that dies once writing began ends the request with connection_lost, even where
// no byte was counted: TLS may have sent a part. Whoever wants it sent again starts another request.
//
// Making one sets SIGPIPE to be ignored in this process: writing to a closed
// connection must be an error, not the end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "system/event_loop.h"

namespace costwar {

using HttpId = std::uint64_t;  // 0 is never a request

struct HttpRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // secrets among them are never logged
  std::string body;
  // Where to connect instead of the URL's host: a UNIX socket of this machine. The host must be loopback.
  std::string unix_socket{};
  Nanos connect_timeout = seconds(30);
  // No byte received for so long; counts from the request's start. Longer than the 10 minutes for which
  // DeepSeek may queue a request, so that the server's end of it is seen, and not ours.
  Nanos idle_timeout = seconds(660);
  Nanos total_timeout = seconds(900);
  std::uint64_t max_answer_bytes = std::uint64_t{256} << 20;  // of the body; more ends it with too_long
};

struct HttpHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in the order they came

  // The first value of a header (name in lower case), or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
};

struct HttpEnd {
  enum class Kind {
    ok,              // the answer's body ended as the protocol says
    connect_failed,  // nothing was sent
    tls_failed,      // nothing was sent
    untrusted,       // nothing was sent: no certificate that is trusted vouches for the host
    timed_out,
    connection_lost,  // reset or closed before the body's end
    cancelled,        // by cancel()
    refused,          // not started: plain http beyond loopback, or a bad address
    too_long,         // the answer's head or body is longer than it may be
    failed,           // anything else the library reports
  };
  Kind kind = Kind::ok;
  std::string message;           // empty for ok; one line, without secrets
  std::uint64_t bytes_sent = 0;  // of the request, headers included
  bool connection_reused = false;
  // What a new connection took, in libcurl's microseconds: from the request's start to ready, with the wait
  // for a place among the connections to this host, the look-up of its name, TLS and a proxy's tunnel.
  // nullopt: reused, or never ready.
  std::optional<Nanos> connect{};
};

// Callbacks of one request, in this order: sent once the whole request was written (not at all when the
// server answers before that), head once, bytes any number of times, end exactly once (always, and last). The
// sink must outlive end.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  virtual void sent(Mono at) = 0;
  virtual void head(Mono at, const HttpHead& head) = 0;
  virtual void bytes(Mono at, std::string_view data) = 0;
  virtual void end(Mono at, HttpEnd end) = 0;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Starts a request; returns before any callback runs.
  virtual HttpId start(HttpRequest request, HttpSink& sink) = 0;

  // Ends a request: its sink gets end(cancelled) on a later turn of the loop and nothing else. Unknown ids
  // are ignored.
  virtual void cancel(HttpId id) = 0;
};

struct HttpOptions {
  std::size_t max_connections_per_host = 1024;
  std::string user_agent = "costwar";
  // "http://host:port" to tunnel https through; empty: direct. Plain http and this machine are never proxied.
  std::string https_proxy{};
  std::string ca_file{};          // PEM certificates to trust instead of the system's; empty: the system's
  bool allow_plain_http = false;  // beyond this machine too: keys and prompts travel in the clear
};

// The loop must outlive the transport. Destroying it drops what is in flight without a word to the sinks; it
// must not be destroyed from within one of its callbacks.
std::unique_ptr<HttpTransport> make_http_transport(EventLoop& loop, HttpOptions options = {});

}  // namespace costwar
