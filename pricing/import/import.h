// Other tools' price catalogues as books of our schema. Pure: bytes in, the text of a book out. One reader a
// format, each a row of import_formats(). Nothing is guessed: what a file has and our tariff model cannot
// express is left out and counted. Imported records are third-party and unconfirmed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "pricing/import/draft.h"

namespace costwar::pricing {

struct ImportFormat {
  std::string_view name;   // "litellm"
  std::string_view title;  // for people: "LiteLLM's model_prices_and_context_window.json"
  bool (*looks_like)(const Json& document);
  void (*read)(const JsonIn& in, BookDraft& draft);
};
std::span<const ImportFormat> import_formats();

// nullptr when the name is not one of the formats.
const ImportFormat* import_format(std::string_view name);

// The format whose file this is; nullptr for our own books, for anything else, and for what is not JSON.
const ImportFormat* guess_format(std::string_view bytes);

struct ImportOptions {
  std::string file;       // the name that complaints and sources use
  std::string retrieved;  // the day of retrieval: "2026-11-26"
  std::string source;     // said of every record; empty: the format's title, the file and the day
};

struct ImportedBook {
  std::string text;  // a book that PriceBook::parse accepts
  std::size_t models = 0;
  std::size_t records = 0;
  std::vector<LeftOut> left_out;  // the most frequent first
};

// Error{input} names the file and the JSON pointer of what is wrong, or that nothing in it has a price.
ImportedBook import_book(const ImportFormat& format, std::string_view bytes, const ImportOptions& options);

// The readers.
bool looks_like_litellm(const Json& document);
void read_litellm(const JsonIn& in, BookDraft& draft);
bool looks_like_models_dev(const Json& document);
void read_models_dev(const JsonIn& in, BookDraft& draft);
bool looks_like_genai_prices(const Json& document);
void read_genai_prices(const JsonIn& in, BookDraft& draft);
bool looks_like_llm_prices(const Json& document);
void read_llm_prices(const JsonIn& in, BookDraft& draft);

}  // namespace costwar::pricing
