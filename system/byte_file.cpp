#include "system/byte_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"

namespace costwar {
namespace {

constexpr std::size_t kCompressedPiece = 256 * 1024;

class ReadDescriptor {
 public:
  ReadDescriptor(int number, bool owned) : number_(number), owned_(owned) {}
  ReadDescriptor(const ReadDescriptor&) = delete;
  ReadDescriptor& operator=(const ReadDescriptor&) = delete;
  ~ReadDescriptor() {
    if (owned_) ::close(number_);
  }

  std::size_t read(std::span<char> into) const {
    for (;;) {
      const ssize_t got = ::read(number_, into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR)
        throw Error(ErrorKind::input, fmt::format("cannot be read: {}", std::strerror(errno)));
    }
  }

 private:
  int number_;
  bool owned_;
};

// Inflates a stream of gzip members.
class Gunzip {
 public:
  explicit Gunzip(ByteSource compressed) : compressed_(std::move(compressed)), piece_(kCompressedPiece) {
    constexpr int kGzipWindow = 15 + 16;
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK)
      throw Error(ErrorKind::internal, "zlib could not be initialised");
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() { ::inflateEnd(&stream_); }

  std::size_t read(std::span<char> into) {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(into.size(), 1U << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && !done_) step();
    return wanted - stream_.avail_out;
  }

 private:
  void refill() {
    const std::size_t got = compressed_(piece_);
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_in = static_cast<uInt>(got);
  }

  void step() {
    if (stream_.avail_in == 0) refill();
    if (stream_.avail_in == 0) {
      if (!between_members_)
        throw Error(ErrorKind::input, "the gzip data end before their end: the file is cut short",
                    "what came before is in the report; fetch the file again");
      done_ = true;
      return;
    }
    if (between_members_ && stream_.total_in != 0) ::inflateReset(&stream_);
    const bool first_byte_of_member = between_members_;
    between_members_ = false;
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      between_members_ = true;
      ++members_;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      if (first_byte_of_member && members_ > 0)
        throw Error(ErrorKind::input, "behind the gzip data stand bytes that are none",
                    "what came before is in the report");
      throw Error(ErrorKind::input,
                  fmt::format("the gzip data are damaged: {}",
                              stream_.msg != nullptr ? stream_.msg : "unknown error"),
                  "what came before is in the report; fetch the file again");
    }
  }

  ByteSource compressed_;
  std::vector<char> piece_;
  z_stream stream_{};
  bool between_members_ = true;
  bool done_ = false;
  std::int64_t members_ = 0;
};

// Looks at the first two bytes and decompresses what is gzip.
ByteSource decompressed(std::shared_ptr<ReadDescriptor> file) {
  auto head = std::make_shared<std::string>(2, '\0');
  std::size_t size = 0;
  while (size < head->size()) {
    const std::size_t got = file->read({head->data() + size, head->size() - size});
    if (got == 0) break;
    size += got;
  }
  head->resize(size);
  const bool gzip = *head == "\x1f\x8b";
  ByteSource raw = [file = std::move(file), head](std::span<char> into) -> std::size_t {
    if (head->empty()) return file->read(into);
    const std::size_t given = std::min(into.size(), head->size());
    std::memcpy(into.data(), head->data(), given);
    head->erase(0, given);
    return given;
  };
  if (!gzip) return raw;
  auto stream = std::make_shared<Gunzip>(std::move(raw));
  return [stream](std::span<char> into) { return stream->read(into); };
}

}  // namespace

ByteSource open_bytes(const std::filesystem::path& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0)
    throw Error(ErrorKind::input, fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)),
                "check the path");
  auto file = std::make_shared<ReadDescriptor>(number, true);
  struct stat facts {};
  if (::fstat(number, &facts) == 0 && S_ISDIR(facts.st_mode))
    throw Error(ErrorKind::input, fmt::format("{} is a folder", path.string()),
                "name its files, such as " + (path / "*.jsonl").string());
  ::posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL);
  return decompressed(std::move(file));
}

ByteSource standard_input() {
  return decompressed(std::make_shared<ReadDescriptor>(STDIN_FILENO, false));
}

}  // namespace costwar
