// A client for the mock's tests, made of plain sockets so that it shares nothing with what it tests: it sends
// bytes, reads bytes, and takes HTTP replies apart just enough to compare them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "mock/server.h"
#include "system/event_loop.h"

namespace costwar::mock_test {

// Runs a loop until `done`, or fails the test after `limit`.
void run_until(EventLoop& loop, const std::function<bool()>& done, Nanos limit = seconds(20));

// One connection; it never blocks. The loop is run by the caller.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  void poll();  // reads what there is
  void close();
  void reset();  // leaves with a reset
  const std::string& received() const { return received_; }
  std::size_t reads() const { return reads_; }
  bool ended() const { return ended_; }  // the server closed its side
  bool was_reset() const { return was_reset_; }
  std::string take() { return std::exchange(received_, {}); }

 private:
  int fd_;
  std::string received_;
  std::size_t reads_ = 0;
  bool ended_ = false;
  bool was_reset_ = false;
};

// True when `bytes` holds a whole reply: Content-Length or the last chunk.
bool whole(const std::string& bytes);
int status(const std::string& reply);
std::string body(const std::string& reply);  // chunks joined

std::string post(std::string_view json, std::string_view headers = {});
std::string ask(std::string_view model, std::string_view prompt, bool stream = true);  // a POST
std::string ask_json(std::string_view model, std::string_view prompt, bool stream = true);

// Sends one request on a fresh connection and returns the raw reply, whole or ended.
std::string exchange(EventLoop& loop, std::uint16_t port, std::string_view request);
// The same on an open connection.
std::string exchange(EventLoop& loop, Client& client, std::string_view request);

// The visible text of a reply to ask(), streamed or not, in order of arrival.
std::string content(const std::string& reply);

// "What is i + 1?", and options with one model "m" that has 2,000 of these in its book.
std::string sum(int i);
mock::MockOptions options(double accuracy = 1.0);

// A server and the loop that it lives on.
struct Served {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  mock::MockServer server;
  explicit Served(mock::MockOptions given) : server(*loop, std::move(given)) {}
  std::string get(std::string_view request) { return exchange(*loop, server.port(), request); }
};

}  // namespace costwar::mock_test
