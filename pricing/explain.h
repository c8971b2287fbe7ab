// Says in words how a bill came about: every meter with its count, rate and amount, every record with its
// dates and sources, every factor, and every doubt. For people; programs read Bill.
#pragma once

#include <string>
#include <vector>

#include "pricing/tariff.h"

namespace costwar::pricing {

struct Explanation {
  Bill bill;
  std::vector<std::string> lines;  // without line ends
};

// Bills the attempt and explains the bill.
Explanation explain(const Tariff& tariff, const Usage& usage, const BillingFacts& facts);

// Lines about one record: id, status, dates, what is not settled, sources.
std::vector<std::string> describe(const Evidence& evidence);

}  // namespace costwar::pricing
