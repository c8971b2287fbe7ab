// Incremental reader of server-sent events, as the WHATWG HTML standard frames them. Any split of the bytes
// gives the same events; each byte is looked at once, so a long event costs no more than its length. One
// thread; owns its buffers.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace costwar {

// Views are valid during the callback, or until the next call of the parser.
struct SseEvent {
  std::string_view event;  // empty when the stream named none
  std::string_view data;   // the data lines, joined with LF
};

class SseParser {
 public:
  static constexpr std::size_t kDefaultLimit = std::size_t{64} << 20;
  using OnEvent = std::function<void(const SseEvent&)>;

  // limit: bytes of one event, and of one line. A longer one ends the reading: overflowed() turns true.
  explicit SseParser(std::size_t limit = kDefaultLimit) : limit_(limit) {}

  void feed(std::string_view bytes, const OnEvent& on_event);

  // At the stream's end: the event that was left without its blank line, if it has data. The standard drops
  // it; whether it is whole enough to keep is the caller's judgement.
  std::optional<SseEvent> residue();

  bool overflowed() const { return overflowed_; }
  bool saw_field() const { return saw_field_; }  // at least one line that is neither empty nor a comment

 private:
  void take_bom(std::string_view& bytes);
  void line(std::string_view text, const OnEvent& on_event);
  void field(std::string_view text);
  void dispatch(const OnEvent& on_event);

  std::size_t limit_;
  std::size_t bom_seen_ = 0;  // bytes of the byte order mark matched so far
  bool bom_decided_ = false;
  bool after_cr_ = false;  // a LF that comes next belongs to the line that just ended
  std::string partial_;    // a line whose end has not come
  std::string event_;
  std::string data_;
  bool has_data_ = false;
  bool overflowed_ = false;
  bool saw_field_ = false;
};

}  // namespace costwar
