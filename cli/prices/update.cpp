// costwar prices update: puts a newer price book in the place of the built-in one, or takes it away again.
#include <fmt/format.h>

#include "cli/config.h"
#include "cli/download.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "cli/updated_book.h"
#include "core/error.h"
#include "core/text.h"
#include "harness/sha256.h"
#include "reports/views/table_builder.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

std::string checked_digest(std::string text) {
  text = lowered(text);
  const bool hex = text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex)
    throw Error(
        ErrorKind::usage, fmt::format("--sha256: '{}' is not a SHA-256 digest", text),
        "it has 64 hexadecimal digits and stands beside the published file; sha256sum FILE prints one");
  return text;
}

class PricesUpdate final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--from", from_, "The newer book: a file, or an https address")->type_name("URL|FILE");
    app.add_option("--sha256", sha256_, "Its SHA-256 digest, as published")->type_name("HEX");
    app.add_flag("--allow-older", allow_older_, "Also take a book that is older than the one in use");
    app.add_flag("--undo", undo_, "Go back to the book before the last update");
    declare_network_flags(app, network_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    check_flags();
    std::string done;
    if (undo_) done = undo(environment);
    if (!from_.empty()) done = install(environment);
    emit(document(describe_base_book(environment), done), output_, environment);
    return kOk;
  }

 private:
  void check_flags() const {
    if (undo_ && (!from_.empty() || !sha256_.empty() || allow_older_))
      throw Error(ErrorKind::usage, "--undo goes with no other flag of an update", "leave out the others");
    if (from_.empty() && (!sha256_.empty() || allow_older_))
      throw Error(ErrorKind::usage, "--sha256 and --allow-older need --from", "say where the newer book is");
    if (!from_.empty() && sha256_.empty())
      throw Error(ErrorKind::usage, "--from needs --sha256",
                  "give the digest that stands beside the published file: prices decide about money");
  }

  static fs::path require_path(const Environment& environment) {
    if (const auto path = updated_book_path(environment)) return *path;
    throw Error(ErrorKind::input, "there is no place for an updated price book: HOME is not set",
                "set HOME or XDG_DATA_HOME");
  }

  std::string install(const Environment& environment) const {
    const std::string expected = checked_digest(sha256_);
    const fs::path path = require_path(environment);
    const std::string bytes =
        is_address(from_)
            ? download(from_, kLargestBook, http_options(load_config(environment, network_).network))
            : read_file(from_, kLargestBook);
    const std::string digest = harness::Sha256().update(bytes).finish_hex();
    if (digest != expected)
      throw Error(ErrorKind::input, fmt::format("{}: its SHA-256 is {}, not {}", from_, digest, expected),
                  "this is not the file that was published; nothing was changed");
    const pricing::Source source{from_, bytes};
    const pricing::PriceBook book = pricing::PriceBook::parse({&source, 1});
    if (book.book().prices.empty())
      throw Error(ErrorKind::input, fmt::format("{}: it holds no price", from_), "nothing was changed");
    refuse_older(as_of_in(bytes, from_), environment);
    replace(path, bytes);
    return "The price book was updated.";
  }

  void refuse_older(const std::string& as_of, const Environment& environment) const {
    if (allow_older_) return;
    BaseBook present;
    try {
      present = describe_base_book(environment);
    } catch (const Error&) {
      present = describe_builtin_book();  // a damaged update must not keep a good one out
    }
    if (as_of < present.as_of)
      throw Error(ErrorKind::input,
                  fmt::format("{}: it is as of {}, older than the book in use, which is as of {}", from_,
                              as_of, present.as_of),
                  "--allow-older takes it all the same");
  }

  // The present update is kept beside the new one, if it is whole; a damaged one is not worth going back to,
  // and the one before it stays.
  static void replace(const fs::path& path, const std::string& bytes) {
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    if (failed)
      throw Error(ErrorKind::input,
                  fmt::format("cannot make the folder {}: {}", path.parent_path().string(), failed.message()),
                  "set XDG_DATA_HOME to a folder that you may write");
    const std::optional<std::string> present = whole_update(path);
    if (present == bytes) return;
    if (present) write_file_atomically(previous_book_path(path), *present);
    write_file_atomically(path, bytes);
  }

  // nullopt where there is no update, or a damaged one.
  static std::optional<std::string> whole_update(const fs::path& path) {
    if (!something_at(path)) return std::nullopt;
    try {
      std::string present = read_file(path, kLargestBook);
      (void)parse_updated_book(path, present);
      return present;
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  static std::string undo(const Environment& environment) {
    const fs::path path = require_path(environment);
    const fs::path previous = previous_book_path(path);
    std::error_code failed;
    if (!something_at(path))
      throw Error(ErrorKind::usage, "there is no update to undo: the built-in price book is in use");
    const bool had_previous = something_at(previous);
    if (had_previous)
      fs::rename(previous, path, failed);
    else
      fs::remove(path, failed);
    if (failed)
      throw Error(ErrorKind::input,
                  fmt::format("cannot undo the update of {}: {}", path.string(), failed.message()),
                  "check that you may write there");
    return "The update was undone.";
  }

  static Document document(const BaseBook& base, const std::string& done) {
    Document document;
    document.kind = "price_book";
    document.headline =
        fmt::format("{}{} price book is in use: {} records, as of {}.", done.empty() ? "" : done + " ",
                    base.updated ? "An updated" : "The built-in", base.records, base.as_of);
    reports::TableBuilder table("books", "");
    table.text("book", "Book").text("as_of", "As of").text("in_use", "In use");
    table.text("sha256", "SHA-256").data("records");
    const auto row = [&](const BaseBook& book, bool in_use) {
      table.row({TextCell{book.updated ? book.where : "built in"}, TextCell{book.as_of}, BooleanCell{in_use},
                 TextCell{book.sha256}, IntegerCell{static_cast<std::int64_t>(book.records)}});
    };
    row(base, true);
    if (base.updated) row(describe_builtin_book(), false);
    document.tables.push_back(table.build());
    return document;
  }

  std::string from_;
  std::string sha256_;
  bool allow_older_ = false;
  bool undo_ = false;
  NetworkFlags network_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_update() {
  return std::make_unique<PricesUpdate>();
}

}  // namespace costwar::cli
