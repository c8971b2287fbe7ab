// costwar prices audit: where two price books disagree, and by what factor.
#include <fmt/format.h>

#include <filesystem>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/price_book.h"
#include "cli/prices/commands.h"
#include "core/error.h"
#include "core/millionths.h"
#include "core/time.h"
#include "pricing/audit.h"
#include "pricing/import/import.h"
#include "reports/views/audit_view.h"
#include "system/event_loop.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::string_view kBuiltinBook = "builtin";

struct AuditedBook {
  pricing::PriceBook book;
  std::string name;   // in sentences
  std::string title;  // over a column
};

// "builtin", a book of ours, or another tool's catalogue, which is read as `prices import` would.
AuditedBook load(const std::string& word, Wall now) {
  if (word == kBuiltinBook) return {price_book(), "the built-in book", "Built-in"};
  const std::string file_name = std::filesystem::path(word).filename().string();
  const std::string bytes = read_file(word);
  const pricing::ImportFormat* format = pricing::guess_format(bytes);
  if (format == nullptr) {
    const pricing::Source source{word, bytes};
    return {pricing::PriceBook::parse({&source, 1}), file_name, file_name};
  }
  const pricing::ImportedBook imported =
      import_book(*format, bytes, {word, format_wall(now).substr(0, 10), ""});
  const pricing::Source source{word, imported.text};
  const std::string name(format->name);
  return {pricing::PriceBook::parse({&source, 1}), name, name};
}

// "1.05" as millionths.
std::int64_t factor_from_flag(const std::string& text) {
  const auto factor = parse_millionths(text);
  if (!factor)
    throw Error(ErrorKind::usage, fmt::format("--fail-above: '{}' is not a factor", text),
                "write it as 1.05, with at most 6 digits after the point");
  if (*factor < kMillionthsInOne || *factor > 1'000'000 * kMillionthsInOne)
    throw Error(ErrorKind::usage, fmt::format("--fail-above: {} is not between 1 and 1000000", text),
                "write it as 1.05: the larger rate over the smaller");
  return *factor;
}

class PricesAudit final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("A", a_, "The book to compare with: \"builtin\" or a file")->required();
    app.add_option("B", b_, "The book to judge: \"builtin\" or a file, also another tool's catalogue")
        ->required();
    CLI::Option* at =
        app.add_option("--at", at_, "The instant to compare at (default: now)")->type_name("INSTANT");
    app.add_flag("--history", history_,
                 "Compare over all dated prices, and say from when to when they disagree")
        ->excludes(at);
    app.add_flag("--missing", missing_, "List the models that only one of the books has");
    app.add_option("--fail-above", fail_above_,
                   "Exit with 1 when a rate is more than this many times the other's, such as 1.05")
        ->type_name("FACTOR");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const std::int64_t limit = fail_above_.empty() ? 0 : factor_from_flag(fail_above_);
    const Wall now = SystemClock().wall();
    const Wall at = at_.empty() ? now : parse_wall(at_);
    const AuditedBook a = load(a_, now);
    AuditedBook b = load(b_, now);
    if (b.name == a.name) b.name = b.title = "the other";
    pricing::AuditOptions options;
    options.known_at = std::max(now, at);
    if (!history_) options.at = at;
    const pricing::AuditFinding finding = audit(a.book, b.book, options);
    reports::AuditView view{a.name, b.name, a.title, b.title, options.at, missing_};
    if (view.at) view.at = Wall{view.at->ns / 1'000'000'000 * 1'000'000'000};
    emit(audit_document(finding, view), output_, environment);
    const bool beyond =
        limit > 0 && !finding.disagreements.empty() && finding.disagreements.front().factor.above(limit);
    if (!beyond) return kOk;
    fmt::print(environment.err, "costwar: a rate differs by more than the factor of --fail-above\n");
    return kGateFailed;
  }

 private:
  std::string a_;
  std::string b_;
  std::string at_;
  std::string fail_above_;
  bool history_ = false;
  bool missing_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_audit() {
  return std::make_unique<PricesAudit>();
}

}  // namespace costwar::cli
