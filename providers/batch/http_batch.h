// The batch service of every vendor behind HTTP: a codec says what to send and what the answers mean, the
// dialect what single requests and answers look like; this class adds the address and the key, counts the
// bytes and tells the caller. Loop's thread only. Destroying it while operations are out drops them without a
// callback; the transport must be destroyed first, or not run again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "providers/batch/batch_codec.h"
#include "providers/dialect.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar {

struct HttpBatchOptions {
  std::string base_url;                                      // without a trailing slash
  std::string key;                                           // sent as the dialect says; empty: none
  std::vector<std::pair<std::string, std::string>> headers;  // see HttpCodecOptions
  std::vector<std::string> secrets;                          // besides the key
  Nanos connect_timeout = seconds(30);
  Nanos call_timeout = seconds(120);     // of polls, searches and cancellations
  Nanos upload_timeout = seconds(3600);  // of the requests' way to the vendor
  Nanos download_timeout = seconds(6 * 3600);
  std::size_t most_pages = 500;  // of the list of batches, when one is looked for
};

class HttpBatch final : public BatchService {
 public:
  // loop and transport must outlive it.
  HttpBatch(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
            std::unique_ptr<const BatchCodec> codec, HttpBatchOptions options);
  ~HttpBatch() override;

  const BatchTraits& traits() const override { return codec_->traits(); }
  std::optional<Refusal> check(const ChatRequest& request) const override { return dialect_->check(request); }
  std::size_t size(const BatchRequest& request) const override;
  void submit(std::vector<BatchRequest> requests, std::string tag,
              std::function<void(BatchReply)> done) override;
  void find(std::string tag, BatchTrace trace, std::function<void(BatchSearch)> done) override;
  void poll(std::string id, std::function<void(BatchReply)> done) override;
  void results(const BatchStatus& status, EachResult each,
               std::function<void(std::optional<BatchFailure>)> done) override;
  void cancel(std::string id, std::function<void(BatchReply)> done) override;
  void abandon() override;

 private:
  class Exchange;
  struct Answer;
  struct Search;
  struct Download;
  enum class Kind : std::uint8_t { submit, other, download };

  void exchange(BatchCall call, Kind kind, std::function<void(Answer&)> done,
                std::function<void(std::string_view)> on_line = {});
  void create(std::vector<std::string> lines, const std::string& path, const std::string& file,
              const std::string& tag, std::function<void(BatchReply)> done);
  void search_page(std::shared_ptr<Search> search);
  void download_next(std::shared_ptr<Download> download);
  BatchReply status_reply(Answer& answer) const;
  BatchFailure failure(Answer& answer) const;
  Attempt hidden(Attempt attempt) const;  // without secrets
  void refuse_later(std::string message, std::function<void(BatchFailure)> done);

  EventLoop& loop_;
  HttpTransport& transport_;
  std::unique_ptr<const Dialect> dialect_;
  std::unique_ptr<const BatchCodec> codec_;
  HttpBatchOptions options_;
  std::map<std::uint64_t, std::unique_ptr<Exchange>> exchanges_;
  std::uint64_t next_exchange_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace costwar
