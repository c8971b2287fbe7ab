// How one vendor's batch API is written and read: pure functions from values to bytes and back, which
// HttpBatch (http_batch.h) drives. What a single request and a single answer look like is the dialect's
// matter; a codec wraps them in lines and joins them again by their custom_id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "providers/dialect.h"

namespace costwar {

// A request without its host and key.
struct BatchCall {
  std::string method = "GET";
  std::string path;  // behind the base URL
  std::string content_type{};
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};  // besides the key
};

// A request of the batch as the dialect writes it, without streaming.
struct BatchEntry {
  std::string custom_id;
  EncodedRequest encoded;
};

// One line of a file of results, before the dialect reads what is in it.
struct BatchLine {
  enum class Kind : std::uint8_t {
    answer,     // status and body as a synchronous call would have had them
    expired,    // the batch's window closed before it; not billed
    cancelled,  // the batch was cancelled before it; not billed
  };
  Kind kind = Kind::answer;
  std::string custom_id;
  int status = 200;
  std::string request_id{};
  std::string body{};
  std::string code{};
  std::string message{};
};

// A page of the list of batches, newest first.
struct BatchPage {
  struct Entry {
    BatchStatus status;
    std::string tag;  // empty: none
  };
  std::vector<Entry> entries;
  std::string next;  // the cursor of the next page; empty: this was the last one
};

class BatchCodec {
 public:
  virtual ~BatchCodec() = default;
  virtual const BatchTraits& traits() const = 0;

  // The entry as it stands in a batch.
  virtual std::string line(const BatchEntry& entry) const = 0;

  // What has to be sent before create(), and the id that its answer gives; nullopt: nothing.
  virtual std::optional<BatchCall> upload(std::span<const std::string> lines, std::string_view tag) const = 0;
  virtual std::optional<std::string> uploaded(std::string_view json) const = 0;

  // path: that of the entries ("/chat/completions"); file: what uploaded() gave.
  virtual BatchCall create(std::span<const std::string> lines, std::string_view path, std::string_view file,
                           std::string_view tag) const = 0;
  virtual BatchCall poll(std::string_view id) const = 0;
  virtual BatchCall cancel(std::string_view id) const = 0;
  virtual BatchCall list(std::string_view cursor) const = 0;

  // One of BatchStatus::results; nullopt when it is nothing that may be asked of this base URL.
  virtual std::optional<BatchCall> results(std::string_view what, std::string_view base_url) const = 0;

  // nullopt: not what the API says.
  virtual std::optional<BatchStatus> status(std::string_view json) const = 0;
  virtual std::optional<BatchPage> page(std::string_view json) const = 0;
  virtual std::optional<BatchLine> result(std::string_view json) const = 0;
};

std::unique_ptr<BatchCodec> make_openai_batch_codec();
std::unique_ptr<BatchCodec> make_anthropic_batch_codec();

// The dialect's request without the members that ask for a stream, which no batch takes.
EncodedRequest encode_whole(const Dialect& dialect, const ChatRequest& request);

// What a line means, read by the dialect as the whole answer of a call of its own. Service class "batch".
Attempt read_batch_line(const Dialect& dialect, const BatchLine& line);

// Whether an id may be put into a path: 1 to 256 of A-Z a-z 0-9 _ - .
bool is_plain_id(std::string_view id);

}  // namespace costwar
