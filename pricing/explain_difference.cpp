#include "pricing/explain_difference.h"

#include <algorithm>
#include <array>
#include <map>

namespace costwar::pricing {
namespace {

// The meters that vendors bill; reasoning is in visible_output here.
constexpr std::array kBilled{Meter::fresh_input,       Meter::cache_read,     Meter::cache_write_5m,
                             Meter::cache_write_1h,    Meter::visible_output, Meter::tool_calls,
                             Meter::cache_token_hours, Meter::requests,       Meter::web_searches};

std::size_t index(Meter meter) {
  return static_cast<std::size_t>(meter);
}

Money absolute(const Money& amount) {
  return {amount.currency(), amount.atto() < 0 ? -amount.atto() : amount.atto()};
}

struct LoggedMeter {
  int128 count = 0;
  int128 atto = 0;
};

LoggedMeter logged_meter(const TrafficGroup* logged, Meter meter) {
  if (logged == nullptr) return {};
  const auto add = [&](LoggedMeter sum, Meter which) {
    sum.count += logged->counts[index(which)];
    sum.atto += logged->costs[0].atto[index(which)];
    return sum;
  };
  const LoggedMeter sum = add({}, meter);
  return meter == Meter::visible_output ? add(sum, Meter::reasoning) : sum;
}

struct BilledMeter {
  Money amount, slack;
  std::optional<int128> count;
  bool counted = true;  // every line has a quantity
  std::int64_t lines = 0;
};

// Splits what one meter differs by. `reliable`: the log's amounts cover all of its counts.
void explain_meter(ReconciledMeter& meter, Money slack, bool reliable) {
  const Currency currency = slack.currency();
  const Money zero(currency, 0);
  const Money difference = meter.invoiced.value_or(zero) - meter.computed.value_or(zero);
  if (difference.is_zero()) return;
  if (reliable && meter.computed && meter.invoiced && meter.logged.value_or(0) > 0 && meter.billed) {
    if (const auto quantity = scaled(meter.computed->atto(), *meter.billed - *meter.logged, *meter.logged)) {
      meter.parts.quantity = Money(currency, *quantity);
      const Money rest = difference - meter.parts.quantity;
      (absolute(rest) <= slack ? meter.parts.rounding : meter.parts.price) = rest;
      return;
    }
  }
  const bool one_sided = meter.meter && (!meter.computed || !meter.invoiced);
  if (absolute(difference) <= slack) {
    meter.parts.rounding = difference;
  } else if (one_sided && reliable) {
    meter.parts.quantity = difference;
  } else {
    meter.parts.unexplained = difference;
  }
}

// All that is billed, per meter; no meter: nullopt.
std::map<std::optional<Meter>, BilledMeter> by_meter(const std::vector<ConvertedLine>& lines,
                                                     Currency currency) {
  std::map<std::optional<Meter>, BilledMeter> meters;
  for (const ConvertedLine& converted : lines) {
    std::optional<Meter> meter = converted.line->meter;
    if (meter == Meter::reasoning) meter = Meter::visible_output;
    auto [at, added] =
        meters.try_emplace(meter, BilledMeter{Money(currency, 0), Money(currency, 0), {}, true, 0});
    BilledMeter& sum = at->second;
    sum.amount += converted.amount;
    sum.slack += converted.slack;
    ++sum.lines;
    if (converted.line->quantity) {
      sum.count = sum.count.value_or(0) + *converted.line->quantity;
    } else {
      sum.counted = false;
    }
  }
  return meters;
}

void explain_by_meter(ReconciledGroup& group, const TrafficGroup* logged,
                      const std::map<std::optional<Meter>, BilledMeter>& billed, Currency currency,
                      const Money& slack) {
  const auto add = [&](std::optional<Meter> which) {
    ReconciledMeter meter;
    meter.meter = which;
    meter.parts = DifferenceParts(currency);
    Money allowed = slack;
    if (which) {
      const LoggedMeter sum = logged_meter(logged, *which);
      if (sum.count != 0 || sum.atto != 0) {
        meter.computed = Money(currency, sum.atto);
        meter.logged = sum.count;
      }
    }
    if (const auto found = billed.find(which); found != billed.end()) {
      meter.invoiced = found->second.amount;
      if (found->second.counted) meter.billed = found->second.count;
      allowed = found->second.slack;
    } else if (!meter.computed || meter.computed->is_zero()) {
      return;  // on neither side, or counted and free
    }
    explain_meter(meter, allowed, group.unpriced == 0);
    group.parts += meter.parts;
    group.meters.push_back(meter);
  };
  for (const Meter meter : kBilled) add(meter);
  if (billed.contains(std::nullopt)) add(std::nullopt);
}

// What the log's own tariff leaves open explains what nothing else did.
void explain_by_range(ReconciledGroup& group) {
  if (group.side != Side::both || group.low == group.high) return;
  const Money& invoiced = *group.invoiced;
  if (invoiced < *group.low - group.slack || invoiced > *group.high + group.slack) return;
  const auto move = [](DifferenceParts& parts) {
    parts.range += parts.price + parts.unexplained;
    parts.price = parts.unexplained = Money(parts.range.currency(), 0);
  };
  move(group.parts);
  for (ReconciledMeter& meter : group.meters) move(meter.parts);
}

void set_sides(ReconciledGroup& group, const TrafficGroup* logged, const std::vector<ConvertedLine>& lines,
               Currency currency, const Money& slack) {
  group.lines = static_cast<std::int64_t>(lines.size());
  group.slack = lines.empty() ? slack : Money(currency, 0);
  if (logged != nullptr) {
    const CostSum& cost = logged->costs[0];
    group.unpriced = cost.unpriced + cost.partly;
    if (cost.unpriced < logged->records || cost.total != 0) {
      group.computed = Money(currency, cost.total);
      group.low = Money(currency, cost.low);
      group.high = Money(currency, cost.high);
    }
  }
  if (!lines.empty()) {
    group.invoiced = Money(currency, 0);
    for (const ConvertedLine& line : lines) {
      *group.invoiced += line.amount;
      group.slack += line.slack;
    }
  }
  group.side = logged == nullptr ? Side::invoice_only : lines.empty() ? Side::log_only : Side::both;
  const Money zero(currency, 0);
  group.difference = group.invoiced.value_or(zero) - group.computed.value_or(zero);
}

}  // namespace

std::optional<int128> scaled(int128 value, int128 numerator, int128 denominator) {
  int128 product = 0;
  if (denominator < 1 || __builtin_mul_overflow(value, numerator, &product)) return std::nullopt;
  const int128 half = denominator / 2;
  const int128 quotient = product / denominator;
  const int128 rest = product % denominator;
  // Away from zero from one half up; for an odd denominator half is rounded down, so the rest must exceed it.
  const int128 size = rest < 0 ? -rest : rest;
  const bool up = denominator % 2 == 0 ? size >= half : size > half;
  return quotient + (up && rest != 0 ? (product < 0 ? -1 : 1) : 0);
}

void explain_difference(ReconciledGroup& group, const TrafficGroup* logged,
                        const std::vector<ConvertedLine>& lines, Currency currency, const Money& slack) {
  group.parts = DifferenceParts(currency);
  set_sides(group, logged, lines, currency, slack);
  if (group.side == Side::both && group.computed) {
    const auto billed = by_meter(lines, currency);
    const bool tells_meters =
        std::any_of(billed.begin(), billed.end(), [](const auto& m) { return m.first; });
    if (tells_meters) {
      explain_by_meter(group, logged, billed, currency, slack);
      explain_by_range(group);
      return;
    }
  }
  if (group.difference.is_zero()) return;
  (absolute(group.difference) <= group.slack ? group.parts.rounding : group.parts.unexplained) =
      group.difference;
  if (group.computed) explain_by_range(group);
}

}  // namespace costwar::pricing
