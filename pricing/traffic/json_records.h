// JsonRecords: from one line of a log (or one whole JSON document) to drafts, in one pass over its keys with
// simdjson's on-demand parser. One reader per thread; it reuses its buffers, so a line allocates nothing.
// Text in a draft lives until the next read.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "pricing/traffic/draft.h"
#include "pricing/traffic/field_tree.h"

namespace costwar::pricing {

class DraftSink {
 public:
  virtual ~DraftSink() = default;
  virtual void take(const Draft& draft) = 0;
};

class JsonRecords {
 public:
  // As many bytes behind a line must be readable, whatever they hold.
  static constexpr std::size_t kPadding = 64;

  explicit JsonRecords(const FieldTree& tree);  // the tree must outlive the reader
  JsonRecords(JsonRecords&&) noexcept;
  ~JsonRecords();

  // Every record of an object, or of the objects in an array, goes to `sink`. An object that counts tokens is
  // one record, whatever lists it holds. Empty: read; otherwise why it is not JSON (records of an array
  // before the place of the error have been taken already).
  std::string_view read(std::string_view json, DraftSink& sink);

  // While `sink` takes a record: its part of the text that is being read.
  std::string_view record_text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace costwar::pricing
