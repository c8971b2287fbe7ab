#include "pricing/invoice/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/csv.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::pricing {
namespace {

constexpr std::size_t kBadSamples = 5;

constexpr std::array<std::string_view, 6> kKindNames{"usage",   "credit",   "tax",
                                                     "minimum", "rounding", "other"};

using Header = std::vector<std::string>;  // trimmed, lower case

// Calls `each` with every spelling of a column.
template <class Each>
void for_spellings(const InvoiceColumn& column, Each each) {
  for (std::string_view rest = column.spellings; !rest.empty();) {
    const std::size_t bar = std::min(rest.find('|'), rest.size());
    each(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
}

std::size_t find_column(const Header& header, const InvoiceColumn& column, const InvoiceOptions& options) {
  const auto position = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  if (const auto named = options.columns.find(std::string(column.key)); named != options.columns.end())
    return position(lowered(trimmed(named->second)));
  std::size_t found = header.size();
  for_spellings(column, [&](std::string_view spelling) {
    if (found == header.size()) found = position(spelling);
  });
  return found;
}

bool has_all_required(const InvoiceFormat& format, const Header& header, const InvoiceOptions& options) {
  return std::all_of(format.columns.begin(), format.columns.end(), [&](const InvoiceColumn& column) {
    return !column.required || find_column(header, column, options) < header.size();
  });
}

std::string joined(const Header& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.size() > 300 ? text.substr(0, 300) + "..." : text;
}

// "start_time_iso or utc_date, model, cost, currency"
std::string needed(const InvoiceFormat& format, const InvoiceOptions& options) {
  std::string text;
  for (const InvoiceColumn& column : format.columns) {
    if (!column.required) continue;
    text += text.empty() ? "" : ", ";
    if (const auto named = options.columns.find(std::string(column.key)); named != options.columns.end()) {
      text += named->second;
      continue;
    }
    std::string_view separator;
    for_spellings(column, [&](std::string_view spelling) {
      text += fmt::format("{}{}", separator, spelling);
      separator = " or ";
    });
  }
  return text;
}

const InvoiceFormat& format_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const InvoiceFormat& format : invoice_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage,
              fmt::format("'{}' is not an invoice format: {}", name, fmt::join(names, ", ")),
              near ? fmt::format("did you mean {}?", *near) : "");
}

const InvoiceFormat& choose(std::string_view name, const Header& header, const InvoiceOptions& options,
                            const std::string& file) {
  if (!name.empty()) {
    const InvoiceFormat& format = format_named(name);
    if (has_all_required(format, header, options)) return format;
    throw Error(ErrorKind::input,
                fmt::format("{}: its columns are {}; the {} needs {}", file, joined(header), format.title,
                            needed(format, options)),
                format.guessed
                    ? "check that this is the file of that export, or choose another --invoice-format"
                    : "name its columns with --invoice-columns day=...,amount=...");
  }
  std::string known;
  for (const InvoiceFormat& format : invoice_formats()) {
    if (format.guessed && has_all_required(format, header, options)) return format;
    if (format.guessed) known += fmt::format("; {}: {}", format.name, needed(format, options));
  }
  throw Error(
      ErrorKind::input,
      fmt::format("{}: its columns are {}, which is no layout that is known ({})", file, joined(header),
                  known.substr(std::min<std::size_t>(2, known.size()))),
      "read it with --invoice-format generic --invoice-columns day=...,amount=... --invoice-currency USD");
}

void check_options(const InvoiceOptions& options) {
  std::vector<std::string_view> keys;
  for (const InvoiceColumn& column : kGenericInvoice.columns) keys.push_back(column.key);
  for (const auto& [key, column] : options.columns)
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      throw Error(ErrorKind::usage,
                  fmt::format("--invoice-columns: '{}' is not one of {}", key, fmt::join(keys, ", ")));
}

class InvoiceReading {
 public:
  InvoiceReading(const InvoiceFormat& format, Invoice& invoice) : format_(format), invoice_(invoice) {}

  void take(ReadLine read, std::size_t line) {
    if (read.skip) {
      ++invoice_.empty_lines;
      return;
    }
    read.line.line = line;
    if (read.line.kind == LineKind::usage && read.line.model.empty() && read.line.amount.atto() < 0)
      read.line.kind = LineKind::credit;
    if (invoice_.lines.empty()) {
      invoice_.currency = read.line.amount.currency();
      invoice_.day_offset_ns = read.offset_ns.value_or(0);
    } else if (read.offset_ns.value_or(0) != invoice_.day_offset_ns) {
      ++invoice_.other_offsets;
    }
    if (read.line.kind == LineKind::usage)
      invoice_.decimals = std::max(invoice_.decimals, read.exact ? 18 : read.decimals);
    invoice_.lines.push_back(std::move(read.line));
  }

  void bad(std::size_t line, std::string what) {
    if (++invoice_.bad_lines <= kBadSamples) invoice_.bad_samples.push_back({line, std::move(what)});
  }

  void row(std::span<const std::string_view> fields, const std::vector<std::size_t>& columns,
           std::size_t line, const InvoiceOptions& options) {
    const InvoiceRow row([&](std::string_view key) {
      for (std::size_t i = 0; i < format_.columns.size(); ++i)
        if (format_.columns[i].key == key && columns[i] < fields.size()) return fields[columns[i]];
      return std::string_view{};
    });
    try {
      take(format_.read(row, options), line);
    } catch (const Error& error) {
      bad(line, error.what());
    }
  }

