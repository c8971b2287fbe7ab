// Requests to replies: routes, keys, models, which fault, right or wrong. It knows no sockets and no time of
// its own; apart from the attempts that it counts for faults which end after some, equal requests get equal
// replies but for the serial number and the instant. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mock/chat_request.h"
#include "mock/faults.h"
#include "mock/http_parser.h"
#include "mock/options.h"
#include "mock/reply.h"

namespace costwar::mock {

class Responder {
 public:
  // Error{usage} for options that cannot be served. `options` must outlive this.
  explicit Responder(const MockOptions& options);

  // Fills an empty reply; truth where it is a chat request that was understood. created: seconds since 1970.
  // True when truth was filled.
  bool respond(const RequestHead& head, std::string_view body, std::int64_t created, Reply& reply,
               TruthRecord& truth);

  // The reply to what is no HTTP request; the connection ends with it.
  void refuse(const BadRequest& problem, std::int64_t created, Reply& reply);

  // Adds what is counted here: requests, chats, correct, wrong, unknown, faulted, refused.
  const MockStats& counts() const { return counts_; }

 private:
  struct Choice {
    const Fault* fault = nullptr;
    std::uint32_t times = 0;
  };

  void route(const RequestHead& head, std::string_view body, const ReplyId& id, Reply& reply,
             TruthRecord& truth);
  bool authorized(const RequestHead& head) const;
  const MockModel* find_model(std::string_view name) const;
  void list_models(const ReplyId& id, Reply& reply) const;
  void show_model(std::string_view name, const ReplyId& id, Reply& reply) const;
  void chat(std::string_view body, const ReplyId& id, Reply& reply, TruthRecord& truth);
  const Fault* choose_fault(const ModelName& name, const MockModel& model, const ChatAsk& ask);
  bool still_failing(const Choice& choice, std::string_view model, std::string_view prompt);
  std::string_view choose_text(const MockModel& model, std::string_view prompt, TruthRecord& truth);
  void generate(const MockModel& model, const ChatAsk& ask, const Fault* fault, const ReplyId& id,
                Reply& reply, TruthRecord& truth);

  const MockOptions& options_;
  MockStats counts_;
  std::uint64_t serial_ = 0;
  std::string unknown_text_;
  std::string wrong_text_;
  std::unordered_map<std::uint64_t, std::uint32_t> attempts_;
};

}  // namespace costwar::mock
