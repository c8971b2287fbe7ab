#include "harness/scoring/json_reply.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr int kDeepestReply = 100;
constexpr std::size_t kMostValues = 20'000;

struct Stop {
  std::string_view why;
};

// Called by the library's parser at each event.
class Limits {
 public:
  bool operator()(int depth, ReplyJson::parse_event_t event, ReplyJson& parsed) {
    using Event = ReplyJson::parse_event_t;
    if (depth > kDeepestReply) throw Stop{"nested too deeply"};
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get_ref<const std::string&>()).second)
      throw Stop{"a key stands twice in one object"};
    if ((event == Event::value || event == Event::object_start || event == Event::array_start) &&
        ++values_ > kMostValues)
      throw Stop{"more than 20,000 values"};
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
  std::size_t values_ = 0;
};

ParsedReply parse(std::string_view text) {
  if (trim(text).empty()) return {std::nullopt, "nothing was written"};
  try {
    return {ReplyJson::parse(text.begin(), text.end(), Limits()), {}};
  } catch (const ReplyJson::exception&) {
    return {std::nullopt, fmt::format("no JSON: \"{}\"", excerpt(text))};
  } catch (const Stop& stop) {
    return {std::nullopt, std::string(stop.why)};
  }
}

// From an opening bracket to the one that closes it; empty when none does.
std::string_view balanced(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t place = 0; place < text.size(); ++place) {
    const char c = text[place];
    if (quoted) {
      if (c == '\\') {
        ++place;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text.substr(0, place + 1);
    }
  }
  return {};
}

// The content of the first fence whose content begins with a bracket.
std::string_view fenced(std::string_view text) {
  constexpr std::string_view kFence = "```";
  std::size_t open = text.find(kFence);
  while (open != std::string_view::npos) {
    const std::size_t close = text.find(kFence, open + kFence.size());
    if (close == std::string_view::npos) return {};
    const std::string_view content = trim(without_fence(text.substr(open, close + kFence.size() - open)));
    if (content.starts_with('{') || content.starts_with('[')) return content;
    open = text.find(kFence, close + kFence.size());
  }
  return {};
}

}  // namespace

ParsedReply parse_reply_json(std::string_view text) {
  return parse(without_fence(text));
}

ParsedReply find_reply_json(std::string_view text) {
  if (const std::string_view content = fenced(text); !content.empty()) return parse(content);
  const std::size_t open = text.find_first_of("{[");
  if (open == std::string_view::npos) return parse_reply_json(text);
  return parse(balanced(text.substr(open)));
}

}  // namespace costwar::harness
