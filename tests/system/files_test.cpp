#include "system/files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "core/error.h"

using namespace costwar;
namespace fs = std::filesystem;

namespace {
struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "costwar-files-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }
};
}  // namespace

TEST_CASE("read_file") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.txt";
  const std::string binary("one\0two\n", 8);
  write_file_atomically(file, binary);
  CHECK(read_file(file) == binary);
  CHECK(read_file(file, 8) == binary);
  CHECK_THROWS_WITH_AS(read_file(file, 7), (file.string() + " is larger than 7 bytes").c_str(), Error);
  CHECK_THROWS_WITH_AS(
      read_file(folder.path / "none"),
      ("cannot open " + (folder.path / "none").string() + ": No such file or directory").c_str(), Error);
  CHECK_THROWS_WITH_AS(read_file(folder.path),
                       ("cannot read " + folder.path.string() + ": Is a directory").c_str(), Error);
  CHECK(read_file("/proc/self/comm").size() > 1);  // says that its size is 0
}

TEST_CASE("write_file_atomically") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "out.json";

  SUBCASE("replaces, keeps the mode, leaves no neighbour") {
    write_file_atomically(file, "first");
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    write_file_atomically(file, "second");
    CHECK(read_file(file) == "second");
    CHECK((fs::status(file).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(folder.entries() == 1);
  }
  SUBCASE("a reader that has the old file open still sees the old bytes") {
    write_file_atomically(file, "old");
    const MappedFile before(file);
    write_file_atomically(file, "new");
    CHECK(std::string(reinterpret_cast<const char*>(before.bytes().data()), before.bytes().size()) == "old");
  }
  SUBCASE("a missing folder is named") {
    const fs::path lost = folder.path / "none" / "out.json";
    CHECK_THROWS_WITH_AS(write_file_atomically(lost, "x"),
                         ("cannot write " + lost.string() + ": No such file or directory").c_str(), Error);
  }
  SUBCASE("what cannot be replaced stays, and the neighbour is removed") {
    fs::create_directory(file);
    write_file_atomically(file / "inside", "kept");
    CHECK_THROWS_AS(write_file_atomically(file, "x"), Error);
    CHECK(read_file(file / "inside") == "kept");
    CHECK(folder.entries() == 1);
  }
}

TEST_CASE("MappedFile") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "weights.bin";
  write_file_atomically(file, std::string(100'000, 'w'));
  MappedFile mapped(file);
  CHECK(mapped.bytes().size() == 100'000);
  CHECK(std::all_of(mapped.bytes().begin(), mapped.bytes().end(),
                    [](std::byte b) { return b == std::byte{'w'}; }));

  MappedFile moved(std::move(mapped));
  CHECK(moved.bytes().size() == 100'000);

  write_file_atomically(file, "");
  MappedFile empty(file);
  CHECK(empty.bytes().empty());
  empty = std::move(moved);
  CHECK(empty.bytes().size() == 100'000);
  CHECK_THROWS_AS(MappedFile(folder.path / "none"), Error);
  CHECK_THROWS_WITH_AS(MappedFile(folder.path), (folder.path.string() + " is not a file").c_str(), Error);
}
