#include "cli/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "cli/attempt_biller.h"
#include "core/error.h"
#include "core/json.h"
#include "core/spent.h"
#include "core/suggest.h"
#include "core/text.h"
#include "pricing/worst_case.h"

namespace costwar::cli {
namespace {

using pricing::Tariff;
using pricing::Unpriced;

// The vendor's clock and ours, the time that a request waits in between, and what the transport may take
// longer than the deadline.
constexpr Nanos kEarlier = seconds(-60);
constexpr Nanos kLater = seconds(180);

// Members of --extra-body that change how tokens are chosen and nothing that is charged for. Others could ask
// for several answers, another class of service, tools of the vendor's, or lift the cap.
constexpr std::array<std::string_view, 14> kHarmlessMembers{"frequency_penalty",
                                                            "presence_penalty",
                                                            "repetition_penalty",
                                                            "logit_bias",
                                                            "min_p",
                                                            "seed",
                                                            "temperature",
                                                            "top_a",
                                                            "top_k",
                                                            "top_p",
                                                            "typical_p",
                                                            "user",
                                                            "metadata",
                                                            "verbosity"};

// Everyone who is asked: the models of the plan, the judge, the simulated user.
std::vector<const harness::PlanModel*> everyone(const harness::PlanInput& input) {
  std::vector<const harness::PlanModel*> all;
  for (const harness::PlanModel& model : input.models) {
    if (model.route)  // what it asks is counted as what it is
      all.insert(all.end(), {&model.route->cheap, &model.route->strong});
    else
      all.push_back(&model);
  }
  for (const auto* helper : {&input.judge, &input.simulated_user})
    if (*helper) all.push_back(&**helper);
  return all;
}

// One who is asked, with every tariff that can apply.
struct Priced {
  ModelCard card;
  std::vector<Tariff> tariffs;  // the first: as asked for; empty: no price, `why`
  Unpriced why;
  std::unique_ptr<AttemptBiller> biller;
  bool free() const { return card.own_machine || card.replay_of.has_value(); }
};

std::set<std::string> regions_of(const pricing::Book& book, const std::string& provider) {
  std::set<std::string> regions{"any"};
  for (const pricing::PriceRecord& price : book.prices)
    if (price.evidence.provider == provider) regions.insert(price.region);
  for (const pricing::MultiplierRecord& rule : book.multipliers)
    if (rule.evidence.provider == provider && rule.dimension == pricing::Dimension::region)
      regions.insert(rule.value);
  return regions;
}

// As asked for; and the standard class, in which a vendor may serve instead, and every region that the book
// knows of this vendor, since which one serves is told afterwards. What is not sold there is no reading.
void find_tariffs(Priced& priced, const harness::PlanModel& model, const pricing::PriceBook& book, Wall now) {
  const ModelCard& card = priced.card;
  if (card.price_model.empty()) {
    priced.why = {
        fmt::format("no price is known for {}", card.name),
        "say in costwar.json whose prices hold (price_provider) and give them with --book, or leave "
        "the budget out"};
    return;
  }
  const std::string asked = model.service_class.empty() ? "standard" : model.service_class;
  const auto find = [&](const std::string& service_class, const std::string& region) {
    return book.resolve({card.price_provider, card.price_model, Currency(), service_class, region, now});
  };
  auto first = find(asked, "any");
  if (auto* unpriced = std::get_if<Unpriced>(&first)) {
    priced.why = std::move(*unpriced);
    for (const pricing::PriceRecord& price : book.book().prices)
      if (price.evidence.provider == card.price_provider && price.model == card.price_model &&
          price.currency != Currency())
        priced.why.hint = fmt::format(
            "its price is in {}, budgets are in USD, and no rate is guessed: leave out "
            "the model, or the budget",
            price.currency.code());
    return;
  }
  priced.tariffs.push_back(std::get<Tariff>(std::move(first)));
  for (const std::string& service_class : std::set<std::string>{asked, "standard"}) {
    for (const std::string& region : regions_of(book.book(), card.price_provider)) {
      if (service_class == asked && region == "any") continue;
      auto other = find(service_class, region);
      if (auto* tariff = std::get_if<Tariff>(&other)) priced.tariffs.push_back(std::move(*tariff));
    }
  }
}

class Prices {
 public:
  Prices(const harness::PlanInput& input, const pricing::PriceBook& book, const Clock& clock, Nanos deadline)
      : clock_(clock), deadline_(deadline), rate_(pricing::default_machine_rate()) {
    // As Plan::priced_as numbers them: a route stands for its cheap model, its strong one behind all.
    for (const harness::PlanModel& model : input.models)
      models_.push_back(priced(model.route ? model.route->cheap : model, book));
    for (const harness::PlanModel& model : input.models)
      if (model.route) models_.push_back(priced(model.route->strong, book));
    if (input.judge) judge_ = priced(*input.judge, book);
    if (input.simulated_user) user_ = priced(*input.simulated_user, book);
  }
  Prices(const Prices&) = delete;
  Prices& operator=(const Prices&) = delete;

