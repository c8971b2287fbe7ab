// Billing is the hot path of re-pricing millions of attempts: it must not allocate, and it cannot throw.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>

#include "tests/pricing/catalogue.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Not inlined: the compiler would take free() at the end of a new-expression for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// std::stable_sort asks for its buffer this way.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

static_assert(noexcept(std::declval<const Tariff&>().bill(std::declval<const Usage&>(),
                                                          std::declval<const BillingFacts&>())));

static_assert(noexcept(std::declval<const Tariff&>().bill_over(std::declval<const Usage&>(),
                                                               std::declval<const BillingFacts&>(), Wall())));

TEST_CASE("billing allocates nothing") {
  const Usage usage = usage_of({{Meter::fresh_input, 100'000},
                                {Meter::cache_read, 200'000},
                                {Meter::cache_token_hours, 5},
                                {Meter::visible_output, 1000},
                                {Meter::tool_calls, 3},
                                {Meter::web_searches, 3}});
  BillingFacts facts = at("2026-10-20T00:59:00Z");
  facts.completed = parse_wall("2026-10-20T01:01:00Z");
  const Wall parsed_until = parse_wall("2026-11-20");
  for (const char* name : {"openai/gpt-5.5", "deepseek/deepseek-v4-pro", "deepseek/deepseek-v4-flash",
                           "anthropic/claude-haiku-5-5"}) {
    const Tariff chosen = tariff(name);
    const long before = allocations;
    const Bill bill = chosen.bill(usage, facts);
    const Bill over = chosen.bill_over(usage, facts, parsed_until, 12);
    const long after = allocations;
    CHECK(after == before);
    CHECK(over.refusal == Refusal::none);
    CHECK(bill.refusal == Refusal::none);
  }
  const long before = allocations;
  ::operator delete(::operator new(1));
  const long after = allocations;
  CHECK(after == before + 1);  // the counter counts
}
