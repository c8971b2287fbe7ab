#include "harness/budget.h"

#include <fmt/format.h>

namespace costwar::harness {

std::variant<Money, Refusal> quote(const BudgetPrices& prices, CallRole role, std::size_t model,
                                   const Provider& provider, const ChatRequest& request) {
  if (prices.free && prices.free(role, model)) return Money();
  if (!request.max_output_tokens)
    return Refusal{"a request without a cap on its output has no bound, and there is a budget",
                   "set the cap: --max-output-tokens"};
  const auto bytes = provider.body_bytes(request);
  if (!bytes)
    return Refusal{"the size of its requests is not known, and there is a budget",
                   "leave out the model, or --budget"};
  return prices.worst(role, model, *bytes, *request.max_output_tokens);
}

Error limit_error(const Hold& refused) {
  return {
      ErrorKind::spending_limit,
      fmt::format("{}: the next request can cost up to {}, which the budget no longer holds", refused.model,
                  format_price(refused.worst)),
      "the same command with a higher --budget goes on from there; a lower --max-output-tokens holds less"};
}

Error breach_error(const Hold& held, const Money& charge) {
  return {ErrorKind::spending_limit,
          fmt::format("{}: a reply was charged {}, more than the {} that it could cost at most (a breach)",
                      held.model, format_price(charge), format_price(held.worst)),
          "its server does not keep to the cap on output, or its price here is wrong; costwar runs show has "
          "the attempt"};
}

}  // namespace costwar::harness
