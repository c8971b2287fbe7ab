// ItemRows: the items of a report one by one, with every model's reply side by side, for formats that show or
// export them. What is asked of an item without its texts is cheap and in memory; texts are fetched when they
// are read, so that no format holds a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/money.h"

namespace costwar {

// One model's trial of an item, without texts.
struct ReplyFacts {
  bool there = false;     // the model was given this item
  bool complete = false;  // it has a result
  bool solved = false;
  bool failed = false;          // no answer: what it ended with is in ReplyTexts::outcome
  std::optional<double> score;  // 0..1
  std::optional<std::int64_t> input_tokens;
  std::optional<std::int64_t> output_tokens;  // visible and reasoning
  std::optional<Money> cost;                  // of all attempts
  bool cost_at_least = false;                 // some attempt has no known price: cost is what is known
  std::optional<double> seconds;              // of all attempts, waits for limits left out
};

struct ItemFacts {
  std::uint32_t task = 0;  // index into ItemRows::tasks()
  std::uint32_t repeat = 0;
  std::vector<ReplyFacts> replies;  // one per model, in the order of models()
  // Two models have a result and only one of them solved it.
  bool flipped() const;
  // A model has a result and did not solve it.
  bool any_unsolved() const;
};

struct ReplyTexts {
  std::string text;            // of the last attempt; a reply that called tools has their calls as JSON
  std::string reasoning_text;  // likewise; empty where there was none
  std::string outcome;         // of the last attempt: "ok", "refused", ...; empty: never asked
  std::string finish_reason;
  std::string detail;        // how it was scored
  std::string served_model;  // as it named itself
  std::int64_t attempts = 0;
  std::string run;         // where it stands: `costwar runs show RUN --trial N` shows it whole
  std::int64_t trial = 0;  // N
};

struct ItemTexts {
  std::string item;  // its id
  std::string group;
  std::string prompt;
  std::string expected;
  std::vector<ReplyTexts> replies;  // parallel to ItemFacts::replies; empty where the model has no such trial
};

class ItemRows {
 public:
  virtual ~ItemRows() = default;
  virtual const std::vector<std::string>& models() const = 0;  // labels, as the document's tables have them
  virtual const std::vector<std::string>& tasks() const = 0;
  virtual std::uint64_t seed() const = 0;  // of the run: a sample of items is drawn from it
  virtual std::size_t size() const = 0;    // items times repeats
  virtual ItemFacts facts(std::size_t index) const = 0;

  // Calls `each` for these items in this order, which should be ascending. The texts are reused.
  virtual void read(std::span<const std::size_t> indices,
                    const std::function<void(std::size_t, const ItemTexts&)>& each) = 0;
};

}  // namespace costwar
