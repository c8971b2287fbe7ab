#include "cli/runs_ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/budget.h"
#include "cli/flag_checks.h"
#include "core/error.h"
#include "core/time.h"
#include "reports/views/table_builder.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

std::vector<Cell> line_row(const harness::LedgerLine& line) {
  const auto money = [](const std::optional<Money>& amount) {
    return amount ? Cell{MoneyCell{*amount, true}} : Cell{Unknown{}};
  };
  return {TextCell{line.model.empty() ? "all models" : line.model},
          money(line.limit),
          money(line.settled),
          money(line.held),
          money(line.in_doubt),
          money(line.left())};
}

const std::vector<Column> kLineColumns{{"model", "Model", Align::left}, {"limit", "Limit"},
                                       {"charged", "Charged"},          {"held", "Held"},
                                       {"in_doubt", "In doubt"},        {"left", "Left"}};

Table holds_table(const std::vector<harness::HoldRow>& holds) {
  Table table{"holds",
              "",
              {{"trial", "Trial or block"},
               {"role", "Role", Align::left},
               {"turn", "Turn"},
               {"number", "Attempt"},
               {"model", "Model", Align::left},
               {"worst", "Held"},
               {"left", "Left", Align::left},
               {"state", "State", Align::left}},
              {}};
  for (const harness::HoldRow& hold : holds)
    table.rows.push_back({IntegerCell{hold.trial}, TextCell{std::string(call_role_name(hold.role))},
                          IntegerCell{hold.turn}, IntegerCell{hold.number}, reports::text_cell(hold.model),
                          MoneyCell{hold.worst, true}, TextCell{format_wall(hold.held_at)},
                          TextCell{!hold.in_doubt ? "out"
                                   : hold.ended   ? "ended, its cost is not known"
                                                  : "never seen to end"}});
  return table;
}

Document list(const std::string& run, const std::vector<harness::HoldRow>& holds, std::size_t in_doubt) {
  Document document;
  document.kind = "holds";
  document.headline =
      fmt::format("Run {} holds money for {} attempts, {} of them in doubt.", run, holds.size(), in_doubt);
  document.tables.push_back(holds_table(holds));
  if (in_doubt == 0) return document;
  document.notes.push_back(
      {NoteKind::note, "What is in doubt counts as spent at its worst. Nothing was changed."});
  document.notes.push_back(
      {NoteKind::next_step,
       fmt::format(
           "costwar runs settle {} --release   (they cost nothing, as the vendor's own account shows)",
           run)});
  document.notes.push_back(
      {NoteKind::next_step,
       fmt::format("costwar runs settle {} --trial N --at 0.012usd   (what one did cost)", run)});
  document.notes.push_back(
      {NoteKind::next_step, fmt::format("costwar runs settle {} --at worst   (all that was held)", run)});
  return document;
}

std::string who(const Environment& environment) {
  for (const char* name : {"USER", "LOGNAME"})
    if (const auto value = environment.variable(name)) return *value;
  return "somebody";
}

Money sum_of(const std::vector<harness::HoldRow>& holds) {
  Money sum(holds.front().worst.currency(), 0);
  for (const harness::HoldRow& hold : holds) sum += hold.worst;
  return sum;
}

}  // namespace

void declare_settle_flags(CLI::App& app, SettleFlags& flags) {
  app.add_option("--trial", flags.trial, "Only the holds of this trial, or of this block of a load run")
      ->type_name("N")
      ->check(kWholeNumber);
  auto* at =
      app.add_option("--at", flags.at, "What each of them did cost (0.012usd), or worst: all that was held")
          ->type_name("AMOUNT");
  app.add_flag("--release", flags.release, "They cost nothing")->excludes(at);
  app.add_option("--note", flags.note, "Why; kept with the holds beside who and when")->type_name("TEXT");
}

Table ledger_table(const harness::LedgerState& state) {
  Table table{"ledger", fmt::format("Ledger {}", state.name), kLineColumns, {}};
  table.rows.push_back(line_row(state.total));
  for (const harness::LedgerLine& line : state.models) table.rows.push_back(line_row(line));
  return table;
}

Document ledgers_document(const std::vector<harness::LedgerState>& states) {
  Document document;
  document.kind = "ledgers";
  document.headline = states.empty()
                          ? "The store holds no ledger: nothing was measured under a budget."
                          : fmt::format("{} ledger{}.", states.size(), states.size() == 1 ? "" : "s");
  Table table{"ledgers", "", {{"ledger", "Ledger", Align::left}}, {}};
  table.columns.insert(table.columns.end(), kLineColumns.begin(), kLineColumns.end());
  table.columns.push_back({"breaches", "Breaches"});
  for (const harness::LedgerState& state : states) {
    const auto add = [&](const harness::LedgerLine& line) {
      std::vector<Cell> row{reports::text_cell(state.name)};
      for (Cell& cell : line_row(line)) row.push_back(std::move(cell));
      row.push_back(line.model.empty() ? Cell{IntegerCell{state.breaches}} : Cell{Unknown{}});
      table.rows.push_back(std::move(row));
    };
    add(state.total);
    for (const harness::LedgerLine& line : state.models) add(line);
  }
  document.tables.push_back(std::move(table));
  return document;
}

Document settle(harness::Store& store, const std::string& run, const SettleFlags& flags,
                const Environment& environment) {
  std::vector<harness::HoldRow> holds = store.open_holds(run);
  if (flags.trial) std::erase_if(holds, [&](const auto& hold) { return hold.trial != *flags.trial; });
  if (holds.empty())
    throw Error(ErrorKind::usage,
                fmt::format("run {} holds no money{}", run,
                            flags.trial ? fmt::format(" for trial {}", *flags.trial) : std::string()),
                "costwar runs ledgers shows what every ledger holds");
  const auto in_doubt = static_cast<std::size_t>(
      std::count_if(holds.begin(), holds.end(), [](const auto& hold) { return hold.in_doubt; }));
  if (flags.at.empty() && !flags.release) return list(run, holds, in_doubt);
  std::erase_if(holds, [](const auto& hold) { return !hold.in_doubt; });
  if (holds.empty())
    throw Error(ErrorKind::usage, fmt::format("nothing that run {} holds is in doubt", run),
                "a process works on it: wait for it to end");
  const Wall now = SystemClock().wall();
  const std::string note =
      fmt::format("by {}{}{}", who(environment), flags.note.empty() ? "" : ": ", flags.note);
  const Money held = sum_of(holds);
  std::optional<Money> each;
  if (flags.release)
    each = Money(held.currency(), 0);
  else if (flags.at != "worst")
    each = parse_budget(flags.at, "--at");
  store.settle_holds(holds, each, now, note);
  Document document;
  document.kind = "settled";
  document.headline = fmt::format("Settled {} hold{} of run {}: {} were held, {}.", holds.size(),
                                  holds.size() == 1 ? "" : "s", run, format_price(held),
                                  flags.release ? "nothing is charged"
                                  : each        ? fmt::format("{} each is charged", format_price(*each))
                                                : std::string("all of it is charged"));
  if (const auto state = store.find_ledger(holds.front().ledger))
    document.tables.push_back(ledger_table(*state));
  return document;
}

}  // namespace costwar::cli
