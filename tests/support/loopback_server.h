// A server on 127.0.0.1 that does, connection by connection, exactly what its script says: raw bytes in
// pieces, pauses, resets, half closes. It knows no HTTP beyond finding the end of a request. Each connection
// runs in its own thread; the n-th connection takes the n-th script, further ones are closed at once. Every
// wait is bounded (five seconds).
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace costwar {

struct ServerStep {
  enum class Kind {
    read_request,    // head, and a body of its Content-Length
    read_head,       // head only: what follows is left unread
    send,            // all of `data` in one write
    send_bytewise,   // each byte in a write of its own
    pause,           // `milliseconds`
    half_close,      // no more from us; reading goes on
    reset,           // RST
    stop_listening,  // further connections are refused
    wait_close,      // until the other side closes
  };
  Kind kind;
  std::string data = {};
  int milliseconds = 0;
};
using ServerScript = std::vector<ServerStep>;

class LoopbackServer {
 public:
  explicit LoopbackServer(std::vector<ServerScript> scripts);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();  // waits for all its threads

  int port() const { return port_; }
  std::string url(const std::string& path) const;  // http://127.0.0.1:port + path
  std::vector<std::string> requests() const;  // head and body of each request read, in the order they ended
  int connections() const;
  int ended() const;  // of them: those whose script is over and that were closed

 private:
  void accept_all();
  void serve(int fd, const ServerScript& script);

  std::vector<ServerScript> scripts_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd: readable when the server is to end
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  int ended_ = 0;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with a content type, a length, and the body.
std::string http_answer(const std::string& body, const std::string& type = "application/json",
                        const std::string& status = "200 OK", const std::string& extra_headers = {});

}  // namespace costwar
