#include "system/curl_sockets.h"

#include <sys/socket.h>

#include <array>

namespace costwar {
namespace {

// Reads what is there and ends the connection in both directions; libcurl then finds it dead and closes it.
void give_up(int socket) {
  std::array<char, 4096> unwanted;
  for (int reads = 0; reads < 256; ++reads)
    if (::recv(socket, unwanted.data(), unwanted.size(), MSG_DONTWAIT) <= 0) break;
  ::shutdown(socket, SHUT_RDWR);
}

}  // namespace

void CurlSockets::closed(int socket) {
  const auto found = ours_.find(socket);
  if (found == ours_.end()) return;
  if (found->second.watched != FdEvents::none) loop_.unwatch(socket);
  ours_.erase(found);
}

void CurlSockets::want(int socket, FdEvents events) {
  const auto found = ours_.find(socket);
  if (found == ours_.end()) {
    watch(socket, events);
    return;
  }
  Interest& interest = found->second;
  interest.wanted = events;
  if (interest.watched == events) return;
  interest.watched = events;
  watch(socket, events);
}

void CurlSockets::forget(int socket) {
  const auto found = ours_.find(socket);
  if (found == ours_.end()) {
    loop_.unwatch(socket);
    return;
  }
  found->second.wanted = FdEvents::none;
}

void CurlSockets::watch(int socket, FdEvents events) {
  loop_.watch(socket, events, [this, socket](FdEvents ready) {
    const auto found = ours_.find(socket);
    if (found != ours_.end() && found->second.wanted == FdEvents::none) {
      found->second.watched = FdEvents::none;
      loop_.unwatch(socket);
      give_up(socket);
      return;
    }
    ready_(socket, ready);
  });
}

}  // namespace costwar
