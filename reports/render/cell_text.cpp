#include "reports/render/cell_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace costwar::reports {
namespace {

constexpr int kScaleDigits = 18;
const char* const kDash = "–";

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// "1234567" as "1,234,567".
std::string grouped_digits(std::string digits) {
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

// A number with a real minus sign, which is as wide as a plus, and without "-0".
std::string signed_digits(double value, int decimals) {
  if (std::isnan(value)) return kDash;
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const std::string digits = fmt::format("{:.{}f}", std::abs(value), std::max(0, decimals));
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? "−" + digits : digits;
}

std::string number_text(double value, int decimals, NumberStyle style) {
  switch (style) {
    case NumberStyle::plain:
      return signed_digits(value, decimals);
    case NumberStyle::share:
      return signed_digits(value * 100, decimals) + (std::isnan(value) ? "" : " %");
    case NumberStyle::points: {
      const std::string digits = signed_digits(value * 100, decimals);
      return value > 0 && digits.find_first_not_of("0.") != std::string::npos ? "+" + digits : digits;
    }
    case NumberStyle::factor:
      return signed_digits(value, decimals) + (std::isfinite(value) ? "×" : "");
  }
  return kDash;
}

std::string bound_text(double value, int decimals, NumberStyle style) {
  const bool percent = style == NumberStyle::share || style == NumberStyle::points;
  return signed_digits(percent ? value * 100 : value, decimals);
}

std::string bound_digits(const Money& money, int decimals) {
  const std::string digits = money_digits(money, decimals);
  return digits.starts_with('-') ? "−" + digits.substr(1) : digits;
}

std::string price_text(const Money& money) {
  const std::string text = format_price(money);
  return text.starts_with('-') ? "−" + text.substr(1) : text;
}

CellText cost_text(const CostCell& cost) {
  if (!cost.amount && !cost.low && !cost.high) return {kDash, "", ""};
  if (cost.exact && !cost.amount && cost.low && cost.high)
    return {fmt::format("{} to {}", price_text(*cost.low), price_text(*cost.high)), "", ""};
  const Money& reference = cost.amount ? *cost.amount : cost.low ? *cost.low : *cost.high;
  const int decimals = money_decimals(reference);
  if (cost.amount) {
    CellText cell{money_text(*cost.amount, decimals), "", ""};
    if (cost.low) cell.low = bound_digits(*cost.low, decimals);
    if (cost.low) cell.high = cost.high ? bound_digits(*cost.high, decimals) : "∞";
    return cell;
  }
  if (!cost.low) return {"≤ " + money_text(*cost.high, decimals), "", ""};
  if (!cost.high) return {"≥ " + money_text(*cost.low, decimals), "", ""};
  return {fmt::format("{} to {}", money_text(*cost.low, decimals), bound_digits(*cost.high, decimals)), "",
          ""};
}

}  // namespace

std::string grouped(std::int64_t value) {
  const std::string digits = std::to_string(value);
  return value < 0 ? fmt::format("−{}", grouped_digits(digits.substr(1))) : grouped_digits(digits);
}

int money_decimals(const Money& money) {
  const double magnitude = std::abs(money.approximate());
  if (magnitude == 0 || magnitude >= 1) return 2;
  const int leading_zeros = static_cast<int>(-std::floor(std::log10(magnitude))) - 1;
  return std::clamp(leading_zeros + 3, 2, kScaleDigits);
}

std::string money_digits(const Money& money, int decimals) {
  const std::int64_t unit = power_of_ten(kScaleDigits - decimals);
  std::string digits = Money(money.currency(), money.scaled(1, unit).atto()).times(unit).decimal();
  const std::string sign = digits.starts_with('-') ? "-" : "";
  digits.erase(0, sign.size());
  const std::size_t point = std::min(digits.find('.'), digits.size());
  std::string fraction = point < digits.size() ? digits.substr(point + 1) : "";
  fraction.resize(static_cast<std::size_t>(decimals), '0');
  const std::string whole = grouped_digits(digits.substr(0, point));
  return fmt::format("{}{}{}{}", sign, whole, decimals > 0 ? "." : "", fraction);
}

std::string money_text(const Money& money, int decimals) {
  std::string digits = money_digits(money, decimals);
  const std::string code = money.currency().code();
  const std::string sign = code == "USD" ? "$" : code + " ";
  if (digits.starts_with('-')) return "−" + sign + digits.substr(1);
  return sign + digits;
}

CellText cell_text(const Cell& cell) {
  return std::visit(
      Overloaded{
          [](const Unknown&) {
            return CellText{kDash, "", ""};
          },
          [](const TextCell& text) {
            return CellText{text.text, "", ""};
          },
          [](const IntegerCell& integer) {
            return CellText{grouped(integer.value), "", ""};
          },
          [](const BooleanCell& boolean) {
            return CellText{boolean.value ? "yes" : "no", "", ""};
          },
          [](const NumberCell& number) {
            return CellText{number_text(number.value, number.decimals, number.style), "", ""};
          },
          [](const IntervalCell& interval) {
            if (std::isnan(interval.low) && std::isnan(interval.high))
              return CellText{number_text(interval.estimate, interval.decimals, interval.style), "", ""};
            return CellText{number_text(interval.estimate, interval.decimals, interval.style),
                            bound_text(interval.low, interval.decimals, interval.style),
                            bound_text(interval.high, interval.decimals, interval.style)};
          },
          [](const MoneyCell& money) {
            if (money.exact) return CellText{price_text(money.amount), "", ""};
            return CellText{money_text(money.amount, money_decimals(money.amount)), "", ""};
          },
          [](const CostCell& cost) { return cost_text(cost); },
          [](const std::shared_ptr<const RecordCell>& record) {
            return record && !record->members.empty() ? cell_text(record->members.front().second)
                                                      : CellText{kDash, "", ""};
          },
          [](const ProductCell& product) { return cell_text(MoneyCell{product.value}); },
          [](const SumCell& sum) {
            return sum.value ? cell_text(MoneyCell{*sum.value}) : CellText{kDash, "", ""};
          },
          [](const TableCell& table) {
            const std::size_t rows = table.table ? table.table->rows.size() : 0;
            if (rows == 0) return CellText{kDash, "", ""};
            return CellText{fmt::format("{} row{}, below", rows, rows == 1 ? "" : "s"), "", ""};
          },
      },
      cell);
}

std::string joined(const CellText& cell) {
  return cell.has_bounds() ? fmt::format("{} [{}, {}]", cell.text, cell.low, cell.high) : cell.text;
}

std::string plural(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(count), count == 1 ? one : many);
}

std::vector<std::size_t> visible_columns(const Table& table) {
  std::vector<std::size_t> visible;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].show != Show::data_only) visible.push_back(i);
  return visible;
}

}  // namespace costwar::reports
