#include "harness/procedural/making.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "harness/item_id.h"
#include "harness/scoring/scorers.h"
#include "harness/sha256.h"

namespace costwar::harness {
namespace {

// Draws in a row that bring nothing new before the family counts as exhausted.
constexpr std::size_t kPatience = 2'000;

TaskItems empty_task(const Family& family) {
  const ScorerRow* scorer = find_scorer(family.scorer);
  TaskItems made;
  made.task.name = family.name;
  made.task.scorer = family.scorer;
  made.task.scorer_version = scorer == nullptr ? 1 : scorer->version;
  made.task.title = family.title;
  return made;
}

// Everything a model is told goes into the identity, so an item that changes is another item.
std::string content_of(const Item& item) {
  Sha256 digest;
  if (item.context) digest.field(item.context->key);
  const auto add = [&](const Message& message) {
    digest.field(role_name(message.role)).field(message.content);
  };
  std::for_each(item.messages.begin(), item.messages.end(), add);
  for (const std::string& turn : item.turns) digest.field(turn);
  for (const Tool& tool : item.tools) digest.field(tool.name).field(tool.parameters);
  if (item.response_format) digest.field(item.response_format->schema);
  digest.field(item.expected).field(item.details);
  return digest.finish_hex();
}

void name_item(Item& item, const Family& family, std::uint64_t seed) {
  item.id = item_id(family.name, family.version, content_of(item), seed);
}

// The placeholder has the length of a name, so a text does not move when it gets its name.
void put_name(std::string& text, std::string_view name) {
  if (const std::size_t at = text.find(kTextName); at != std::string::npos)
    text.replace(at, kTextName.size(), name);
}

}  // namespace

Item ask(std::string prompt, std::string expected, std::string group) {
  Item item;
  item.messages.push_back({Role::user, std::move(prompt)});
  item.expected = std::move(expected);
  item.group = std::move(group);
  return item;
}

TaskItems draw_items(const Family& family, std::uint64_t seed, std::size_t count, const DrawItem& draw) {
  TaskItems made = empty_task(family);
  made.items.reserve(count);
  std::unordered_set<std::string> asked;  // what is asked, whatever the answer is called
  while (made.items.size() < count) {
    RandomStream stream(seed, fmt::format("task/{}/{}", family.name, made.items.size()));
    std::size_t fruitless = 0;
    for (;;) {
      Item item = draw(stream);
      name_item(item, family, seed);
      if (asked.insert(item.id).second) {
        made.items.push_back(std::move(item));
        break;
      }
      if (++fruitless < kPatience) continue;
      throw Error(
          ErrorKind::usage,
          fmt::format("the task \"{}\" has hardly more than {} distinct items with these parameters, {} "
                      "were asked for",
                      family.name, made.items.size(), count),
          fmt::format("ask for at most {} items, or for larger ones", made.items.size()));
    }
  }
  return made;
}

TaskItems draw_shared(const Family& family, std::uint64_t seed, std::size_t count, const DrawShared& draw) {
  TaskItems made = empty_task(family);
  made.items.reserve(count);
  for (std::size_t group = 0; made.items.size() < count; ++group) {
    RandomStream stream(seed, fmt::format("task/{}/{}", family.name, group));
    SharedQuestions questions = draw(stream);
    Sha256 digest;
    for (const Message& message : questions.context)
      digest.field(role_name(message.role)).field(message.content);
    SharedContext shared{digest.finish_hex(16), std::move(questions.context)};
    const std::string_view name = std::string_view(shared.key).substr(0, kTextName.size());
    put_name(shared.messages.front().content, name);
    const auto context = std::make_shared<const SharedContext>(std::move(shared));
    for (Item& item : questions.items) {
      if (made.items.size() == count) break;
      put_name(item.messages.front().content, context->key.substr(0, kTextName.size()));
      item.context = context;
      item.cluster = context->key;
      name_item(item, family, seed);
      made.items.push_back(std::move(item));
    }
  }
  return made;
}

std::vector<std::size_t> distinct_indices(RandomStream& stream, std::size_t bound, std::size_t count) {
  std::vector<std::size_t> chosen;
  chosen.reserve(count);
  if (count * 2 > bound) {
    chosen.resize(bound);
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    for (std::size_t i = 0; i < count; ++i) std::swap(chosen[i], chosen[i + index_below(stream, bound - i)]);
    chosen.resize(count);
    return chosen;
  }
  std::unordered_set<std::size_t> seen;
  while (chosen.size() < count)
    if (const std::size_t index = index_below(stream, bound); seen.insert(index).second)
      chosen.push_back(index);
  return chosen;
}

std::string json_list(std::span<const std::string> values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(value);
  return list.dump();
}

}  // namespace costwar::harness
