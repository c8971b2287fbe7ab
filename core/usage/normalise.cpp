#include "core/usage/normalise.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace costwar {
namespace {

using Told = std::optional<std::int64_t>;

// What the API calls each count, for messages. Empty: the API knows no such count.
struct Words {
  std::string_view api, input, output, total, cached, cache_write, reasoning;
  std::string_view cache_hit{}, cache_miss{}, cache_write_5m{}, cache_write_1h{}, tool_prompt{};
  std::string_view tool_calls = "tool_calls", web_searches = "web_search_requests";
};

struct Rules {
  bool input_includes_cache;
  bool output_includes_reasoning;
  bool reasoning_may_be_outside;  // some servers deviate, and the total proves it
  Words words;
};

constexpr std::string_view k5m = "ephemeral_5m_input_tokens";
constexpr std::string_view k1h = "ephemeral_1h_input_tokens";

// Indexed by UsageDialect. The totals of APIs that print none are those of a log around them.
constexpr std::array<Rules, 5> kRules{{
    {true,
     true,
     true,
     {.api = "OpenAI",
      .input = "prompt_tokens",
      .output = "completion_tokens",
      .total = "total_tokens",
      .cached = "cached_tokens",
      .cache_write = "cache_write_tokens",
      .reasoning = "reasoning_tokens",
      .cache_hit = "prompt_cache_hit_tokens",
      .cache_miss = "prompt_cache_miss_tokens",
      .cache_write_5m = k5m,
      .cache_write_1h = k1h}},
    {false,
     true,
     false,
     {.api = "Anthropic",
      .input = "input_tokens",
      .output = "output_tokens",
      .total = "total_tokens",
      .cached = "cache_read_input_tokens",
      .cache_write = "cache_creation_input_tokens",
      .reasoning = "thinking_tokens",
      .cache_write_5m = k5m,
      .cache_write_1h = k1h}},
    {true,
     false,
     false,
     {.api = "Gemini",
      .input = "promptTokenCount",
      .output = "candidatesTokenCount",
      .total = "totalTokenCount",
      .cached = "cachedContentTokenCount",
      .cache_write = {},
      .reasoning = "thoughtsTokenCount",
      .tool_prompt = "toolUsePromptTokenCount"}},
    {true,
     true,
     false,
     {.api = "Ollama",
      .input = "prompt_eval_count",
      .output = "eval_count",
      .total = "total_tokens",
      .cached = {},
      .cache_write = {},
      .reasoning = {}}},
    {false,
     true,
     false,
     {.api = "llama-server",
      .input = "prompt_n",
      .output = "predicted_n",
      .total = "total_tokens",
      .cached = "cache_n",
      .cache_write = {},
      .reasoning = {}}},
}};

struct Member {
  Told RawUsage::*count;
  std::string_view Words::*word;
  std::string_view plain;  // where the API has no word for it
};
constexpr std::array kMembers{
    Member{&RawUsage::input, &Words::input, "input"},
    Member{&RawUsage::output, &Words::output, "output"},
    Member{&RawUsage::total, &Words::total, "total"},
    Member{&RawUsage::cached, &Words::cached, "cached"},
    Member{&RawUsage::cache_write, &Words::cache_write, "cache write"},
    Member{&RawUsage::reasoning, &Words::reasoning, "reasoning"},
    Member{&RawUsage::cache_hit, &Words::cache_hit, "cache hit"},
    Member{&RawUsage::cache_miss, &Words::cache_miss, "cache miss"},
    Member{&RawUsage::cache_write_5m, &Words::cache_write_5m, "cache write of 5 minutes"},
    Member{&RawUsage::cache_write_1h, &Words::cache_write_1h, "cache write of 1 hour"},
    Member{&RawUsage::tool_prompt, &Words::tool_prompt, "tool prompt"},
    Member{&RawUsage::tool_calls, &Words::tool_calls, "tool calls"},
    Member{&RawUsage::web_searches, &Words::web_searches, "web searches"},
};

struct Term {
  std::string_view name;
  Told count;
};

std::int64_t sum(std::initializer_list<Term> terms) {
  std::int64_t total = 0;
  for (const Term& term : terms) total += term.count.value_or(0);
  return total;
}

// "prompt_tokens 10", "prompt_tokens 10 + completion_tokens 5 = 15"; what was not told is left out.
std::string written(std::initializer_list<Term> terms) {
  std::string text;
  int told = 0;
  for (const Term& term : terms) {
    if (!term.count) continue;
    fmt::format_to(std::back_inserter(text), "{}{} {}", told++ > 0 ? " + " : "", term.name, *term.count);
  }
  if (told > 1) fmt::format_to(std::back_inserter(text), " = {}", sum(terms));
  return text;
}

UsageMismatch disagree(const Term& one, std::string_view how, std::initializer_list<Term> others) {
  return {fmt::format("{} {} {} {}", one.name, *one.count, how, written(others))};
}
constexpr std::string_view kLess = "is less than";
constexpr std::string_view kDiffers = "differs from";

// Reads one RawUsage by the rules of its dialect: each step fills a part of the usage or names a mismatch.
class Normaliser {
 public:
  Normaliser(const RawUsage& raw, const Rules& rules, Provenance provenance)
      : raw_(raw), rules_(rules), words_(rules.words), provenance_(provenance) {}

