#include "tests/mock/client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace costwar::mock_test {

void run_until(EventLoop& loop, const std::function<bool()>& done, Nanos limit) {
  const Mono end = loop.clock().mono() + limit;
  bool over = false;
  // The client's sockets are not the loop's: a timer keeps it turning.
  TimerId timer = 0;
  std::function<void()> tick;
  tick = [&] { timer = loop.at(loop.clock().mono() + nanoseconds(100'000), [&] { tick(); }); };
  tick();
  loop.run([&] {
    over = done();
    return over || loop.clock().mono() > end;
  });
  loop.cancel(timer);
  REQUIRE_MESSAGE(over, "the loop ran out of time");
}

Client::Client(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  REQUIRE(fd_ >= 0);
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::fcntl(fd_, F_SETFL, O_NONBLOCK) == 0);
}

Client::~Client() {
  close();
}

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Client::send(std::string_view bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  REQUIRE(sent == static_cast<ssize_t>(bytes.size()));
}

void Client::poll() {
  char buffer[65536];
  while (!ended_) {
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ended_ = true;
      was_reset_ = got < 0;
      return;
    }
    ++reads_;
    received_.append(buffer, static_cast<std::size_t>(got));
  }
}

void Client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool whole(const std::string& bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const std::size_t length_at = bytes.find("Content-Length: ");
  if (length_at < head) return bytes.size() - head - 4 >= std::stoul(bytes.substr(length_at + 16));
  return bytes.ends_with("\r\n0\r\n\r\n");
}

int status(const std::string& reply) {
  REQUIRE(reply.starts_with("HTTP/1.1 "));
  return std::stoi(reply.substr(9, 3));
}

std::string body(const std::string& reply) {
  const std::size_t head = reply.find("\r\n\r\n");
  REQUIRE(head != std::string::npos);
  if (reply.find("Transfer-Encoding: chunked") > head) return reply.substr(head + 4);
  std::string joined;
  for (std::size_t at = head + 4; at < reply.size();) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(reply.data() + at, reply.data() + reply.size(), size, 16);
    REQUIRE(error == std::errc{});
    at = static_cast<std::size_t>(end - reply.data()) + 2;
    joined += reply.substr(at, size);
    at += size + 2;
  }
  return joined;
}

std::string post(std::string_view json, std::string_view headers) {
  return fmt::format("POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\n{}Content-Length: {}\r\n\r\n{}",
                     headers, json.size(), json);
}

std::string ask_json(std::string_view model, std::string_view prompt, bool stream) {
  return fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}]{}}})", model, prompt,
                     stream ? R"(,"stream":true,"stream_options":{"include_usage":true})" : "");
}

std::string ask(std::string_view model, std::string_view prompt, bool stream) {
  return post(ask_json(model, prompt, stream));
}

std::string exchange(EventLoop& loop, Client& client, std::string_view request) {
  client.send(request);
  run_until(loop, [&] {
    client.poll();
    return client.ended() || whole(client.received());
  });
  return client.take();
}

std::string exchange(EventLoop& loop, std::uint16_t port, std::string_view request) {
  Client client(port);
  return exchange(loop, client, request);
}

std::string content(const std::string& reply) {
  static constexpr std::string_view kMember = R"("content":")";
  std::string text;
  const std::string all = body(reply);
  for (std::size_t at = 0; (at = all.find(kMember, at)) != std::string::npos;) {
    at += kMember.size();
    text += all.substr(at, all.find('"', at) - at);
  }
  return text;
}

std::string sum(int i) {
  return fmt::format("What is {} + 1?", i);
}

mock::MockOptions options(double accuracy) {
  mock::MockOptions all;
  all.models.push_back({"m", accuracy});
  std::string book;
  for (int i = 0; i < 2000; ++i)
    book += fmt::format("{{\"prompt\":\"{}\",\"answer\":\"{}\"}}\n", sum(i), i + 1);
  all.book = mock::AnswerBook::parse(book, "book");
  return all;
}

}  // namespace costwar::mock_test
