// costwar import: per-item results of other tools, or runs that were exported, into the store. Every file is
// read to its end before anything is written, and a run is written whole or not at all.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "cli/exit_code.h"
#include "cli/price/price_flags.h"
#include "cli/price_book.h"
#include "cli/project.h"
#include "cli/runs/run_file.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/import/import_file.h"
#include "harness/import/import_stream.h"
#include "harness/import/imports.h"
#include "harness/store/store.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;
using harness::ImportFile;
using harness::ImportRow;

constexpr std::string_view kOwn = "costwar";
constexpr std::string_view kTable = "table";
constexpr std::size_t kMostFiles = 10'000;

std::vector<std::string_view> run_format_names() {
  std::vector<std::string_view> names{kOwn};
  for (const ImportRow& row : harness::run_imports()) names.push_back(row.name);
  return names;
}

bool is_own(const ImportFile& file) {
  constexpr std::size_t kLooked = 512;
  const std::string beginning = harness::beginning_of(file, kLooked);
  return beginning.starts_with("{") && beginning.find("\"row\":\"run\"") != std::string::npos;
}

// What a folder holds that a format knows. lm-eval's samples come with their results.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename().string().starts_with("samples_")) continue;
    if (harness::guess_import(harness::import_file(entry.path())) != nullptr) found.push_back(entry.path());
    if (found.size() > kMostFiles)
      throw Error(ErrorKind::input, fmt::format("{}: more than {} files", folder.string(), kMostFiles));
  }
  std::sort(found.begin(), found.end());
  if (found.empty())
    throw Error(ErrorKind::input,
                fmt::format("{}: there is no file in it that is known here", folder.string()),
                "costwar import FORMAT FILE names the format");
  return found;
}

// Files that become runs together.
struct Batch {
  const ImportRow* format = nullptr;  // nullptr: exported by costwar
  std::vector<ImportFile> files;
};

struct Pending {
  std::string file;
  std::unique_ptr<harness::ResultSource> source;
  std::unique_ptr<harness::ImportStream> stream;
  RunHeader header;
};

