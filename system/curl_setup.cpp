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

void set_tls_and_proxy(const Transfer& t, const HttpOptions& options) {
  CURL* const easy = t.easy.get();
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's folder would be trusted as well
  }
  // Both are always set: what is unset, libcurl reads from https_proxy, all_proxy and no_proxy.
  const bool direct = t.plain_http || t.this_machine;
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
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");                       // a body never waits for leave
  if (!has_type) add("Content-Type:");  // libcurl would say that it is a form
  curl_easy_setopt(t.easy.get(), CURLOPT_HTTPHEADER, t.headers.get());
}

}  // namespace

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

void configure(Transfer& t, const HttpOptions& options) {
  CURL* const easy = t.easy.get();
  const HttpRequest& r = t.request;
  set_headers(t);
  curl_easy_setopt(easy, CURLOPT_CURLU, t.url.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_tls_and_proxy(t, options);
  if (!r.unix_socket.empty()) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, r.unix_socket.c_str());
    // A new connection costs nothing there, and a server may be closing the old one (llama-server does).
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_up(r.connect_timeout));
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

}  // namespace costwar::curl