  bool free(CallRole role, std::size_t model) const { return of(role, model).free(); }

  std::variant<Money, Refusal> worst(CallRole role, std::size_t model, std::int64_t bytes,
                                     std::int64_t cap) const {
    const Priced& priced = of(role, model);
    if (priced.free()) return Money();
    if (priced.tariffs.empty()) return refusal(priced, priced.why);
    const Wall now = clock_.wall();
    const pricing::LargestRequest largest{bytes, cap, now + kEarlier, now + deadline_ + kLater};
    Money most;
    for (const Tariff& tariff : priced.tariffs) {
      const auto answer = pricing::worst_case(tariff, largest);
      if (const auto* amount = std::get_if<Money>(&answer))
        most = std::max(most, *amount);
      else if (&tariff == &priced.tariffs.front())
        return refusal(priced, std::get<Unpriced>(answer));
    }
    return most;
  }

  // As reports bill it, at the upper end where there are two. What broke off may have generated more than it
  // came to report.
  std::optional<Money> charge(CallRole role, std::size_t model, const Attempt& attempt) const {
    const Priced& priced = of(role, model);
    if (priced.free() || used_nothing(attempt)) return Money();
    const bool whole = attempt.outcome == Outcome::ok || attempt.outcome == Outcome::refused ||
                       attempt.outcome == Outcome::content_filter;
    if (!whole) return std::nullopt;
    const analysis::AttemptCost cost = priced.biller->bill(attempt);
    if (cost.unpriced) return std::nullopt;
    return cost.high ? cost.high : cost.amount;
  }

 private:
  Priced priced(const harness::PlanModel& model, const pricing::PriceBook& book) const {
    Priced made;
    made.card = model.card;
    made.biller = std::make_unique<AttemptBiller>(model.card, rate_, book, clock_.wall());
    if (!made.free()) find_tariffs(made, model, book, clock_.wall());
    return made;
  }

  const Priced& of(CallRole role, std::size_t model) const {
    if (role == CallRole::judge) return judge_.value();
    if (role == CallRole::simulated_user) return user_.value();
    return models_.at(model);
  }

  static Refusal refusal(const Priced& priced, const Unpriced& why) {
    return {
        fmt::format("there is a budget, and what {} costs has no bound: {}", priced.card.name, why.reason),
        why.hint.empty() ? "give its prices with --book, or leave the budget out" : why.hint};
  }

  const Clock& clock_;
  Nanos deadline_;
  pricing::MachineRate rate_;
  std::vector<Priced> models_;
  std::optional<Priced> judge_;
  std::optional<Priced> user_;
};

}  // namespace

void declare_budget_flags(CLI::App& app, BudgetFlags& flags) {
  app.add_option("--budget", flags.limits,
                 "Spend at most this: 5usd for all models together, MODEL=2usd for one; repeatable. What a "
                 "request can cost at most is held before it leaves")
      ->type_name("[MODEL=]AMOUNT")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option(
         "--ledger", flags.ledger,
         "Where it is counted: runs and processes that name one ledger share its limits (default: the "
         "run's own)")
      ->type_name("NAME");
}

Money parse_budget(std::string_view text, std::string_view flag) {
  const auto fail = [&](std::string_view why) -> Error {
    return {ErrorKind::usage, fmt::format("{}: '{}' {}", flag, text, why), "write it as 5usd or 0.50usd"};
  };
  std::string_view amount = text;
  const bool sign = amount.starts_with('$');
  if (sign) amount.remove_prefix(1);
  const std::size_t end = std::min(amount.find_first_not_of("0123456789."), amount.size());
  std::string_view unit = amount.substr(end);
  amount = amount.substr(0, end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::string code = lowered(unit);
  if (amount.empty() || (code.empty() && !sign)) throw fail("is no amount of money");
  if (!code.empty() && code != "usd") {
    const bool currency = code.size() == 3 &&
                          std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    throw fail(currency ? "is in another currency; budgets are in USD, and no rate is guessed"
                        : "is no amount of money");
  }
  try {
    const Money money = Money::parse(Currency(), amount);
    if (money.is_zero()) throw fail("is nothing to spend");
    return money;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) throw;
    throw fail("is no amount of money");
  }
}

harness::BudgetLimits parse_limits(const BudgetFlags& flags, const harness::PlanInput& plan) {
  harness::BudgetLimits limits;
  limits.ledger = flags.ledger;
  std::vector<std::string> names;
  for (const harness::PlanModel* model : everyone(plan)) names.push_back(model->card.name);
  for (const std::string& text : flags.limits) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      if (limits.total)
        throw Error(ErrorKind::usage, "--budget gives the limit of all models twice", "leave out one");
      limits.total = parse_budget(text, "--budget");
      continue;
    }
    const std::string model = text.substr(0, equals);
    if (std::find(names.begin(), names.end(), model) == names.end()) {
      const auto near = nearest_name(model, std::span<const std::string>(names));
      throw Error(ErrorKind::usage, fmt::format("--budget: {} is none of the models that are asked", model),
                  near ? fmt::format("did you mean {}?", *near) : "name it as it is asked");
    }
    const auto same = [&](const auto& limit) { return limit.first == model; };
    if (std::any_of(limits.of_model.begin(), limits.of_model.end(), same))
      throw Error(ErrorKind::usage, fmt::format("--budget gives the limit of {} twice", model),
                  "leave out one");
    limits.of_model.emplace_back(model, parse_budget(text.substr(equals + 1), "--budget"));
  }
  return limits;
}

