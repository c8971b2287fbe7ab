// costwar price: what the requests in usage logs cost, as they were billed and at other models' rates.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/price/against.h"
#include "cli/price/each.h"
#include "cli/price/rejects.h"
#include "cli/price/token_ratios.h"
#include "cli/price_book.h"
#include "cli/project.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/store/store.h"
#include "pricing/traffic/log_fields.h"
#include "pricing/traffic/scan.h"
#include "reports/render/text.h"
#include "reports/views/traffic_view.h"
#include "system/byte_file.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

using pricing::AsModel;
using pricing::TokenRatio;

constexpr const char* kDefaultRejects = "costwar-rejects.jsonl";
constexpr std::int64_t kNanosPerMinute = 60'000'000'000;

// NAME=VALUE, both not empty.
std::pair<std::string, std::string> split_assignment(const std::string& flag, const std::string& text,
                                                     const std::string& example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' has no name and value", flag, text),
                "write " + example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::int64_t parse_zone(const std::string& text) {
  if (text == "Z" || text == "UTC" || text == "utc") return 0;
  const auto read = text.size() == 6 ? read_wall("2026-01-01T00:00:00" + text) : std::nullopt;
  if (!read)
    throw Error(ErrorKind::usage, fmt::format("--day-zone: '{}' is not an offset from UTC", text),
                "write it as +08:00, or UTC");
  return parse_wall("2026-01-01").ns - read->wall.ns;
}

class Price final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", files_, "Usage logs: JSON lines, JSON, CSV, gzip or not; - is standard input")
        ->required();
    app.add_option("--as", as_, "Also at the rates of these models, comma-separated")->delimiter(',');
    app.add_option(
           "--by", by_,
           fmt::format("Group by these, comma-separated: {}, or the path of a field of your own, such as "
                       "metadata/team (default: model)",
                       fmt::join(pricing::dimension_names(), ", ")))
        ->delimiter(',');
    app.add_option("--at", at_, "Bill everything at this instant instead of its own");
    app.add_option("--known-at", known_at_, "Only prices that could be known at this instant (default: now)");
    app.add_option("--currency", currency_, "Of the price sheets")->capture_default_str();
    app.add_option("--provider", provider_, "Whose model a bare name is where several providers sell it");
    app.add_option("--model-map", model_maps_,
                   "NAME=PROVIDER/MODEL: which model a log's name is (repeatable)");
    app.add_option("--map", maps_,
                   "MEANING=PATH: what a field or column means, such as input=tokens_in (repeatable)");
    app.add_option("--day-zone", day_zone_, "Where days begin, such as +08:00 (default: UTC)");
    app.add_option("--token-ratio", token_ratio_, "in=1.08,out=1.3: scale counts for the --as models");
    app.add_option("--paired-run", paired_run_,
                   "Scale counts for the --as models by the ratios seen in this run");
    app.add_option("--cache", cache_, "At the --as models: same (cache reads as logged) or none")
        ->check(CLI::IsMember({"same", "none"}))
        ->capture_default_str();
    app.add_flag("--each", each_, "A JSON line for every record instead of sums");
    app.add_option("--rejects", rejects_, "Where lines go that cannot be read")
        ->capture_default_str()
        ->type_name("FILE");
    app.add_option("--threads", threads_, "Threads that read (default: as many as the machine has)")
        ->check(CLI::Range(1, 256));
    app.add_option("--store", store_, "The store's file, for --paired-run");
    app.add_flag("--strict", strict_,
                 "Exit with 7 when a line cannot be read or a record has no whole price");
    declare_book_flags(app, books_);
    declare_against_flags(app, against_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    check_against_flags(against_);
    if (!against_.against.empty()) prepare_reconciling();
    const Wall now = SystemClock().wall();
    const pricing::PriceBook book = load_price_book(books_, environment);
    const std::vector<std::string> tags = check_dimensions();
    const pricing::FieldTree fields = pricing::log_fields(mappings(), tags);
    const pricing::ModelNames names(book.book(), model_map(), provider_);
    pricing::ScanOptions options;
    options.fields = &fields;
    options.ledger.book = &book;
    options.ledger.names = &names;
    options.ledger.known_at = known_at_.empty() ? now : parse_wall(known_at_);
    options.ledger.currency = Currency(currency_);
    options.ledger.dimensions = by_;
    options.ledger.tags = tags;
    options.ledger.day_offset_ns =
        against_.against.empty() ? parse_zone(day_zone_) : billing_offset_ns(against_);
    if (!at_.empty()) options.ledger.at = parse_wall(at_);
    options.ledger.as_without_cache = cache_ == "none";
    add_as_models(options.ledger, environment);
    options.threads =
        threads_ > 0 ? threads_ : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    return each_ ? bill_each(std::move(options), environment)
                 : add_up(std::move(options), names, environment);
  }

 private:
  // Which dimensions are the user's own fields. A near miss of a known name is taken for a slip.
  std::vector<std::string> check_dimensions() {
    if (by_.empty()) by_ = {"model"};
    const std::vector<std::string> known = pricing::dimension_names();
    std::vector<std::string> tags;
    std::set<std::string> seen;
    for (std::string& name : by_) {
      if (!seen.insert(name).second)
        throw Error(ErrorKind::usage, fmt::format("--by: {} is given twice", name), "name it once");
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (name.starts_with("tag:")) {
        name = name.substr(4);
      } else if (const auto near = nearest_name(name, std::span<const std::string>(known))) {
        throw Error(ErrorKind::usage, fmt::format("--by: '{}' is not a dimension", name),
                    fmt::format("did you mean {}? a field of that name is tag:{}", *near, name));
      }
      if (name.empty())
        throw Error(ErrorKind::usage, "--by: a dimension has no name", "write --by model,day");
      tags.push_back(name);
    }
    if (tags.size() > pricing::kMaxTags)
      throw Error(ErrorKind::usage, fmt::format("--by: more than {} fields of your own", pricing::kMaxTags),
                  "group by fewer");
    return tags;
  }

  std::vector<pricing::FieldMapping> mappings() const {
    std::vector<pricing::FieldMapping> parsed;
    for (const std::string& text : maps_) {
      auto [meaning, path] = split_assignment("--map", text, "--map input=tokens_in");
      parsed.push_back({std::move(meaning), std::move(path)});
    }
    return parsed;
  }

  std::map<std::string, std::string> model_map() const {
    std::map<std::string, std::string> map;
    for (const std::string& text : model_maps_) {
      auto [name, model] = split_assignment("--model-map", text, "--model-map my-gpt=openai/gpt-5.5");
      if (model.find('/') == std::string::npos)
        throw Error(ErrorKind::usage, fmt::format("--model-map: '{}' is not provider/model", model),
                    "write --model-map my-gpt=openai/gpt-5.5");
      map.emplace(std::move(name), std::move(model));
    }
    return map;
  }

  void add_as_models(pricing::LedgerOptions& ledger, const Environment& environment) {
    if (as_.empty() && (!token_ratio_.empty() || !paired_run_.empty()))
      throw Error(ErrorKind::usage, "ratios of token counts are for other models", "name them with --as");
    if (!token_ratio_.empty() && !paired_run_.empty())
      throw Error(ErrorKind::usage, "--token-ratio and --paired-run both say how counts are scaled",
                  "give one of them");
    std::optional<TokenRatio> fixed;
    if (!token_ratio_.empty()) fixed = parse_token_ratio(token_ratio_);
    if (!paired_run_.empty()) paired_ = read_paired_run(environment);
    for (const std::string& name : as_) {
      const std::size_t slash = name.find('/');
      pricing::TariffKey key;
      key.provider = name.substr(0, slash);
      key.model = slash == std::string::npos ? "" : name.substr(slash + 1);
      key.currency = ledger.currency;
      key.known_at = ledger.known_at;
      auto resolved = ledger.book->resolve(key);
      if (const auto* unpriced = std::get_if<pricing::Unpriced>(&resolved))
        throw Error(ErrorKind::usage, fmt::format("--as: {} has no price: {}", name, unpriced->reason),
                    unpriced->hint.empty() ? "costwar prices list shows what has" : unpriced->hint);
      AsModel as{name, std::get<pricing::Tariff>(std::move(resolved)), {}};
      if (fixed) {
        as.ratio = [ratio = *fixed](const std::string&) { return std::optional(ratio); };
      } else if (paired_) {
        as.ratio = [this, name](const std::string& served) {
          if (served == name) return std::optional(TokenRatio());
          return paired_ratio(*paired_, served, name);
        };
      }
      ledger.as.push_back(std::move(as));
    }
  }

  RunColumns read_paired_run(const Environment& environment) const {
    const auto store = harness::Store::open_existing(store_path(environment, store_));
    const auto header = store->find_run(paired_run_);
    if (!header)
      throw Error(ErrorKind::usage, fmt::format("--paired-run: there is no run {}", paired_run_),
                  "costwar runs lists them");
    return store->read_columns(header->id);
  }

  void read_all(pricing::TrafficScan& scan) const {
    for (const std::string& file : files_)
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
    return strict_ && (rejects.count() > 0 || !whole) ? kIncomplete : kOk;
  }

  int bill_each(pricing::ScanOptions options, Environment& environment) {
    LineOutput output(output_, environment);
    EachBill each(output);
    Rejects rejects(rejects_);
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

  // An invoice is by day and model, and for what was billed.
  void prepare_reconciling() {
    if (!by_.empty() || !as_.empty() || each_ || day_zone_ != "UTC" || !at_.empty())
      throw Error(
          ErrorKind::usage, "--against compares by day and model what was billed with an invoice",
          "leave out --by, --as, --each, --at and --day-zone (--billing-zone says where billing days begin)");
    by_ = {"day", "model"};
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
    Rejects rejects(rejects_);
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
    report.bad = rejects.reasons();
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
    if (!token_ratio_.empty()) return {fmt::format("counts scaled by {}", token_ratio_), ""};
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

  std::vector<std::string> files_;
  std::vector<std::string> as_;
  std::vector<std::string> by_;
  std::string at_;
  std::string known_at_;
  std::string currency_ = "USD";
  std::string provider_;
  std::vector<std::string> model_maps_;
  std::vector<std::string> maps_;
  std::string day_zone_ = "UTC";
  std::string token_ratio_;
  std::string paired_run_;
  std::string cache_ = "same";
  bool each_ = false;
  std::string rejects_ = kDefaultRejects;
  int threads_ = 0;
  std::string store_;
  bool strict_ = false;
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
