// An item as a value: what is asked, what the right answer is, and what a scorer or dialogue needs besides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/chat.h"

namespace costwar::harness {

// What several items have before their own messages, held once: a haystack, a long conversation. They are one
// group: the plan keeps them together, and the first request of a group ends before the rest start, so that
// they find its prompt in the vendor's cache. Where the last message here and the first of the item are both
// the user's, they are sent as one message.
struct SharedContext {
  std::string key;  // identity, 16 hex digits, as of an item
  std::vector<Message> messages;
};

struct Item {
  std::string id;                 // identity: hash of task, version, parameters and seed, 16 hex digits
  std::vector<Message> messages;  // what the model is given
  std::string expected;           // the reference answer; its form is the scorer's to say
  std::string cluster;            // items that share a cluster are not independent; empty: its own
  std::shared_ptr<const SharedContext> context{};
  std::vector<std::string> turns{};  // further user messages, each sent after the answer to the one before
  std::vector<Tool> tools{};
  std::optional<ToolChoice> tool_choice{};
  std::optional<ResponseFormat> response_format{};
  std::string details{};  // a JSON object as text: what scorer and dialogue need to know besides; or empty
  std::string group{};    // what reports break a task down by: "depth 0.5", "knowledge-update"; or empty
};

// Whose items are not independent of this one: its cluster, or those behind the same context; empty: it
// stands alone.
inline const std::string& cluster_of(const Item& item) {
  return item.cluster.empty() && item.context ? item.context->key : item.cluster;
}

// The last user message, which stands for the item in stores, reports and answer books.
inline std::string_view prompt_of(const Item& item) {
  for (auto message = item.messages.rbegin(); message != item.messages.rend(); ++message)
    if (message->role == Role::user) return message->content;
  return {};
}

}  // namespace costwar::harness
