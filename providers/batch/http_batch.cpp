#include "providers/batch/http_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "providers/http_provider.h"
#include "providers/wire/answer.h"
#include "providers/wire/ndjson.h"
#include "providers/wire/redact.h"

namespace costwar {
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{16} << 20;       // of everything but results
constexpr std::uint64_t kLongestResults = std::uint64_t{64} << 30;  // 100,000 answers may be long

// Between the clocks of this machine and the vendor's, when a batch is looked for by its time.
constexpr Nanos kClockSkew = seconds(300);

}  // namespace

// What came back of one exchange.
struct HttpBatch::Answer {
  std::optional<HttpHead> head;
  std::string body;  // without the lines that went to on_line
  HttpEnd end;
  bool too_long = false;
  bool cut_line = false;  // a line longer than any that makes sense
  Wall now;
  bool good() const {
    return head && head->status / 100 == 2 && end.kind == HttpEnd::Kind::ok && !too_long && !cut_line;
  }
};

// One request from start to end. The transport talks to it; the service owns it.
class HttpBatch::Exchange final : public HttpSink {
 public:
  Exchange(HttpBatch& service, std::uint64_t id, Kind kind, std::function<void(Answer&)> done,
           std::function<void(std::string_view)> on_line)
      : service_(service), id_(id), kind_(kind), done_(std::move(done)), on_line_(std::move(on_line)) {}

  void start(BatchCall call) {
    const HttpBatchOptions& options = service_.options_;
    HttpRequest http;
    http.method = std::move(call.method);
    http.url = options.base_url + call.path;
    http.body = std::move(call.body);
    if (!call.content_type.empty()) http.headers.emplace_back("Content-Type", std::move(call.content_type));
    http.headers.emplace_back("Accept", "application/json");
    for (auto& header : call.headers) http.headers.push_back(std::move(header));
    if (!options.key.empty()) http.headers.push_back(key_header(service_.dialect_->key_style(), options.key));
    replace_headers(http.headers, options.headers);
    http.connect_timeout = options.connect_timeout;
    http.total_timeout = kind_ == Kind::submit     ? options.upload_timeout
                         : kind_ == Kind::download ? options.download_timeout
                                                   : options.call_timeout;
    // An upload is silent from the other side until its end.
    http.idle_timeout = kind_ == Kind::submit ? options.upload_timeout : options.call_timeout;
    if (kind_ == Kind::download) http.max_answer_bytes = kLongestResults;
    http_id_ = service_.transport_.start(std::move(http), *this);
  }

  void abandon() {
    if (kind_ == Kind::submit || std::exchange(abandoned_, true)) return;
    service_.transport_.cancel(http_id_);
  }

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { answer_.head = head; }

  void bytes(Mono, std::string_view data) override {
    if (on_line_ && answer_.head && answer_.head->status / 100 == 2) {
      lines_.feed(data, [this](std::string_view line) {
        if (!abandoned_) on_line_(line);
      });
      answer_.cut_line = lines_.overflowed();
      return;
    }
    answer_.too_long = answer_.too_long || answer_.body.size() + data.size() > kLongestAnswer;
    if (!answer_.too_long) answer_.body += data;
  }

  void end(Mono, HttpEnd end) override {
    const std::unique_ptr<Exchange> self = std::move(service_.exchanges_.at(id_));
    service_.exchanges_.erase(id_);
    if (abandoned_) return;
    // The last line of a file may come without its end; that of a broken transfer is no line.
    if (const auto last = lines_.residue(); last && end.kind == HttpEnd::Kind::ok) on_line_(*last);
    answer_.end = std::move(end);
    answer_.now = service_.loop_.clock().wall();
    done_(answer_);
  }

 private:
  HttpBatch& service_;
  std::uint64_t id_;
  Kind kind_;
  std::function<void(Answer&)> done_;
  std::function<void(std::string_view)> on_line_;
  HttpId http_id_ = 0;
  Answer answer_;
  wire::NdjsonParser lines_{wire::kFrameLimit};
  bool abandoned_ = false;
};

struct HttpBatch::Search {
  std::string tag;
  BatchTrace trace;
  std::function<void(BatchSearch)> done;
  std::string cursor{};
  std::size_t pages = 0;
  std::vector<BatchStatus> candidates{};
};

struct HttpBatch::Download {
  std::vector<std::string> what;
  EachResult each;
  std::function<void(std::optional<BatchFailure>)> done;
  std::size_t next = 0;
};

