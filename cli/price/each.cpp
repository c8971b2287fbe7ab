#include "cli/price/each.h"

#include "core/json.h"

namespace costwar::cli {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

Json decimal(const std::optional<Money>& amount) {
  return amount ? Json(amount->decimal()) : Json();
}

}  // namespace

void EachBill::take(const pricing::UsageRecord& record, const std::string& model,
                    const pricing::Tariff* tariff, const pricing::Bill& bill, const std::string& reason) {
  Json line = {{"file", place.file}, {"line", place.line}, {"model", model}};
  line["requested"] = record.has_time ? Json(format_wall(record.facts.requested)) : Json();
  line["total"] = decimal(bill.total());
  line["low"] = decimal(bill.low());
  line["high"] = bill.complete() ? decimal(bill.high()) : Json();  // what is missing has no bound
  line["currency"] = tariff != nullptr ? tariff->key().currency.code() : bill.currency.code();
  line["complete"] = bill.complete();
  line["refusal"] = tariff == nullptr ? "no_price"
                    : !record.has_time && bill.refusal != pricing::Refusal::none
                        ? "no_time"
                        : pricing::refusal_name(bill.refusal);
  Json meters_priced = Json::object();
  for (const MeterRow& meter : meters()) {
    const pricing::MeterState state = bill.state(meter.meter);
    if (state == pricing::MeterState::priced || state == pricing::MeterState::free)
      meters_priced[std::string(meter.name)] = bill.amount(meter.meter).decimal();
    if (state == pricing::MeterState::unpriced || state == pricing::MeterState::unreported)
      meters_priced[std::string(meter.name)] = nullptr;
  }
  line["meters"] = std::move(meters_priced);
  Json marks = Json::array();
  for (const pricing::MarkRow& mark : pricing::marks())
    if (bill.has(mark.mark)) marks.push_back(mark.name);
  line["marks"] = std::move(marks);
  Json records = Json::array();
  if (tariff != nullptr)
    for (const pricing::Evidence* evidence : tariff->records(bill)) records.push_back(evidence->id);
  line["records"] = std::move(records);
  if (!reason.empty()) line["reason"] = reason;
  lines_ += line.dump(-1, ' ', false, Json::error_handler_t::replace);
  lines_ += '\n';
  if (lines_.size() >= kPiece) flush();
}

void EachBill::flush() {
  output_.write(lines_);
  lines_.clear();
}

}  // namespace costwar::cli
