// libFuzzer target: any bytes are an invoice or an Error; of an invoice that is read, every line is accounted
// for and its reconciliation with a small log adds up exactly. The first byte chooses the format.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "pricing/invoice/formats.h"
#include "pricing/reconcile.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

Traffic small_log() {
  Traffic traffic;
  traffic.dimensions = {"day", "model"};
  traffic.columns = {{"as billed", Currency("USD")}};
  for (const char* model : {"openai/gpt-5.5", "deepseek/deepseek-v4-pro", "anthropic/claude-haiku-5-5"}) {
    TrafficGroup& group = traffic.groups[{"2026-08-17", model}];
    group.records = group.requests = 10;
    group.counts[0] = 1000;
    group.costs.resize(1);
    group.costs[0].atto[0] = group.costs[0].total = group.costs[0].high = 5'000'000'000'000'000;
  }
  return traffic;
}

void check(const Reconciliation& result) {
  Money sum(result.currency, 0);
  for (const ReconciledGroup& group : result.groups) {
    if (group.parts.sum() != group.difference) std::abort();
    sum += group.difference;
  }
  if (sum != result.total.difference || result.total.parts.sum() != sum) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const Traffic log = small_log();
  static const FxTable fx = FxTable::parse("date,from,to,rate\n2026-08-17,CNY,USD,0.1394\n", "fx");
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto formats = invoice_formats();
  const std::size_t choice = data[0] % (formats.size() + 1);
  InvoiceOptions options;
  if ((data[0] & 0x80U) != 0) options.currency = Currency("CNY");
  try {
    const Invoice invoice =
        read_invoice(text, choice == formats.size() ? "" : formats[choice].name, options, "fuzz");
    if (invoice.lines.empty()) std::abort();
    check(reconcile(log, invoice, &fx, {}));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
