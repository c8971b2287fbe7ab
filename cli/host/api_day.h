// What an API asks for a day's tokens, hour by hour, billed by the price book at the instants of a week.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/money.h"
#include "pricing/hardware/breakeven.h"
#include "pricing/tariff.h"

namespace costwar::cli {

struct ApiDay {
  pricing::HourlyShares usd{};  // of each hour of the day, the mean over the days of the week
  Money day;                    // their sum, exact
  struct Rate {
    std::optional<Money> low;  // per million tokens
    std::optional<Money> high;
  };
  Rate fresh;
  Rate cached;
  Rate output;
  std::vector<std::string> notes;
};

// The seven days from the midnight (UTC) before `at` on, every hour at its own price; requests of so many
// prompt and output tokens choose the tier. Error{usage} where an hour has no price.
ApiDay api_day(const pricing::Tariff& tariff, Wall at, const pricing::DailyWorkload& work,
               std::int64_t prompt_tokens, std::int64_t output_tokens);

}  // namespace costwar::cli