harness::BudgetPrices budget_prices(const harness::PlanInput& plan, const pricing::PriceBook& book,
                                    const Clock& clock, Nanos deadline) {
  const auto prices = std::make_shared<const Prices>(plan, book, clock, deadline);
  harness::BudgetPrices made;
  made.worst = [prices](CallRole role, std::size_t model, std::int64_t bytes, std::int64_t cap) {
    return prices->worst(role, model, bytes, cap);
  };
  made.charge = [prices](CallRole role, std::size_t model, const Attempt& attempt) {
    return prices->charge(role, model, attempt);
  };
  made.free = [prices](CallRole role, std::size_t model) { return prices->free(role, model); };
  return made;
}

void check_extra_body(const std::string& extra_body) {
  if (extra_body.empty()) return;
  const Json body = parse_json(extra_body, "--extra-body");
  for (const auto& [name, value] : body.items())
    if (std::find(kHarmlessMembers.begin(), kHarmlessMembers.end(), name) == kHarmlessMembers.end())
      throw Error(
          ErrorKind::usage,
          fmt::format("there is a budget, and \"{}\" of --extra-body may make a request cost more than "
                      "it can be held for",
                      name),
          "leave out the member, or the budget");
}

void check_budget(const harness::Plan& plan, const harness::BudgetPrices& prices, const BudgetFlags& flags) {
  static_cast<void>(parse_limits(flags, plan.input()));
  const harness::PlanInput& input = plan.input();
  bool all_free = true;
  const auto check = [&](CallRole role, std::size_t number, const harness::PlanModel& model) {
    if (prices.free(role, number)) return;
    all_free = false;
    if (model.service_class == "batch")
      throw Error(
          ErrorKind::usage,
          fmt::format("{}: a batch leaves as a whole, and a budget does not hold it", model.card.name),
          "leave out +batch, or the budget");
    const auto answer = prices.worst(role, number, 1, 1);
    if (const auto* refused = std::get_if<Refusal>(&answer))
      throw Error(ErrorKind::usage, refused->message, refused->hint);
  };
  for (std::size_t m = 0; m < input.models.size(); ++m) {
    const harness::PlanModel& model = input.models[m];
    check(CallRole::subject, m, model.route ? model.route->cheap : model);
    if (model.route) check(CallRole::subject, plan.priced_as(m, model.card.cheap_calls), model.route->strong);
  }
  if (input.judge) check(CallRole::judge, 0, *input.judge);
  if (input.simulated_user) check(CallRole::simulated_user, 0, *input.simulated_user);
  if (!all_free) check_extra_body(input.sampling.extra_body);
}

bool begin_budget(harness::Store& store, const std::string& run, const BudgetFlags& flags,
                  const harness::Plan& plan, Wall now) {
  const auto before = store.ledger_of(run);
  if (!flags.any()) return before.has_value();
  harness::BudgetLimits limits = parse_limits(flags, plan.input());
  if (limits.ledger.empty()) limits.ledger = before ? before->name : run;
  store.budget_run(run, limits, now);
  return true;
}

std::string ledger_line_text(const harness::LedgerLine& line) {
  std::string text = line.limit ? fmt::format("of {}: ", format_price(*line.limit)) : "";
  text += fmt::format("{} charged, {} held", format_price(line.settled), format_price(line.held));
  if (!line.in_doubt.is_zero()) text += fmt::format(" ({} in doubt)", format_price(line.in_doubt));
  if (const auto left = line.left()) text += fmt::format(", {} left", format_price(*left));
  return text;
}

Error with_ledger(const Error& stopped, const harness::LedgerState& state, const std::string& run,
                  std::size_t missing) {
  std::string text = stopped.what();
  if (state.total.limit) text += fmt::format("; {}", ledger_line_text(state.total));
  for (const harness::LedgerLine& line : state.models)
    if (line.limit) text += fmt::format("; {} {}", line.model, ledger_line_text(line));
  text += fmt::format("; {} trials of run {} remain", missing, run);
  std::string hint = stopped.hint();
  if (state.in_doubt > 0)
    hint += fmt::format("{}costwar runs settle {} settles what is in doubt", hint.empty() ? "" : "; ", run);
  return {stopped.kind(), text, hint};
}

}  // namespace costwar::cli
