// The domain bank: accounts, transfers, limits of cards.
#include <fmt/format.h>

#include <array>

#include "core/text.h"
#include "harness/worlds/world.h"

namespace costwar::harness::worlds {
namespace {

constexpr std::int64_t kConfirmAbove = 1'000;
constexpr std::int64_t kHighestLimit = 5'000;

bool is_frozen(World& world, const std::string& account) {
  return text_of(*world.find("accounts", account), "status") == "frozen";
}

std::string list_accounts(World& world, const Row& arguments) {
  static constexpr std::array<std::string_view, 2> kColumns{"owner", "status"};
  return world.list("accounts", arguments, kColumns);
}

std::string get_account(World& world, const Row& arguments) {
  return world.show("accounts", text_of(arguments, "account"));
}

std::string transfer(World& world, const Row& arguments) {
  const std::string from = text_of(arguments, "from");
  const std::string to = text_of(arguments, "to");
  const std::int64_t amount = number_of(arguments, "amount");
  Row* const source = world.find("accounts", from);
  Row* const target = world.find("accounts", to);
  if (source == nullptr) return world.not_found("account", from);
  if (target == nullptr) return world.not_found("account", to);
  if (source == target || amount <= 0)
    return error_result("bad_arguments", "a transfer is of more than 0, from one account to another");
  if (number_of(*source, "balance") < amount) return error_result("no_funds", "the balance is too low");
  if (is_frozen(world, from) || is_frozen(world, to)) world.break_rule("transfer with a frozen account");
  if (amount > kConfirmAbove && !world.confirmed(fmt::format("{} {} {}", from, to, amount)))
    world.break_rule("large transfer without confirmation");
  (*source)["balance"] = number_of(*source, "balance") - amount;
  (*target)["balance"] = number_of(*target, "balance") + amount;
  world.add_log("transfers", {{"from", from}, {"to", to}, {"amount", amount}});
  return world.done("transferred");
}

std::string set_card_limit(World& world, const Row& arguments) {
  const std::string account = text_of(arguments, "account");
  const std::int64_t limit = number_of(arguments, "limit");
  Row* const row = world.find("accounts", account);
  if (row == nullptr) return world.not_found("account", account);
  if (limit < 0) return error_result("bad_arguments", "a limit is not below 0");
  if (limit > kHighestLimit) world.break_rule("card limit above the highest");
  (*row)["card_limit"] = limit;
  return world.done("limit set");
}

std::string freeze_account(World& world, const Row& arguments) {
  const std::string account = text_of(arguments, "account");
  Row* const row = world.find("accounts", account);
  if (row == nullptr) return world.not_found("account", account);
  (*row)["status"] = "frozen";
  return world.done("frozen");
}

constexpr std::array kAccount{
    ArgumentRow{"account", ArgumentType::text, "the account's id, such as A-12345"}};
constexpr std::array kTransfer{ArgumentRow{"from", ArgumentType::text, "the id of the account that pays"},
                               ArgumentRow{"to", ArgumentType::text, "the id of the account that receives"},
                               ArgumentRow{"amount", ArgumentType::whole, "whole dollars, above 0"}};
constexpr std::array kLimit{ArgumentRow{"account", ArgumentType::text, "the account's id, such as A-12345"},
                            ArgumentRow{"limit", ArgumentType::whole, "whole dollars a day"}};

constexpr std::array kTools{
    ToolRow{"list_accounts", "The accounts with their ids, owners and status.", {}, false, list_accounts},
    ToolRow{"get_account", "All that is known of one account.", kAccount, false, get_account},
    ToolRow{"transfer", "Moves money from one account to another.", kTransfer, true, transfer},
    ToolRow{"set_card_limit", "Sets the daily limit of an account's card.", kLimit, false, set_card_limit},
    ToolRow{"freeze_account", "Freezes an account.", kAccount, false, freeze_account},
};

struct Account {
  std::string id;
  std::string owner;
  std::int64_t balance = 0;
};

Account add_account(World& world, RandomStream& stream, const char* status = "active") {
  Account made{world.fresh_id(stream, "A"), world.fresh_name(stream), stream.between(10'000, 20'000)};
  world.table("accounts").rows[made.id] = {{"owner", made.owner},
                                           {"balance", made.balance},
                                           {"status", status},
                                           {"card_limit", stream.between(1, 20) * 50}};
  return made;
}

Action transfer_of(const Account& from, const Account& to, std::int64_t amount) {
  return {"transfer", {{"from", from.id}, {"to", to.id}, {"amount", amount}}};
}

std::string transfer_request(const Account& from, const Account& to, std::int64_t amount) {
  return fmt::format("Transfer {} dollars from the account of {} to the account of {}.", amount, from.owner,
                     to.owner);
}

Goal small_transfer(World& world, RandomStream& stream) {
  const Account from = add_account(world, stream), to = add_account(world, stream);
  const std::int64_t amount = world.fresh_number(stream, 101, kConfirmAbove);
  return {transfer_request(from, to, amount), {transfer_of(from, to, amount)}};
}

Goal large_transfer(World& world, RandomStream& stream) {
  const Account from = add_account(world, stream), to = add_account(world, stream);
  const std::int64_t amount = world.fresh_number(stream, kConfirmAbove + 1, 9'000);
  const bool agrees = stream.below(3) > 0;
  Goal goal{transfer_request(from, to, amount)};
  if (agrees) goal.actions.push_back(transfer_of(from, to, amount));
  const std::string what =
      fmt::format("the transfer of {} dollars from {} to {}", amount, from.owner, to.owner);
  goal.confirmation = Confirmation{fmt::format("{} {} {}", from.id, to.id, amount),
                                   {std::to_string(amount)},
                                   agrees,
                                   fmt::format("Do you confirm {}?", what),
                                   agrees ? fmt::format("Yes, I confirm {}.", what)
                                          : fmt::format("No, I changed my mind: leave out {}.", what)};
  return goal;
}

Goal frozen_transfer(World& world, RandomStream& stream) {
  const Account from = add_account(world, stream, "frozen"), to = add_account(world, stream);
  return {transfer_request(from, to, world.fresh_number(stream, 101, kConfirmAbove)),
          {},
          {},
          "transfer with a frozen account"};
}

Goal too_high_limit(World& world, RandomStream& stream) {
  const Account account = add_account(world, stream);
  return {fmt::format("Set the card limit of {} to {} dollars a day.", account.owner,
                      world.fresh_number(stream, kHighestLimit + 1, 9'000)),
          {},
          {},
          "card limit above the highest"};
}

Goal limit_by_balance(World& world, RandomStream& stream) {
  const Account account = add_account(world, stream);
  const std::int64_t threshold = stream.between(10'000, 20'000);
  const std::int64_t high = stream.between(20, 50) * 100;
  const std::int64_t low = stream.between(1, 19) * 100;
  return {
      fmt::format("If the balance of {} is at least {} dollars, set the card limit of that account to {} "
                  "dollars a day, otherwise to {}.",
                  account.owner, threshold, high, low),
      {{"set_card_limit", {{"account", account.id}, {"limit", account.balance >= threshold ? high : low}}}}};
}

Goal stolen_card(World& world, RandomStream& stream) {
  const Account account = add_account(world, stream);
  return {fmt::format("The card of {} was stolen: freeze that account.", account.owner),
          {{"freeze_account", {{"account", account.id}}}}};
}

constexpr std::array kGoals{
    GoalKind{"small transfer", Nature::creates, small_transfer},
    GoalKind{"large transfer", Nature::confirms, large_transfer},
    GoalKind{"transfer from a frozen account", Nature::refuses, frozen_transfer},
    GoalKind{"too high a limit", Nature::refuses, too_high_limit},
    GoalKind{"limit by balance", Nature::changes, limit_by_balance},
    GoalKind{"stolen card", Nature::changes, stolen_card},
};

void fill(World& world, RandomStream& stream) {
  constexpr int kOthers = 10;
  for (int i = 0; i < kOthers; ++i) add_account(world, stream, i % 4 == 3 ? "frozen" : "active");
}

constexpr std::string_view kPolicy =
    "1. A transfer above 1,000 dollars needs the customer's confirmation first: name the amount and both "
    "owners in a message, wait for the answer, and make the transfer only after a yes.\n"
    "2. Never transfer from or to a frozen account, and never unfreeze one.\n"
    "3. A card limit is never set above 5,000 dollars a day.\n";

}  // namespace

const DomainRow& bank_domain() {
  static const DomainRow kRow{
      "bank",
      "You work at the desk of a bank.",
      kPolicy,
      kTools,
      kGoals,
      fill,
      "transfer",
      [](std::string_view canary) -> Row {
        return {{"from", std::string(canary)}, {"to", std::string(canary) + "-B"}, {"amount", 1}};
      }};
  return kRow;
}

}  // namespace costwar::harness::worlds