HttpBatch::HttpBatch(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
                     std::unique_ptr<const BatchCodec> codec, HttpBatchOptions options)
    : loop_(loop),
      transport_(transport),
      dialect_(std::move(dialect)),
      codec_(std::move(codec)),
      options_(std::move(options)) {
  options_.secrets.push_back(options_.key);
  options_.secrets = written_forms(std::move(options_.secrets));
}

HttpBatch::~HttpBatch() = default;

std::size_t HttpBatch::size(const BatchRequest& request) const {
  return codec_->line({request.custom_id, encode_whole(*dialect_, request.request)}).size() + 1;
}

void HttpBatch::exchange(BatchCall call, Kind kind, std::function<void(Answer&)> done,
                         std::function<void(std::string_view)> on_line) {
  const std::uint64_t id = next_exchange_++;
  Exchange& made =
      *exchanges_
           .emplace(id, std::make_unique<Exchange>(*this, id, kind, std::move(done), std::move(on_line)))
           .first->second;
  made.start(std::move(call));
}

void HttpBatch::abandon() {
  alive_ = std::make_shared<bool>(true);  // what was posted for later is not told
  for (auto& [id, out] : exchanges_) out->abandon();
}

Attempt HttpBatch::hidden(Attempt attempt) const {
  attempt.endpoint = options_.base_url;
  redact(attempt, options_.secrets);
  return attempt;
}

// An error status is the dialect's to read; what cannot be understood otherwise is told as it is.
BatchFailure HttpBatch::failure(Answer& answer) const {
  BatchFailure failure;
  Attempt& attempt = failure.attempt;
  const auto nobody_hears = [](CallEvent::Kind, std::string_view) {};
  const bool good_status = answer.head && answer.head->status / 100 == 2;
  if (!good_status) {
    const auto reader = dialect_->reader();
    if (answer.head) reader->head(*answer.head, answer.now);
    if (!answer.body.empty()) reader->bytes(answer.body, nobody_hears);
    attempt = reader->finish(answer.end, nobody_hears);
  } else {
    attempt.http_status = answer.head->status;
    attempt.outcome = Outcome::protocol;
    attempt.error_message = "the answer is none of the batch API";
    if (answer.too_long || answer.cut_line) attempt.error_message = "the answer is too long";
    if (answer.end.kind != HttpEnd::Kind::ok) {
      attempt.outcome = answer.end.kind == HttpEnd::Kind::timed_out ? Outcome::timed_out : Outcome::network;
      attempt.error_message = one_line(answer.end.message);
    }
  }
  failure.attempt = hidden(std::move(attempt));
  return failure;
}

BatchReply HttpBatch::status_reply(Answer& answer) const {
  if (answer.good())
    if (auto status = codec_->status(answer.body)) {
      status->error_code = one_line(redact(status->error_code, options_.secrets), 256);
      status->error_message = one_line(redact(status->error_message, options_.secrets));
      return *std::move(status);
    }
  return failure(answer);
}

void HttpBatch::submit(std::vector<BatchRequest> requests, std::string tag,
                       std::function<void(BatchReply)> done) {
  std::vector<std::string> lines;
  lines.reserve(requests.size());
  std::string path;
  for (BatchRequest& request : requests) {
    BatchEntry entry{std::move(request.custom_id), encode_whole(*dialect_, request.request)};
    path = entry.encoded.path;
    lines.push_back(codec_->line(entry));
    request = {};
  }
  auto upload = codec_->upload(lines, tag);
  if (!upload) return create(std::move(lines), path, {}, tag, std::move(done));
  lines.clear();
  exchange(*std::move(upload), Kind::submit,
           [this, path, tag = std::move(tag), done = std::move(done)](Answer& answer) {
             const auto file = answer.good() ? codec_->uploaded(answer.body) : std::nullopt;
             if (!file) return done(failure(answer));  // a file without a batch costs nothing
             create({}, path, *file, tag, done);
           });
}

void HttpBatch::create(std::vector<std::string> lines, const std::string& path, const std::string& file,
                       const std::string& tag, std::function<void(BatchReply)> done) {
  BatchCall call = codec_->create(lines, path, file, tag);
  exchange(std::move(call), Kind::submit, [this, done = std::move(done)](Answer& answer) {
    BatchReply reply = status_reply(answer);
    if (auto* failed = std::get_if<BatchFailure>(&reply)) {
      // What surely made no batch: a request that did not leave, and a refusal. A failing server or a broken
      // line may have made one all the same.
      const int status = answer.head ? answer.head->status : 0;
      const auto end = answer.end.kind;  // a lost connection may have taken bytes that nobody counted
      const bool never_left = status == 0 && answer.end.bytes_sent == 0 && end != HttpEnd::Kind::timed_out &&
                              end != HttpEnd::Kind::connection_lost;
      const bool refused = status / 100 == 3 || (status / 100 == 4 && status != 408) ||
                           failed->attempt.outcome == Outcome::capacity;
      failed->in_doubt = !never_left && !refused;
    }
    done(std::move(reply));
  });
}

