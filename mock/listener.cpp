#include "mock/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace costwar::mock {
namespace {

constexpr std::uint32_t kLoopbackNet = 127;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address loopback_address(const std::string& text, std::uint16_t port) {
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1 &&
      ntohl(v4.sin_addr.s_addr) >> 24U == kLoopbackNet) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1 &&
             std::memcmp(&v6.sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  } else {
    throw Error(ErrorKind::usage, fmt::format("the mock server does not listen on '{}'", text),
                "it serves this machine only: 127.0.0.1 or ::1");
  }
  return address;
}

}  // namespace

Listener::Listener(const std::string& address, std::uint16_t port) {
  Address where = loopback_address(address, port);
  fd_ = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  auto* const name = reinterpret_cast<sockaddr*>(&where.storage);
  const bool open = fd_ >= 0 && ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                    ::bind(fd_, name, where.size) == 0 && ::listen(fd_, SOMAXCONN) == 0 &&
                    ::getsockname(fd_, name, &where.size) == 0;
  if (!open) {
    const std::string reason = std::strerror(errno);
    if (fd_ >= 0) ::close(fd_);
    throw Error(ErrorKind::input, fmt::format("cannot listen on {} port {}: {}", address, port, reason),
                "another program may hold the port; port 0 takes any free one");
  }
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  std::memcpy(&v4, &where.storage, sizeof v4);
  std::memcpy(&v6, &where.storage, sizeof v6);
  port_ = ntohs(where.storage.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

Listener::~Listener() {
  ::close(fd_);
}

int Listener::accept() const {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return -1;
  // Events are small and must leave when they are due.
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

}  // namespace costwar::mock
