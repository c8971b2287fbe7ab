"""The procedural tasks of the built-in suite, for training and validation.

Everything that decides difficulty (templates, ranges, weights, the split) is
read from catalog/tasks/builtin.json; this file only draws items from it.
Standard library only, so that the split can be checked anywhere.
"""

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path

SUITE_PATH = Path(__file__).resolve().parents[2] / "catalog" / "tasks" / "builtin.json"


@dataclass(frozen=True)
class Item:
    """One question with its expected answer and the key that decides its split."""

    task: str
    prompt: str
    answer: str
    split_key: str


def load_suite(path=SUITE_PATH):
    """The parsed suite document."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


SUITE = load_suite()
TASKS = {task["name"]: task for task in SUITE["tasks"]}
BUCKETS = SUITE["split"]["buckets"]
TRAINING = frozenset(SUITE["split"]["training"])
VALIDATION = frozenset(SUITE["split"]["validation"])


def bucket(split_key):
    """Bucket 0..7 of a split key such as 'arithmetic:3+14'."""
    digest = hashlib.sha256(split_key.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def _draw_arithmetic(task, rng, easy):
    operations = task["parameters"]["operations"]
    chosen = rng.choices(operations, weights=[o["weight"] for o in operations])[0]
    op = chosen["op"]
    (a_low, a_high), (b_low, b_high) = chosen["a"], chosen["b"]
    if easy:
        a_high, b_high = min(a_high, 99), min(b_high, 99)
    a, b = rng.randint(a_low, a_high), rng.randint(b_low, b_high)
    value = {"+": a + b, "-": a - b, "*": a * b}[op]
    canonical = f"{a}-{b}" if op == "-" else f"{min(a, b)}{op}{max(a, b)}"
    prompt = task["prompt"].format(a=a, op=op, b=b)
    return prompt, str(value), canonical


def _length(low_high, shortest, rng, easy):
    """A length from the task's range or, for easy items, from below it."""
    low, high = low_high
    return rng.randint(shortest, low) if easy else rng.randint(low, high)


def _draw_sorting(task, rng, easy):
    parameters = task["parameters"]
    low, high = parameters["value"]
    count = _length(parameters["count"], 2, rng, easy)
    numbers = [rng.randint(low, high) for _ in range(count)]
    separator = parameters["separator"]
    answer = " ".join(map(str, sorted(numbers)))
    return task["prompt"].format(numbers=separator.join(map(str, numbers))), answer, answer


def _letters(task, rng, easy):
    parameters = task["parameters"]
    length = _length(parameters["length"], 2, rng, easy)
    return "".join(rng.choices(parameters["alphabet"], k=length))


def _draw_copying(task, rng, easy):
    text = _letters(task, rng, easy)
    return task["prompt"].format(text=text), text, text


def _draw_reversing(task, rng, easy):
    text = _letters(task, rng, easy)
    backwards = text[::-1]
    return task["prompt"].format(text=text), backwards, min(text, backwards)


def recall_prompt(task, facts, key):
    """The prompt that states all facts {key: value} and asks for one key."""
    parameters = task["parameters"]
    pairs = [parameters["pair"].format(key=k, value=v) for k, v in facts.items()]
    return task["prompt"].format(pairs=parameters["separator"].join(pairs), key=key)


def draw_facts(task, rng, easy):
    """Distinct keys in random order, each with a value."""
    parameters = task["parameters"]
    count = _length(parameters["pairs"], 2, rng, easy)
    low, high = parameters["value"]
    keys = rng.sample(parameters["keys"], count)
    return {key: rng.randint(low, high) for key in keys}


def _draw_recall(task, rng, easy):
    facts = draw_facts(task, rng, easy)
    key = rng.choice(list(facts))
    prompt = recall_prompt(task, facts, key)
    return prompt, str(facts[key]), prompt


def _digits(count, rng):
    """A uniform integer with exactly this many digits."""
    return rng.randint(10 ** (count - 1), 10**count - 1)


def _change_one_digit(number, rng):
    text = str(number)
    place = rng.randrange(len(text))
    choices = [d for d in "0123456789" if d != text[place] and not (place == 0 and d == "0")]
    return int(text[:place] + rng.choice(choices) + text[place + 1 :])


def _draw_comparison(task, rng, easy):
    parameters = task["parameters"]
    low, high = parameters["digits"]
    relation = rng.choice(parameters["relations"])
    a = _digits(rng.randint(low, high), rng)
    b = a
    while b == a:
        if rng.random() < 0.5:
            b = _digits(rng.randint(low, high), rng)
        else:
            b = _change_one_digit(a, rng)
    value = max(a, b) if relation == "larger" else min(a, b)
    canonical = f"{relation} {min(a, b)},{max(a, b)}"
    return task["prompt"].format(relation=relation, a=a, b=b), str(value), canonical


_DRAW = {
    "arithmetic": _draw_arithmetic,
    "sorting": _draw_sorting,
    "copying": _draw_copying,
    "reversing": _draw_reversing,
    "recall": _draw_recall,
    "comparison": _draw_comparison,
}
NAMES = tuple(TASKS)


def draw(name, rng, buckets, easy=False):
    """One item of the named task whose bucket is in `buckets`.

    Easy items are shorter or smaller than the suite's; they serve as a warm-up
    in training only, and obey the split like all others.
    """
    task = TASKS[name]
    while True:
        prompt, answer, canonical = _DRAW[name](task, rng, easy)
        split_key = f"{name}:{canonical}"
        if bucket(split_key) in buckets:
            return Item(name, prompt, answer, split_key)


def draw_recall_family(rng, buckets, questions, easy=False):
    """Facts stated once and up to `questions` different items that ask about them.

    Each question, taken as a whole prompt of its own, is in `buckets`; there is
    at least one. Training packs such a family into one sequence.
    """
    task = TASKS["recall"]
    while True:
        facts = draw_facts(task, rng, easy)
        keys = rng.sample(list(facts), len(facts))
        items = []
        for key in keys:
            prompt = recall_prompt(task, facts, key)
            split_key = f"recall:{prompt}"
            if bucket(split_key) in buckets:
                items.append((key, Item("recall", prompt, str(facts[key]), split_key)))
            if len(items) == questions:
                break
        if items:
            return items


def validation_items(per_task, seed):
    """`per_task` different items of every task, all from the validation bucket."""
    items = []
    for name in NAMES:
        rng = random.Random(f"validation {seed} {name}")
        seen = set()
        while len(seen) < per_task:
            item = draw(name, rng, VALIDATION)
            if item.split_key not in seen:
                seen.add(item.split_key)
                items.append(item)
    return items
