#include "harness/store/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/error.h"

namespace costwar::harness {
namespace {

// 1e15 of a currency. A charge above it is taken as this much: counts of a hostile server could otherwise
// leave 128 bits.
constexpr int128 kMostAmount = int128{1'000'000'000'000'000'000} * 1'000'000'000'000'000;

std::string whole_text(int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  uint128 rest = negative ? -static_cast<uint128>(value) : static_cast<uint128>(value);
  std::string text;
  for (; rest > 0; rest /= 10) text += static_cast<char>('0' + static_cast<int>(rest % 10));
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

[[noreturn]] void damaged(const Database& database, std::string_view what) {
  throw Error(ErrorKind::input,
              fmt::format("the store {} holds {}, which has no meaning there", database.path(), what),
              "it was changed by another program, or is damaged");
}

Money amount(const Database& database, Currency currency, std::string_view text) {
  constexpr std::size_t kMostDigits = 38;  // less than 2^127
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  int128 value = 0;
  bool good = !digits.empty() && digits.size() <= kMostDigits;
  for (const char c : digits) {
    good = good && c >= '0' && c <= '9';
    if (!good) damaged(database, fmt::format("the amount '{}'", text));
    value = value * 10 + (c - '0');
  }
  if (!good) damaged(database, fmt::format("the amount '{}'", text));
  return {currency, negative ? -value : value};
}

Currency currency_of(Database& database, std::int64_t ledger) {
  Statement statement = database.use("SELECT currency FROM ledgers WHERE ledger=?");
  if (!statement.bind(ledger).step())
    throw Error(ErrorKind::internal, fmt::format("there is no ledger {}", ledger));
  return Currency(statement.text(0));
}

std::optional<LedgerLine> read_line(Database& database, std::int64_t ledger, Currency currency,
                                    std::string_view model) {
  Statement statement = database.use("SELECT most,settled,held FROM ledger_lines WHERE ledger=? AND model=?");
  if (!statement.bind(ledger).bind_text(model).step()) return std::nullopt;
  LedgerLine line;
  line.model = model;
  if (!statement.is_null(0)) line.limit = amount(database, currency, statement.text(0));
  line.settled = amount(database, currency, statement.text(1));
  line.held = amount(database, currency, statement.text(2));
  line.in_doubt = Money(currency, 0);
  return line;
}

LedgerLine line_of(Database& database, std::int64_t ledger, Currency currency, std::string_view model) {
  if (auto line = read_line(database, ledger, currency, model)) return *std::move(line);
  const Money none(currency, 0);
  return {std::string(model), {}, none, none, none};
}

void write_line(Database& database, std::int64_t ledger, const LedgerLine& line) {
  const std::string most = line.limit ? whole_text(line.limit->atto()) : "";
  const std::string settled = whole_text(line.settled.atto());
  const std::string held = whole_text(line.held.atto());
  Statement insert = database.use(
      "INSERT INTO ledger_lines(ledger,model,most,settled,held) VALUES(?1,?2,nullif(?3,''),?4,?5) "
      "ON CONFLICT(ledger,model) DO UPDATE SET most=nullif(?3,''), settled=?4, held=?5");
  insert.bind(ledger).bind_text(line.model).bind_text(most).bind_text(settled).bind_text(held).step();
}

bool fits(const LedgerLine& line, const Money& worst) {
  return !line.limit || line.spent() + worst <= *line.limit;
}

// A hold, or a part of one, that becomes a charge: on the line of its model and on the sum.
void move(Database& database, std::int64_t ledger, Currency currency, std::string_view model,
          const Money& held, const Money& charge) {
  const std::array<std::string_view, 2> names{"", model};
  for (const std::string_view name : std::span(names).first(model.empty() ? 1 : 2)) {
    LedgerLine line = line_of(database, ledger, currency, name);
    line.held -= held;
    line.settled += charge;
    write_line(database, ledger, line);
  }
}

void count_breach(Database& database, std::int64_t ledger) {
  database.use("UPDATE ledgers SET breaches=breaches+1 WHERE ledger=?").bind(ledger).step();
}

void require_currency(Currency ledger, const Money& money) {
  if (money.currency() != ledger)
    throw Error(ErrorKind::internal, fmt::format("an amount in {} reached a ledger in {}",
                                                 money.currency().code(), ledger.code()));
}

void set_limit(Database& database, std::int64_t ledger, const std::string& name, Currency currency,
               const std::string& model, const Money& limit) {
  LedgerLine line = line_of(database, ledger, currency, model);
  const std::string whose = model.empty() ? "" : fmt::format(" for {}", model);
  if (limit < line.spent())
    throw Error(
        ErrorKind::input,
        fmt::format("the limit of {}{} is below what the ledger {} has spent: {} charged and {} held",
                    format_price(limit), whose, name, format_price(line.settled), format_price(line.held)),
        "give a higher one; holds that never settled count at their worst until costwar runs settle");
  line.limit = limit;
  write_line(database, ledger, line);
}

std::int64_t make_ledger(Database& database, const BudgetLimits& limits, Currency currency, Wall now) {
  if (!limits.total && limits.of_model.empty())
    throw Error(ErrorKind::input,
                fmt::format("there is no ledger {}, and no limit for a new one", limits.ledger),
                "give its limit: --budget 5usd");
  const std::string code = currency.code();
  Statement insert = database.use("INSERT INTO ledgers(name,currency,created_ns,breaches) VALUES(?,?,?,0)");
  insert.bind_text(limits.ledger).bind_text(code).bind(now.ns).step();
  return database.last_row();
}

std::vector<HoldRow> read_holds(Database& database, Statement statement) {
  std::vector<HoldRow> holds;
  while (statement.step()) {
    HoldRow row;
    row.ledger = statement.text(0);
    const Currency currency(statement.text(1));
    row.run = statement.text(2);
    row.trial = statement.integer(3);
    const auto role = call_role_by_name(statement.text(4));
    if (!role) damaged(database, fmt::format("the role '{}'", statement.text(4)));
    row.role = *role;
    row.turn = static_cast<std::uint32_t>(statement.integer(5));
    row.number = static_cast<std::uint32_t>(statement.integer(6));
    row.model = statement.text(7);
    row.worst = amount(database, currency, statement.text(8));
    row.ended = row.in_doubt = statement.integer(9) != 0;
    row.held_at.ns = statement.integer(10);
    holds.push_back(std::move(row));
  }
  return holds;
}

// Stores of earlier versions that are only read have no ledgers.
bool has_ledgers(Database& database) {
  return database.integer("PRAGMA user_version") >= 4;
}

struct Found {
  Money worst;
  std::string model;
};

// The hold of an attempt whose charge is not known.
std::optional<Found> find_open(Database& database, Currency currency, const HoldKey& key) {
  Statement find = database.use(
      "SELECT worst,model,charge FROM holds WHERE run=? AND trial=? AND role=? AND turn=? AND number=?");
  find.bind_text(key.run).bind(key.trial).bind_text(call_role_name(key.role));
  find.bind(key.turn).bind(key.number);
  if (!find.step()) return std::nullopt;
  if (!find.is_null(2))
    throw Error(ErrorKind::internal,
                fmt::format("the hold of attempt {} of trial {} was settled before", key.number, key.trial));
  return Found{amount(database, currency, find.text(0)), std::string(find.text(1))};
}

void insert_hold(Database& database, std::int64_t ledger, const HoldKey& key, const Hold& hold,
                 const std::optional<Money>& charge, Wall now) {
  const std::string worst = whole_text(hold.worst.atto());
  const std::string charged = charge ? whole_text(charge->atto()) : "";
  Statement insert = database.use(
      "INSERT INTO holds(run,trial,role,turn,number,ledger,model,worst,charge,ended,held_ns,settled_ns,note) "
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,nullif(?9,''),?10,?11,iif(?9='',NULL,?11),'')");
  insert.bind_text(key.run).bind(key.trial).bind_text(call_role_name(key.role));
  insert.bind(key.turn).bind(key.number).bind(ledger).bind_text(hold.model).bind_text(worst);
  insert.bind_text(charged).bind(charge ? 1 : 0).bind(now.ns).step();
}

void update_hold(Database& database, const HoldKey& key, const std::optional<Money>& charge, Wall now,
                 std::string_view note) {
  const std::string charged = charge ? whole_text(charge->atto()) : "";
  Statement update = database.use(
      "UPDATE holds SET ended=1, charge=nullif(?6,''), settled_ns=iif(?6='',NULL,?7), note=?8 "
      "WHERE run=?1 AND trial=?2 AND role=?3 AND turn=?4 AND number=?5");
  update.bind_text(key.run).bind(key.trial).bind_text(call_role_name(key.role));
  update.bind(key.turn).bind(key.number).bind_text(charged).bind(now.ns).bind_text(note).step();
}

Money bounded(Currency currency, const Money& charge) {
  return {currency, std::clamp<int128>(charge.atto(), 0, kMostAmount)};
}

}  // namespace

std::int64_t open_ledger(Database& database, const BudgetLimits& limits, Wall now) {
  if (limits.ledger.empty()) throw Error(ErrorKind::internal, "a ledger without a name");
  std::optional<Currency> asked;
  const auto use = [&](const Money& limit) {
    if (asked && *asked != limit.currency())
      throw Error(ErrorKind::usage, "the limits of one budget are in one currency", "");
    asked = limit.currency();
  };
  if (limits.total) use(*limits.total);
  for (const auto& [model, limit] : limits.of_model) use(limit);
  const auto found = find_ledger(database, limits.ledger);
  const std::int64_t ledger = found ? *found : make_ledger(database, limits, asked.value_or(Currency()), now);
  const Currency currency = currency_of(database, ledger);
  if (asked && *asked != currency)
    throw Error(ErrorKind::input,
                fmt::format("the ledger {} is in {}, and the limit is in {}", limits.ledger, currency.code(),
                            asked->code()),
                "give the limit in the ledger's currency, or use another ledger");
  if (limits.total) set_limit(database, ledger, limits.ledger, currency, "", *limits.total);
  for (const auto& [model, limit] : limits.of_model)
    set_limit(database, ledger, limits.ledger, currency, model, limit);
  return ledger;
}

bool hold(Database& database, std::int64_t ledger, const HoldKey& key, const Hold& hold, Wall now) {
  if (hold.worst.is_zero()) return true;
  const Currency currency = currency_of(database, ledger);
  require_currency(currency, hold.worst);
  if (hold.worst.atto() < 0) throw Error(ErrorKind::internal, "a hold below zero");
  if (hold.worst.atto() > kMostAmount) return false;
  LedgerLine total = line_of(database, ledger, currency, "");
  LedgerLine model = line_of(database, ledger, currency, hold.model);
  if (!fits(total, hold.worst) || !fits(model, hold.worst)) return false;
  total.held += hold.worst;
  model.held += hold.worst;
  write_line(database, ledger, total);
  write_line(database, ledger, model);
  insert_hold(database, ledger, key, hold, std::nullopt, now);
  return true;
}

void settle(Database& database, std::int64_t ledger, const HoldKey& key, const std::optional<Money>& charge,
            Wall now) {
  const Currency currency = currency_of(database, ledger);
  if (charge) require_currency(currency, *charge);
  const auto open = find_open(database, currency, key);
  if (!charge) {
    if (open) update_hold(database, key, std::nullopt, now, "");
    return;
  }
  const Money charged = bounded(currency, *charge);
  if (!open) {
    if (charged.is_zero()) return;
    move(database, ledger, currency, "", Money(currency, 0), charged);
    insert_hold(database, ledger, key, {Money(currency, 0), ""}, charged, now);
    count_breach(database, ledger);
    return;
  }
  move(database, ledger, currency, open->model, open->worst, charged);
  update_hold(database, key, charged, now, "");
  if (charged > open->worst) count_breach(database, ledger);
}

void give_up_holds(Database& database, std::int64_t run, std::string_view run_id) {
  Statement update = database.use(
      "UPDATE holds SET ended=1 WHERE run=?1 AND ended=0 AND NOT EXISTS (SELECT 1 FROM attempts a WHERE "
      "a.run=?2 AND a.trial=holds.trial AND a.role=holds.role AND a.turn=holds.turn AND "
      "a.number=holds.number AND a.ended=0 AND a.batch IS NOT NULL)");
  update.bind_text(run_id).bind(run).step();
}

std::vector<std::int64_t> list_ledgers(Database& database) {
  std::vector<std::int64_t> numbers;
  if (!has_ledgers(database)) return numbers;
  Statement statement = database.use("SELECT ledger FROM ledgers ORDER BY ledger");
  while (statement.step()) numbers.push_back(statement.integer(0));
  return numbers;
}

std::optional<std::int64_t> ledger_of_run(Database& database, std::int64_t run) {
  if (!has_ledgers(database)) return std::nullopt;
  Statement statement = database.use("SELECT ledger FROM runs WHERE run=?");
  return statement.bind(run).step() ? statement.optional_integer(0) : std::nullopt;
}

std::optional<std::int64_t> find_ledger(Database& database, std::string_view name) {
  if (!has_ledgers(database)) return std::nullopt;
  Statement statement = database.use("SELECT ledger FROM ledgers WHERE name=?");
  return statement.bind_text(name).step() ? std::optional(statement.integer(0)) : std::nullopt;
}

LedgerState read_ledger(Database& database, std::int64_t ledger) {
  LedgerState state;
  Statement statement = database.use("SELECT name,currency,breaches FROM ledgers WHERE ledger=?");
  if (!statement.bind(ledger).step())
    throw Error(ErrorKind::internal, fmt::format("there is no ledger {}", ledger));
  state.name = statement.text(0);
  state.currency = Currency(statement.text(1));
  state.breaches = statement.integer(2);
  state.total = line_of(database, ledger, state.currency, "");
  Statement models =
      database.use("SELECT model FROM ledger_lines WHERE ledger=? AND model<>'' ORDER BY model");
  models.bind(ledger);
  while (models.step())
    state.models.push_back(line_of(database, ledger, state.currency, std::string(models.text(0))));
  return state;
}

std::vector<HoldRow> open_holds_of_ledger(Database& database, std::int64_t ledger) {
  if (!has_ledgers(database)) return {};
  Statement statement = database.use(
      "SELECT l.name,l.currency,h.run,h.trial,h.role,h.turn,h.number,h.model,h.worst,h.ended,h.held_ns "
      "FROM holds h JOIN ledgers l USING(ledger) WHERE h.ledger=? AND h.charge IS NULL "
      "ORDER BY h.run,h.trial,h.turn,h.role,h.number");
  statement.bind(ledger);
  return read_holds(database, std::move(statement));
}

std::vector<HoldRow> open_holds_of_run(Database& database, std::string_view run_id) {
  if (!has_ledgers(database)) return {};
  Statement statement = database.use(
      "SELECT l.name,l.currency,h.run,h.trial,h.role,h.turn,h.number,h.model,h.worst,h.ended,h.held_ns "
      "FROM holds h JOIN ledgers l USING(ledger) WHERE h.run=? AND h.charge IS NULL "
      "ORDER BY h.trial,h.turn,h.role,h.number");
  statement.bind_text(run_id);
  return read_holds(database, std::move(statement));
}

void settle_by_hand(Database& database, const HoldRow& hold, const Money& charge, Wall now,
                    std::string_view note) {
  const auto ledger = find_ledger(database, hold.ledger);
  if (!ledger) throw Error(ErrorKind::internal, fmt::format("there is no ledger {}", hold.ledger));
  const Currency currency = currency_of(database, *ledger);
  require_currency(currency, charge);
  const HoldKey key{hold.run, hold.trial, hold.role, hold.turn, hold.number};
  const auto open = find_open(database, currency, key);
  if (!open)
    throw Error(ErrorKind::usage, fmt::format("trial {} of run {} holds nothing", hold.trial, hold.run), "");
  if (charge > open->worst)
    throw Error(ErrorKind::usage,
                fmt::format("{} is more than the {} that trial {} can have cost", format_price(charge),
                            format_price(open->worst), hold.trial),
                "settle at most what is held");
  move(database, *ledger, currency, open->model, open->worst, charge);
  update_hold(database, key, charge, now, note);
}

}  // namespace costwar::harness
