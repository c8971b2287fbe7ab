// One client connection: reads requests, plays each reply out on an absolute timeline, obeys its ending. All
// calls on the loop's thread. The connection owns its descriptor and its timer; its host owns the connection
// and is told by retire() when it is of no more use, after which it does nothing but wait to be destroyed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mock/http_parser.h"
#include "mock/options.h"
#include "mock/reply.h"
#include "system/event_loop.h"

namespace costwar::mock {

class Connection;

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual EventLoop& loop() = 0;
  virtual const MockOptions& options() const = 0;
  virtual std::span<char> scratch() = 0;  // to read into, shared

  // True when truth was filled and wants to be told.
  virtual bool answer(const RequestHead& head, std::string_view body, Reply& reply, TruthRecord& truth) = 0;
  virtual void refuse(const BadRequest& problem, Reply& reply) = 0;

  // Calls begin() once a slot is free, perhaps at once.
  virtual void take_slot(Connection& connection, Mono arrived) = 0;
  virtual void leave_slot(Connection& connection, Mono at) = 0;

  virtual void keep_prompt(const Reply& reply) = 0;  // its reply has left whole

  virtual void leave_account() = 0;  // a reply that was admitted has left, or never will

  // When what should have happened at `due` of a reply that began at `base` happens, given the hiccup.
  virtual Mono thaw(Mono base, Mono due) const = 0;

  virtual void count_send(std::size_t bytes) = 0;
  virtual void count_late(Nanos late) = 0;
  virtual void tell(TruthRecord& truth, bool complete) = 0;
  virtual void count_gone() = 0;
  virtual void retire(Connection& connection) = 0;
};

class Connection {
 public:
  Connection(ConnectionHost& host, int fd);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Plays the reply that waits for a slot, from `base` on.
  void begin(Mono base);

  // Gives up what has waited too long.
  void check(Mono now);

 private:
  enum class State { reading, waiting, playing, draining, closed };

  void on_ready(FdEvents events);
  void receive();
  void next_requests();
  void take_request();
  void play();
  void send_due(Mono now);
  void stamp(std::size_t upto, Mono now);
  void note_sent(Mono now);
  void wait_for_next(Mono now);
  void finish();
  void report(bool complete);
  void leave_slot(Mono at);
  void drain(Mono now);
  void shut();
  void update_interest();
  Mono due(Nanos after) const { return host_.thaw(base_, base_ + after); }

  ConnectionHost& host_;
  int fd_;
  State state_ = State::reading;
  FdEvents interest_ = FdEvents::none;
  RequestParser parser_;
  Reply reply_;
  TruthRecord truth_;
  bool truth_due_ = false;
  bool has_slot_ = false;     // or waits for one
  bool in_requests_ = false;  // next_requests() is on the stack
  bool blocked_ = false;      // the socket takes no more
  bool close_on_next_ = false;
  Mono base_;
  std::size_t due_pieces_ = 0;   // pieces of the reply that are due
  std::size_t sent_pieces_ = 0;  // ... and that have left whole
  std::size_t sent_ = 0;         // bytes that have left
  TimerId timer_ = 0;
  Mono progress_;  // when bytes last moved
  Mono drain_until_;
};

}  // namespace costwar::mock
