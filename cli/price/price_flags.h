// What costwar price is asked, and how words become options of the scan: dimensions, field mappings, names of
// models, other models' rates. Wrong words are Error{usage} with the flag's name and a remedy.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "core/columns.h"
#include "pricing/traffic/ledger.h"
#include "pricing/traffic/log_fields.h"

namespace costwar::cli {

struct PriceFlags {
  std::vector<std::string> files;
  std::vector<std::string> as;
  std::vector<std::string> by;
  std::string at;
  std::string known_at;
  std::string currency = "USD";
  std::string provider;
  std::vector<std::string> model_maps;
  std::vector<std::string> maps;
  std::string day_zone;
  std::string token_ratio;
  std::string paired_run;
  std::string cache = "same";
  bool each = false;
  std::string rejects = "costwar-rejects.jsonl";
  int threads = 0;
  std::string store;
  bool strict = false;
};

void declare_price_flags(CLI::App& app, PriceFlags& flags);

// What can be said without a price book: flags that exclude each other, outputs that would overwrite an
// input.
void check_price_flags(const PriceFlags& flags, const OutputFlags& output, bool against);

// --by: the dimensions in order ("model" by default), and which of them are paths of the user's own fields. A
// near miss of a known name is taken for a slip.
struct Dimensions {
  std::vector<std::string> names;
  std::vector<std::string> tags;
};
Dimensions price_dimensions(const PriceFlags& flags);

std::vector<pricing::FieldMapping> field_mappings(const PriceFlags& flags);

// --provider and --model-map, checked against the book.
pricing::ModelNames model_names(const PriceFlags& flags, const pricing::PriceBook& book);

// --currency, which some sheet of the book must have.
Currency price_currency(const PriceFlags& flags, const pricing::PriceBook& book);

// "UTC", "+08:00": nanoseconds east of UTC; nothing is UTC.
std::int64_t day_zone_ns(const std::string& text);

// --as: tariffs of other models, with ratios of counts by --token-ratio or of the run `paired`, which must
// outlive them.
std::vector<pricing::AsModel> as_models(const PriceFlags& flags, const pricing::LedgerOptions& ledger,
                                        const RunColumns* paired);

}  // namespace costwar::cli
