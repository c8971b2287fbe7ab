#include "mock/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace costwar::mock {
namespace {

constexpr std::size_t kMostAhead = 64 * 1024;  // bytes of later requests read while a reply is played
constexpr std::size_t kKeptReply = 64 * 1024;  // capacity kept between replies
constexpr Nanos kDrain = seconds(2);

bool has(FdEvents set, FdEvents one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

// Right-aligned: white space before a number is still JSON, and the length stays what the chunk said.
void put_number(char* field, std::int64_t value) {
  char digits[kStampDigits];
  const auto [end, error] = std::to_chars(digits, digits + kStampDigits, value);
  const auto width = static_cast<std::size_t>(end - digits);
  std::memset(field, ' ', kStampDigits - width);
  std::memcpy(field + kStampDigits - width, digits, width);
}

}  // namespace

Connection::Connection(ConnectionHost& host, int fd)
    : host_(host), fd_(fd), parser_(host.options().limits), progress_(host.loop().clock().mono()) {
  update_interest();
}

Connection::~Connection() {
  if (state_ == State::closed) return;
  if (timer_ != 0) host_.loop().cancel(timer_);
  host_.loop().unwatch(fd_);
  ::close(fd_);
}

void Connection::on_ready(FdEvents events) {
  if (has(events, FdEvents::write)) {
    blocked_ = false;
    if (state_ == State::playing) play();
  }
  if (has(events, FdEvents::read) && state_ != State::closed) receive();
  if (state_ != State::closed) update_interest();
}

void Connection::receive() {
  if (close_on_next_)
    return shut();  // unread bytes make the kernel answer with a reset, as a real server's would
  const std::span<char> into = host_.scratch();
  const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return shut();
  progress_ = host_.loop().clock().mono();
  if (state_ == State::draining) return;
  parser_.feed({into.data(), static_cast<std::size_t>(got)});
  if (state_ == State::reading) next_requests();
}

void Connection::next_requests() {
  in_requests_ = true;
  while (state_ == State::reading && !close_on_next_) {
    const RequestParser::State parsed = parser_.advance();
    if (parsed == RequestParser::State::need_more) break;
    if (parsed == RequestParser::State::ready) {
      take_request();
    } else {
      host_.refuse(parser_.failure(), reply_);
      begin(host_.loop().clock().mono());
    }
  }
  in_requests_ = false;
  if (state_ == State::reading && parser_.take_continue()) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // Nothing else is on its way to this client, so the socket has room; a client that is gone shows at the
    // next read.
    [[maybe_unused]] const auto sent = ::send(fd_, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  }
}

void Connection::take_request() {
  const Mono arrived = host_.loop().clock().mono();
  truth_due_ = host_.answer(parser_.head(), parser_.body(), reply_, truth_);
  truth_.arrived = arrived;
  parser_.consume();
  if (!reply_.generates) return begin(arrived);
  state_ = State::waiting;
  has_slot_ = true;
  host_.take_slot(*this, arrived);
}

void Connection::begin(Mono base) {
  state_ = State::playing;
  base_ = host_.thaw(base, base);
  truth_.started = base_;
  due_pieces_ = sent_pieces_ = sent_ = 0;
  play();
  if (!in_requests_ && state_ != State::closed) update_interest();
}

// Sends what is due, then waits for what is not, or ends.
void Connection::play() {
  const Mono now = host_.loop().clock().mono();
  while (due_pieces_ < reply_.pieces.size() && due(reply_.pieces[due_pieces_].after) <= now) ++due_pieces_;
  send_due(now);
  if (state_ == State::closed) return;
  const Mono end = due(reply_.end_after);
  if (end <= now) leave_slot(end);
  if (end <= now && sent_ == reply_.bytes.size()) return finish();
  wait_for_next(now);
}

void Connection::send_due(Mono now) {
  if (blocked_ || due_pieces_ == 0) return;
  const std::size_t upto = reply_.pieces[due_pieces_ - 1].end;
  if (sent_ == upto) return;
  if (host_.options().stamps) stamp(upto, now);
  while (sent_ < upto) {
    const ssize_t took = ::send(fd_, reply_.bytes.data() + sent_, upto - sent_, MSG_NOSIGNAL);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0 && errno == EAGAIN) {
      blocked_ = true;
      break;
    }
    if (took < 0) return shut();
    sent_ += static_cast<std::size_t>(took);
    progress_ = now;
    host_.count_send(static_cast<std::size_t>(took));
  }
  note_sent(now);
}

