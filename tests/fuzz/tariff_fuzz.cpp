// Price books come from outside: whatever the bytes, parse either accepts a book that can be queried and
// billed from, or throws Error. The book ends with the last brace; the bytes after it steer the query.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/error.h"
#include "pricing/explain.h"
#include "pricing/price_book.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

// Takes 64 bits from the end of the input; zeros when it is used up.
class Tail {
 public:
  explicit Tail(std::string_view bytes) : bytes_(bytes) {}
  std::int64_t next() {
    std::int64_t value = 0;
    const std::size_t taken = bytes_.size() < sizeof value ? bytes_.size() : sizeof value;
    if (taken == 0) return 0;
    std::memcpy(&value, bytes_.data() + bytes_.size() - taken, taken);
    bytes_.remove_suffix(taken);
    return value;
  }

 private:
  std::string_view bytes_;
};

void ask(const PriceBook& book, const PriceRecord& record, Tail& tail) {
  const auto answer = book.resolve({record.evidence.provider, record.model, record.currency,
                                    record.service_class, record.region, Wall{tail.next()}});
  const Tariff* tariff = std::get_if<Tariff>(&answer);
  if (tariff == nullptr) return;
  Usage usage;
  for (const MeterRow& row : meters())
    if ((tail.next() & 1) != 0) usage.set(row.meter, tail.next(), Provenance::reported);
  BillingFacts facts;
  facts.requested = {tail.next()};
  facts.completed = Wall{tail.next()};
  const Bill bill = explain(*tariff, usage, facts).bill;
  if (bill.low_atto > bill.total_atto || bill.high_atto < bill.total_atto) __builtin_trap();
  const Bill over = tariff->bill_over(usage, facts, Wall{tail.next()}, tail.next());
  if (over.low_atto > over.total_atto || over.high_atto < over.total_atto) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.rfind('}');
  const Source source{"fuzz.json", input.substr(0, end == std::string_view::npos ? size : end + 1)};
  try {
    const PriceBook book = PriceBook::parse({&source, 1});
    Tail tail(end == std::string_view::npos ? std::string_view() : input.substr(end + 1));
    for (const PriceRecord& record : book.book().prices) ask(book, record, tail);
    book.list(Wall{tail.next()}, Wall{tail.next()});
  } catch (const Error&) {
    // The only way to refuse a book.
  }
  return 0;
}
