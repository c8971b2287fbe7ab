// The listening socket of a mock server: loopback addresses only.
#pragma once

#include <cstdint>
#include <string>

namespace costwar::mock {

class Listener {
 public:
  // Error{usage}: the address is not a loopback address. Error{input}: it cannot be bound.
  Listener(const std::string& address, std::uint16_t port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return fd_; }
  std::uint16_t port() const { return port_; }

  // A connection that never blocks, or -1: errno says why, EAGAIN when nobody waits.
  int accept() const;

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace costwar::mock
