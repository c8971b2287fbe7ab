#include "cli/route/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cli/route/score_column.h"
#include "core/error.h"
#include "harness/cascade.h"
#include "harness/stored_replies.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

// What the cheap model answered to a row, and by what names an outside file may call its item.
struct CheapReply {
  std::string item;
  std::string prompt;
  std::vector<Attempt> answers;  // of the calls that decided; empty: the rows have no replies
};

bool has_texts(const std::vector<CheapReply>& replies) {
  return std::any_of(replies.begin(), replies.end(), [](const CheapReply& reply) {
    return std::any_of(reply.answers.begin(), reply.answers.end(), [](const Attempt& attempt) {
      return !attempt.text.empty() || !attempt.tool_calls.empty();
    });
  });
}

CheapReply read_reply(const OpenRuns& runs, std::uint32_t trial) {
  harness::TrialRecord record = runs.read_trial(trial);
  CheapReply reply{std::move(record.trial.item), std::move(record.trial.prompt), {}};
  for (AttemptRow& row : record.attempts)  // the last attempt of the last turn is the answer
    if (row.role == CallRole::subject) reply.answers.assign(1, std::move(row.attempt));
  return reply;
}

const std::string& scorer_of(const MeasuredSet& measured, const analysis::SharedOutcomes& shared,
                             std::size_t row) {
  return measured.columns().header.tasks[shared.task[row]].scorer;
}

bool varies(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [&](double value) { return value != values.front(); });
}

// How far the other tries of an item agree with this one; knowing it costs them all.
FoundSignal agreement(const MeasuredSet& measured, const analysis::SharedOutcomes& shared, std::size_t cheap,
                      const std::vector<CheapReply>& replies) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::size_t>> items;
  for (std::size_t row = 0; row < shared.rows(); ++row)
    items[{shared.task[row], shared.item[row]}].push_back(row);
  FoundSignal found;
  found.rule = RouteRule::agreement;
  found.signal.name = "agreement";
  found.signal.keep.resize(shared.rows());
  found.signal.extra_cost.resize(shared.rows());
  const std::vector<double>& cost = shared.models[cheap].cost;
  for (const auto& entry : items)
    for (const std::size_t row : entry.second) {
      std::vector<Attempt> answers{replies[row].answers.empty() ? Attempt{} : replies[row].answers.front()};
      for (const std::size_t other : entry.second)
        if (other != row) {
          if (!replies[other].answers.empty()) answers.push_back(replies[other].answers.front());
          found.signal.extra_cost[row] += cost[other];
        }
      const bool answered = is_answered(answers.front().outcome);
      found.signal.keep[row] =
          answered ? harness::keep_of_agreement(answers, scorer_of(measured, shared, row)) : 1;
    }
  return found;
}

void add_reply_signals(std::vector<FoundSignal>& signals, const MeasuredSet& measured,
                       const analysis::SharedOutcomes& shared, std::size_t cheap,
                       const std::vector<CheapReply>& replies, std::vector<Note>& notes) {
  FoundSignal abstention, format;
  abstention.rule = RouteRule::abstention;
  abstention.signal.name = "abstention";
  format.rule = RouteRule::format;
  format.signal.name = "format";
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    const auto& answers = replies[row].answers;
    const Attempt& answer = answers.empty() ? Attempt{} : answers.front();
    // A live route asks the strong model about answers, not about calls that finally failed.
    const bool answered = is_answered(answer.outcome);
    abstention.signal.keep.push_back(answered ? harness::keep_of_abstention(answer) : 1);
    format.signal.keep.push_back(answered ? harness::keep_of_format(answer, scorer_of(measured, shared, row))
                                          : 1);
  }
  const std::string& name = shared.models[cheap].label;
  const auto take = [&](FoundSignal& signal, std::string_view why) {
    if (varies(signal.signal.keep))
      signals.push_back(std::move(signal));
    else
      notes.push_back({NoteKind::note, fmt::format("No rule by {}: {} {}.", signal.signal.name, name, why)});
  };
  take(abstention, "never refused nor said that it does not know");
  take(format, "always gave an answer that can be read");
  const std::uint32_t most = *std::max_element(shared.repeat.begin(), shared.repeat.end());
  if (most == 0) {
    notes.push_back({NoteKind::note, "No rule by agreement: it takes several tries of an item (--repeats)."});
    return;
  }
  FoundSignal agrees = agreement(measured, shared, cheap, replies);
  take(agrees, "always agreed with itself");
}

FoundSignal score_signal(const std::string& text, bool before, const SignalFlags& flags,
                         const std::vector<CheapReply>& replies) {
  constexpr std::uint64_t kLargestScores = std::uint64_t{1} << 30U;
  const ScoreColumn from = split_score_column(text, before ? "--score-before" : "--score");
  const ItemScores scores(from, read_file(from.file, kLargestScores));
  FoundSignal found;
  found.signal.name = from.column;
  found.signal.before = before;
  for (const CheapReply& reply : replies) {
    const auto score = scores.find(reply.item, reply.prompt);
    if (!score)
      throw Error(ErrorKind::input, fmt::format("{}: no line is of item {}", from.file, reply.item),
                  "its column `item` has ids, as costwar export --table items shows them, or prompts");
    found.signal.keep.push_back(flags.high_escalates ? -*score : *score);
  }
  return found;
}

}  // namespace

std::vector<FoundSignal> find_signals(const MeasuredSet& measured, const analysis::SharedOutcomes& shared,
                                      std::size_t cheap, const SignalFlags& flags, std::vector<Note>& notes) {
  std::vector<CheapReply> replies;
  replies.reserve(shared.rows());
  for (const std::uint32_t trial : shared.models[cheap].trial)
    replies.push_back(read_reply(measured.runs(), trial));
  std::vector<FoundSignal> signals;
  if (has_texts(replies))
    add_reply_signals(signals, measured, shared, cheap, replies, notes);
  else
    notes.push_back({NoteKind::note,
                     fmt::format("No rule by replies: the run of {} has none.", shared.models[cheap].label)});
  for (const std::string& text : flags.scores) signals.push_back(score_signal(text, false, flags, replies));
  for (const std::string& text : flags.scores_before)
    signals.push_back(score_signal(text, true, flags, replies));
  return signals;
}

}  // namespace costwar::cli
