#include "cli/prices/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/suggest.h"
#include "pricing/schedule.h"
#include "reports/views/price_words.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

using pricing::Book;
using pricing::TariffKey;

// Throws unless `word` is one of `known`. `what`: "service class".
void require_known(const std::string& word, const std::set<std::string>& known, const std::string& what,
                   const std::string& of) {
  if (known.contains(word)) return;
  const std::vector<std::string> words(known.begin(), known.end());
  const auto near = nearest_name(word, std::span<const std::string>(words));
  throw Error(
      ErrorKind::usage, fmt::format("no price of {} is recorded for the {} '{}'", of, what, word),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("there is {}", fmt::join(words, ", ")));
}

// The words that some sheet or rule of the model, or of a model that it was an alias of, is for.
struct KnownWords {
  std::set<std::string> currencies;
  std::set<std::string> classes;
  std::set<std::string> regions;
};

KnownWords known_words(const Book& book, const TariffKey& key) {
  KnownWords known;
  const std::vector<std::string> names = pricing::served_names(book, key);
  for (const pricing::PriceRecord& price : book.prices) {
    if (price.evidence.provider != key.provider ||
        std::find(names.begin(), names.end(), price.model) == names.end())
      continue;
    known.currencies.insert(price.currency.code());
    known.classes.insert(price.service_class);
    known.regions.insert(price.region);
  }
  for (const pricing::MultiplierRecord& multiplier : book.multipliers) {
    const bool meant = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return pricing::matches_model(multiplier.models, name) &&
             !pricing::matches_model(multiplier.except_models, name);
    });
    if (multiplier.evidence.provider != key.provider || !meant) continue;
    (multiplier.dimension == pricing::Dimension::region ? known.regions : known.classes)
        .insert(multiplier.value);
  }
  return known;
}

Currency read_currency(const std::string& text) {
  try {
    return Currency(text);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, fmt::format("--currency: {}", error.what()), error.hint());
  }
}

}  // namespace

pricing::PriceBook asked_book(const PriceQuestion& question, const Environment& environment) {
  return load_price_book(question.books, environment);
}

void declare_price_question(CLI::App& app, PriceQuestion& question) {
  app.add_option("model", question.model, "The model, such as deepseek/deepseek-v4-pro")
      ->type_name("PROVIDER/MODEL")
      ->required();
  app.add_option("--known-at", question.known_at, "Only what could be known at this instant (default: now)");
  app.add_option("--currency", question.currency, "The price list: USD (default), CNY, ...");
  app.add_option("--class", question.service_class,
                 "Service class: standard (default), batch, flex, priority, fast");
  app.add_option("--region", question.region, "Region, where the vendor tells them apart (default: any)");
  declare_book_flags(app, question.books);
}

Wall instant_or_now(const std::string& text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return text.empty() ? Wall{SystemClock().wall().ns / kSecond * kSecond} : parse_wall(text);
}

pricing::Tariff answer(const pricing::PriceBook& book, const PriceQuestion& question) {
  const std::size_t slash = question.model.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == question.model.size())
    throw Error(ErrorKind::usage, fmt::format("'{}' does not name provider and model", question.model),
                "write PROVIDER/MODEL, such as openai/gpt-5.5; costwar prices list shows all");
  const std::string model = question.model.substr(slash + 1, question.model.find('@', slash) - slash - 1);
  const TariffKey key{question.model.substr(0, slash), model,           read_currency(question.currency),
                      question.service_class,          question.region, instant_or_now(question.known_at)};
  const auto found = book.resolve(key);
  if (const auto* tariff = std::get_if<pricing::Tariff>(&found)) return *tariff;
  const KnownWords known = known_words(book.book(), key);
  const std::string name = fmt::format("{}/{}", key.provider, key.model);
  if (!known.currencies.empty()) {
    require_known(key.currency.code(), known.currencies, "currency", name);
    require_known(key.service_class, known.classes, "service class", name);
    require_known(key.region, known.regions, "region", name);
  }
  const auto& unpriced = std::get<pricing::Unpriced>(found);
  throw Error(ErrorKind::usage, unpriced.reason,
              unpriced.hint.empty() ? "costwar prices list shows all" : unpriced.hint);
}

void require_price_at(const pricing::Tariff& tariff, Wall at) {
  const auto all = pricing::periods(tariff, pricing::kBeginning, pricing::kForever);
  const auto& segments = tariff.resolved().segments;
  const auto here = std::find_if(all.begin(), all.end(), [&](const pricing::Period& period) {
    return period.from <= at && at < period.until;
  });
  if (here == all.end() || segments[here->segment].refusal == pricing::Refusal::none) return;
  const auto priced = [&](const pricing::Period& period) {
    return segments[period.segment].refusal == pricing::Refusal::none;
  };
  const auto next = std::find_if(here, all.end(), priced);
  std::string hint;
  if (next != all.end()) {
    hint = fmt::format("a price is recorded from {}", format_wall(next->from));
  } else {
    const auto last = std::find_if(std::make_reverse_iterator(here), all.rend(), priced);
    if (last != all.rend()) hint = fmt::format("the last one ended at {}", format_wall(last->until));
  }
  throw Error(ErrorKind::usage, fmt::format("{} ({})", segments[here->segment].reason, format_wall(at)),
              hint);
}

}  // namespace costwar::cli
