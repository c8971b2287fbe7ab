"""Writes a log of chat completions as OpenAI-style APIs answer them, one JSON object a line, for timing log readers:

    python3 tools/peers/make_usage_log.py OUT --bytes 1GB [--seed 7] [--bad-share 0.001]

Three months of several models in ascending time; the order and presence of fields, the nesting of usage, text in several
scripts, escapes, tool calls with JSON inside strings and the spacing all vary; lengths are log-normal with lines of about
1.7 kB. Counts always add up. The same arguments give the same bytes. With --bad-share that share of the lines is broken:
cut off, not JSON, not UTF-8, counts that are negative or do not add up, no usage at all. Field names follow the vendors'
API references (OpenAI chat completions, DeepSeek chat completions, OpenRouter for Claude)."""

import argparse
import calendar
import json
import random
import sys

FIRST = calendar.timegm((2026, 8, 15, 0, 0, 0))
LAST = calendar.timegm((2026, 11, 15, 0, 0, 0))
MEAN_LINE = 1750
TEMPLATES = 96  # per family
CONTENTS = 4000
BATCH = 2000

#          model                 family       share  reasons
MODELS = (("gpt-5.5-2026-04-23", "openai", 24, True),
          ("gpt-5.5", "openai", 6, True),
          ("gpt-5.4-mini", "openai", 24, False),
          ("gpt-5.6-luna", "openai", 6, True),
          ("deepseek-v4-pro", "deepseek", 14, True),
          ("deepseek-v4-flash", "deepseek", 12, False),
          ("claude-opus-5", "gateway", 6, False),
          ("claude-sonnet-4-6", "gateway", 8, False))

SENTENCES = (
    "The invoice lists every meter on a line of its own, so that the sum can be checked by hand. ",
    "First we sort the records by day; then a single pass over the groups is enough. ",
    "I would not rely on that: the two services round at different places. ",
    "Here is a shorter version that keeps the same meaning and drops the second clause. ",
    "Two trains leave at 8:15 and 9:40; they meet 132 km from the first station. ",
    "Das Ergebnis ist größer als erwartet, weil Überträge doppelt gezählt wurden. ",
    "La réponse dépend du fuseau horaire ; à Zürich, il était déjà minuit. ",
    "請先確認每一天的總數，再比較兩個模型的費用。",
    "缓存命中的部分按较低的价格计费，其余按正常价格。",
    "これは例です。数字は毎月変わります。",
    "Проверьте, что сумма строк равна итогу. ",
    "Done! 🎉 All 14 checks passed ✅ and nothing was skipped 🙂. ",
    "He said \"never mind\" and left the \\tmp folder as it was.\n",
    "```python\ndef total(lines):\n    return sum(line[\"amount\"] for line in lines)\n```\n",
    "| day | model | cost |\n| --- | --- | ---: |\n| 2026-10-01 | a | 1.20 |\n",
    "A reply may quote {\"usage\": {\"prompt_tokens\": 1, \"completion_tokens\": 2}} as text; it is not usage. ",
    "\t- item one\n\t- item two\n",
    "Control characters such as \u0007 and separators such as \u2028 are escaped or not, as the writer likes. ",
)
TOOLS = (("get_weather", {"city": "Zürich", "days": 3}),
         ("search_orders", {"query": "status:\"open\" AND total > 100", "limit": 20, "nested": {"a": [1, 2, {"b": None}]}}),
         ("run_sql", {"sql": "select \"day\", sum(cost) from usage group by 1 -- {not json}"}),
         ("record_usage", {"usage": {"prompt_tokens": 999999, "completion_tokens": 1}, "model": "none"}))


def number_of_bytes(text):
    for suffix, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3), ("B", 1), ("", 1)):
        if text.endswith(suffix):
            return int(float(text[:len(text) - len(suffix)]) * factor)
    raise argparse.ArgumentTypeError(f"not a size: {text}")


def text_literal(rng, characters):
    """A JSON string of about so many characters, non-ASCII letters escaped in one of three."""
    parts, length = [], 0
    while length < characters:
        sentence = rng.choice(SENTENCES)
        parts.append(sentence)
        length += len(sentence)
    return json.dumps("".join(parts), ensure_ascii=rng.random() < 0.33)


