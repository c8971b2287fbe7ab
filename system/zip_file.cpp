#include "system/zip_file.h"

#include <fmt/format.h>
#include <zip.h>
#include <zstd.h>

#include <algorithm>

#include "core/error.h"

namespace costwar {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::uint16_t kZstandard =
    93;  // libzip of Debian 12 does not decode it; its bytes come as they are

struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Member = std::unique_ptr<zip_file_t, CloseMember>;

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

// Pieces of one member, compressed or not.
class Pieces {
 public:
  Pieces(Member member, std::string place) : member_(std::move(member)), place_(std::move(place)) {}

  std::string_view next() {
    const zip_int64_t got = zip_fread(member_.get(), piece_.data(), piece_.size());
    if (got < 0) fail(zip_file_strerror(member_.get()));
    return {piece_.data(), static_cast<std::size_t>(got)};
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", place_, what));
  }

 private:
  Member member_;
  std::string place_;
  std::string piece_ = std::string(kPiece, '\0');
};

std::string read_plain(Pieces& pieces, std::size_t most) {
  std::string bytes;
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    if (bytes.size() + piece.size() > most) pieces.fail(fmt::format("more than {} bytes", most));
    bytes += piece;
  }
  return bytes;
}

std::string read_zstandard(Pieces& pieces, std::size_t most) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
  if (!stream) throw Error(ErrorKind::internal, "Zstandard could not be initialised");
  constexpr int kLargestWindow = 27;  // 128 MiB, the format's own recommendation for what to support at most
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kLargestWindow);
  std::string bytes;
  std::string out(ZSTD_DStreamOutSize(), '\0');
  std::size_t wanted = 1;
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer into{out.data(), out.size(), 0};
      wanted = ZSTD_decompressStream(stream.get(), &into, &in);
      if (ZSTD_isError(wanted) != 0) pieces.fail(ZSTD_getErrorName(wanted));
      if (bytes.size() + into.pos > most) pieces.fail(fmt::format("more than {} bytes", most));
      bytes.append(out.data(), into.pos);
      // What is left in the decoder comes out although no more goes in.
      while (wanted != 0 && into.pos == into.size) {
        into = {out.data(), out.size(), 0};
        wanted = ZSTD_decompressStream(stream.get(), &into, &in);
        if (ZSTD_isError(wanted) != 0) pieces.fail(ZSTD_getErrorName(wanted));
        if (bytes.size() + into.pos > most) pieces.fail(fmt::format("more than {} bytes", most));
        bytes.append(out.data(), into.pos);
      }
    }
  }
  if (wanted != 0) pieces.fail("it ends within its compressed data");
  return bytes;
}

}  // namespace

struct ZipFile::Archive {
  zip_t* zip = nullptr;
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }
};

bool looks_like_zip(std::string_view beginning) {
  return beginning.starts_with("PK\x03\x04") || beginning.starts_with("PK\x05\x06");
}

ZipFile::ZipFile(const std::filesystem::path& path)
    : archive_(std::make_unique<Archive>()), path_(path.string()) {
  int code = 0;
  archive_->zip = zip_open(path_.c_str(), ZIP_RDONLY, &code);
  if (archive_->zip == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string what = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw Error(ErrorKind::input, fmt::format("{}: {}", path_, what), "the file is damaged or not whole");
  }
  const zip_int64_t count = zip_get_num_entries(archive_->zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_->zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    names_.emplace_back(name == nullptr ? "" : name);
  }
}

ZipFile::ZipFile(ZipFile&&) noexcept = default;
ZipFile& ZipFile::operator=(ZipFile&&) noexcept = default;
ZipFile::~ZipFile() = default;

std::optional<std::size_t> ZipFile::find(std::string_view name) const {
  const auto found = std::find(names_.rbegin(), names_.rend(), name);
  if (found == names_.rend()) return std::nullopt;
  return static_cast<std::size_t>(names_.rend() - found) - 1;
}

std::string ZipFile::read(std::size_t member, std::size_t most) const {
  const std::string place = fmt::format("{}: {}", path_, names_.at(member));
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_stat_index(archive_->zip, member, 0, &about) != 0)
    throw Error(ErrorKind::input, fmt::format("{}: {}", place, zip_strerror(archive_->zip)));
  const bool zstandard = (about.valid & ZIP_STAT_COMP_METHOD) != 0 && about.comp_method == kZstandard;
  Member file(zip_fopen_index(archive_->zip, member, zstandard ? ZIP_FL_COMPRESSED : 0));
  if (!file)
    throw Error(ErrorKind::input, fmt::format("{}: {}", place, zip_strerror(archive_->zip)),
                "stored, deflated and Zstandard members are read");
  Pieces pieces(std::move(file), place);
  std::string bytes = zstandard ? read_zstandard(pieces, most) : read_plain(pieces, most);
  if ((about.valid & ZIP_STAT_SIZE) != 0 && bytes.size() != about.size)
    pieces.fail(fmt::format("it holds {} bytes, and should hold {}", bytes.size(), about.size));
  return bytes;
}

}  // namespace costwar
