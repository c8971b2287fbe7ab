#include "pricing/import/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/time.h"
#include "pricing/import/numbers.h"

namespace costwar::pricing {
namespace {

constexpr std::array kFormats{
    ImportFormat{"litellm", "LiteLLM's model_prices_and_context_window.json", looks_like_litellm,
                 read_litellm},
    ImportFormat{"models.dev", "the api.json of models.dev", looks_like_models_dev, read_models_dev},
    ImportFormat{"genai-prices", "the data.json of genai-prices", looks_like_genai_prices, read_genai_prices},
    ImportFormat{"llm-prices", "a prices file of llm-prices", looks_like_llm_prices, read_llm_prices},
};

std::string checked_day(const std::string& day) {
  parse_wall(day);
  if (day.size() != 10)
    throw Error(ErrorKind::input, fmt::format("'{}' is not a date", day), "write it as 2026-11-23");
  return day;
}

std::string notes_of(const std::string& source, const BookDraft& draft) {
  std::string notes = fmt::format("Imported from {}: {} models, {} records.", source, draft.model_count(),
                                  draft.record_count());
  for (const LeftOut& each : draft.left_out())
    notes += fmt::format(" Left out: {} x {} (such as {}).", each.count, each.what, each.example);
  return notes;
}

}  // namespace

std::span<const ImportFormat> import_formats() {
  return kFormats;
}

const ImportFormat* import_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const ImportFormat& row) { return row.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

const ImportFormat* guess_format(std::string_view bytes) {
  const Json document = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (document.is_discarded() || (document.is_object() && document.contains("schema_version")))
    return nullptr;
  for (const ImportFormat& format : kFormats)
    if (format.looks_like(document)) return &format;
  return nullptr;
}

ImportedBook import_book(const ImportFormat& format, std::string_view bytes, const ImportOptions& options) {
  const std::string day = checked_day(options.retrieved);
  const std::string source = options.source.empty()
                                 ? fmt::format("{} ({}, retrieved {})", format.title, options.file, day)
                                 : options.source;
  const Json document = parse_keeping_numbers(bytes, options.file);
  BookDraft draft{std::string(format.name), day, source};
  format.read(JsonIn(document, options.file), draft);
  if (draft.record_count() == 0)
    throw Error(
        ErrorKind::input,
        fmt::format("{}: no model in it has a price per token, read as {}", options.file, format.title),
        "name the format it has: costwar prices import --help lists them");
  return {draft.text(notes_of(source, draft)), draft.model_count(), draft.record_count(), draft.left_out()};
}

}  // namespace costwar::pricing
