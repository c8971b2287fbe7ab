#include "pricing/reconcile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/day.h"
#include "core/error.h"
#include "core/text.h"
#include "pricing/explain_difference.h"
#include "pricing/model_text.h"

namespace costwar::pricing {
namespace {

constexpr std::array<std::string_view, 3> kSideNames{"both", "invoice_only", "log_only"};

std::string_view without_provider(std::string_view model) {
  return model.substr(model.find('/') + 1);  // npos + 1 is 0
}

// The model of the log that a name on the invoice means.
class InvoicedNames {
 public:
  InvoicedNames(const std::set<std::string>& logged, const MatchModel& match) : match_(match) {
    for (const std::string& model : logged) {
      add(exact_, model, model);
      add(exact_, std::string(without_provider(model)), model);
      add(exact_, lowered(without_provider(model)), model);
      add(canonical_, canonical_model(without_provider(model)), model);
    }
    logged_ = &logged;
  }

  const std::string& of(const std::string& printed) {
    const auto [at, added] = known_.try_emplace(printed);
    if (added) at->second = find(printed);
    return at->second;
  }

 private:
  using Names = std::map<std::string, std::string>;  // an empty value: several

  static void add(Names& names, const std::string& name, const std::string& model) {
    const auto [at, added] = names.try_emplace(name, model);
    if (!added && at->second != model) at->second.clear();
  }

  static std::string look(const Names& names, const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? "" : found->second;
  }

  std::string find(const std::string& printed) const {
    if (std::string model = look(exact_, printed); !model.empty()) return model;
    std::string matched = match_ ? match_(printed) : "";
    if (logged_->contains(matched)) return matched;
    if (std::string model = look(exact_, lowered(printed)); !model.empty()) return model;
    if (std::string model = look(canonical_, canonical_model(printed)); !model.empty()) return model;
    if (!matched.empty()) {
      std::string model = look(canonical_, canonical_model(without_provider(matched)));
      return model.empty() ? matched : model;
    }
    return printed;
  }

  const MatchModel& match_;
  const std::set<std::string>* logged_;
  Names exact_, canonical_;
  std::map<std::string, std::string> known_;
};

struct Pending {
  const TrafficGroup* logged = nullptr;
  TrafficGroup sum;  // of all models, where the invoice names none
  std::vector<ConvertedLine> lines;
  std::string printed;
};
using DayAndModel = std::pair<std::int64_t, std::string>;

class Reconciler {
 public:
  Reconciler(const Traffic& traffic, const Invoice& invoice, const FxTable* fx, const MatchModel& match)
      : traffic_(traffic), invoice_(invoice), fx_(fx), names_(models_, match) {
    out_.title = invoice.title;
    out_.currency = traffic.columns[0].currency;
    out_.day_offset_ns = invoice.day_offset_ns;
    out_.decimals = invoice.decimals;
    out_.other_offsets = invoice.other_offsets;
    out_.bad_lines = invoice.bad_lines;
    out_.bad_samples = invoice.bad_samples;
    out_.outside = zero();
  }

  // The members' order makes models_ ready before names_ reads it.
  static std::set<std::string> models_of(const Traffic& traffic, const Invoice& invoice,
                                         std::int64_t& others) {
    std::set<std::string> all, billed;
    for (const auto& [key, group] : traffic.groups) {
      all.insert(key[1]);
      // A name that the price book does not know may be anybody's.
      if (invoice.provider.empty() || key[1].starts_with(invoice.provider + "/") ||
          key[1].find('/') == std::string::npos)
        billed.insert(key[1]);
    }
    if (billed.empty()) return all;  // a gateway's name, perhaps: compare everything
    others = static_cast<std::int64_t>(all.size() - billed.size());
    return billed;
  }

  Reconciliation run() {
    out_.other_providers = others_;
    find_days();
    add_lines();
    add_traffic();
    for (auto& [key, pending] : pending_) {
      if (without_rate(key.first)) {
        if (pending.logged != nullptr)
          unrated_.try_emplace(key.first, zero()).first->second +=
              Money(out_.currency, pending.logged->costs[0].total);
      } else {
        explain(key, pending);
      }
    }
    sum_up();
    find_shifts();
    return std::move(out_);
  }

 private:
  Money zero() const { return {out_.currency, 0}; }

  void find_days() {
    bool first = true;
    named_ = false;
    for (const InvoiceLine& line : invoice_.lines) {
      if (line.kind != LineKind::usage) continue;
      out_.first_day = first ? line.day : std::min(out_.first_day, line.day);
      out_.last_day = first ? line.day : std::max(out_.last_day, line.day);
      named_ = named_ || !line.model.empty() || !line.label.empty();
      first = false;
    }
    if (first) out_.last_day = out_.first_day - 1;  // no usage at all
  }