  std::optional<UsageMismatch> run(Usage& usage) {
    if (auto bad = impossible_count()) return bad;
    if (auto bad = writes(usage)) return bad;
    if (auto bad = input(usage)) return bad;
    if (auto bad = output(usage)) return bad;
    set(usage, Meter::tool_calls, raw_.tool_calls);
    set(usage, Meter::web_searches, raw_.web_searches);
    return std::nullopt;
  }

 private:
  void set(Usage& usage, Meter meter, Told count) const {
    if (count) usage.set(meter, *count, provenance_);
  }

  std::optional<UsageMismatch> impossible_count() const {
    for (const Member& member : kMembers) {
      const Told& count = raw_.*member.count;
      if (!count || *count == 0) continue;
      const std::string_view word = words_.*member.word;
      const std::string_view name = word.empty() ? member.plain : word;
      if (*count < 0) return UsageMismatch{fmt::format("{} {} is less than 0", name, *count)};
      if (*count > kMaxUsageCount)
        return UsageMismatch{fmt::format("{} {} is more than {}", name, *count, kMaxUsageCount)};
      if (word.empty())
        return UsageMismatch{
            fmt::format("{} {} is told, but {} counts no such thing", name, *count, words_.api)};
    }
    return std::nullopt;
  }

  // The lifetimes of what was written to a cache. Where only the sum is told, the lifetime is the default
  // one; where one of two is told, the other is the rest.
  std::optional<UsageMismatch> writes(Usage& usage) {
    short_ = raw_.cache_write_5m;
    long_ = raw_.cache_write_1h;
    const Term short_term{words_.cache_write_5m, short_};
    const Term long_term{words_.cache_write_1h, long_};
    if (raw_.cache_write) {
      const Term whole{words_.cache_write, raw_.cache_write};
      const std::int64_t rest = *raw_.cache_write - sum({short_term, long_term});
      if (rest < 0) return disagree(whole, kLess, {short_term, long_term});
      if (short_ && long_ && rest != 0) return disagree(whole, kDiffers, {short_term, long_term});
      if (!short_)
        short_ = rest;
      else if (!long_)
        long_ = rest;
    }
    set(usage, Meter::cache_write_5m, short_);
    set(usage, Meter::cache_write_1h, long_);
    return std::nullopt;
  }

  std::optional<UsageMismatch> input(Usage& usage) {
    const Term hit{words_.cache_hit, raw_.cache_hit};
    const Term miss{words_.cache_miss, raw_.cache_miss};
    Term cached{words_.cached, raw_.cached};
    if (cached.count && hit.count && *cached.count != *hit.count) return disagree(cached, kDiffers, {hit});
    if (!cached.count) cached = hit;
    set(usage, Meter::cache_read, cached.count);

    Term told{words_.input, raw_.input};
    if (told.count && miss.count) {
      if (cached.count && *told.count != sum({cached, miss})) return disagree(told, kDiffers, {cached, miss});
      if (*told.count < *miss.count) return disagree(told, kLess, {miss});
    }
    if (!told.count && cached.count && miss.count) told = {"cache hit + miss", sum({cached, miss})};
    if (!told.count) return std::nullopt;

    const std::int64_t from_cache = cached.count.value_or(0) + short_.value_or(0) + long_.value_or(0);
    if (!rules_.input_includes_cache) {
      usage.set(Meter::fresh_input, *told.count, provenance_);
      prompt_ = *told.count + from_cache;
      return std::nullopt;
    }
    if (from_cache > *told.count) {
      if (raw_.cache_write) return disagree(told, kLess, {cached, {words_.cache_write, raw_.cache_write}});
      return disagree(told, kLess, {cached, {words_.cache_write_5m, short_}, {words_.cache_write_1h, long_}});
    }
    prompt_ = *told.count + raw_.tool_prompt.value_or(0);
    usage.set(Meter::fresh_input, *prompt_ - from_cache, provenance_);
    return std::nullopt;
  }

