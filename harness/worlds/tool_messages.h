// The messages of a tool loop: an answer with calls, and a result for each call. What a model wrote is made
// fit to be sent back: ids that are missing, repeated or no identifiers get new ones, names that are no
// identifiers become "unknown", and arguments that are no JSON object become {} (the result says what was
// wrong with them), since APIs refuse a request that holds such things. Pure; one per dialogue.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"

namespace costwar::harness::worlds {

class ToolMessages {
 public:
  // Adds the answer, with its reasoning, and the results. At most kMostAtOnce calls are run; the others are
  // told to come again.
  void exchange(std::vector<Message>& messages, const Attempt& answer, const std::string& text,
                const std::function<std::string(const ToolCall&)>& run);

  static constexpr std::size_t kMostAtOnce = 32;

 private:
  std::string id_for(const std::string& given);

  std::set<std::string> ids_;
};

}  // namespace costwar::harness::worlds
