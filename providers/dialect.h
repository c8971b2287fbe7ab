// A dialect: how one family of APIs writes a request and an answer. Pure: no clock, no input or output, no
// key. One HttpProvider drives them all; it adds the address's key, takes the stamps and tells the caller.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/provider.h"
#include "core/time.h"
#include "system/http.h"

namespace costwar {

// A request without its address and key: what goes behind the base URL, and the body.
struct EncodedRequest {
  std::string path;  // "/chat/completions"
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides those of every request and the key
};

// Where the key goes.
enum class KeyStyle {
  bearer,  // Authorization: Bearer KEY
  x_api_key,
};
std::pair<std::string, std::string> key_header(KeyStyle style, const std::string& key);

using OnDelta = std::function<void(CallEvent::Kind kind, std::string_view text)>;

// Reads one answer: head, then bytes in any pieces, then finish, each once but bytes. The result does not
// depend on how the bytes were cut. `on_delta` hears each non-empty piece of payload.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;

  // now: the wall instant, for waits that a server gives as a date.
  virtual void head(const HttpHead& head, Wall now) = 0;
  virtual void bytes(std::string_view data, const OnDelta& on_delta) = 0;

  // Everything of the attempt but its timeline and instants. A payload that was only readable whole is told
  // now.
  virtual Attempt finish(const HttpEnd& end, const OnDelta& on_delta) = 0;
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  // What this API cannot express; nothing was sent.
  virtual std::optional<Refusal> check(const ChatRequest& request) const = 0;
  virtual EncodedRequest encode(const ChatRequest& request) const = 0;  // of a request that check accepts
  virtual std::unique_ptr<AnswerReader> reader() const = 0;

  // A reader that knows what was asked, where that explains an answer.
  virtual std::unique_ptr<AnswerReader> reader_for(const ChatRequest& /*request*/) const { return reader(); }

  virtual KeyStyle key_style() const { return KeyStyle::bearer; }
  virtual std::string_view models_path() const { return "/models"; }  // GET: what the server offers
  virtual std::vector<std::pair<std::string, std::string>> models_headers() const { return {}; }  // with it
};

}  // namespace costwar
