#include "cli/price/price_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "cli/price/token_ratios.h"
#include "core/day.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

// NAME=VALUE, both not empty.
std::pair<std::string, std::string> split_assignment(const std::string& flag, const std::string& text,
                                                     const std::string& example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' has no name and value", flag, text),
                "write " + example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::set<std::string> providers_of(const pricing::Book& book) {
  std::set<std::string> providers;
  for (const auto& price : book.prices) providers.insert(price.evidence.provider);
  return providers;
}

std::string suggestion(const std::string& typed, const std::set<std::string>& names,
                       const std::string& otherwise) {
  const std::vector<std::string> candidates(names.begin(), names.end());
  const auto near = nearest_name(typed, std::span<const std::string>(candidates));
  return near ? fmt::format("did you mean {}?", *near) : otherwise;
}

void refuse_overwriting(const std::string& flag, const std::string& path,
                        const std::vector<std::string>& files) {
  if (path.empty()) return;
  for (const std::string& file : files) {
    std::error_code ignored;
    if (file == path || fs::equivalent(file, path, ignored))
      throw Error(ErrorKind::usage, fmt::format("{} would overwrite the log {}", flag, file),
                  "name another file");
  }
}

}  // namespace

void declare_price_flags(CLI::App& app, PriceFlags& flags) {
  app.add_option("FILE", flags.files, "Usage logs: JSON lines, JSON, CSV, gzip or not; - is standard input")
      ->required();
  app.add_option("--as", flags.as, "Also at the rates of these models, comma-separated")->delimiter(',');
  app.add_option(
         "--by", flags.by,
         fmt::format("Group by these, comma-separated: {}, or the path of a field of your own, such as "
                     "metadata/team (default: model)",
                     fmt::join(pricing::dimension_names(), ", ")))
      ->delimiter(',');
  app.add_option("--at", flags.at, "Bill everything at this instant instead of its own");
  app.add_option("--known-at", flags.known_at,
                 "Only prices that could be known at this instant (default: now)");
  app.add_option("--currency", flags.currency, "Of the price sheets")->capture_default_str();
  app.add_option("--provider", flags.provider, "Whose model a bare name is where several providers sell it");
  app.add_option("--model-map", flags.model_maps,
                 "NAME=PROVIDER/MODEL: which model a log's name is (repeatable)");
  app.add_option(
      "--map", flags.maps,
      "MEANING=PATH: what a field or column means, such as input=tokens_in (repeatable; docs/traffic.md "
      "has the meanings)");
  app.add_option("--day-zone", flags.day_zone, "Where days begin, such as +08:00 (default: UTC)");
  app.add_option("--token-ratio", flags.token_ratio, "in=1.08,out=1.3: scale counts for the --as models");
  app.add_option("--paired-run", flags.paired_run,
                 "Scale counts for the --as models by the ratios seen in this run");
  app.add_option("--cache", flags.cache, "At the --as models: same (cache reads as logged) or none")
      ->check(CLI::IsMember({"same", "none"}))
      ->capture_default_str();
  app.add_flag("--each", flags.each, "A JSON line for every record instead of sums");
  app.add_option("--rejects", flags.rejects, "Where lines go that cannot be read")
      ->capture_default_str()
      ->type_name("FILE");
  app.add_option("--threads", flags.threads, "Threads that read (default: as many as the machine has)")
      ->check(CLI::Range(1, 256));
  app.add_option("--store", flags.store, "The store's file, for --paired-run");
  app.add_flag("--strict", flags.strict,
               "Exit with 7 when a line cannot be read or a record has no whole price");
}

void check_price_flags(const PriceFlags& flags, const OutputFlags& output, bool against) {
  for (const std::string& file : output.files) refuse_overwriting("--output", file, flags.files);
  refuse_overwriting("--rejects", flags.rejects, flags.files);
  if (!flags.rejects.empty() &&
      std::find(output.files.begin(), output.files.end(), flags.rejects) != output.files.end())
    throw Error(ErrorKind::usage, "--output and --rejects name one file",
                "name another file for one of them");
  if (flags.each && (!flags.as.empty() || !flags.by.empty() || !output.formats.empty()))
    throw Error(ErrorKind::usage, "--each prints the bill of every record as JSON lines",
                "leave out --as, --by and --format, or --each");
  if (against &&
      (!flags.by.empty() || !flags.as.empty() || flags.each || !flags.day_zone.empty() || !flags.at.empty()))
    throw Error(
        ErrorKind::usage, "--against compares by day and model what was billed with an invoice",
        "leave out --by, --as, --each, --at and --day-zone (--billing-zone says where billing days begin)");
  if (flags.as.empty() && (!flags.token_ratio.empty() || !flags.paired_run.empty()))
    throw Error(ErrorKind::usage, "ratios of token counts are for other models", "name them with --as");
  if (!flags.token_ratio.empty() && !flags.paired_run.empty())
    throw Error(ErrorKind::usage, "--token-ratio and --paired-run both say how counts are scaled",
                "give one of them");
}

