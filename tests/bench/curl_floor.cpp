// The bare libcurl loop that our transport is measured against: curl_multi_socket_action on epoll and a
// timerfd, one easy handle a stream, nothing parsed. The timer is only set when its instant has changed at
// the end of a turn, and curl's wish to be called at once costs no system call: a floor should be low. Prints
// what it took as one JSON object. Usage: curl_floor URL STREAMS REQUESTS [SPREAD_SECONDS]
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <array>
#include <csignal>
#include <deque>

#include "tests/bench/floor.h"

namespace {

using costwar::bench::begins_after_ns;
using costwar::bench::FloorArguments;
using costwar::bench::FloorReport;
using costwar::bench::FloorStream;
using costwar::bench::now_ns;
using costwar::bench::read_floor;

struct Loop {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  CURLM* multi = curl_multi_init();
  std::int64_t wanted = 0;  // when curl wants to be called; 0: never
  std::int64_t set = 0;     // when the timerfd rings

  bool due() const { return wanted != 0 && wanted <= now_ns(); }
  // `other`: when something else is due; 0: nothing.
  void set_timer(std::int64_t other) {
    const std::int64_t next = wanted == 0 || (other != 0 && other < wanted) ? other : wanted;
    if (next == set) return;
    set = next;
    itimerspec spec{};
    spec.it_value.tv_sec = next / 1'000'000'000;
    spec.it_value.tv_nsec = next % 1'000'000'000;
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, nullptr);
  }
};

int on_socket(CURL*, curl_socket_t socket, int what, void* user, void* known) {
  auto& loop = *static_cast<Loop*>(user);
  epoll_event event{};
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(loop.epoll, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  epoll_ctl(loop.epoll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
  if (known == nullptr) curl_multi_assign(loop.multi, socket, &loop);
  return 0;
}

int on_timer(CURLM*, long timeout_ms, void* user) {
  static_cast<Loop*>(user)->wanted = timeout_ms < 0 ? 0 : now_ns() + timeout_ms * 1'000'000;
  return 0;
}

std::size_t on_body(char*, std::size_t size, std::size_t count, void* user) {
  static_cast<FloorStream*>(user)->took(now_ns(), size * count);
  return size * count;
}

CURL* make_easy(const FloorArguments& asked, curl_slist* headers, FloorStream& stream) {
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, asked.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(asked.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked.body.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &stream);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &stream);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  return easy;
}

int ask(const FloorArguments& asked) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::signal(SIGPIPE, SIG_IGN);
  Loop loop;
  curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
  curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
  curl_multi_setopt(loop.multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  curl_multi_setopt(loop.multi, CURLMOPT_MAXCONNECTS, static_cast<long>(asked.streams));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = loop.timer;
  epoll_ctl(loop.epoll, EPOLL_CTL_ADD, loop.timer, &event);
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");

  FloorReport report;
  std::deque<FloorStream> streams(asked.streams);
  std::size_t begun = 0;                 // streams
  std::size_t started = streams.size();  // requests, those of streams that begin later among them
  const std::int64_t begin = now_ns();
  const auto next_begin = [&] { return begun == streams.size() ? 0 : begin + begins_after_ns(asked, begun); };
  std::array<epoll_event, 256> events{};
  while (report.all_ended() < asked.requests) {
    int running = 0;
    while (begun < streams.size() && next_begin() <= now_ns())
      curl_multi_add_handle(loop.multi, make_easy(asked, headers, streams[begun++]));
    while (loop.due()) {
      loop.wanted = 0;
      curl_multi_socket_action(loop.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    loop.set_timer(next_begin());
    const int count = epoll_wait(loop.epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& ready = events[static_cast<std::size_t>(i)];
      if (ready.data.fd == loop.timer) {
        std::uint64_t unused = 0;
        [[maybe_unused]] const auto got = ::read(loop.timer, &unused, sizeof unused);
        loop.set = 0;
        continue;
      }
      int mask = 0;
      if ((ready.events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
      if ((ready.events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
      if ((ready.events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
      curl_multi_socket_action(loop.multi, ready.data.fd, mask, &running);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(loop.multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const bool ok = message->data.result == CURLE_OK;
      FloorStream* stream = nullptr;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &stream);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      report.ended(*stream, ok && status == 200);
      curl_multi_remove_handle(loop.multi, easy);
      if (started < asked.requests) {
        ++started;
        curl_multi_add_handle(loop.multi, easy);
      } else {
        curl_easy_cleanup(easy);
      }
    }
  }
  const int result = report.print("libcurl", asked);
  curl_multi_cleanup(loop.multi);
  curl_slist_free_all(headers);
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  FloorArguments asked;
  return read_floor(count, arguments, asked) ? ask(asked) : 2;
}