def make_contents(rng):
    """(literal, tokens) of log-normal lengths; the tokens are a rough quarter of the characters."""
    contents = []
    for _ in range(CONTENTS):
        literal = text_literal(rng, min(rng.lognormvariate(6.35, 0.9), 40000))
        contents.append((literal, max(1, len(literal) // 4)))
    return contents


class Templates:
    """Shapes of a line with places for what differs from line to line. Built once, used many times."""

    def __init__(self, rng):
        self.rng = rng

    def pair(self, name, value):
        return f'"{name}":{self.space}{value}'

    def join(self, *pairs):
        return "{" + f",{self.space}".join(pair for pair in pairs if pair) + "}"

    def maybe(self, share, name, value):
        return self.pair(name, value) if self.rng.random() < share else None

    def shuffled(self, share, pairs):
        pairs = [pair for pair in pairs if pair]
        if self.rng.random() < share:
            self.rng.shuffle(pairs)
        return pairs

    def usage(self, family, reasons):
        pair, maybe = self.pair, self.maybe
        prompt_details = self.join(*self.shuffled(0.3, [
            pair("cached_tokens", "%(read)d"),
            pair("cache_write_tokens", "%(written)d") if family == "gateway" else None,
            maybe(0.6, "audio_tokens", "0"), maybe(0.1, "image_tokens", "0")]))
        output_details = self.join(*self.shuffled(0.3, [
            pair("reasoning_tokens", "%(reasoning)d"), maybe(0.5, "audio_tokens", "0"),
            maybe(0.5, "accepted_prediction_tokens", "0"), maybe(0.5, "rejected_prediction_tokens", "0")]))
        pairs = [pair("prompt_tokens", "%(prompt)d"), pair("completion_tokens", "%(output)d"),
                 pair("total_tokens", "%(total)d"), pair("prompt_tokens_details", prompt_details)]
        if reasons or self.rng.random() < 0.7:
            pairs.append(pair("completion_tokens_details", output_details if reasons or self.rng.random() < 0.8 else "null"))
        if family == "deepseek":
            pairs += [pair("prompt_cache_hit_tokens", "%(read)d"), pair("prompt_cache_miss_tokens", "%(missed)d")]
        return self.join(*self.shuffled(0.5, pairs))

    def message(self, family, reasons, tools):
        pair, maybe = self.pair, self.maybe
        pairs = [pair("role", '"assistant"'),
                 pair("content", "null" if tools and self.rng.random() < 0.6 else "%(content)s")]
        if family == "deepseek" and reasons:
            pairs.append(pair("reasoning_content", "%(thought)s"))
        pairs += [maybe(0.5, "refusal", "null"), maybe(0.4, "annotations", "[]"), maybe(0.1, "audio", "null")]
        if tools:
            calls = []
            for index, (name, arguments) in enumerate(self.rng.sample(TOOLS, self.rng.choice((1, 1, 2)))):
                function = self.join(pair("name", json.dumps(name)), pair("arguments", json.dumps(json.dumps(arguments))))
                calls.append(self.join(pair("id", f'"call_{index}%(id)s"'), pair("type", '"function"'),
                                       pair("function", function)))
            pairs.append(pair("tool_calls", f'[{f",{self.space}".join(calls)}]'))
        return self.join(*self.shuffled(0.3, pairs))

    def line(self, family, reasons):
        rng, pair, maybe = self.rng, self.pair, self.maybe
        self.space = " " if rng.random() < 0.4 else ""
        tools = rng.random() < 0.15
        finish = '"tool_calls"' if tools else '"length"' if rng.random() < 0.05 else '"stop"'
        choice = self.join(*self.shuffled(0.3, [
            pair("index", "0"), pair("message", self.message(family, reasons, tools)), maybe(0.7, "logprobs", "null"),
            pair("finish_reason", finish), pair("native_finish_reason", finish) if family == "gateway" else None]))
        pairs = [pair("id", '"chatcmpl-%(id)s"'), pair("object", '"chat.completion"'), pair("created", "%(created)d"),
                 pair("model", '"%(model)s"'), pair("choices", f"[{choice}]"), pair("usage", self.usage(family, reasons))]
        if family == "openai":
            pairs.append(pair("service_tier", '"%(tier)s"'))
        pairs.append(maybe(0.7, "system_fingerprint", '"fp_%(id).10s"' if rng.random() < 0.8 else "null"))
        if family == "gateway":
            pairs.append(pair("provider", '"Anthropic"'))
        return self.join(*self.shuffled(0.4, pairs)) + "\n"


class Log:
    def __init__(self, seed, target):
        self.rng = random.Random(seed)
        self.contents = make_contents(self.rng)
        templates = Templates(self.rng)
        self.templates = {(family, reasons): [templates.line(family, reasons) for _ in range(TEMPLATES)]
                          for _, family, _, reasons in MODELS}
        self.weighted = [row for row in MODELS for _ in range(row[2])]
        self.step = (LAST - FIRST) * MEAN_LINE / target
        self.now = float(FIRST)

    def record(self):
        rng = self.rng
        draw = rng.random
        model, family, _, reasons = self.weighted[int(draw() * len(self.weighted))]
        shapes = self.templates[family, reasons]
        content, output = self.contents[int(draw() * CONTENTS)]
        values = {"model": model, "content": content, "id": f"{rng.getrandbits(112):028x}",
                  "created": min(int(self.now + draw() * 20), LAST - 1)}
        self.now += self.step
        prompt = int(rng.lognormvariate(7.5, 1.4)) + 8
        if draw() < 0.004:
            prompt += 270000 + int(draw() * 20000)  # around the long tier
        read = (int(prompt * draw()) >> 7) << 7 if draw() < 0.6 else 0
        written = int((prompt - read) * draw()) if family == "gateway" and draw() < 0.3 else 0
        reasoning = int(rng.lognormvariate(5.5, 1.2)) if reasons and draw() < 0.8 else 0
        values["thought"] = self.contents[int(draw() * CONTENTS)][0] if reasoning and family == "deepseek" else "null"
        kind = draw()
        values["tier"] = "default" if kind < 0.97 or model == "gpt-5.6-luna" else "priority"
        output += reasoning
        values.update(prompt=prompt, read=read, written=written, missed=prompt - read, reasoning=reasoning, output=output,
                      total=prompt + output)
        return shapes[int(draw() * TEMPLATES)], values

    def line(self):
        template, values = self.record()
        return (template % values).encode()

    def broken(self):
        """One of the ways in which lines of real logs are broken."""
        template, values = self.record()
        kind = self.rng.randrange(7)
        if kind == 0:
            return (template % values).encode()[:self.rng.randrange(20, 300)].replace(b"\n", b"") + b"\n"
        if kind == 1:
            return b"2026-10-01T12:00:00Z WARN upstream closed the connection, retrying\n"
        if kind == 2:
            return (template % values).encode().replace(b'"model"', b'"model\xff"', 1)
        if kind == 3:
            return (template % dict(values, prompt=-values["prompt"])).encode()
        if kind == 4:
            return (template % dict(values, total=values["total"] + 1)).encode()
        if kind == 5:
            return (template % values).replace('"usage"', '"no_usage"').encode()
        return b"[1,2,3]\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--bytes", type=number_of_bytes, default=10**9)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bad-share", type=float, default=0.0)
    options = parser.parse_args()
    log = Log(options.seed, options.bytes)
    written = lines = bad = 0
    with open(options.out, "wb") as file:
        while written < options.bytes:
            batch = []
            for _ in range(BATCH):
                line = log.line() if not options.bad_share or log.rng.random() >= options.bad_share else None
                if line is None:
                    line, bad = log.broken(), bad + 1
                batch.append(line)
                written += len(line)
                lines += 1
                if written >= options.bytes:
                    break
            file.write(b"".join(batch))
    print(f"{options.out}: {written:,} bytes, {lines:,} lines, {bad:,} of them broken")


if __name__ == "__main__":
    sys.exit(main())