Dimensions price_dimensions(const PriceFlags& flags) {
  if (flags.by.empty()) return {{"model"}, {}};
  const std::vector<std::string> known = pricing::dimension_names();
  Dimensions dimensions;
  std::set<std::string> seen;
  for (const std::string& typed : flags.by) {
    const std::string name(trimmed(typed));
    const bool forced = name.starts_with("tag:");
    const std::string path = forced ? name.substr(4) : name;
    if (path.empty()) throw Error(ErrorKind::usage, "--by: a dimension has no name", "write --by model,day");
    const bool is_known = !forced && std::find(known.begin(), known.end(), name) != known.end();
    if (!is_known && !forced)
      if (const auto near = nearest_name(name, std::span<const std::string>(known)))
        throw Error(ErrorKind::usage, fmt::format("--by: '{}' is not a dimension", name),
                    fmt::format("did you mean {}? a field of that name is tag:{}", *near, name));
    if (!seen.insert(is_known ? name : "tag:" + path).second)
      throw Error(ErrorKind::usage, fmt::format("--by: {} is given twice", path), "name it once");
    const bool called_like_one = std::find(known.begin(), known.end(), path) != known.end();
    dimensions.names.push_back(is_known || !called_like_one ? path : "tag:" + path);
    if (!is_known) dimensions.tags.push_back(path);
  }
  if (dimensions.tags.size() > pricing::kMaxTags)
    throw Error(ErrorKind::usage, fmt::format("--by: more than {} fields of your own", pricing::kMaxTags),
                "group by fewer");
  return dimensions;
}

std::vector<pricing::FieldMapping> field_mappings(const PriceFlags& flags) {
  constexpr std::size_t kMost = 32;
  if (flags.maps.size() > kMost)
    throw Error(ErrorKind::usage, fmt::format("--map: more than {} fields", kMost), "map fewer");
  std::vector<pricing::FieldMapping> parsed;
  for (const std::string& text : flags.maps) {
    auto [meaning, path] = split_assignment("--map", text, "--map input=tokens_in");
    parsed.push_back({std::move(meaning), std::move(path)});
  }
  return parsed;
}

pricing::ModelNames model_names(const PriceFlags& flags, const pricing::PriceBook& book) {
  const std::set<std::string> providers = providers_of(book.book());
  if (!flags.provider.empty() && !providers.contains(flags.provider))
    throw Error(ErrorKind::usage,
                fmt::format("--provider: the price book has no provider {}", flags.provider),
                suggestion(flags.provider, providers, fmt::format("it has {}", fmt::join(providers, ", "))));
  std::set<std::string> models;
  for (const auto& price : book.book().prices) models.insert(price.evidence.provider + "/" + price.model);
  for (const auto& alias : book.book().aliases) models.insert(alias.evidence.provider + "/" + alias.model);
  std::map<std::string, std::string> map;
  for (const std::string& text : flags.model_maps) {
    auto [name, model] = split_assignment("--model-map", text, "--model-map my-gpt=openai/gpt-5.5");
    if (model.find('/') == std::string::npos)
      throw Error(ErrorKind::usage, fmt::format("--model-map: '{}' is not provider/model", model),
                  "write --model-map my-gpt=openai/gpt-5.5");
    if (!models.contains(model))
      throw Error(ErrorKind::usage, fmt::format("--model-map: the price book has no model {}", model),
                  suggestion(model, models, "costwar prices list shows what it has"));
    map.insert_or_assign(std::move(name), std::move(model));
  }
  return {book.book(), std::move(map), flags.provider};
}

Currency price_currency(const PriceFlags& flags, const pricing::PriceBook& book) {
  const Currency currency(flags.currency);
  std::set<std::string> codes;
  for (const auto& price : book.book().prices) codes.insert(price.currency.code());
  if (!codes.contains(currency.code()))
    throw Error(ErrorKind::usage, fmt::format("--currency: no price sheet is in {}", currency.code()),
                fmt::format("the book has {}; amounts are never exchanged", fmt::join(codes, " and ")));
  return currency;
}

std::int64_t day_zone_ns(const std::string& text) {
  if (text.empty()) return 0;
  try {
    return parse_offset(text);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, fmt::format("--day-zone: {}", error.what()), error.hint());
  }
}

std::vector<pricing::AsModel> as_models(const PriceFlags& flags, const pricing::LedgerOptions& ledger,
                                        const RunColumns* paired) {
  std::optional<pricing::TokenRatio> fixed;
  if (!flags.token_ratio.empty()) fixed = parse_token_ratio(flags.token_ratio);
  std::vector<pricing::AsModel> models;
  for (const std::string& typed : flags.as) {
    const std::string word(trimmed(typed));
    const std::string name = word.substr(0, word.rfind('@'));  // prices do not depend on the effort
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos)
      throw Error(ErrorKind::usage, fmt::format("--as: '{}' is not provider/model", word), [&] {
        const auto found = ledger.names->find("", name);
        return found ? fmt::format("did you mean {}?", found->full()) : "write --as openai/gpt-5.5";
      }());
    if (std::any_of(models.begin(), models.end(), [&](const auto& other) { return other.name == name; }))
      throw Error(ErrorKind::usage, fmt::format("--as: {} is given twice", name), "name it once");
    pricing::TariffKey key;
    key.provider = name.substr(0, slash);
    key.model = name.substr(slash + 1);
    key.currency = ledger.currency;
    key.known_at = ledger.known_at;
    auto resolved = ledger.book->resolve(key);
    if (const auto* unpriced = std::get_if<pricing::Unpriced>(&resolved))
      throw Error(ErrorKind::usage, fmt::format("--as: {}", unpriced->reason),
                  unpriced->hint.empty() ? "costwar prices list shows what has a price" : unpriced->hint);
    pricing::AsModel as{name, std::get<pricing::Tariff>(std::move(resolved)), {}};
    if (fixed) {
      as.ratio = [ratio = *fixed](const std::string&) { return std::optional(ratio); };
    } else if (paired != nullptr) {
      as.ratio = [paired, name](const std::string& served) {
        return served == name ? std::optional(pricing::TokenRatio()) : paired_ratio(*paired, served, name);
      };
    }
    models.push_back(std::move(as));
  }
  return models;
}

}  // namespace costwar::cli
