// What families of procedural tasks share: items drawn one after the other until there are enough distinct
// ones, their identities, and contexts that several items share. Pure: item i depends on the seed, the family
// and the parameters, never on how many items are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "harness/procedural/registry.h"
#include "harness/task.h"

namespace costwar::harness {

// version: raised when the items of a seed change; part of each item's identity.
struct Family {
  std::string_view name;
  std::string_view title;
  std::string_view scorer;
  int version = 1;
};

// One user message and its reference answer; the makers below fill in the identity.
Item ask(std::string prompt, std::string expected, std::string group = {});

// `count` items that are all different. Error{usage} that says how many there are when the parameters allow
// no more.
using DrawItem = std::function<Item(RandomStream&)>;
TaskItems draw_items(const Family& family, std::uint64_t seed, std::size_t count, const DrawItem& draw);

// Questions about one long text or conversation, in the order in which they are put. Where its name belongs,
// once in the first message of the context and in each question, kTextName stands; the maker puts 8 hex
// digits of the context's key there, so that no two texts have the same question.
inline constexpr std::string_view kTextName = "<<NAME>>";
struct SharedQuestions {
  std::vector<Message> context;
  std::vector<Item> items;
};
using DrawShared = std::function<SharedQuestions(RandomStream&)>;
// Whole groups are made until there are `count` items; the last may be cut off. A group is one cluster, its
// cluster the context's key.
TaskItems draw_shared(const Family& family, std::uint64_t seed, std::size_t count, const DrawShared& draw);

// Helpers for drawing.
inline std::size_t index_below(RandomStream& stream, std::size_t bound) {
  return static_cast<std::size_t>(stream.below(bound));
}
// One of a range. Draw once in an expression: the order in which a call's arguments are evaluated is not
// said.
template <typename Range>
const auto& pick(RandomStream& stream, const Range& from) {
  return from[index_below(stream, from.size())];
}
// `count` different indices below `bound`, in random order.
std::vector<std::size_t> distinct_indices(RandomStream& stream, std::size_t bound, std::size_t count);

// What the end of a question says of the form of the answer: for answer_is and numeric_final, and for set_f1.
inline constexpr std::string_view kAnswerForm =
    "End your reply with one line of this form: The answer is ...";
inline constexpr std::string_view kFinalAnswerForm =
    "End your reply with one line of this form: Final Answer: [first, second, ...]";

// A JSON array of strings, the reference of set_f1.
std::string json_list(std::span<const std::string> values);

}  // namespace costwar::harness
