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

#include "system/curl_sockets.h"
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

// An address, taken apart once for all requests to it.
struct Address {
  std::string text;
  Url url;
  bool plain_http = false;
  bool this_machine = false;  // the address names it
  std::string refusal;        // why nothing may be sent there, or empty
};
std::shared_ptr<const Address> read_address(const std::string& text, bool allow_plain_http);

// What a handle was set up for. For another request of the same shape it needs only what differs.
struct Shape {
  std::shared_ptr<const Address> address;
  std::string method;
  std::string unix_socket;
  bool has_body = false;
  friend bool operator==(const Shape&, const Shape&) = default;
};

struct Handle {
  Easy easy;
  Shape shape;
};

// One request from start() to end(). libcurl knows where it is: it never moves.
struct Transfer {
  HttpId id = 0;
  HttpRequest request;
  HttpSink* sink = nullptr;
  const Clock* clock = nullptr;
  CurlSockets* sockets = nullptr;
  Handle handle;
  List headers;
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

  Mono now() const { return clock->mono(); }
  CURL* easy() const { return handle.easy.get(); }
};

// Why the request cannot be sent to this address, or empty.
std::string check_request(const HttpRequest& request, const Address& address);

// Tells the handle, new or reset, what all requests of its shape share; and then what this one is.
void configure_shape(const Transfer& t, const HttpOptions& options);
void configure_request(Transfer& t);
void set_callbacks(const Transfer& t);
void set_callback_data(Transfer& t);

// Takes all that ends with the transfer out of the handle, so that it can be kept.
void clear_request(const Transfer& t);

// How it ended by libcurl's code; without `connect`.
HttpEnd make_end(const Transfer& t, CURLcode code);

// What a new connection took; libcurl counts from the start of the request. nullopt: reused, or never ready.
std::optional<Nanos> connect_time(const Transfer& t);

}  // namespace costwar::curl