void HttpBatch::poll(std::string id, std::function<void(BatchReply)> done) {
  exchange(codec_->poll(id), Kind::other,
           [this, done = std::move(done)](Answer& answer) { done(status_reply(answer)); });
}

void HttpBatch::cancel(std::string id, std::function<void(BatchReply)> done) {
  exchange(codec_->cancel(id), Kind::other,
           [this, done = std::move(done)](Answer& answer) { done(status_reply(answer)); });
}

void HttpBatch::find(std::string tag, BatchTrace trace, std::function<void(BatchSearch)> done) {
  auto search = std::make_shared<Search>();
  search->tag = std::move(tag);
  search->trace = trace;
  search->done = std::move(done);
  search_page(std::move(search));
}

void HttpBatch::search_page(std::shared_ptr<Search> search) {
  exchange(codec_->list(search->cursor), Kind::other, [this, search](Answer& answer) {
    auto page = answer.good() ? codec_->page(answer.body) : std::nullopt;
    BatchSearch found;
    if (!page) {
      found.kind = BatchSearch::Kind::failed;
      found.failure = failure(answer);
      return search->done(std::move(found));
    }
    bool older = false;  // the list is newest first, so that what follows is older still
    for (BatchPage::Entry& entry : page->entries) {
      const auto& created = entry.status.created;
      older = older || (created && *created + kClockSkew < search->trace.submitted);
      if (codec_->traits().searchable) {
        if (entry.tag != search->tag) continue;
        found.kind = BatchSearch::Kind::found;
        found.batch = std::move(entry.status);
        return search->done(std::move(found));
      }
      if (!older && entry.status.total == search->trace.requests)
        search->candidates.push_back(std::move(entry.status));
    }
    ++search->pages;
    if (!page->next.empty() && page->next != search->cursor && !older) {
      search->cursor = page->next;
      if (search->pages < options_.most_pages) return search_page(search);
      found.kind = BatchSearch::Kind::failed;
      found.failure.attempt.outcome = Outcome::protocol;
      found.failure.attempt.error_message =
          fmt::format("the list of batches goes on after {} pages", search->pages);
      return search->done(std::move(found));
    }
    found.kind = codec_->traits().searchable ? BatchSearch::Kind::absent : BatchSearch::Kind::cannot_search;
    found.candidates = std::move(search->candidates);
    search->done(std::move(found));
  });
}

void HttpBatch::results(const BatchStatus& status, EachResult each,
                        std::function<void(std::optional<BatchFailure>)> done) {
  auto download = std::make_shared<Download>();
  download->what = status.results;
  download->each = std::move(each);
  download->done = std::move(done);
  if (!download->what.empty()) return download_next(std::move(download));
  loop_.post([alive = std::weak_ptr<bool>(alive_), download] {
    if (!alive.expired()) download->done(std::nullopt);
  });
}

void HttpBatch::refuse_later(std::string message, std::function<void(BatchFailure)> done) {
  BatchFailure refused;
  refused.attempt.outcome = Outcome::protocol;
  refused.attempt.error_message = one_line(redact(message, options_.secrets));
  loop_.post([alive = std::weak_ptr<bool>(alive_), refused, done = std::move(done)] {
    if (!alive.expired()) done(refused);
  });
}

void HttpBatch::download_next(std::shared_ptr<Download> download) {
  const std::string& what = download->what[download->next++];
  auto call = codec_->results(what, options_.base_url);
  if (!call)
    return refuse_later(
        fmt::format("the results are said to be at {}, which is not below {}; nothing was fetched", what,
                    options_.base_url),
        [download](BatchFailure refused) { download->done(std::move(refused)); });
  const auto on_line = [this, download](std::string_view json) {
    // A line that means nothing leaves its request without one, which the caller sees.
    if (const auto line = codec_->result(json))
      download->each(line->custom_id, hidden(read_batch_line(*dialect_, *line)));
  };
  exchange(
      *std::move(call), Kind::download,
      [this, download](Answer& answer) {
        if (!answer.good()) return download->done(failure(answer));
        if (download->next < download->what.size()) return download_next(download);
        download->done(std::nullopt);
      },
      on_line);
}

}  // namespace costwar
