// JsonElements: the elements of one array that stands somewhere inside a JSON value, one after another,
// without holding the value: memory grows with the longest element and with what stands around the array. A
// reader belongs to one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"

namespace costwar::harness {

class JsonElements {
 public:
  static constexpr std::size_t kLongestElement = std::size_t{64} << 20;
  static constexpr std::size_t kLongestRest = std::size_t{64} << 20;

  // The array at `path`, member names from the outermost on; `source` names the file in complaints.
  JsonElements(ByteSource bytes, std::string source, std::vector<std::string> path);

  // Goes to the next element; false behind the last, when the whole value has been read. Error{input} when
  // the text is no JSON as far as it matters here, ends within the value, or is longer than the limits.
  bool next();

  // The element, parsed now. Error{input} with its place.
  Json value() const;
  std::string place() const;  // "log.json: /samples/3"

  bool found() const { return found_; }  // the array, so far

  // The value without the array's elements. After next() has returned false.
  Json rest() const;

 private:
  struct Frame {
    bool object = false;
    bool on_path = false;
    bool wants_key = false;
    std::string key{};
  };

  bool peek(char& c);
  void take();  // what peek showed, into the rest
  void read_string(std::string& into, std::size_t most);
  bool next_element();
  void step(char c);
  void open(char c);
  bool on_path() const;
  [[noreturn]] void fail(std::string_view what) const;

  ByteSource bytes_;
  std::string source_;
  std::vector<std::string> path_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t read_ = 0;  // bytes before the buffer
  bool ended_ = false;
  bool found_ = false;
  bool in_array_ = false;
  bool begun_ = false;
  std::vector<Frame> frames_;
  std::string rest_;
  std::string element_;
  std::size_t index_ = 0;
};

}  // namespace costwar::harness