  // Half a unit of the last printed digit.
  Money half_unit(Currency currency) const {
    int128 atto = 500'000'000'000'000'000;
    for (int i = 0; i < invoice_.decimals; ++i) atto /= 10;
    return {currency, atto};
  }

  void add_lines() {
    std::map<std::pair<LineKind, std::string>, SeparateLines> separate;
    for (const InvoiceLine& line : invoice_.lines) {
      if (line.kind != LineKind::usage) {
        add_separate(separate, line);
      } else {
        add_usage(line);
      }
    }
    for (auto& [key, lines] : separate) out_.separate.push_back(std::move(lines));
  }

  static void add_separate(std::map<std::pair<LineKind, std::string>, SeparateLines>& separate,
                           const InvoiceLine& line) {
    const std::string code = line.amount.currency().code();
    const auto [at, added] =
        separate.try_emplace({line.kind, line.label + '\0' + code},
                             SeparateLines{line.kind, line.label, Money(line.amount.currency(), 0), 0});
    at->second.amount += line.amount;
    ++at->second.lines;
  }

  void add_usage(const InvoiceLine& line) {
    const Currency from = line.amount.currency();
    ConvertedLine converted{&line, line.amount, half_unit(from)};
    if (from != out_.currency) {
      if (fx_ == nullptr)
        throw Error(ErrorKind::input,
                    fmt::format("the invoice is in {}, the log in {}", from.code(), out_.currency.code()),
                    "give dated exchange rates with --fx FILE, or price the log in the invoice's currency");
      const auto amount = fx_->convert(line.amount, out_.currency, line.day);
      if (!amount) return add_missing_rate(line);
      converted.amount = *amount;
      converted.slack = *fx_->convert(converted.slack, out_.currency, line.day);
      if (std::find(out_.converted_from.begin(), out_.converted_from.end(), from.code()) ==
          out_.converted_from.end())
        out_.converted_from.push_back(from.code());
    }
    const std::string& printed = line.model.empty() ? line.label : line.model;
    const std::string model = named_ ? names_.of(printed) : "";
    Pending& pending = pending_[{line.day, model}];
    pending.lines.push_back(converted);
    if (printed != without_provider(model)) pending.printed = printed;
  }

  void add_missing_rate(const InvoiceLine& line) {
    for (MissingRate& missing : out_.missing_rates) {
      if (missing.day != line.day || missing.from != line.amount.currency()) continue;
      missing.amount += line.amount;
      ++missing.lines;
      return;
    }
    out_.missing_rates.push_back({line.day, line.amount.currency(), 1, line.amount});
  }

  // A day of which a line has no rate cannot be compared: it stands in no sum.
  bool without_rate(std::int64_t day) const {
    return std::any_of(out_.missing_rates.begin(), out_.missing_rates.end(),
                       [&](const MissingRate& missing) { return missing.day == day; });
  }

  void add_traffic() {
    std::set<std::int64_t> outside;
    for (const auto& [key, group] : traffic_.groups) {
      if (!models_.contains(key[1])) continue;
      const auto day = parse_day(key[0]);
      if (!day || day->day < out_.first_day || day->day > out_.last_day) {
        outside.insert(day ? day->day : INT64_MIN);
        out_.outside += Money(out_.currency, group.costs[0].total);
        continue;
      }
      Pending& pending = pending_[{day->day, named_ ? key[1] : ""}];
      if (named_) {
        pending.logged = &group;
      } else {
        add(pending, group);
      }
    }
    out_.days_outside = static_cast<std::int64_t>(outside.size());
  }

  static void add(Pending& pending, const TrafficGroup& group) {
    TrafficGroup& sum = pending.sum;
    if (pending.logged == nullptr) sum.costs.resize(1);
    pending.logged = &sum;
    sum.records += group.records;
    sum.requests += group.requests;
    CostSum& cost = sum.costs[0];
    const CostSum& more = group.costs[0];
    for (std::size_t i = 0; i < kMeterCount; ++i) {
      sum.counts[i] += group.counts[i];
      cost.atto[i] += more.atto[i];
    }
    cost.total += more.total;
    cost.low += more.low;
    cost.high += more.high;
    cost.unpriced += more.unpriced;
    cost.partly += more.partly;
    cost.marks |= more.marks;
  }

