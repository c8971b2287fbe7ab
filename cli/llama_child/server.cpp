#include "cli/llama_child/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>

#include "cli/version.h"
#include "core/error.h"
#include "core/json.h"
#include "mock/http_parser.h"

namespace costwar::cli {
namespace {

constexpr mock::HttpLimits kLimits{16 * 1024, 64 * 1024 * 1024};

// What is shared by the threads of all connections.
struct Shared {
  LlamaSettings settings;
  std::atomic<LlamaModel*> model = nullptr;  // null while it loads
  std::mutex computing;                      // held by the request that computes, and for the counts
  LlamaTimes counted;
};

Json error_json(int code, const std::string& type, const std::string& message) {
  return {{"error", {{"code", code}, {"message", message}, {"type", type}}}};
}

// Pieces of UTF-8 characters are kept until they are whole.
class TextPieces {
 public:
  std::string push(const std::string& bytes) {
    held_ += bytes;
    std::size_t whole = held_.size();
    for (std::size_t back = 1; back <= std::min<std::size_t>(4, held_.size()); ++back) {
      const auto c = static_cast<unsigned char>(held_[held_.size() - back]);
      if ((c & 0xC0U) == 0x80U) continue;  // goes on
      const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
      if (length > back) whole = held_.size() - back;
      break;
    }
    std::string out = held_.substr(0, whole);
    held_.erase(0, whole);
    return out;
  }

 private:
  std::string held_;
};

class Connection {
 public:
  Connection(Shared& shared, int fd) : shared_(shared), fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  void serve() {
    mock::RequestParser parser(kLimits);
    char buffer[65536];
    while (true) {
      switch (parser.advance()) {
        case mock::RequestParser::State::ready:
          answer(parser.head(), parser.body());
          if (!parser.head().keep_alive || gone_) return;
          parser.consume();
          continue;
        case mock::RequestParser::State::failed:
          return reply(parser.failure().status, error_json(parser.failure().status, "invalid_request_error",
                                                           std::string(parser.failure().message)));
        case mock::RequestParser::State::need_more:
          break;
      }
      const ssize_t got = ::read(fd_, buffer, sizeof buffer);
      if (got <= 0) return;
      parser.feed({buffer, static_cast<std::size_t>(got)});
    }
  }

 private:
  void answer(const mock::RequestHead& head, std::string_view body) {
    LlamaModel* const model = shared_.model;
    if (model == nullptr) return reply(503, error_json(503, "unavailable_error", "Loading model"));
    if (head.path == "/health") return reply(200, {{"status", "ok"}});
    if (head.path == "/props") return reply(200, props(*model));
    if (head.path == "/metrics") return reply_text(metrics());
    if (head.path == "/v1/models")
      return reply(200,
                   {{"object", "list"}, {"data", {{{"id", shared_.settings.file}, {"object", "model"}}}}});
    using Handler = void (Connection::*)(LlamaModel&, const JsonIn&);
    const Handler handler = head.path == "/v1/chat/completions" ? &Connection::complete
                            : head.path == "/completion"        ? &Connection::go_on
                            : head.path == "/bits"              ? &Connection::bits
                                                                : nullptr;
    if (handler == nullptr) return reply(404, error_json(404, "not_found_error", "File Not Found"));
    try {
      const Json request = parse_json(body, "the request");
      (this->*handler)(*model, JsonIn(request, "the request"));
    } catch (const Error& error) {
      if (streaming_)
        std::_Exit(1);  // the library failed within an answer: nothing is to be trusted any more
      const int code = error.kind() == ErrorKind::input ? 400 : 500;
      reply(code, error_json(code, code == 400 ? "invalid_request_error" : "server_error", error.what()));
    }
  }

  Json props(const LlamaModel& model) const {
    return {{"default_generation_settings", {{"n_ctx", model.context()}}},
            {"total_slots", 1},
            {"model_path", shared_.settings.file},
            {"build_info", fmt::format("costwar {} with libllama", kVersion)}};
  }

  std::string metrics() const {
    const std::scoped_lock lock(shared_.computing);
    const LlamaTimes& counted = shared_.counted;
    return fmt::format(
        "llamacpp:prompt_tokens_total {}\nllamacpp:prompt_tokens_cached_total "
        "0\nllamacpp:prompt_seconds_total {:.6f}\n"
        "llamacpp:tokens_predicted_total {}\nllamacpp:tokens_predicted_seconds_total {:.6f}\n",
        counted.prompt_tokens, counted.prompt_ms / 1e3, counted.predicted_tokens, counted.predicted_ms / 1e3);
  }

  static LlamaRequest read_request(const JsonIn& in) {
    for (const char* const other : {"tools", "response_format", "stop", "logit_bias", "n"})
      if (in.find(other))
        in.at(other).fail("the child with llama.cpp's library does not know it", "use llama-server");
    LlamaRequest request;
    for (const JsonIn& message : in.at("messages").elements())
      request.messages.emplace_back(message.at("role").string(), message.at("content").string());
    for (const char* const name : {"max_tokens", "max_completion_tokens"})
      if (const auto most = in.find(name)) request.max_tokens = most->integer(1);
    request.temperature = in.optional_number("temperature").value_or(0);
    request.top_p = in.optional_number("top_p").value_or(1);
    if (const auto seed = in.find("seed"))
      request.seed = static_cast<std::uint32_t>(seed->integer(0, UINT32_MAX));
    return request;
  }

  bool fits(const LlamaModel& model, std::size_t prompt) {
    if (static_cast<std::int64_t>(prompt) < model.context()) return true;
    Json error =
        error_json(400, "exceed_context_size_error",
                   fmt::format("the request has {} tokens, the context holds {}", prompt, model.context()));
    error["error"]["n_prompt_tokens"] = prompt;
    error["error"]["n_ctx"] = model.context();
    reply(400, error);
    return false;
  }

