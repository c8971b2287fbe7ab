// OpenAI's files and batches: what is uploaded, what becomes of it, and how both are told. It owns the files;
// the batches are the desk's, which must outlive it. Given its instants; one thread.
//
// Output and error files appear when a batch is over. Their order is the one in which lines finished, not the
// one in which they were sent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mock/batch.h"

namespace costwar::mock {

class OpenAiBatches {
 public:
  explicit OpenAiBatches(BatchDesk& desk) : desk_(desk) {}

  DeskReply upload(std::string_view content_type, std::string_view body, std::int64_t created);
  DeskReply show_file(std::string_view id) const;
  DeskReply file_content(std::string_view id) const;
  DeskReply delete_file(std::string_view id);

  DeskReply create(std::string_view body, Mono now, std::int64_t created);
  DeskReply show(std::string_view id, Mono now);
  DeskReply cancel(std::string_view id, Mono now);
  DeskReply list(std::string_view query, Mono now);

 private:
  struct File {
    std::string filename;
    std::string purpose;
    std::string bytes;
    std::int64_t created = 0;
  };

  std::string store(File file);
  // Writes the files of a batch that is over, once.
  void settle(Batch& batch, Mono now);
  static Json file_json(const std::string& id, const File& file);

  BatchDesk& desk_;
  std::map<std::string, File, std::less<>> files_;
  std::uint64_t stored_ = 0;
  std::size_t stored_bytes_ = 0;
};

}  // namespace costwar::mock