 private:
  const InvoiceFormat& format_;
  Invoice& invoice_;
};

// A run of digits with an optional point: digits without leading zeros, and how many stand behind the point.
struct Digits {
  std::string all;
  int behind = 0;
};

std::optional<Digits> read_digits(std::string_view text) {
  Digits out;
  bool point = false;
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
    } else if (c == ',' && !point && any && i + 3 < text.size() &&
               (i + 4 == text.size() || text[i + 4] == ',' || text[i + 4] == '.')) {
      continue;  // a thousands separator: three digits follow, and then no further one
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (!out.all.empty() || c != '0') out.all.push_back(c);
      out.behind += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (!any) return std::nullopt;
  return out;
}

[[noreturn]] void no_amount(std::string_view text) {
  throw Error(ErrorKind::input, fmt::format("'{}' is not an amount", text.substr(0, 60)),
              "amounts are decimal numbers such as 12.40");
}

// digits * 10^-behind in 1e-18, rounded half up; digits are few enough.
int128 atto_of(std::string digits, int behind) {
  const int shift = 18 - behind;
  if (shift >= 0) {
    digits.append(static_cast<std::size_t>(shift), '0');
    int128 value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
  }
  const auto dropped = static_cast<std::size_t>(-shift);
  if (dropped > digits.size()) return 0;
  const std::size_t kept = digits.size() - dropped;
  int128 value = 0;
  for (std::size_t i = 0; i < kept; ++i) value = value * 10 + (digits[i] - '0');
  return value + (digits[kept] >= '5' ? 1 : 0);
}

}  // namespace

std::string_view line_kind_name(LineKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::span<const InvoiceFormat> invoice_formats() {
  static const std::array kFormats{kOpenAiCosts, kAnthropicCosts, kDeepSeekCosts, kDeepSeekAmounts,
                                   kGenericInvoice};
  return kFormats;
}

Invoice read_invoice(std::string_view text, std::string_view format_name, const InvoiceOptions& options,
                     const std::string& name) {
  check_options(options);
  CsvReader reader(text, csv_delimiter(text));
  const auto fields = reader.next();
  if (!fields || reader.error())
    throw Error(ErrorKind::input, fmt::format("{}: there is no header line", name),
                "an invoice is a CSV file whose first line names the columns");
  Header header;
  for (const std::string_view field : *fields) header.push_back(lowered(trimmed(field)));
  const InvoiceFormat& format = choose(format_name, header, options, name);
  std::vector<std::size_t> columns;
  for (const InvoiceColumn& column : format.columns) columns.push_back(find_column(header, column, options));
  Invoice invoice;
  invoice.format = format.name;
  invoice.title = format.title;
  invoice.provider = format.provider;
  InvoiceReading reading(format, invoice);
  while (const auto record = reader.next()) {
    if (const auto& error = reader.error()) {
      reading.bad(error->line, std::string(error->what));
    } else {
      reading.row(*record, columns, reader.line(), options);
    }
  }
  if (invoice.lines.empty())
    throw Error(
        ErrorKind::input,
        invoice.bad_samples.empty()
            ? fmt::format("{}: not one line bills anything", name)
            : fmt::format("{}: none of its {} lines can be read; line {}: {}", name, invoice.bad_lines,
                          invoice.bad_samples[0].line, invoice.bad_samples[0].what),
        "check the file and --invoice-format");
  return invoice;
}

ReadAmount read_amount(std::string_view text, Currency currency) {
  std::string_view rest = trimmed(text);
  const auto drop = [&](std::string_view sign) {
    if (!rest.starts_with(sign)) return false;
    rest.remove_prefix(sign.size());
    return true;
  };
  bool negative = drop("-");
  if (!negative) drop("+");
  if (!drop("$")) drop("\u00A5");
  if (!negative) negative = drop("-");
  int exponent = 0;
  if (const std::size_t e = rest.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = rest.substr(e + 1);
    const bool down = power.starts_with('-');
    if (down || power.starts_with('+')) power.remove_prefix(1);
    if (power.empty() || power.size() > 2 || power.find_first_not_of("0123456789") != std::string_view::npos)
      no_amount(text);
    for (const char c : power) exponent = exponent * 10 + (c - '0');
    exponent = down ? -exponent : exponent;
    rest = rest.substr(0, e);
  }
  const auto digits = read_digits(rest);
  if (!digits || digits->all.size() > 200) no_amount(text);
  const int behind = digits->behind - exponent;
  if (!digits->all.empty() && static_cast<int>(digits->all.size()) - behind > 12)
    throw Error(ErrorKind::input, fmt::format("the amount {} is beyond any invoice", text.substr(0, 60)));
  const int128 atto = digits->all.empty() ? 0 : atto_of(digits->all, behind);
  return {Money(currency, negative ? -atto : atto), std::clamp(behind, 0, 18)};
}

std::optional<std::int64_t> read_quantity(std::string_view text) {
  const std::string_view number = trimmed(text);
  if (number.empty()) return std::nullopt;
  constexpr int128 kUnit = 1'000'000'000'000'000'000;
  const auto digits = read_digits(number);
  if (!digits || static_cast<int>(digits->all.size()) - digits->behind > 15 || digits->all.size() > 33 ||
      atto_of(digits->all, digits->behind) % kUnit != 0)
    throw Error(ErrorKind::input, fmt::format("'{}' is not a count", number.substr(0, 60)),
                "counts are whole numbers");
  return static_cast<std::int64_t>(atto_of(digits->all, digits->behind) / kUnit);
}

}  // namespace costwar::pricing