  // Tokens in, times out: what a measurement of speed asks.
  void go_on(LlamaModel& model, const JsonIn& in) {
    std::vector<std::int32_t> prompt;
    for (const JsonIn& token : in.at("prompt").elements())
      prompt.push_back(static_cast<std::int32_t>(token.integer(0, model.vocabulary() - 1)));
    if (prompt.empty()) in.at("prompt").fail("there is nothing to go on from", "give tokens");
    LlamaRequest request;
    request.max_tokens = in.at("n_predict").integer(1);
    if (const auto past_end = in.find("ignore_eos")) request.past_end = past_end->boolean();
    const std::scoped_lock lock(shared_.computing);
    if (!fits(model, prompt.size())) return;
    const LlamaAnswer answer = model.answer(request, prompt);
    count(answer.times);
    reply(200, {{"timings", timings(answer)}});
  }

  void complete(LlamaModel& model, const JsonIn& in) {
    LlamaRequest request = read_request(in);
    const std::scoped_lock lock(shared_.computing);
    const std::vector<std::int32_t> prompt = model.chat_tokens(request);
    if (!fits(model, prompt.size())) return;
    streaming_ = true;
    send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    delta({{"role", "assistant"}, {"content", nullptr}}, nullptr);
    TextPieces pieces;
    request.on_text = [&](const std::string& bytes) {
      const std::string text = pieces.push(bytes);
      if (!text.empty()) delta({{"content", text}}, nullptr);
      return !gone_ && !hung_up();
    };
    const LlamaAnswer answer = model.answer(request, prompt);
    count(answer.times);
    if (answer.unheard) {
      gone_ = true;
      return;
    }
    delta(Json::object(), answer.by_length ? "length" : "stop");
    finish(answer);
    streaming_ = false;
  }

  void count(const LlamaTimes& times) {
    LlamaTimes& counted = shared_.counted;
    counted.prompt_tokens += times.prompt_tokens;
    counted.prompt_ms += times.prompt_ms;
    counted.predicted_tokens += times.predicted_tokens;
    counted.predicted_ms += times.predicted_ms;
  }

  static Json timings(const LlamaAnswer& answer) {
    const LlamaTimes& times = answer.times;
    Json timings = {{"cache_n", 0},
                    {"prompt_n", times.prompt_tokens},
                    {"prompt_ms", times.prompt_ms},
                    {"predicted_n", times.predicted_tokens},
                    {"predicted_ms", times.predicted_ms}};
    if (!answer.expert_use.empty()) timings["expert_use"] = answer.expert_use;
    return timings;
  }

  void finish(const LlamaAnswer& answer) {
    const LlamaTimes& times = answer.times;
    event({{"choices", Json::array()},
           {"usage",
            {{"prompt_tokens", times.prompt_tokens},
             {"completion_tokens", times.predicted_tokens},
             {"prompt_tokens_details", {{"cached_tokens", 0}}}}},
           {"timings", timings(answer)}});
    chunk("data: [DONE]\n\n");
    send("0\r\n\r\n");
  }

  void bits(LlamaModel& model, const JsonIn& in) {
    const std::string text = in.at("text").string();
    const std::scoped_lock lock(shared_.computing);
    const LlamaLikelihood found = model.likelihood(text);
    reply(200, {{"tokens", found.tokens},
                {"bytes", found.bytes},
                {"log2_likelihood", found.log2_likelihood},
                {"bits_per_byte", found.bits_per_byte()}});
  }

  void delta(const Json& what, const char* reason) {
    Json choice = {{"index", 0}, {"delta", what}, {"finish_reason", nullptr}};
    if (reason != nullptr) choice["finish_reason"] = reason;
    event({{"choices", {choice}}});
  }

  void event(Json value) {
    value["id"] = "chatcmpl-0";
    value["object"] = "chat.completion.chunk";
    value["created"] = 0;
    value["model"] = shared_.settings.file;
    chunk("data: " + text_of(value) + "\n\n");
  }

  void chunk(const std::string& data) { send(fmt::format("{:x}\r\n{}\r\n", data.size(), data)); }

  void reply(int status, const Json& value) { reply(status, "application/json", text_of(value)); }
  void reply_text(const std::string& text) { reply(200, "text/plain", text); }
  void reply(int status, std::string_view media, const std::string& body) {
    send(fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status,
                     status == 200 ? "OK" : "Error", media, body.size(), body));
  }

  static std::string text_of(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void send(std::string_view data) {
    while (!data.empty() && !gone_) {
      const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR) gone_ = true;
      if (sent > 0) data.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  bool hung_up() const {
    pollfd look{fd_, POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }

  Shared& shared_;
  int fd_;
  bool gone_ = false;
  bool streaming_ = false;
};

int listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::input, fmt::format("'{}' is no path of a UNIX socket", path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 16) != 0)
    throw Error(ErrorKind::input, fmt::format("cannot listen at {}: {}", path, std::strerror(errno)));
  return fd;
}

[[noreturn]] void accept_all(Shared& shared, int listener) {
  while (true) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) std::thread([&shared, fd] { Connection(shared, fd).serve(); }).detach();
  }
}

}  // namespace

void serve_llama(const LlamaChildSettings& settings) {
  // What the threads use lives as long as the process.
  auto* const shared = new Shared{settings.model, nullptr, {}, {}};
  const int listener = listen_at(settings.socket);
  std::thread([shared, listener] { accept_all(*shared, listener); }).detach();
  try {
    shared->model = new LlamaModel(settings.model);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    std::_Exit(1);  // threads may be using what a clean exit would take away
  }
  while (true) ::pause();
}

}  // namespace costwar::cli
