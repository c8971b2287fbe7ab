#include "mock/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "core/random.h"

namespace costwar::mock {

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
  }
  return std::nullopt;
}

std::variant<Page, DeskReply> find_page(const std::vector<const Batch*>& batches, std::string_view query,
                                        std::string_view after, std::int64_t most) {
  std::int64_t limit = 20;
  if (const auto text = query_value(query, "limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size() || limit < 1 || limit > most)
      return DeskReply{
          400, fmt::format("'limit' must be a whole number from 1 to {}", most), {}, "limit", {}};
  }
  Page page;
  if (const auto id = query_value(query, after); id && !id->empty()) {
    const auto found = std::ranges::find(batches, *id, &Batch::id);
    if (found == batches.end())
      return DeskReply{400, fmt::format("there is no batch '{}'", *id), {}, std::string(after), {}};
    page.begin = static_cast<std::size_t>(found - batches.begin()) + 1;
  }
  page.end = std::min(batches.size(), page.begin + static_cast<std::size_t>(limit));
  page.more = page.end < batches.size();
  return page;
}

LineState Batch::state_of(std::size_t line, Mono now) const {
  if (line < clock.finished(now)) {
    const LineAnswer& answer = lines[line].answer;
    return answer.status < 400 ? LineState::succeeded : LineState::errored;
  }
  if (!clock.over(now)) return LineState::waiting;
  return clock.state(now) == BatchState::cancelled ? LineState::canceled : LineState::expired;
}

std::size_t Batch::count(LineState state, Mono now) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) found += state_of(i, now) == state ? 1U : 0U;
  return found;
}

BatchDesk::BatchDesk(BatchOptions options, AnswerLine answer, std::function<void(TruthRecord&&)> tell)
    : options_(options), answer_(std::move(answer)), tell_(std::move(tell)) {}

Batch& BatchDesk::open(std::string_view kind, std::string_view prefix, const std::vector<LineAsk>& asks,
                       std::vector<BatchProblem> problems, Mono now, std::int64_t created) {
  auto batch = std::make_unique<Batch>();
  batch->id = fmt::format("{}{:016x}", prefix, batches_.size() + 1);
  batch->kind = kind;
  batch->created = created;
  batch->total = asks.size();
  batch->problems = std::move(problems);
  for (const LineAsk& ask : asks) {
    if (!batch->problems.empty()) break;
    batch->lines.push_back({ask.custom_id, answer_(ask, created)});
    if (batch->lines.back().answer.fate == LineFate::fails)
      batch->problems.push_back(
          {"mock_fault", "the fault batch-failed was asked for", {}, static_cast<int>(batch->lines.size())});
  }
  if (!batch->problems.empty()) batch->lines.clear();
  RandomStream(options_.seed ^ fnv1a(batch->id), "batch").shuffle(std::span(batch->lines));
  const auto expiring =
      std::stable_partition(batch->lines.begin(), batch->lines.end(),
                            [](const BatchLine& line) { return line.answer.fate != LineFate::expired; });
  batch->clock.created = now;
  batch->clock.duration = options_.duration;
  batch->clock.lines = batch->lines.size();
  batch->clock.expiring = static_cast<std::size_t>(batch->lines.end() - expiring);
  batch->clock.fails = !batch->problems.empty();
  batches_.push_back(std::move(batch));
  return *batches_.back();
}

Batch* BatchDesk::find(std::string_view id, std::string_view kind) {
  const auto found = std::ranges::find_if(
      batches_, [&](const auto& batch) { return batch->id == id && batch->kind == kind; });
  return found == batches_.end() ? nullptr : found->get();
}

std::vector<const Batch*> BatchDesk::list(std::string_view kind) const {
  std::vector<const Batch*> all;
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch)
    if ((*batch)->kind == kind) all.push_back(batch->get());
  return all;
}

std::optional<Mono> BatchDesk::advance(Mono now) {
  std::optional<Mono> next;
  for (const auto& batch : batches_) {
    if (batch->told) continue;
    if (batch->clock.over(now)) {
      tell(*batch);
    } else {
      const Mono end = batch->clock.ends();
      next = next ? std::min(*next, end) : end;
    }
  }
  return next;
}

void BatchDesk::tell(Batch& batch) {
  batch.told = true;
  if (!tell_) return;
  const Mono end = batch.clock.ends();
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    TruthRecord truth = batch.lines[i].answer.truth;
    if (truth.request == 0) continue;
    const LineState state = batch.state_of(i, end);
    truth.batch = batch.id;
    truth.custom_id = batch.lines[i].custom_id;
    truth.arrived = batch.clock.created;
    truth.started = batch.clock.begins();
    truth.complete = state == LineState::succeeded || state == LineState::errored;
    tell_(std::move(truth));
  }
}

}  // namespace costwar::mock
