#include "providers/local/spawned_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "core/error.h"
#include "providers/server_lookup.h"
#include "providers/wire/redact.h"
#include "system/process_usage.h"

namespace costwar::local {
namespace {

constexpr std::size_t kLongestSocketPath = 107;
constexpr std::size_t kSocketName = 12;  // "/server.sock"
constexpr Nanos kFirstLook = milliseconds(20);
constexpr Nanos kLongestPause = milliseconds(250);
constexpr Nanos kGrace = seconds(5);
constexpr Nanos kSettling = milliseconds(500);
constexpr std::size_t kLinesShown = 6;
constexpr std::size_t kLongestFailure = 1500;

// One GET /health; owns itself until its end.
class HealthCheck final : public HttpSink {
 public:
  explicit HealthCheck(std::function<void(int)> done) : done_(std::move(done)) {}
  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status_ = head.status; }
  void bytes(Mono, std::string_view) override {}
  void end(Mono, HttpEnd) override {
    const std::unique_ptr<HealthCheck> self(this);
    done_(status_);
  }

 private:
  std::function<void(int)> done_;
  int status_ = 0;  // 0: nobody answered
};

}  // namespace

int free_loopback_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool fine = fd >= 0 && ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!fine) throw Error(ErrorKind::input, "there is no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

SpawnedServer::SpawnedServer(EventLoop& loop, HttpTransport& transport, std::string name, ServerLaunch launch,
                             ServerHooks hooks)
    : loop_(loop),
      transport_(transport),
      name_(std::move(name)),
      launch_(std::move(launch)),
      hooks_(std::move(hooks)),
      folder_(kLongestSocketPath - kSocketName) {}

SpawnedServer::~SpawnedServer() {
  for (const TimerId timer : {health_timer_, load_timer_, grace_timer_}) loop_.cancel(timer);
}

std::optional<std::int64_t> SpawnedServer::pid() const {
  if (!child_) return std::nullopt;
  return child_->pid();
}

RemoteOptions SpawnedServer::options() const {
  RemoteOptions options;
  options.needs_key = false;
  if (starts_ == 0) return options;
  options.base_url = address_.base_url();
  options.unix_socket = address_.socket;
  return options;
}

ServerRecord SpawnedServer::record() {
  if (child_ && (state_ == State::loading || state_ == State::ready)) {
    const ProcessUsage usage = read_process_usage(child_->pid());
    if (usage.peak_resident_bytes) record_.peak_resident_bytes = usage.peak_resident_bytes;
    if (usage.cpu_time) record_.cpu_time = usage.cpu_time;
  }
  return record_;
}

void SpawnedServer::later(Task task) {
  loop_.post([alive = std::weak_ptr<bool>(alive_), task = std::move(task)] {
    if (!alive.expired()) task();
  });
}

void SpawnedServer::tell(std::vector<std::function<void()>>& waiting) {
  for (auto& each : std::exchange(waiting, {})) later(std::move(each));
}

void SpawnedServer::when_ready(std::function<void()> then) {
  waiting_.push_back(std::move(then));
  if (state_ == State::idle) start(false);
  if (state_ != State::loading) tell(waiting_);
}

void SpawnedServer::when_settled(std::function<void()> then) {
  settling_.push_back(std::move(then));
  if (state_ != State::ready) return tell(settling_);
  loop_.at(loop_.clock().mono() + kSettling, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) tell(settling_);
  });
}

void SpawnedServer::start(bool on_port) {
  ++starts_;
  state_ = State::loading;
  address_ = {};
  log_ = {};
  started_ = loop_.clock().mono();
  try {
    if (on_port)
      address_.port = free_loopback_port();
    else
      address_.socket = (folder_.path() / "server.sock").string();
    ChildCommand command{server_arguments(launch_, address_), {}, {}, launch_.withheld};
    command.extra_environment.emplace_back("GGML_NO_BACKTRACE", "1");  // else an abort starts a debugger
    ChildCallbacks callbacks;
    callbacks.out = callbacks.err = [this](std::string_view bytes) { log_.add(bytes); };
    callbacks.exited = [this](ChildExit exit) { exited(exit); };
    child_ = start_child(loop_, std::move(command), std::move(callbacks));
  } catch (const Error& error) {
    return fall(error.what());
  }
  if (starts_ == 1 && hooks_.progress)
    hooks_.progress(fmt::format("{}: {} loads it", name_, launch_.program.front()));
  load_timer_ = loop_.at(started_ + launch_.load_timeout, [this] { watch_load(); });
  health_timer_ = loop_.at(started_ + kFirstLook, [this] { ask_health(); });
}

void SpawnedServer::watch_load() {
  load_timer_ = 0;
  if (state_ != State::loading) return;
  fall(fmt::format("it was not ready within {:g} s", launch_.load_timeout.seconds()));
  if (child_) child_->kill();
}

