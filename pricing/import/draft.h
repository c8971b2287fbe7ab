// BookDraft: what an importer has read so far, in our terms, and what it had to leave out. It keeps two
// promises for all importers: the finished book is one that PriceBook::parse accepts, and whatever was not
// taken over is counted with its reason.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "pricing/record.h"

namespace costwar::pricing {

// Decimal text per million tokens, indexed by Rate; empty: the file does not say.
using DraftRates = std::array<std::string, kRateCount>;

struct DraftPrice {
  std::string service_class = "standard";
  std::optional<std::int64_t> above;  // for prompts of more than this many tokens
  std::optional<std::int64_t> up_to;  // for prompts of at most this many
  std::string band = "all";
  std::string calendar;  // of BookDraft::calendar; with a band
  std::string from;      // first day, "2026-08-17"; empty: not known
  std::string until;     // the day after the last; empty: open
  DraftRates rates;
};

struct DraftModel {
  std::string provider;  // our name of it
  std::string model;     // the API name
  std::string source;    // where the file says that it has the price from; may be empty
  std::vector<DraftPrice> prices{};
};

struct DraftWindow {
  std::string band;
  std::vector<std::string_view> weekdays;
  std::string start;  // "09:30", UTC
  std::string end;
  bool operator==(const DraftWindow&) const = default;
};

struct LeftOut {
  std::string what;
  std::size_t count = 0;
  std::string example;  // the first that was left out
};

class BookDraft {
 public:
  // `format` starts every id; `day` is the day of retrieval; `source` names the file in every record.
  BookDraft(std::string format, std::string day, std::string source)
      : format_(std::move(format)), day_(std::move(day)), source_(std::move(source)) {}

  // A number per single token (shift 6) or per million tokens (shift 0) as a rate; empty when it is null or
  // cannot be held exactly, which is then counted.
  std::string rate(const JsonIn& in, int shift);

  // A calendar in UTC; the same windows share one.
  std::string calendar(const std::string& provider, std::string_view default_band,
                       const std::vector<DraftWindow>& windows);

  // Leaves the model out, and says so, when it has no price of its own, when its prices overlap, or when the
  // name is taken.
  void add(DraftModel model);
  // A name that is billed as another; for after all models. Both are names of the same provider.
  void add_alias(const std::string& provider, const std::string& name, const std::string& target);

  void leave_out(std::string_view what, std::string_view example);

  std::size_t model_count() const { return models_.size(); }
  std::size_t record_count() const { return records_.size(); }
  std::vector<LeftOut> left_out() const;  // the most frequent first
  std::string text(const std::string& notes) const;

 private:
  using Name = std::pair<std::string, std::string>;
  Json evidence(const std::string& id, std::string_view kind, const std::string& provider,
                const std::string& from_source) const;
  Json record(const DraftModel& model, const DraftPrice& price) const;
  bool usable(const DraftModel& model);

  std::string format_;
  std::string day_;
  std::string source_;
  std::map<Name, std::vector<DraftPrice>> models_;
  std::map<Name, Json> records_;  // by provider and id, so that the book is ordered
  std::map<std::string, std::vector<Json>> calendars_;
  std::map<std::string, LeftOut> left_out_;
};

}  // namespace costwar::pricing
