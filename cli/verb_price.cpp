// costwar price: what the requests in usage logs cost, as they were billed and at other models' rates.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/price/against.h"
#include "cli/price/each.h"
#include "cli/price/price_flags.h"
#include "cli/price/rejects.h"
#include "cli/price/token_ratios.h"
#include "cli/price_book.h"
#include "cli/project.h"
#include "cli/updated_book.h"
#include "cli/verb.h"
#include "core/error.h"
#include "harness/store/store.h"
#include "pricing/traffic/scan.h"
#include "reports/render/text.h"
#include "reports/views/traffic_view.h"
#include "system/byte_file.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

using pricing::AsModel;

class Price final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_price_flags(app, flags_);
    declare_book_flags(app, books_);
    declare_against_flags(app, against_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    check_against_flags(against_);
    check_price_flags(flags_, output_, !against_.against.empty());
    const Wall now = SystemClock().wall();
    const pricing::PriceBook book = load_price_book(books_, environment);
    Dimensions dimensions = price_dimensions(flags_);
    if (!against_.against.empty()) dimensions.names = {"day", "model"};
    const pricing::FieldTree fields = pricing::log_fields(field_mappings(flags_), dimensions.tags);
    const pricing::ModelNames names = model_names(flags_, book);
    pricing::ScanOptions options;
    options.fields = &fields;
    options.ledger.book = &book;
    options.ledger.names = &names;
    options.ledger.known_at = flags_.known_at.empty() ? now : parse_wall(flags_.known_at);
    options.ledger.currency = price_currency(flags_, book);
    options.ledger.dimensions = dimensions.names;
    options.ledger.tags = dimensions.tags;
    options.ledger.day_offset_ns =
        against_.against.empty() ? day_zone_ns(flags_.day_zone) : billing_offset_ns(against_);
    if (!flags_.at.empty()) options.ledger.at = parse_wall(flags_.at);
    options.ledger.as_without_cache = flags_.cache == "none";
    if (!flags_.paired_run.empty()) paired_ = read_paired_run(environment);
    options.ledger.as = as_models(flags_, options.ledger, paired_ ? &*paired_ : nullptr);
    options.threads = flags_.threads > 0
                          ? flags_.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    return flags_.each ? bill_each(std::move(options), environment)
                       : add_up(std::move(options), names, environment);
  }

 private:
  RunColumns read_paired_run(const Environment& environment) const {
    const auto store = harness::Store::open_existing(store_path(environment, flags_.store));
    const auto header = store->find_run(flags_.paired_run);
    if (!header)
      throw Error(ErrorKind::usage, fmt::format("--paired-run: there is no run {}", flags_.paired_run),
                  "costwar runs lists them");
    return store->read_columns(header->id);
  }

  // A file that is missing is said before anything is read.
  void read_all(pricing::TrafficScan& scan) const {
    for (const std::string& file : flags_.files)
      if (file != "-") (void)open_bytes(file);
    for (const std::string& file : flags_.files)
      scan.read(file == "-" ? "standard input" : file, file == "-" ? standard_input() : open_bytes(file));
  }

  // On standard error, so that a script that keeps only the report sees them too.
  static void say_troubles(const pricing::TrafficScan& scan, const Rejects& rejects,
                           const Environment& environment) {
    if (rejects.count() > 0)
      fmt::print(environment.err, "costwar: {} of the logs could not be read and {} in {}\n",
                 rejects.count() == 1 ? "1 line" : fmt::format("{} lines", rejects.count()),
                 rejects.count() == 1 ? "is" : "are", rejects.file());
    for (const auto& file : scan.files())
      if (!file.error.empty())
        fmt::print(environment.err, "costwar: {}\n",
                   reports::printable(fmt::format("{}: {}", file.name, file.error)));
  }

  int code(const pricing::TrafficScan& scan, const Rejects& rejects, bool whole) const {
    const auto& files = scan.files();
    if (std::any_of(files.begin(), files.end(), [](const auto& file) { return !file.error.empty(); }))
      return kBadInput;
    return flags_.strict && (rejects.count() > 0 || !whole) ? kIncomplete : kOk;
  }

  int bill_each(pricing::ScanOptions options, Environment& environment) {
    LineOutput output(output_, environment);
    EachBill each(output);
    Rejects rejects(flags_.rejects);
    options.each = &each;
    options.place = &each.place;
    options.bad = [&](const pricing::BadLine& line) { rejects.take(line); };
    pricing::TrafficScan scan(std::move(options));
    read_all(scan);
    each.flush();
    rejects.close();
    say_troubles(scan, rejects, environment);
    const pricing::TrafficGroup total = scan.finish().total();
    return code(scan, rejects, total.costs[0].unpriced == 0 && total.costs[0].partly == 0);
  }

  int reconcile(const pricing::TrafficScan& scan, const Rejects& rejects, const pricing::Traffic& traffic,
                const pricing::ModelNames& names, Environment& environment) const {
    say_troubles(scan, rejects, environment);
    const int compared =
        reconcile_and_report(traffic, against_, output_, environment, [&](std::string_view name) {
          const auto named = names.find("", name);
          return named ? named->full() : std::string();
        });
    const int read = code(scan, rejects, true);
    return read != kOk ? read : compared;
  }

  int add_up(pricing::ScanOptions options, const pricing::ModelNames& names, Environment& environment) {
    Rejects rejects(flags_.rejects);
    options.bad = [&](const pricing::BadLine& line) { rejects.take(line); };
    SystemClock clock;
    Mono drawn = clock.mono();
    if (environment.err_is_terminal)
      options.progress = [&](std::int64_t bytes) {
        if (clock.mono() - drawn < milliseconds(100)) return;
        drawn = clock.mono();
        fmt::print(environment.err, "\rread {:.2f} GB ", static_cast<double>(bytes) / 1e9);
        std::fflush(environment.err);
      };
    reports::TrafficReport report;
    report.known_at = options.ledger.known_at;
    report.at = options.ledger.at;
    report.without_cache = options.ledger.as_without_cache;
    for (const AsModel& as : options.ledger.as) report.bases.push_back(basis(as));
    pricing::TrafficScan scan(std::move(options));
    read_all(scan);
    if (environment.err_is_terminal) fmt::print(environment.err, "\r                    \r");
    rejects.close();
    const pricing::Traffic traffic = scan.finish();
    if (!against_.against.empty()) return reconcile(scan, rejects, traffic, names, environment);
    report.traffic = &traffic;
    report.files = scan.files();
    for (const auto& [reason, seen] : rejects.reasons())
      report.bad.push_back({seen.count, seen.place, seen.example});
    report.books = books_.files;
    report.maps = flags_.maps;
    if (const auto path = updated_book_path(environment); path && std::filesystem::exists(*path))
      report.updated_book = "of " + describe_base_book(environment).as_of;
    report.rejects_file = rejects.file();
    emit(reports::traffic_document(report), output_, environment);
    say_troubles(scan, rejects, environment);
    const pricing::TrafficGroup total = traffic.total();
    const bool whole = std::all_of(total.costs.begin(), total.costs.end(), [](const pricing::CostSum& sum) {
      return sum.unpriced == 0 && sum.partly == 0;
    });
    return code(scan, rejects, whole);
  }

  reports::ColumnBasis basis(const AsModel& as) const {
    if (!flags_.token_ratio.empty()) return {fmt::format("counts scaled by {}", flags_.token_ratio), ""};
    if (!paired_) return {"same counts assumed, not a forecast", ""};
    std::string note;
    for (const ModelCard& card : paired_->header.models) {
      const std::string served = card.price_provider + "/" + card.price_model;
      if (served == as.name) continue;
      const auto ratio = paired_ratio(*paired_, served, as.name);
      if (!ratio) continue;
      const auto words = [](const pricing::CountFactor& factor) {
        return fmt::format("{:.3f} [{:.3f}, {:.3f}]", static_cast<double>(factor.estimate) / 1e6,
                           static_cast<double>(factor.low) / 1e6, static_cast<double>(factor.high) / 1e6);
      };
      note += fmt::format("{}{} counts {} tokens in and {} out where {} counts 1", note.empty() ? "" : "; ",
                          as.name, words(ratio->input), words(ratio->output), served);
    }
    if (note.empty())
      return {"same counts assumed, not a forecast",
              fmt::format("Run {} pairs {} with no model of these logs.", paired_->header.id, as.name)};
    return {"counts scaled by run " + paired_->header.id,
            note + " (95 % bootstrap interval over items); other models' counts are taken as they are."};
  }

  PriceFlags flags_;
  BookFlags books_;
  AgainstFlags against_;
  OutputFlags output_;
  std::optional<RunColumns> paired_;
};

}  // namespace

std::unique_ptr<Verb> make_price() {
  return std::make_unique<Price>();
}

}  // namespace costwar::cli
