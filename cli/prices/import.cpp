// costwar prices import: another tool's price catalogue as a book of our own schema.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/time.h"
#include "pricing/import/import.h"
#include "system/event_loop.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using pricing::ImportedBook;
using pricing::ImportFormat;

std::string book_format_names() {
  std::string names;
  for (const ImportFormat& format : pricing::import_formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

const ImportFormat& named_book_format(const std::string& name) {
  if (const ImportFormat* format = pricing::import_format(name)) return *format;
  std::vector<std::string_view> names;
  for (const ImportFormat& format : pricing::import_formats()) names.push_back(format.name);
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("'{}' is not one of {}", name, book_format_names()),
              near ? fmt::format("did you mean {}?", *near) : "leave it out, and the content decides");
}

const ImportFormat& guessed_format(const std::string& file, std::string_view bytes) {
  if (const ImportFormat* format = pricing::guess_format(bytes)) return *format;
  throw Error(ErrorKind::input, fmt::format("{}: not a price catalogue of a kind that is known", file),
              fmt::format("name its format in front of it: {}", book_format_names()));
}

class PricesImport final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("format_and_file", words_,
                   fmt::format("The format, one of {}, and the file; without the format, the content decides",
                               book_format_names()))
        ->type_name("[FORMAT] FILE")
        ->expected(1, 2)
        ->required();
    app.add_option("--retrieved", retrieved_, "The day on which the file was fetched (default: today)")
        ->type_name("DATE");
    app.add_option("--source", source_, "Where it comes from, said of every record")->type_name("TEXT");
    app.add_option("-o,--output", output_.files, "Write the book to this file instead of standard output")
        ->expected(1)
        ->type_name("FILE");
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const std::string& file = words_.back();
    const ImportFormat* named = words_.size() == 2 ? &named_book_format(words_.front()) : nullptr;
    const std::string bytes = read_file(file);
    const ImportFormat& format = named != nullptr ? *named : guessed_format(file, bytes);
    const std::string today = format_wall(SystemClock().wall()).substr(0, 10);
    const ImportedBook book =
        import_book(format, bytes, {file, retrieved_.empty() ? today : retrieved_, source_});
    if (output_.files.empty()) {
      write_text(environment.out, book.text);
    } else {
      write_file_atomically(output_.files.front(), book.text);
    }
    if (named == nullptr) fmt::print(environment.err, "read as {} ({})\n", format.name, format.title);
    write_text(environment.err, summary(book));
    return kOk;
  }

 private:
  static std::string summary(const ImportedBook& book) {
    std::string text =
        fmt::format("{} models, {} records; none of them is confirmed\n", book.models, book.records);
    for (const pricing::LeftOut& each : book.left_out)
      text += fmt::format("left out: {} x {} (such as {})\n", each.count, each.what, each.example);
    return text;
  }

  std::vector<std::string> words_;
  std::string retrieved_;
  std::string source_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_import() {
  return std::make_unique<PricesImport>();
}

}  // namespace costwar::cli
