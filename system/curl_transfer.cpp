// What libcurl calls while a request is out, and what its end means.
#include "system/curl_transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "system/loopback.h"

namespace costwar::curl {
namespace {

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

// libcurl reports every write here, and only here, with its true size; and every read, each at a price. So it
// is asked to be silent once the whole body was written: nothing is written after that. A request without a
// body may be written in pieces whose end nobody tells.
int on_wire(CURL*, curl_infotype type, char*, std::size_t size, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  if (type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT) return 0;
  if (!t.may_have_left) return 0;  // the CONNECT of a proxy tunnel is not the request
  t.bytes_sent += size;
  if (type == CURLINFO_DATA_OUT) t.body_sent += size;
  if (t.body_sent < t.request.body.size()) return 0;
  if (t.body_sent > 0) curl_easy_setopt(t.easy(), CURLOPT_VERBOSE, 0L);
  if (t.told_sent || t.head.complete()) return 0;
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

curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* wanted) {
  auto& t = *static_cast<Transfer*>(user);
  const Address& address = *t.handle.shape.address;
  if (address.plain_http && address.this_machine && wanted->family != AF_UNIX &&
      !is_loopback_address(wanted->addr)) {
    t.beyond_loopback = true;
    return CURL_SOCKET_BAD;
  }
  ++t.sockets_opened;
  const int socket = ::socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
  if (socket >= 0) t.sockets->opened(socket);
  return socket;
}

// A connection may outlive the request that opened it: this is told to the transport's sockets.
int on_close(void* user, curl_socket_t socket) {
  static_cast<CurlSockets*>(user)->closed(socket);
  return ::close(socket);
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

}  // namespace

void set_callbacks(const Transfer& t) {
  CURL* const easy = t.easy();
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_wire);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_request);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t.sockets);
}

void set_callback_data(Transfer& t) {
  CURL* const easy = t.easy();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &t);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t.error.data());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &t);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &t);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &t);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &t);
}

std::optional<Nanos> connect_time(const Transfer& t) {
  if (t.reused || !t.may_have_left) return std::nullopt;
  curl_off_t tcp = 0;
  curl_off_t tls = 0;
  curl_easy_getinfo(t.easy(), CURLINFO_CONNECT_TIME_T, &tcp);
  curl_easy_getinfo(t.easy(), CURLINFO_APPCONNECT_TIME_T, &tls);  // 0 without TLS
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

}  // namespace costwar::curl
