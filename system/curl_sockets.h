// The sockets of libcurl's connections, as the event loop watches them. Between two requests libcurl forgets
// a kept connection and asks for it again with the next; two system calls each time. Here the loop goes on
// watching it meanwhile, so that the next request costs none. What comes on a connection between two requests
// answers nothing: it is the connection's end. Mostly the server closes it; some say "408" first, which
// libcurl would take for the answer to the next request. Internal to the transport.
#pragma once

#include <functional>
#include <unordered_map>

#include "system/event_loop.h"

namespace costwar {

class CurlSockets {
 public:
  using Ready = std::function<void(int socket, FdEvents)>;

  CurlSockets(EventLoop& loop, Ready ready) : loop_(loop), ready_(std::move(ready)) {}

  // A socket of ours, which closed() will be told of. Others, such as the resolver's, are watched to the
  // letter.
  void opened(int socket) { ours_[socket] = Interest{}; }
  void closed(int socket);  // about to be

  void want(int socket, FdEvents events);
  void forget(int socket);

 private:
  struct Interest {
    FdEvents wanted = FdEvents::none;   // by libcurl
    FdEvents watched = FdEvents::none;  // by the loop
  };

  void watch(int socket, FdEvents events);

  EventLoop& loop_;
  Ready ready_;
  std::unordered_map<int, Interest> ours_;
};

}  // namespace costwar