  std::optional<UsageMismatch> output(Usage& usage) {
    const Term reasoning{words_.reasoning, raw_.reasoning};
    const Term told{words_.output, raw_.output};
    Told whole = raw_.output;
    bool outside = !rules_.output_includes_reasoning;
    if (rules_.reasoning_may_be_outside && raw_.total && prompt_ && told.count && raw_.reasoning &&
        *raw_.reasoning > 0)
      outside = *raw_.total == *prompt_ + *told.count + *raw_.reasoning;
    if (outside && whole) whole = *whole + raw_.reasoning.value_or(0);
    if (auto bad = total(whole, outside)) return bad;
    // One unknown in total = prompt + output: Gemini leaves candidatesTokenCount out when thinking used the
    // whole budget, embeddings have no output to print. Where the total is not the API's, nothing follows.
    if (!whole && raw_.total && prompt_ && rules_.input_includes_cache) whole = *raw_.total - *prompt_;
    if (whole && *whole < raw_.reasoning.value_or(0)) return disagree(told, kLess, {reasoning});
    set(usage, Meter::reasoning, raw_.reasoning);
    if (whole) usage.set(Meter::visible_output, *whole - raw_.reasoning.value_or(0), provenance_);
    return std::nullopt;
  }

  // total = prompt + output; where one of them is not told, total is at least what is.
  std::optional<UsageMismatch> total(Told whole_output, bool outside) const {
    if (!raw_.total) return std::nullopt;
    const Term told{words_.total, raw_.total};
    const Term reasoning{words_.reasoning, outside || !raw_.output ? raw_.reasoning : std::nullopt};
    const std::int64_t known = prompt_.value_or(0) + (whole_output ? *whole_output : sum({reasoning}));
    const bool all_known = prompt_ && whole_output;
    if (all_known ? *raw_.total == known : *raw_.total >= known) return std::nullopt;
    const bool beside = !rules_.input_includes_cache;
    // These APIs print no total: tools around them add up all, or the two fields.
    if (beside && raw_.input && raw_.output && *raw_.total == *raw_.input + *raw_.output) return std::nullopt;
    const auto where = [](bool said, const Told& count) { return said ? count : std::nullopt; };
    const bool pieces = prompt_ && !raw_.input;  // the prompt was not told but in what it is made of
    return disagree(told, all_known ? kDiffers : kLess,
                    {{words_.input, raw_.input},
                     {words_.cached, where(beside || (pieces && !raw_.cache_hit), raw_.cached)},
                     {words_.cache_hit, where(pieces, raw_.cache_hit)},
                     {words_.cache_miss, where(pieces, raw_.cache_miss)},
                     {words_.cache_write_5m, where(beside, short_)},
                     {words_.cache_write_1h, where(beside, long_)},
                     {words_.tool_prompt, raw_.tool_prompt},
                     {words_.output, raw_.output},
                     reasoning});
  }

  const RawUsage& raw_;
  const Rules& rules_;
  const Words& words_;
  const Provenance provenance_;
  Told short_, long_;  // what was written to a cache, by lifetime
  Told prompt_;        // the whole prompt: fresh, from and to a cache, of tools
};

}  // namespace

std::variant<Usage, UsageMismatch> normalise_usage(UsageDialect dialect, const RawUsage& raw,
                                                   Provenance provenance) {
  std::variant<Usage, UsageMismatch> result;
  const Rules& rules = kRules[static_cast<std::size_t>(dialect)];
  if (auto bad = Normaliser(raw, rules, provenance).run(std::get<Usage>(result))) result = *std::move(bad);
  return result;
}

}  // namespace costwar