// Writes the instants into the pieces of which nothing has left yet.
void Connection::stamp(std::size_t upto, Mono now) {
  static constexpr std::string_view kBetween = R"(,"sent_ns":)";
  for (std::size_t i = sent_pieces_; i < due_pieces_ && reply_.pieces[i].end <= upto; ++i) {
    const Piece& piece = reply_.pieces[i];
    const bool begun = sent_ > (i == 0 ? 0 : reply_.pieces[i - 1].end);
    if (piece.stamp == 0 || begun) continue;
    put_number(reply_.bytes.data() + piece.stamp, due(piece.after).ns);
    put_number(reply_.bytes.data() + piece.stamp + kStampDigits + kBetween.size(), now.ns);
  }
}

void Connection::note_sent(Mono now) {
  for (; sent_pieces_ < due_pieces_ && reply_.pieces[sent_pieces_].end <= sent_; ++sent_pieces_) {
    Piece& piece = reply_.pieces[sent_pieces_];
    piece.sent = now;
    if (piece.after.count > 0) host_.count_late(now - due(piece.after));
  }
}

void Connection::wait_for_next(Mono now) {
  const bool more = due_pieces_ < reply_.pieces.size();
  const Mono next = due(more ? reply_.pieces[due_pieces_].after : reply_.end_after);
  if (timer_ != 0) host_.loop().cancel(timer_);
  timer_ = 0;
  if (next <= now) return;  // only the reader is waited for
  timer_ = host_.loop().at(next, [this] {
    timer_ = 0;
    play();
    if (state_ != State::closed) update_interest();
  });
}

void Connection::finish() {
  report(true);
  const Ending ending = reply_.ending;
  reply_.pieces.clear();
  reply_.bytes.clear();
  if (reply_.bytes.capacity() > kKeptReply) reply_.bytes.shrink_to_fit();
  reply_ = {std::move(reply_.bytes), std::move(reply_.pieces), {}, Ending::keep, 200, false};
  if (ending == Ending::close) return drain(host_.loop().clock().mono());
  if (ending == Ending::reset) {
    const linger now_or_never{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now_or_never, sizeof now_or_never);
    return shut();
  }
  close_on_next_ = ending == Ending::close_on_next;
  state_ = State::reading;
  if (close_on_next_ && parser_.buffered() > 0) return shut();
  if (!in_requests_) next_requests();
}

void Connection::report(bool complete) {
  if (std::exchange(reply_.admitted, false)) host_.leave_account();
  if (complete && reply_.status == 200 && !reply_.prompt.empty()) host_.keep_prompt(reply_);
  reply_.prompt.clear();
  if (!truth_due_) return;
  truth_due_ = false;
  for (const Piece& piece : reply_.pieces)
    truth_.pieces.push_back({due(piece.after), piece.sent, piece.tokens});
  truth_.complete = complete;
  host_.tell(truth_, complete);
}

void Connection::leave_slot(Mono at) {
  if (!has_slot_) return;
  has_slot_ = false;
  host_.leave_slot(*this, at);
}

// The write side is closed first and what still arrives is read: closing with unread bytes would send a
// reset, which can destroy the reply before the client has read it.
void Connection::drain(Mono now) {
  ::shutdown(fd_, SHUT_WR);
  state_ = State::draining;
  drain_until_ = now + kDrain;
}

void Connection::check(Mono now) {
  const MockOptions& options = host_.options();
  const Nanos quiet = now - progress_;
  const bool idle = state_ == State::reading && quiet > options.idle_limit;
  const bool stalled = state_ == State::playing && blocked_ && quiet > options.stall_limit;
  if (idle || stalled || (state_ == State::draining && now > drain_until_)) shut();
}

void Connection::shut() {
  const Mono now = host_.loop().clock().mono();
  if (state_ == State::waiting || (state_ == State::playing && sent_ < reply_.bytes.size()))
    host_.count_gone();
  if (state_ == State::waiting) base_ = now;
  report(false);
  state_ = State::closed;
  leave_slot(now);
  if (timer_ != 0) host_.loop().cancel(timer_);
  host_.loop().unwatch(fd_);
  ::close(fd_);
  host_.retire(*this);
}

void Connection::update_interest() {
  const bool busy = state_ == State::waiting || state_ == State::playing;
  const bool read = !busy || parser_.buffered() < kMostAhead;
  const auto wanted = static_cast<FdEvents>((read ? 1U : 0U) | (blocked_ ? 2U : 0U));
  if (wanted == interest_) return;
  interest_ = wanted;
  // Watching for nothing would still wake the loop, without end, once the client hangs up.
  if (wanted == FdEvents::none) return host_.loop().unwatch(fd_);
  host_.loop().watch(fd_, wanted, [this](FdEvents events) { on_ready(events); });
}

}  // namespace costwar::mock
