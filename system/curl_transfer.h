// One request in libcurl's hands: what it is, what its callbacks have noticed, and how libcurl is told what
// is wanted. Internal to the transport; with its two sources and curl_transport.cpp all that knows libcurl.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "system/http.h"
#include "system/http_head.h"

namespace costwar::curl {

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
  TimerId timer = 0;
  Mono begun;
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
std::string check_request(Transfer& t, bool allow_plain_http);

// Tells t.easy, new or reset, all about the request.
void configure(Transfer& t, const HttpOptions& options);
void set_callbacks(Transfer& t);

// How it ended by libcurl's code; without `connect`.
HttpEnd make_end(const Transfer& t, CURLcode code);

// What a new connection took; libcurl counts from the start of the request. nullopt: reused, or never ready.
std::optional<Nanos> connect_time(const Transfer& t);

}  // namespace costwar::curl