class Import final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("ARGUMENT", arguments_,
                   fmt::format("What the files are, which may be left out ({}), and the files or folders",
                               fmt::join(run_format_names(), ", ")))
        ->required()
        ->type_name("[FORMAT] FILE...");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    app.add_option("--label", label_, "A name for the run");
    app.add_option("--model", options_.model, "Whose results these are, where the file does not say");
    app.add_option("--task", options_.task, "Of which task, where the file does not say");
    app.add_option("--scorer", options_.scorer,
                   "Which scorer says what is solved, where there are several (default: the first)");
    app.add_option("--item", options_.item, "Of a table: the column that says what was asked")
        ->type_name("COLUMN");
    app.add_option("--score", options_.scores, "Of a table: a column of scores; each becomes a run")
        ->type_name("COLUMN");
    app.add_option("--cost", options_.costs, "Of a table: what each of those cost, in their order")
        ->type_name("COLUMN");
    app.add_option("--currency", currency_, "Of those (default: USD)");
    app.add_option("--model-map", prices_.model_maps,
                   "NAME=provider/model: under which name the price book knows a model of the file");
  }

  int run(Environment& environment) override {
    const auto loop = make_event_loop();
    options_.now = loop->clock().wall();
    if (!currency_.empty()) options_.currency = Currency(currency_);
    const std::vector<Batch> batches = sort_files(environment);
    std::vector<Pending> pending = read(batches, environment);
    if (!label_.empty() && pending.size() != 1)
      throw Error(ErrorKind::usage, fmt::format("--label: these are {} runs", pending.size()),
                  "import them one after the other");
    const auto store = harness::Store::open(store_path(environment, store_), *loop);
    for (const Batch& batch : batches)
      if (batch.format == nullptr)
        fmt::print(environment.out, "{}\n", import_run_file(batch.files.front().path.string(), *store).id);
    for (Pending& each : pending) write(each, *store, environment);
    return kOk;
  }

 private:
  const ImportRow* named_format() {
    const std::string& first = arguments_.front();
    if (first == kOwn || harness::find_import(first) != nullptr) return harness::find_import(first);
    if (fs::exists(first)) return nullptr;
    const std::vector<std::string_view> names = run_format_names();
    const auto near = nearest_name(first, std::span<const std::string_view>(names));
    if (arguments_.size() > 1 || near)
      throw Error(ErrorKind::usage, fmt::format("'{}' is neither a format nor a file", first),
                  near ? fmt::format("did you mean {}?", *near)
                       : fmt::format("the formats are {}", fmt::join(names, ", ")));
    return nullptr;  // opening it says what is wrong
  }

  std::vector<Batch> sort_files(const Environment& environment) {
    const ImportRow* format = named_format();
    const bool named = format != nullptr || arguments_.front() == kOwn;
    if (!named && !options_.item.empty()) format = harness::find_import(kTable);
    if (named) arguments_.erase(arguments_.begin());
    if (arguments_.empty())
      throw Error(ErrorKind::usage, "there is no file to import", "costwar import [FORMAT] FILE...");
    const bool table_flags =
        !options_.item.empty() || !options_.scores.empty() || !options_.costs.empty() || !currency_.empty();
    if (table_flags && (format == nullptr || format->name != kTable))
      throw Error(ErrorKind::usage, "--item, --score, --cost and --currency are for tables",
                  "costwar import table FILE --item COLUMN --score COLUMN");
    std::vector<Batch> batches;
    bool folder = false;
    for (const std::string& argument : arguments_) {
      folder = folder || fs::is_directory(argument);
      const std::vector<fs::path> paths =
          fs::is_directory(argument) ? files_of(argument) : std::vector<fs::path>{argument};
      for (const fs::path& path : paths)
        add(batches, harness::import_file(path), format, named, folder, environment);
    }
    return batches;
  }

  static void add(std::vector<Batch>& batches, ImportFile file, const ImportRow* format, bool named,
                  bool folder, const Environment& environment) {
    if (format == nullptr && !named && !is_own(file)) {
      format = harness::guess_import(file);
      if (format == nullptr)
        throw Error(ErrorKind::input,
                    fmt::format("{}: what wrote this file is not known", file.path.string()),
                    fmt::format("name the format: {}", fmt::join(run_format_names(), ", ")));
      fmt::print(environment.err, "{}: read as {}.\n", file.path.string(), format->name);
    }
    const bool joins =
        format != nullptr && format->joined && !folder && !batches.empty() && batches.back().format == format;
    if (!joins) batches.push_back({format, {}});
    batches.back().files.push_back(std::move(file));
  }

  std::vector<Pending> read(const std::vector<Batch>& batches, const Environment& environment) const {
    std::vector<Pending> pending;
    const pricing::PriceBook book = load_price_book({}, environment);
    const pricing::ModelNames names = model_names(prices_, book);
    for (const Batch& batch : batches) {
      if (batch.format == nullptr) {
        if (!(label_.empty() && options_.model.empty() && options_.task.empty() && options_.scorer.empty()))
          throw Error(ErrorKind::usage, "an exported run has its own label, models, tasks and scorers",
                      "leave out --label, --model, --task and --scorer");
        continue;
      }
      for (auto& source : batch.format->open(batch.files, options_)) {
        Pending each;
        each.file = batch.files.front().name;
        each.source = std::move(source);
        each.stream = std::make_unique<harness::ImportStream>(*each.source, each.file);
        each.header = each.stream->header();
        each.header.label = !label_.empty()                      ? label_
                            : !each.source->head().label.empty() ? each.source->head().label
                                                                 : each.file;
        if (!each.source->head().shares)
          for (ModelCard& card : each.header.models) price(card, names);
        if (each.header.judge) price(*each.header.judge, names);
        pending.push_back(std::move(each));
      }
    }
    return pending;
  }

  static void price(ModelCard& card, const pricing::ModelNames& names) {
    auto known = names.find("", card.name);
    if (!known) known = names.find(card.provider, card.model);
    if (!known) return;
    card.price_provider = known->provider;
    card.price_model = known->model;
  }

  static void write(Pending& each, harness::Store& store, const Environment& environment) {
    say(each, environment);
    if (const auto there = store.find_run_by_plan(each.header.plan)) {
      fmt::print(environment.err, "The store holds these results already{}.\n",
                 there->label.empty() ? "" : fmt::format(" under the label {}, which stays", there->label));
      fmt::print(environment.out, "{}\n", there->id);
      return;
    }
    RunHeader& header = each.header;
    header.created = make_event_loop()->clock().wall();
    std::string stamp = format_wall(Wall{header.created.ns / 1'000'000'000 * 1'000'000'000});
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    header.id = fmt::format("{}-{}", stamp, header.plan.substr(0, 6));
    header.costwar_version = kVersion;
    store.import_run(header, [&](RunRow& row) { return each.stream->next(row); });
    fmt::print(environment.out, "{}\n", header.id);
  }

  static void say(const Pending& each, const Environment& environment) {
    const harness::ImportCounts& counts = each.stream->counts();
    const harness::ImportedHead& head = each.source->head();
    const auto line = [&](const std::string& text) {
      fmt::print(environment.err, "{}: {}\n", each.header.label, text);
    };
    line(fmt::format("{} results of {} model{}; {} attempts, {} with tokens, {} with a cost", counts.results,
                     each.header.models.size(), each.header.models.size() == 1 ? "" : "s", counts.attempts,
                     counts.with_tokens, counts.with_cost));
    for (const std::string& said : head.said) line(said);
    for (const auto& [what, times] : head.left_out)
      if (times > 0) line(fmt::format("left out: {} {}", times, what));
    if (counts.unscored > 0)
      line(fmt::format("{} results have no score and count as missing", counts.unscored));
    if (counts.with_tokens == 0 || head.shares) return;
    for (const ModelCard& card : each.header.models)
      line(card.price_model.empty()
               ? fmt::format("no price is known for {} (--model-map NAME=provider/model)", card.name)
               : fmt::format("{} is priced as {}/{}", card.name, card.price_provider, card.price_model));
  }

  std::vector<std::string> arguments_;
  std::string store_;
  std::string label_;
  std::string currency_;
  harness::ImportOptions options_;
  PriceFlags prices_;
};

}  // namespace

std::unique_ptr<Verb> make_import() {
  return std::make_unique<Import>();
}

}  // namespace costwar::cli
