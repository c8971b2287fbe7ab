// What libcurl is told before a request leaves.
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "system/curl_transfer.h"
#include "system/loopback.h"

namespace costwar::curl {
namespace {

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

long milliseconds_up(Nanos duration) {
  return static_cast<long>(std::max<std::int64_t>(1, (duration.count + 999'999) / 1'000'000));
}

void set_tls_and_proxy(CURL* easy, const Address& address, const HttpOptions& options) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's folder would be trusted as well
  }
  // Both are always set: what is unset, libcurl reads from https_proxy, all_proxy and no_proxy.
  const bool direct = address.plain_http || address.this_machine;
  curl_easy_setopt(easy, CURLOPT_PROXY, direct ? "" : options.https_proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void set_headers(Transfer& t) {
  bool has_type = false;
  const auto add = [&t](const std::string& line) {
    curl_slist* const longer = curl_slist_append(t.headers.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(t.headers.release());
    t.headers.reset(longer);
  };
  for (const auto& [name, value] : t.request.headers) {
    has_type = has_type || curl_strequal(name.c_str(), "Content-Type") != 0;
    add(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  add("Expect:");                       // a body never waits for leave
  if (!has_type) add("Content-Type:");  // libcurl would say that it is a form
  curl_easy_setopt(t.easy(), CURLOPT_HTTPHEADER, t.headers.get());
}

// Why nothing may be sent to an address, or empty. Fills what is known of it.
std::string take_apart(Address& address, bool allow_plain_http) {
  address.url.reset(curl_url());
  CURLU* const url = address.url.get();
  if (curl_url_set(url, CURLUPART_URL, address.text.c_str(), 0) != CURLUE_OK) return "this is no address";
  const std::string scheme = url_part(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return "only http and https addresses can be used";
  address.plain_http = scheme == "http";
  if (!url_part(url, CURLUPART_USER).empty() || !url_part(url, CURLUPART_PASSWORD).empty())
    return "the address holds a user name or a password";
  address.this_machine = is_loopback_host(url_part(url, CURLUPART_HOST));
  if (address.plain_http && !address.this_machine && !allow_plain_http)
    return "plain http is only allowed to this machine (127.0.0.0/8, ::1, localhost): use https";
  return {};
}

}  // namespace

std::shared_ptr<const Address> read_address(const std::string& text, bool allow_plain_http) {
  auto address = std::make_shared<Address>();
  address->text = text;
  address->refusal = take_apart(*address, allow_plain_http);
  return address;
}

std::string check_request(const HttpRequest& request, const Address& address) {
  if (!address.refusal.empty()) return address.refusal;
  for (const auto& [name, value] : request.headers)
    if (name.find_first_of("\r\n:") != std::string::npos ||
        value.find_first_of("\r\n") != std::string::npos || value.find('\0') != std::string::npos)
      return fmt::format("the header {} cannot be sent: it holds a line break",
                         name.substr(0, name.find_first_of("\r\n")));
  return {};
}

void configure_shape(const Transfer& t, const HttpOptions& options) {
  CURL* const easy = t.easy();
  const Shape& shape = t.handle.shape;
  curl_easy_setopt(easy, CURLOPT_CURLU, shape.address->url.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_tls_and_proxy(easy, *shape.address, options);
  if (!shape.unix_socket.empty()) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, shape.unix_socket.c_str());
    // A new connection costs nothing there, and a server may be closing the old one (llama-server does).
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (shape.method == "GET" && !shape.has_body)
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  else if (shape.method != "POST")
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, shape.method.c_str());
  set_callbacks(t);
}

void configure_request(Transfer& t) {
  CURL* const easy = t.easy();
  const HttpRequest& r = t.request;
  set_headers(t);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_up(r.connect_timeout));
  if (r.method == "POST" || !r.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(r.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r.body.data());  // not copied: lives in the transfer
  }
  set_callback_data(t);
}

void clear_request(const Transfer& t) {
  CURL* const easy = t.easy();
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 0L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, nullptr);
  if (t.request.method != "POST" && t.request.body.empty()) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);
}

}  // namespace costwar::curl
