#include "tests/support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace costwar {
namespace {

constexpr int kPatienceMs = 5000;

bool readable(int fd, int stop, int patience_ms) {
  std::array<pollfd, 2> fds{{{fd, POLLIN, 0}, {stop, POLLIN, 0}}};
  return ::poll(fds.data(), fds.size(), patience_ms) > 0 && (fds[0].revents != 0) && (fds[1].revents == 0);
}

// Reads up to the blank line, and with_body a body of the announced length. Empty when the peer closed
// before.
std::string read_request(int fd, int stop, bool with_body) {
  std::string got;
  std::size_t wanted = std::string::npos;
  std::array<char, 65536> buffer;
  while (got.size() < wanted) {
    if (!readable(fd, stop, kPatienceMs)) return got;
    const ssize_t size =
        ::recv(fd, buffer.data(), wanted == std::string::npos && !with_body ? 1 : buffer.size(), 0);
    if (size <= 0) return got;
    got.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t head = got.find("\r\n\r\n");
    if (wanted != std::string::npos || head == std::string::npos) continue;
    wanted = head + 4;
    const std::size_t length = got.find("Content-Length: ");
    if (with_body && length < head) wanted += std::strtoull(got.c_str() + length + 16, nullptr, 10);
  }
  return got;
}

bool send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t size = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace

LoopbackServer::LoopbackServer(std::vector<ServerScript> scripts) : scripts_(std::move(scripts)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no loopback port could be opened");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
  acceptor_.join();
  for (std::thread& worker : workers_) worker.join();
  ::close(listener_);
  ::close(stop_);
}

std::string LoopbackServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int LoopbackServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

int LoopbackServer::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void LoopbackServer::accept_all() {
  while (readable(listener_, stop_, -1)) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;  // a script stopped the listening
    const std::lock_guard lock(mutex_);
    const auto number = static_cast<std::size_t>(connections_++);
    if (number >= scripts_.size()) {
      ::close(fd);
      continue;
    }
    workers_.emplace_back([this, fd, number] { serve(fd, scripts_[number]); });
  }
}

void LoopbackServer::serve(int fd, const ServerScript& script) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (const ServerStep& step : script) {
    switch (step.kind) {
      case ServerStep::Kind::read_request:
      case ServerStep::Kind::read_head: {
        std::string request = read_request(fd, stop_, step.kind == ServerStep::Kind::read_request);
        const std::lock_guard lock(mutex_);
        if (!request.empty()) requests_.push_back(std::move(request));
        break;
      }
      case ServerStep::Kind::send:
        send_all(fd, step.data);
        break;
      case ServerStep::Kind::send_bytewise:
        for (const char c : step.data)
          if (!send_all(fd, {&c, 1})) break;
        break;
      case ServerStep::Kind::pause: {
        pollfd stop{stop_, POLLIN, 0};
        ::poll(&stop, 1, step.milliseconds);
        break;
      }
      case ServerStep::Kind::half_close:
        ::shutdown(fd, SHUT_WR);
        break;
      case ServerStep::Kind::reset: {
        const linger hard{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        ::close(fd);
        return;
      }
      case ServerStep::Kind::stop_listening:
        ::shutdown(listener_, SHUT_RD);
        break;
      case ServerStep::Kind::wait_close: {
        std::array<char, 4096> unused;
        while (readable(fd, stop_, kPatienceMs) && ::recv(fd, unused.data(), unused.size(), 0) > 0) {
        }
        break;
      }
    }
  }
  ::close(fd);
  const std::lock_guard lock(mutex_);
  ++ended_;
}

std::string http_answer(const std::string& body, const std::string& type, const std::string& status,
                        const std::string& extra_headers) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + extra_headers + "\r\n" + body;
}

}  // namespace costwar
