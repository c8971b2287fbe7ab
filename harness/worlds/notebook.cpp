#include "harness/worlds/notebook.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <variant>

#include "core/json.h"
#include "core/text.h"
#include "harness/worlds/tools.h"

namespace costwar::harness::worlds {
namespace {

constexpr std::array kPut{
    ArgumentRow{"key", ArgumentType::text, "a short name; what stood under it is replaced"},
    ArgumentRow{"value", ArgumentType::text, "what to remember; an empty text forgets the key"}};
constexpr std::array kGet{ArgumentRow{"key", ArgumentType::text, "the name"}};
constexpr std::array kSearch{
    ArgumentRow{"words", ArgumentType::text, "words to look for, set apart by spaces"}};

// Played by Notebook::call, not by a world.
constexpr std::array kTools{
    ToolRow{"memory_put", "Remembers a text under a key.", kPut, true, nullptr},
    ToolRow{"memory_get", "What is remembered under a key.", kGet, false, nullptr},
    ToolRow{"memory_search", "The up to 10 entries in which most of the words stand, in keys or texts.",
            kSearch, false, nullptr},
};

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::set<std::string> words_of(std::string_view text) {
  constexpr std::size_t kMost = 32;
  std::set<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty() && words.size() < kMost) words.insert(lowered(word));
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool part =
        byte >= 0x80U || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (part)
      word += c;
    else
      finish();
  }
  finish();
  return words;
}

}  // namespace

std::vector<Tool> Notebook::tools(bool writing) {
  std::vector<Tool> tools;
  for (const ToolRow& row : kTools)
    if (writing || !row.creates) tools.push_back(tool_of(row, row.arguments));
  return tools;
}

std::string Notebook::call(std::string_view tool, std::string_view arguments, bool writing) {
  const auto row = std::find_if(kTools.begin(), kTools.end(), [&](const ToolRow& known) {
    return known.name == tool && (writing || !known.creates);
  });
  if (row == kTools.end()) return error_result("unknown_tool", "there is no tool of this name");
  const auto read = read_arguments(row->arguments, arguments);
  if (const auto* const bad = std::get_if<BadArguments>(&read))
    return error_result("bad_arguments", bad->problem);
  const Row& given = std::get<Row>(read);
  if (row->name == "memory_search") return search(text_of(given, "words"));
  const std::string key(trimmed(text_of(given, "key")));
  if (key.empty()) return error_result("bad_arguments", "\"key\" is empty");
  const auto found = entries_.find(key);
  if (row->name == "memory_get") {
    if (found == entries_.end()) return error_result("not_found", "nothing is remembered under this key");
    return json_text(Json{{"key", key}, {"value", found->second}});
  }
  std::string value = text_of(given, "value");
  if (trimmed(value).empty()) {
    if (found != entries_.end()) entries_.erase(found);
    return json_text(Json{{"ok", true}, {"done", "forgotten"}});
  }
  if (found == entries_.end() && entries_.size() >= kMostEntries)
    return error_result("full", "the memory holds 200 entries: replace or forget one");
  entries_[key] = std::move(value);
  return json_text(Json{{"ok", true}, {"done", "remembered"}});
}

std::string Notebook::search(std::string_view words) const {
  const std::set<std::string> wanted = words_of(words);
  if (wanted.empty()) return error_result("bad_arguments", "\"words\" holds no word");
  struct Found {
    std::size_t hits;
    const std::string* key;
    const std::string* value;
  };
  std::vector<Found> found;
  for (const auto& [key, value] : entries_) {
    const std::string text = lowered(key) + "\n" + lowered(value);
    const auto hits =
        static_cast<std::size_t>(std::count_if(wanted.begin(), wanted.end(), [&](const std::string& word) {
          return text.find(word) != std::string::npos;
        }));
    if (hits > 0) found.push_back({hits, &key, &value});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.hits > b.hits; });
  Json entries = Json::array();
  for (std::size_t i = 0; i < std::min(found.size(), kMostFound); ++i)
    entries.push_back(Json{{"key", *found[i].key}, {"value", *found[i].value}});
  return json_text(Json{{"entries", std::move(entries)}, {"found", found.size()}});
}

}  // namespace costwar::harness::worlds
