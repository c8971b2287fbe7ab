// Files that are not a store of ours: said with the path, and left as they are.

#include <fstream>
#include <sstream>

#include "harness/store/schema.h"
#include "harness/store/sqlite.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(bytes).str();
}

// Both ways of opening fail with the same words, and the file keeps its bytes.
std::string refused(const std::filesystem::path& path) {
  const std::string before = bytes_of(path);
  const auto loop = make_event_loop();
  const auto writing = error_of([&] { Store::open(path, *loop); });
  const auto reading = error_of([&] { Store::open_existing(path); });
  REQUIRE(writing.has_value());
  REQUIRE(reading.has_value());
  CHECK(writing->kind() == ErrorKind::input);
  CHECK(std::string(writing->what()) == reading->what());
  CHECK(!writing->hint().empty());
  CHECK(bytes_of(path) == before);
  return writing->what();
}

void make_store(const std::filesystem::path& path) {
  const auto loop = make_event_loop();
  Store::open(path, *loop)->create_run(a_header(), trials(100));
}

// The powers of root end at its user id; the tests may run as root.
class AsNobody {
 public:
  AsNobody() { REQUIRE((geteuid() != 0 || seteuid(65534) == 0)); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (getuid() == 0 && seteuid(0) != 0) std::abort();
  }
};

