// without_reasoning(): models write their reasoning into the visible answer where a server does not part the
// two. One pass over the tags; what a code fence of the answer holds is the answer's own.
#include <algorithm>
#include <array>

#include "harness/scoring/scorers.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 4> kNames{"think", "thinking", "reasoning", "thought"};

struct Tag {
  std::string_view name;  // empty: no tag
  bool closes = false;
  std::size_t length = 0;
};

Tag tag_at(std::string_view text) {
  const std::size_t begin = text.starts_with("</") ? 2 : 1;
  for (const std::string_view name : kNames)
    if (starts_ignoring_case(text.substr(std::min(begin, text.size())), name) &&
        text.substr(begin + name.size()).starts_with('>'))
      return {name, begin == 2, begin + name.size() + 1};
  return {};
}

class Stripper {
 public:
  explicit Stripper(std::string_view text)
      : text_(text),
        last_fence_(std::max(text.rfind("\n```") + 1, text.rfind("\n~~~") + 1)) {}  // npos + 1 is 0

  std::string strip() {
    bool line_begins = true;  // nothing but white space before `place` on its line
    for (std::size_t place = 0; place < text_.size(); ++place) {
      const std::string_view rest = text_.substr(place);
      if (line_begins && inside_.empty() && (rest.starts_with("```") || rest.starts_with("~~~")))
        fenced_ = !fenced_;
      const Tag tag = text_[place] == '<' ? tag_at(rest) : Tag{};
      if (!tag.name.empty()) handle(tag, place, line_begins);
      line_begins = text_[place] == '\n' || (line_begins && is_space(text_[place]));
    }
    // What was opened and never closed is reasoning to the end: it ran out of tokens.
    if (inside_.empty()) answer_ += text_.substr(std::min(kept_to_, text_.size()));
    return std::move(answer_);
  }

 private:
  void handle(const Tag& tag, std::size_t place, bool line_begins) {
    if (!inside_.empty()) {
      if (!tag.closes || tag.name != inside_) return;
      inside_ = {};
      fenced_ = false;
    } else if (fenced_ && last_fence_ > place) {
      return;
    } else if (tag.closes) {
      answer_.clear();  // a lone end: the beginning was in the prompt, or a server took it
    } else if (line_begins) {
      answer_ += text_.substr(kept_to_, place - kept_to_);
      inside_ = tag.name;
    } else {
      return;  // a tag that prose speaks of
    }
    kept_to_ = place + tag.length;
  }

  std::string_view text_;
  std::size_t last_fence_;
  std::size_t kept_to_ = 0;  // all before it is in `answer_` or gone
  std::string_view inside_;  // the tag that is open
  bool fenced_ = false;
  std::string answer_;
};

}  // namespace

std::string without_reasoning(std::string_view text) {
  return Stripper(text).strip();
}

}  // namespace costwar::harness
