// A spending limit as values: what may be spent, what one request can cost at worst, what an attempt did
// cost. Prices are the caller's to know: cli supplies the two functions from pricing. Holds are kept by the
// store's ledger (store/ledger.h), which several processes share; the runner asks for one before a request
// leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/error.h"
#include "core/money.h"
#include "core/provider.h"
#include "core/run.h"

namespace costwar::harness {

struct Hold {
  Money worst;        // what the attempt can cost at most
  std::string model;  // the card's name, for limits of one model
};

struct BudgetLimits {
  std::string ledger;                                     // holds of one name add up; "" is refused
  std::optional<Money> total{};                           // over all models, judges and simulated users
  std::vector<std::pair<std::string, Money>> of_model{};  // by the card's name
};

// What stands in one row of a ledger: the sum over all models, or one model.
struct LedgerLine {
  std::string model;             // empty: all models together
  std::optional<Money> limit{};  // none: only counted
  Money settled{};               // charges that are known
  Money held{};                  // worst cases of attempts whose charge is not known (yet)
  Money in_doubt{};              // of `held`: of attempts that ended without a charge, or will never end
  Money spent() const { return settled + held; }
  std::optional<Money> left() const { return limit ? std::optional(*limit - spent()) : std::nullopt; }
};

struct LedgerState {
  std::string name;
  Currency currency{};
  LedgerLine total{};
  std::vector<LedgerLine> models{};  // by name; those that have a limit or ever held
  std::int64_t open = 0;             // holds whose charge is not known
  std::int64_t in_doubt = 0;         // of them
  std::int64_t breaches = 0;         // attempts that cost more than was held for them
};

// One hold that has not been settled.
struct HoldRow {
  std::string ledger;
  std::string run;  // its id; the run may have been deleted
  std::int64_t trial = 0;
  CallRole role = CallRole::subject;
  std::uint32_t turn = 0;
  std::uint32_t number = 0;
  std::string model;
  Money worst;
  bool ended = false;     // its attempt has ended, without a known charge
  bool in_doubt = false;  // it has, or nobody works on its run any more
  Wall held_at;
};

struct BudgetPrices {
  // What a request can cost at most: `input_bytes` is an upper bound on its text tokens, `output_cap` on what
  // is generated, reasoning included; every rate that could apply is taken at its dearest. A Refusal for what
  // has no price or no bound.
  std::function<std::variant<Money, Refusal>(CallRole role, std::size_t model, std::int64_t input_bytes,
                                             std::int64_t output_cap)>
      worst;
  // What an attempt cost at most; 0 for one that used nothing, nullopt where that is not known.
  std::function<std::optional<Money>(CallRole role, std::size_t model, const Attempt& attempt)> charge;
  // Models that cost nothing whatever is asked (the own machine, a replay); empty: none.
  std::function<bool(CallRole role, std::size_t model)> free{};
};

// What one attempt of this request can cost at most; 0 for a free model. A Refusal where the size of the
// request or of the reply has no bound, or the model no price. model: as in BudgetPrices.
std::variant<Money, Refusal> quote(const BudgetPrices& prices, CallRole role, std::size_t model,
                                   const Provider& provider, const ChatRequest& request);

// ErrorKind::spending_limit, for a hold that was not granted while nothing of this run was out any more, and
// for an attempt that cost more than was held for it.
Error limit_error(const Hold& refused);
Error breach_error(const Hold& held, const Money& charge);

}  // namespace costwar::harness
