// Anthropic's message batches: created, shown, listed, cancelled, and their results as JSON Lines once they
// are over. The batches are the desk's, which must outlive it. Given its instants; one thread.
//
// Requests are checked when a batch is created, so none fails later; counts other than `processing` stay 0
// until a batch has ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mock/batch.h"

namespace costwar::mock {

class AnthropicBatches {
 public:
  explicit AnthropicBatches(BatchDesk& desk) : desk_(desk) {}

  // base: what results_url begins with, "http://127.0.0.1:8089".
  DeskReply create(std::string_view body, std::string_view base, Mono now, std::int64_t created);
  DeskReply show(std::string_view id, std::string_view base, Mono now);
  DeskReply results(std::string_view id, Mono now);
  DeskReply cancel(std::string_view id, std::string_view base, Mono now);
  DeskReply list(std::string_view query, std::string_view base, Mono now);

 private:
  BatchDesk& desk_;
};

}  // namespace costwar::mock
