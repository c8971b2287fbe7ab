// Turns the bytes of tokens, as they are generated, into text that can be shown: whole UTF-8 characters only
// (bytes that can never become one turn into U+FFFD), and nothing of a stop sequence or behind it. What may
// still become a character or a stop sequence is held back until it is decided. One answer each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace costwar::local {

class TextStream {
 public:
  explicit TextStream(std::vector<std::string> stops = {});

  // The text that became certain. After stopped() nothing comes any more.
  std::string push(std::string_view bytes);
  // What was held back when no more bytes come.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::string release(bool all);

  std::vector<std::string> stops_;
  std::string bytes_;  // not yet whole characters
  std::string text_;   // valid UTF-8 not yet released
  bool stopped_ = false;
};

// Moves the whole characters at the front of `bytes` to `text`, U+FFFD for each maximal part of a broken one
// (Unicode 15, 3.9, U+FFFD substitution); with `last`, an incomplete end too.
void take_characters(std::string& bytes, std::string& text, bool last);

}  // namespace costwar::local