TEST_CASE("store: a file that is no store is refused and left alone") {
  const TempFolder folder;
  const std::filesystem::path path = folder.path() / "store.db";

  SUBCASE("a text file") {
    std::ofstream(path) << std::string(5'000, 'x');
    CHECK(refused(path) == fmt::format("{} is not a costwar store: file is not a database", path.string()));
  }
  SUBCASE("a database of another program") {
    Database(path, Database::Mode::create).execute("CREATE TABLE bookmarks(url TEXT)");
    CHECK(refused(path) == fmt::format("{} is a database of another program", path.string()));
  }
  SUBCASE("a newer store") {
    make_store(path);
    Database(path, Database::Mode::existing).execute("PRAGMA user_version = 99");
    CHECK(refused(path) ==
          fmt::format("the store {} has version 99, and this costwar knows versions up to 6", path.string()));
  }
  SUBCASE("a folder") {
    std::filesystem::create_directory(path);
    const auto loop = make_event_loop();
    const auto error = error_of([&] { Store::open(path, *loop); });
    REQUIRE(error.has_value());
    CHECK(std::string(error->what()).find(path.string()) != std::string::npos);
  }
}

TEST_CASE("store: one of the first version is read as it is, and migrated when written to") {
  const TempFolder folder;
  make_store(folder.store());
  {
    Database old(folder.store(), Database::Mode::existing);
    // Back through the migrations, newest first.
    old.execute("DROP TABLE load_calls; DROP TABLE load_facts; DROP TABLE load_stages; DROP TABLE load_runs");
    old.execute("DROP TABLE holds; DROP TABLE ledger_lines; DROP TABLE ledgers");
    old.execute("ALTER TABLE runs DROP COLUMN ledger");
    old.execute("ALTER TABLE attempts DROP COLUMN reported_cost");
    old.execute("DROP INDEX attempts_by_request");
    old.execute("ALTER TABLE attempts DROP COLUMN request_key");
    old.execute("ALTER TABLE trials DROP COLUMN item_group");
    old.execute("ALTER TABLE scores DROP COLUMN second_value");
    old.execute("DROP TABLE recordings");
    old.execute("ALTER TABLE runs DROP COLUMN recording");
    old.execute("ALTER TABLE attempts DROP COLUMN batch");
    old.execute("DROP TABLE batches");
    old.execute("ALTER TABLE answers DROP COLUMN function_calls");
    old.execute("ALTER TABLE attempts DROP COLUMN served_provider");
    old.execute("ALTER TABLE attempts DROP COLUMN endpoint");
    old.execute("ALTER TABLE attempts DROP COLUMN web_searches");
    old.execute("PRAGMA user_version = 1");
  }
  const std::string id = a_header().id;
  const auto version = [&] {
    return Database(folder.store(), Database::Mode::existing).integer("PRAGMA user_version");
  };
  CHECK(Store::open_existing(folder.store())->read_columns(id).trials.size() == 100);
  CHECK(version() == 1);
  const auto loop = make_event_loop();
  CHECK(Store::open(folder.store(), *loop)->read_columns(id).trials.size() == 100);
  CHECK(version() == 6);
}

TEST_CASE("store: damage inside the file is an error that names it") {
  const TempFolder folder;
  make_store(folder.store());
  {
    std::fstream file(folder.store(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(std::filesystem::file_size(folder.store()) - 4096, '\xa5');
  }
  const auto error = error_of([&] { Store::open_existing(folder.store())->list_runs(); });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::input);
  CHECK(std::string(error->what())
            .starts_with(fmt::format("the store {} is damaged", folder.store().string())));
}

TEST_CASE("store: a value without a meaning is an error that names it") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  {
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(a_header(), trials(1));
    store->sink(a_header().id)->ended(ended(0), std::nullopt, {});
  }
  const auto message_after = [&](std::string_view change) {
    Database(folder.store(), Database::Mode::existing).execute(change);
    const auto error = error_of([&] { Store::open_existing(folder.store())->read_columns(a_header().id); });
    REQUIRE(error.has_value());
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };
  CHECK(message_after("UPDATE attempts SET outcome='great'").find("holds the outcome 'great'") !=
        std::string::npos);
  CHECK(message_after("UPDATE attempts SET outcome='ok', turn=-1").find("holds the number -1") !=
        std::string::npos);
  CHECK(message_after("UPDATE attempts SET turn=0, provenance='?'").find("the provenance '?'") !=
        std::string::npos);
}

TEST_CASE("store: there is none") {
  const TempFolder folder;
  const auto error = error_of([&] { Store::open_existing(folder.store()); });
  REQUIRE(error.has_value());
  CHECK(std::string(error->what()) == fmt::format("there is no store at {}", folder.store().string()));
  CHECK(!std::filesystem::exists(folder.store().parent_path()));
}

TEST_CASE("store: a folder that may not be written can be read") {
  using std::filesystem::perms;
  const TempFolder folder;
  const std::filesystem::path closed =
      folder.path() / "50% #1?";  // characters with a meaning in SQLite's URIs
  make_store(closed / "store.db");
  std::filesystem::remove(closed / "store.db-claims");
  constexpr perms kRead = perms::owner_read | perms::group_read | perms::others_read;
  constexpr perms kEnter = perms::owner_exec | perms::group_exec | perms::others_exec;
  std::filesystem::permissions(folder.path(), kRead | kEnter | perms::owner_write);
  std::filesystem::permissions(closed / "store.db", kRead);
  std::filesystem::permissions(closed, kRead | kEnter);
  {
    const AsNobody nobody;
    const auto loop = make_event_loop();
    const auto store = Store::open_existing(closed / "store.db");
    CHECK(store->list_runs().at(0).trials == 100);
    CHECK(store->read_columns(a_header().id).trials.size() == 100);
    for (const auto& failing : std::vector<std::function<void()>>{
             [&] { store->delete_run(a_header().id); }, [&] { Store::open(closed / "store.db", *loop); },
             [&] { Store::open(closed / "new.db", *loop); },
             [&] { Store::open(closed / "below" / "new.db", *loop); }}) {
      const auto error = error_of(failing);
      REQUIRE(error.has_value());
      CHECK(error->kind() == ErrorKind::input);
      CHECK(std::string(error->what()).find(closed.string()) != std::string::npos);
      CHECK(!error->hint().empty());
    }
  }
  std::filesystem::permissions(closed, perms::owner_all);
}

}  // namespace
}  // namespace costwar::harness::store_test
