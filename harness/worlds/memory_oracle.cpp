#include <fmt/format.h>

#include "core/json.h"
#include "harness/worlds/memory.h"
#include "harness/worlds/oracle.h"

namespace costwar::harness::worlds {
namespace {

// Knows the answer; on the way there it does what a model would do, so that every kind of call is made.
class MemoryOracle final : public Oracle {
 public:
  explicit MemoryOracle(const Item& item)
      : mode_(item.details.empty() ? MemoryMode::full : memory_setup(item).mode),
        question_(item.messages.back().content),
        answer_(item.expected.empty() ? "unknown" : item.expected) {}

  Attempt answer(const NextCall& call) override {
    const Message& last = call.request.messages.back();
    if (last.role == Role::tool) return text_answer(asking_ ? answer_ : "done");
    asking_ = last.content == question_;
    if (mode_ == MemoryMode::tools) {
      if (asking_) return call_answer("memory_search", R"({"words":"session"})");
      const std::string first_line = last.content.substr(0, last.content.find('\n'));
      return call_answer("memory_put", Json{{"key", first_line}, {"value", "heard"}}.dump());
    }
    return text_answer(asking_ ? answer_ : "notes");
  }

 private:
  MemoryMode mode_;
  std::string question_;
  std::string answer_;
  bool asking_ = false;
};

}  // namespace

std::unique_ptr<Oracle> make_memory_oracle(const Item& item) {
  return std::make_unique<MemoryOracle>(item);
}

}  // namespace costwar::harness::worlds