void SpawnedServer::ask_health() {
  health_timer_ = 0;
  if (state_ != State::loading) return;
  HttpRequest request;
  request.method = "GET";
  request.url = server_root(address_.base_url()) + "/health";
  request.unix_socket = address_.socket;
  request.connect_timeout = seconds(5);
  request.idle_timeout = seconds(10);
  request.total_timeout = seconds(10);
  auto check =
      std::make_unique<HealthCheck>([this, alive = std::weak_ptr<bool>(alive_), start = starts_](int status) {
        if (!alive.expired() && start == starts_) answered(status);
      });
  transport_.start(std::move(request), *check);
  static_cast<void>(check.release());
}

// Nobody listens yet, then 503 while it loads, then 200.
void SpawnedServer::answered(int status) {
  if (state_ != State::loading) return;
  connected_ = connected_ || status != 0;
  if (status == 200) return became_ready();
  const Nanos waited = loop_.clock().mono() - started_;
  const Nanos pause = std::min(kLongestPause, std::max(kFirstLook, Nanos{waited.count / 10}));
  health_timer_ = loop_.at(loop_.clock().mono() + pause, [this] { ask_health(); });
}

void SpawnedServer::became_ready() {
  record_.load_time = loop_.clock().mono() - started_;
  loop_.cancel(std::exchange(load_timer_, 0));
  fetch_server_facts(transport_, ServerKind::llama_server, address_.base_url(), options(),
                     [this, alive = std::weak_ptr<bool>(alive_)](std::optional<ServerFacts> facts) {
                       if (!alive.expired()) take_facts(std::move(facts));
                     });
}

void SpawnedServer::take_facts(std::optional<ServerFacts> facts) {
  record_.facts = std::move(facts);
  if (state_ != State::loading) return;  // it ended meanwhile
  state_ = State::ready;
  if (hooks_.progress)
    hooks_.progress(fmt::format("{}: loaded in {:.1f} s", name_, record_.load_time->seconds()));
  tell(waiting_);
}

std::string SpawnedServer::ending(const ChildExit& exit) const {
  if (exit.signal) return fmt::format("was ended by signal {}", *exit.signal);
  return fmt::format("ended with exit code {}", exit.code.value_or(-1));
}

void SpawnedServer::exited(const ChildExit& exit) {
  child_.reset();
  // The kernel's last word counts what we were before exec as well, so it serves only where nothing was read.
  if (!record_.peak_resident_bytes) record_.peak_resident_bytes = exit.max_resident_bytes;
  record_.cpu_time = Nanos{exit.user_time.count + exit.system_time.count};
  if (state_ == State::stopping) return finish_stop();
  if (state_ != State::loading && state_ != State::ready) return;
  // One that knows no UNIX sockets takes the path for a host's name and gives up before it listens.
  if (state_ == State::loading && !connected_ && starts_ == 1 && exit.code && !launch_.sockets_only) {
    for (TimerId* timer : {&health_timer_, &load_timer_}) loop_.cancel(std::exchange(*timer, 0));
    return start(true);
  }
  fall(fmt::format("{} {}", ending(exit),
                   state_ == State::loading ? "while it loaded" : "while it was in use"));
}

void SpawnedServer::fall(std::string why) {
  state_ = State::failed;
  for (TimerId* timer : {&health_timer_, &load_timer_}) loop_.cancel(std::exchange(*timer, 0));
  const std::string words = log_.last(kLinesShown);
  failure_ = fmt::format("{} {}", launch_.program.front(), why);
  if (!words.empty()) failure_ += ". Its last words: " + words;
  failure_ = one_line(redact(failure_, std::string_view()), kLongestFailure);
  if (hooks_.failed) hooks_.failed(failure_);
  tell(waiting_);
  tell(settling_);
}

void SpawnedServer::stop(std::function<void()> then) {
  stopping_.push_back(std::move(then));
  if (state_ == State::stopping) return;
  if (!child_) {
    if (state_ != State::failed) state_ = State::stopped;
    return tell(stopping_);
  }
  static_cast<void>(record());
  const bool has_counters = state_ == State::ready;
  state_ = State::stopping;
  tell(waiting_);
  const auto end = [this] {
    if (!child_) return;
    child_->terminate();
    grace_timer_ = loop_.at(loop_.clock().mono() + kGrace, [this] {
      grace_timer_ = 0;
      if (child_) child_->kill();
    });
  };
  if (!has_counters) return end();
  fetch_counters(transport_, ServerKind::llama_server, options(), {},
                 [this, end, alive = std::weak_ptr<bool>(alive_)](std::optional<ServerCounters> counters) {
                   if (alive.expired()) return;
                   record_.counters = counters;
                   end();
                 });
}

void SpawnedServer::finish_stop() {
  loop_.cancel(std::exchange(grace_timer_, 0));
  state_ = State::stopped;
  tell(stopping_);
  tell(settling_);
}

}  // namespace costwar::local
