// costwar prices list: the price book as it holds at an instant.
#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/price_book.h"
#include "cli/prices/commands.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/time.h"
#include "reports/views/table_builder.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

using pricing::ListedPrice;
using pricing::Rate;

Cell rate_cell(const ListedPrice& price, Rate rate) {
  const auto& amount = price.per_million[static_cast<std::size_t>(rate)];
  return amount ? Cell{MoneyCell{*amount, true}} : Cell{Unknown{}};
}

std::string band_and_tier(const ListedPrice& price) {
  std::string text = price.band == "all" ? "" : std::string(price.band);
  if (!text.empty() && price.in_effect) text += " (holds)";
  constexpr pricing::TokenRange kAll;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (price.tier.low > kAll.low) add(fmt::format("prompt from {}", price.tier.low));
  if (price.tier.high < kAll.high) add(fmt::format("prompt to {}", price.tier.high));
  return text;
}

std::string marks_of(const ListedPrice& price) {
  std::string text;
  const auto add = [&](std::string_view part) { text += (text.empty() ? "" : ", ") + std::string(part); };
  if (price.status != "in_force") add(price.status);
  if (price.rate_kind == "promo") add("promo");
  if (price.derived) add("derived");
  if (!price.confirmed) add("unconfirmed");
  if (price.evidence != nullptr && price.evidence->from == pricing::kBeginning) add("start unknown");
  if (price.evidence != nullptr && price.evidence->layer > 0) add("user_price");
  return text;
}

// "batch", "standard, data_residency".
std::string class_and_region(const ListedPrice& price) {
  return price.region == "any" || price.region.empty() ? price.service_class
                                                       : price.service_class + ", " + price.region;
}

class PricesList final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--provider", provider_, "Only this provider");
    app.add_option("--model", model_, "Only this model (the API's name)");
    app.add_option("--currency", currency_, "Only sheets in this currency, such as CNY (default: all)");
    app.add_option("--at", at_, "The instant, such as 2026-08-17T02:00:00Z (default: now)");
    app.add_option("--known-at", known_at_, "Only what could be known at this instant (default: now)");
    declare_book_flags(app, books_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const Wall now = SystemClock().wall();
    const Wall at = at_.empty() ? now : parse_wall(at_);
    const Wall known_at = known_at_.empty() ? std::max(now, at) : parse_wall(known_at_);
    const pricing::PriceBook book = load_price_book(books_, environment);  // rows point into it
    emit(document(chosen(book.list(at, known_at)), at), output_, environment);
    return kOk;
  }

 private:
  std::vector<ListedPrice> chosen(std::vector<ListedPrice> prices) const {
    require_known(provider_, prices, &ListedPrice::provider, "provider");
    require_known(model_, prices, &ListedPrice::model, "model");
    const std::optional<Currency> currency =
        currency_.empty() ? std::nullopt : std::optional(Currency(currency_));
    std::erase_if(prices, [&](const ListedPrice& price) {
      return (!provider_.empty() && price.provider != provider_) ||
             (!model_.empty() && price.model != model_) || (currency && price.currency != *currency);
    });
    if (prices.empty())
      throw Error(ErrorKind::usage, "no price of that provider, model and currency holds at that instant",
                  "costwar prices list shows all");
    return prices;
  }

  static void require_known(const std::string& name, const std::vector<ListedPrice>& prices,
                            std::string ListedPrice::*field, std::string_view kind) {
    if (name.empty()) return;
    std::vector<std::string> names;
    names.reserve(prices.size());
    for (const ListedPrice& price : prices) names.push_back(price.*field);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    const auto near = nearest_name(name, std::span<const std::string>(names));
    throw Error(ErrorKind::usage, fmt::format("no price of the {} {} holds at that instant", kind, name),
                near ? fmt::format("did you mean {}?", *near) : "costwar prices list shows all");
  }

  static Document document(const std::vector<ListedPrice>& prices, Wall at) {
    Document document;
    document.kind = "price_list";
    document.headline = fmt::format("{} prices per million tokens, as they hold at {}.", prices.size(),
                                    format_wall(Wall{at.ns / 1'000'000'000 * 1'000'000'000}));
    document.facts = {{"at", TextCell{format_wall(at)}}};
    Table table{"prices",
                "",
                {{"provider", "", Align::left, Show::data_only},
                 {"model", "", Align::left, Show::data_only},
                 {"", "Model", Align::left, Show::text_only},
                 {"currency", "", Align::left, Show::data_only},
                 {"service_class", "", Align::left, Show::data_only},
                 {"region", "", Align::left, Show::data_only},
                 {"", "Class", Align::left, Show::text_only},
                 {"when", "When", Align::left},
                 {"input", "Input"},
                 {"cache_read", "Cache read"},
                 {"cache_write_5m", "Cache write"},
                 {"output", "Output"},
                 {"marks", "Marks", Align::left},
                 {"in_effect", "", Align::left, Show::data_only},
                 {"sources", "Sources"},
                 {"record", "Record", Align::left, Show::data_only},
                 {"alias_of", "", Align::left, Show::data_only}}};
    for (const ListedPrice& price : prices)
      table.rows.push_back(
          {TextCell{price.provider}, TextCell{price.model},
           TextCell{fmt::format("{}/{}{}", price.provider, price.model,
                                price.alias_of.empty() ? "" : fmt::format(" (now {})", price.alias_of))},
           TextCell{price.currency.code()}, reports::text_cell(price.service_class),
           reports::text_cell(price.region), reports::text_cell(class_and_region(price)),
           reports::text_cell(band_and_tier(price)), rate_cell(price, Rate::input),
           rate_cell(price, Rate::cache_read), rate_cell(price, Rate::cache_write_5m),
           rate_cell(price, Rate::output), reports::text_cell(marks_of(price)), BooleanCell{price.in_effect},
           IntegerCell{static_cast<std::int64_t>(price.source_count)},
           TextCell{price.evidence == nullptr ? "" : price.evidence->id},
           reports::text_cell(price.alias_of)});
    document.tables.push_back(std::move(table));
    if (std::any_of(prices.begin(), prices.end(), [](const ListedPrice& price) { return !price.confirmed; }))
      document.notes.push_back({NoteKind::note,
                                "Unconfirmed: neither an official page nor two agreeing third parties carry "
                                "every figure of the record."});
    return document;
  }

  std::string provider_;
  std::string model_;
  std::string currency_;
  std::string at_;
  std::string known_at_;
  BookFlags books_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_list() {
  return std::make_unique<PricesList>();
}

}  // namespace costwar::cli