  void explain(const DayAndModel& key, const Pending& pending) {
    ReconciledGroup group;
    group.day = key.first;
    group.model = key.second;
    group.printed = pending.printed;
    explain_difference(group, pending.logged, pending.lines, out_.currency, half_unit(out_.currency));
    out_.groups.push_back(std::move(group));
  }

  void sum_up() {
    out_.total = ReconciledDay{0, zero(), zero(), zero(), DifferenceParts(out_.currency), true};
    std::map<std::int64_t, ReconciledDay> days;
    const auto day_of = [&](std::int64_t day) -> ReconciledDay& {
      ReconciledDay fresh{day, zero(), zero(), zero(), DifferenceParts(out_.currency), true};
      return days.try_emplace(day, fresh).first->second;
    };
    std::map<std::pair<bool, std::optional<Meter>>, ReconciledMeter> meters;  // without a meter last
    for (const ReconciledGroup& group : out_.groups) {
      for (ReconciledDay* sum : {&day_of(group.day), &out_.total}) {
        sum->computed += group.computed.value_or(zero());
        sum->invoiced += group.invoiced.value_or(zero());
        sum->difference += group.difference;
        sum->parts += group.parts;
      }
      for (const ReconciledMeter& meter : group.meters) add_meter(meters[{!meter.meter, meter.meter}], meter);
    }
    for (const MissingRate& missing : out_.missing_rates)
      day_of(missing.day).complete = out_.total.complete = false;
    for (const auto& [day, computed] : unrated_) day_of(day).computed = computed;
    for (auto& [day, sum] : days) out_.days.push_back(sum);
    for (auto& [key, sum] : meters) {
      if (uncounted_.contains(sum.meter)) sum.billed.reset();  // a part of a count is no count
      out_.meters.push_back(sum);
    }
  }

  void add_meter(ReconciledMeter& sum, const ReconciledMeter& meter) {
    if (meter.invoiced && !meter.billed) uncounted_.insert(meter.meter);
    const auto plus = [](auto& total, const auto& more) {
      if (!more) return;
      if (total) {
        *total += *more;
      } else {
        total = more;
      }
    };
    if (!sum.computed && !sum.invoiced) sum.parts = DifferenceParts(out_.currency);
    sum.meter = meter.meter;
    plus(sum.computed, meter.computed);
    plus(sum.invoiced, meter.invoiced);
    plus(sum.logged, meter.logged);
    plus(sum.billed, meter.billed);
    sum.parts += meter.parts;
  }

  // Differences that cancel out over the days: the two sides cut the days at different hours.
  void find_shifts() {
    struct Sums {
      int128 net = 0, slack = 0;
      int days = 0;
    };
    std::map<std::string, Sums> models;
    for (const ReconciledGroup& group : out_.groups) {
      Sums& sums = models[group.model];
      sums.net += group.difference.atto();
      sums.slack += group.slack.atto();
      const int128 atto = group.difference.atto();
      sums.days += (atto < 0 ? -atto : atto) > group.slack.atto() ? 1 : 0;
    }
    for (const auto& [model, sums] : models)
      if (sums.days >= 2 && (sums.net < 0 ? -sums.net : sums.net) <= sums.slack)
        out_.shifted_models.push_back(model);
  }

  const Traffic& traffic_;
  const Invoice& invoice_;
  const FxTable* fx_;
  std::int64_t others_ = 0;
  std::set<std::string> models_ = models_of(traffic_, invoice_, others_);
  InvoicedNames names_;
  bool named_ = false;  // the invoice tells models apart
  std::map<DayAndModel, Pending> pending_;
  std::set<std::optional<Meter>> uncounted_;
  std::map<std::int64_t, Money> unrated_;  // what the log has of days without an exchange rate
  Reconciliation out_;
};

}  // namespace

DifferenceParts& DifferenceParts::operator+=(const DifferenceParts& other) {
  quantity += other.quantity;
  price += other.price;
  rounding += other.rounding;
  range += other.range;
  unexplained += other.unexplained;
  return *this;
}

std::string_view side_name(Side side) {
  return kSideNames[static_cast<std::size_t>(side)];
}

Reconciliation reconcile(const Traffic& traffic, const Invoice& invoice, const FxTable* fx,
                         const MatchModel& match) {
  if (traffic.dimensions != std::vector<std::string>{"day", "model"} || traffic.columns.empty())
    throw Error(ErrorKind::internal, "reconciling needs traffic by day and model");
  return Reconciler(traffic, invoice, fx, match).run();
}

std::string canonical_model(std::string_view name) {
  std::string text = lowered(without_snapshot(name));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ' ' || c == '.' || c == '_'; }, '-');
  return text;
}

}  // namespace costwar::pricing
